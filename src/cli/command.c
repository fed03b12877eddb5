/* SPDX-License-Identifier: Apache-2.0
 *
 * command - what a command of the command line is: one row, and how it answers
 */
#include "cli/command.h"

#include <unistd.h>

#include "base/fd.h"

int cli_print_text(const char *text, size_t len, struct err *e)
{
	if (fd_write_all(STDOUT_FILENO, text, len) < 0)
		return err_sys(e, "write to standard output");
	return 0;
}

int cli_print(const struct buf *text, struct err *e)
{
	const char *p = buf_text(text);

	return p == NULL ? err_memory(e) : cli_print_text(p, text->len, e);
}

int cli_print_json(const char *text, struct err *e)
{
	auto_buf struct buf line = { 0 }; /* one write: who reads a stream gets whole lines */

	if (text == NULL)
		return err_memory(e);
	buf_printf(&line, "%s\n", text);
	return cli_print(&line, e);
}
