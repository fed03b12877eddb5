/* SPDX-License-Identifier: Apache-2.0
 *
 * record - the `state` file of a container: a line of fixed length, the intent, config.json
 */
#include "init/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

enum { CHECKED = RECORD_LINE - 10 /* what CHECK covers: all before its blank */ };

/* FNV-1a: to tell a whole line from a torn one, nothing more. */
static uint32_t check_of(const char *text, size_t len)
{
	uint32_t h = 2166136261U;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619U;
	return h;
}

void record_line(const struct record *r, char to[RECORD_LINE + 1])
{
	int n = snprintf(to, RECORD_LINE + 1, "ocirt 1 %d %" PRIu64 " %zu %zu", r->pid, r->start, r->intent_len,
	                 r->config_len);

	memset(to + n, ' ', (size_t)(CHECKED - n)); /* 8 + 10 + 20 + 8 + 8 digits and blanks at most */
	(void)snprintf(to + CHECKED, RECORD_LINE + 1 - CHECKED, " %08x\n", check_of(to, CHECKED)); /* exactly fits */
}

int record_write(const struct record *r, struct buf *to, struct err *e)
{
	char line[RECORD_LINE + 1];

	record_line(r, line);
	buf_put(to, line, RECORD_LINE);
	buf_put(to, r->intent, r->intent_len);
	buf_puts(to, "\n");
	buf_put(to, r->config, r->config_len);
	return buf_text(to) == NULL ? err_set(e, "write the record: out of memory") : 0;
}

static bool line_is_whole(const char *text, size_t len)
{
	char check[12];

	if (len < RECORD_LINE)
		return false;
	(void)snprintf(check, sizeof(check), " %08x\n", check_of(text, CHECKED)); /* always fits */
	return memcmp(text + CHECKED, check, RECORD_LINE - CHECKED) == 0;
}

/* The next word of the line, ended in place; "" when there is none. */
static char *word(char **rest)
{
	char *at = *rest + strspn(*rest, " ");
	size_t n = strcspn(at, " ");

	*rest = at + n + (at[n] != '\0');
	at[n] = '\0';
	return at;
}

static bool read_line(char *line, struct record *r)
{
	uint64_t pid, intent_len, config_len;

	if (strncmp(line, "ocirt 1 ", 8) != 0)
		return false;
	line += 8;
	if (!num_u64(word(&line), INT32_MAX, &pid) || !num_u64(word(&line), UINT64_MAX, &r->start) ||
	    !num_u64(word(&line), SIZE_MAX, &intent_len) || !num_u64(word(&line), SIZE_MAX, &config_len))
		return false;
	r->pid = (pid_t)pid;
	r->intent_len = (size_t)intent_len;
	r->config_len = (size_t)config_len;
	return true;
}

int record_parse(const char *text, size_t len, struct record *r, struct err *e)
{
	char line[CHECKED + 1];

	if (!line_is_whole(text, len))
		return err_set(e, "its first line is broken");
	memcpy(line, text, CHECKED);
	line[CHECKED] = '\0';
	if (!read_line(line, r))
		return err_set(e, "its first line is that of another version");
	len -= RECORD_LINE;
	if (r->intent_len >= len || r->config_len != len - r->intent_len - 1)
		return err_set(e, "it is cut or has grown");
	r->intent = text + RECORD_LINE;
	r->config = r->intent + r->intent_len + 1;
	return 0;
}
