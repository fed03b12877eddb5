/* SPDX-License-Identifier: Apache-2.0
 *
 * command - what a command of the command line is: one row, and how it answers
 */
#include "cli/command.h"

#include <stdio.h>

int cli_print_text(const char *text, size_t len, struct err *e)
{
	if (fwrite(text, 1, len, stdout) != len || fflush(stdout) != 0)
		return err_sys(e, "write to standard output");
	return 0;
}

int cli_print(const struct buf *text, struct err *e)
{
	const char *p = buf_text(text);

	return p == NULL ? err_set(e, "out of memory") : cli_print_text(p, text->len, e);
}

int cli_print_json(const char *text, struct err *e)
{
	if (text == NULL)
		return err_set(e, "out of memory");
	if (fputs(text, stdout) == EOF)
		return err_sys(e, "write to standard output");
	return cli_print_text("\n", 1, e);
}
