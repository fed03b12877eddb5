/* SPDX-License-Identifier: Apache-2.0
 *
 * options - the command line as tables: one row an option, one parser, one help text
 */
#include "cli/options.h"

#include <string.h>

#include "base/num.h"
#include "cli/units.h"

/* A row and the struct its value goes to. */
struct hit {
	const struct cli_option *row;
	char *into;
};

/* Go's words, since engines print their booleans with it. */
static const struct word bool_words[] = {
	{ "true", 1 }, { "false", 0 }, { "1", 1 },    { "0", 0 },     { "t", 1 },    { "f", 0 },
	{ "T", 1 },    { "F", 0 },     { "True", 1 }, { "False", 0 }, { "TRUE", 1 }, { "FALSE", 0 },
};

static struct hit find_name(const struct cli_scan *s, const char *name, size_t len)
{
	for (size_t l = 0; l < s->n_levels; l++)
		for (size_t i = 0; i < s->level[l].n; i++) {
			const struct cli_option *row = &s->level[l].rows[i];

			if (strlen(row->name) == len && memcmp(row->name, name, len) == 0)
				return (struct hit){ row, s->level[l].into };
		}
	return (struct hit){ 0 };
}

static struct hit find_letter(const struct cli_scan *s, char letter)
{
	for (size_t l = 0; l < s->n_levels; l++)
		for (size_t i = 0; i < s->level[l].n; i++)
			if (s->level[l].rows[i].letter == letter)
				return (struct hit){ &s->level[l].rows[i], s->level[l].into };
	return (struct hit){ 0 };
}

/* Or one that begins as NAME does: --pids for --pids-limit, --memory for --mem. */
static const char *nearest_option(const struct cli_scan *s, const char *name)
{
	struct word_search search = { .typed = name };
	const char *begun = NULL;

	for (size_t l = 0; l < s->n_levels; l++)
		for (size_t i = 0; i < s->level[l].n; i++) {
			const struct cli_option *row = &s->level[l].rows[i];
			size_t len = strlen(row->name), typed = strlen(name);

			if (row->help == NULL)
				continue;
			word_offer(&search, row->name);
			if (begun == NULL && len > 2 && typed > 2 &&
			    strncmp(row->name, name, len < typed ? len : typed) == 0)
				begun = row->name;
		}
	return search.best != NULL ? search.best : begun;
}

static int unknown_option(const struct cli_scan *s, const char *word, struct err *e)
{
	const char *name = word + strspn(word, "-");
	char cut[64];
	size_t len = strcspn(name, "=");
	const char *near;

	if (len >= sizeof(cut))
		len = sizeof(cut) - 1;
	memcpy(cut, name, len);
	cut[len] = '\0';
	near = nearest_option(s, cut);
	(void)err_kind(e, ERR_USAGE, "unknown option \"%s\"", word); /* -1 is what is returned */
	if (near == NULL)
		return -1;
	(void)snprintf(cut, sizeof(cut), "--%s", near); /* no option is that long */
	return word_hint(e, cut);
}

static bool takes_value(const struct cli_option *row)
{
	return row->value != NULL;
}

static int list_add(const struct cli_scan *s, struct vec_str *list, const char *text, struct err *e)
{
	const char **items = arena_more(s->arena, list->items, list->n, sizeof(*items));

	if (items == NULL)
		return err_memory(e);
	items[list->n] = text;
	list->items = items;
	list->n++;
	list->set = true;
	return 0;
}

static int bad_value(const struct cli_option *row, const char *text, const char *expected, struct err *e)
{
	return err_kind(e, ERR_USAGE, "option \"--%s\": expected %s, found \"%s\"", row->name, expected, text);
}

/* All that could stand there are told, and which is near. */
static int bad_word(const struct cli_option *row, const struct word *words, size_t n, const char *text, struct err *e)
{
	auto_buf struct buf expected = { 0 };

	for (size_t i = 0; i < n; i++)
		buf_printf(&expected, "%s%s", i == 0 ? "" : i + 1 == n ? " or " : ", ", words[i].name);
	(void)bad_value(row, text, buf_text(&expected) != NULL ? buf_text(&expected) : "a word", e);
	return word_hint(e, word_nearest(words, n, text));
}

static int set_word(const struct cli_option *row, unsigned int *to, const char *text, struct err *e)
{
	const struct word *w = word_find(row->words, row->n_words, text);

	if (w == NULL)
		return bad_word(row, row->words, row->n_words, text, e);
	*to = (unsigned int)w->value;
	return 0;
}

static int set_flag(const struct hit *h, const char *text, struct err *e)
{
	const struct word *w = text != NULL ? word_find(bool_words, array_len(bool_words), text) : &bool_words[0];

	if (w == NULL)
		return bad_word(h->row, bool_words, 2, text, e); /* the first two stand for all */
	if (h->row->kind == CLI_KIND_flag || h->row->kind == CLI_KIND_peer_flag)
		*(bool *)(h->into + h->row->at) = w->value != 0;
	if (h->row->kind == CLI_KIND_opt_flag)
		*(struct opt_bool *)(h->into + h->row->at) = (struct opt_bool){ .set = true, .v = w->value != 0 };
	return 0;
}

static int set_signed(const struct cli_option *row, struct opt_i64 *to, const char *text, struct err *e)
{
	bool size = row->kind == CLI_KIND_size;

	if (!num_i64(text, size ? -1 : INT64_MIN + 1, size ? -1 : INT64_MAX, &to->v) &&
	    !(size && cli_size(text, &to->v)))
		return bad_value(row, text, size ? "a size such as 512M, or -1" : "a number", e);
	to->set = true;
	return 0;
}

static int set_unsigned(const struct cli_option *row, struct opt_u64 *to, const char *text, struct err *e)
{
	bool duration = row->kind == CLI_KIND_duration;

	if (duration ? !cli_duration(text, &to->v) : !num_u64(text, UINT64_MAX, &to->v))
		return bad_value(row, text, duration ? "a duration such as 5s or 100ms" : "a number of 0 or more", e);
	to->set = true;
	return 0;
}

static int set_small(const struct cli_option *row, struct opt_u16 *to, const char *text, struct err *e)
{
	uint64_t n;

	if (!num_u64(text, UINT16_MAX, &n))
		return bad_value(row, text, "a number of 0 to 65535", e);
	*to = (struct opt_u16){ .set = true, .v = (uint16_t)n };
	return 0;
}

/* Stores text (NULL: a flag without a value) where the row says. */
static int set_value(const struct cli_scan *s, const struct hit *h, const char *text, struct err *e)
{
	void *to = h->into + h->row->at;
	uint64_t n;

	switch ((enum cli_kind)h->row->kind) {
	case CLI_KIND_flag:
	case CLI_KIND_peer_flag:
	case CLI_KIND_opt_flag:
	case CLI_KIND_old_flag: return set_flag(h, text, e);
	case CLI_KIND_text: *(const char **)to = text; return 0;
	case CLI_KIND_str: *(const char **)to = text[0] != '\0' ? text : NULL; return 0;
	case CLI_KIND_list: return list_add(s, to, text, e);
	case CLI_KIND_i64:
	case CLI_KIND_size: return set_signed(h->row, to, text, e);
	case CLI_KIND_u64:
	case CLI_KIND_duration: return set_unsigned(h->row, to, text, e);
	case CLI_KIND_u16: return set_small(h->row, to, text, e);
	case CLI_KIND_word: return set_word(h->row, to, text, e);
	case CLI_KIND_old_str: return 0;
	case CLI_KIND_count:
		if (!num_u64(text, CLI_COUNT_MAX, &n))
			return bad_value(h->row, text, "a small number", e);
		*(unsigned int *)to = (unsigned int)n;
		return 0;
	}
	return 0;
}

bool cli_is_set(const struct cli_option *row, const void *options)
{
	const void *v = (const char *)options + row->at;

	switch ((enum cli_kind)row->kind) {
	case CLI_KIND_str:
	case CLI_KIND_text: return *(const char *const *)v != NULL;
	case CLI_KIND_opt_flag: return ((const struct opt_bool *)v)->set;
	case CLI_KIND_i64:
	case CLI_KIND_size: return ((const struct opt_i64 *)v)->set;
	case CLI_KIND_u64:
	case CLI_KIND_duration: return ((const struct opt_u64 *)v)->set;
	case CLI_KIND_u16: return ((const struct opt_u16 *)v)->set;
	case CLI_KIND_flag:
	case CLI_KIND_peer_flag:
	case CLI_KIND_list:
	case CLI_KIND_count:
	case CLI_KIND_word:
	case CLI_KIND_old_flag:
	case CLI_KIND_old_str: break;
	}
	return false;
}

size_t cli_value_size(const struct cli_option *row)
{
	switch ((enum cli_kind)row->kind) {
	case CLI_KIND_flag:
	case CLI_KIND_peer_flag: return sizeof(bool);
	case CLI_KIND_opt_flag: return sizeof(struct opt_bool);
	case CLI_KIND_str:
	case CLI_KIND_text: return sizeof(const char *);
	case CLI_KIND_list: return sizeof(struct vec_str);
	case CLI_KIND_i64:
	case CLI_KIND_size: return sizeof(struct opt_i64);
	case CLI_KIND_u64:
	case CLI_KIND_duration: return sizeof(struct opt_u64);
	case CLI_KIND_u16: return sizeof(struct opt_u16);
	case CLI_KIND_count:
	case CLI_KIND_word: return sizeof(unsigned int);
	case CLI_KIND_old_flag:
	case CLI_KIND_old_str: break;
	}
	return 0;
}

/* The value of an option that needs one: what stands in its own word, else the next word. */
static int set_next(struct cli_scan *s, const struct hit *h, const char *text, struct err *e)
{
	if (text == NULL && s->at == s->n)
		return err_kind(e, ERR_USAGE, "option \"--%s\" requires an argument: %s", h->row->name, h->row->value);
	if (text == NULL)
		text = s->argv[s->at++];
	return set_value(s, h, text, e);
}

/* `-x`, `-xyz`, `-xVALUE`, `-x=VALUE`; word is the whole of it. */
static int read_letters(struct cli_scan *s, const char *word, struct err *e)
{
	for (const char *p = word + 1; *p != '\0'; p++) {
		struct hit h = find_letter(s, *p);

		if (h.row == NULL)
			return unknown_option(s, word, e);
		if (takes_value(h.row))
			return set_next(s, &h, p[1] == '\0' ? NULL : p + 1 + (p[1] == '='), e);
		if (p[1] == '=')
			return set_flag(&h, p + 2, e);
		if (set_flag(&h, NULL, e) < 0)
			return -1;
	}
	return 0;
}

/* word begins with a dash and is longer. */
static int read_option(struct cli_scan *s, const char *word, struct err *e)
{
	bool twice = word[1] == '-';
	const char *name = word + (twice ? 2 : 1);
	size_t len = strcspn(name, "=");
	const char *text = name[len] == '=' ? name + len + 1 : NULL;
	struct hit h = find_name(s, name, len);

	if (h.row == NULL && !twice)
		return read_letters(s, word, e);
	if (h.row == NULL)
		return unknown_option(s, word, e);
	return takes_value(h.row) ? set_next(s, &h, text, e) : set_flag(&h, text, e);
}

int cli_scan(struct cli_scan *s, struct err *e)
{
	bool ended = false;

	s->args = arena_alloc(s->arena, (s->n + 1) * sizeof(*s->args));
	if (s->args == NULL)
		return err_memory(e);
	s->n_args = 0;
	s->used = s->n;
	for (s->at = 0; s->at < s->n;) {
		const char *word = s->argv[s->at++];

		if (!ended && strcmp(word, "--") == 0)
			ended = true;
		else if (!ended && word[0] == '-' && word[1] != '\0') {
			if (read_option(s, word, e) < 0)
				return -1;
		} else
			s->args[s->n_args++] = word;
		if (s->raw_after != 0 && s->n_args == s->raw_after) {
			s->used = s->at;
			break;
		}
	}
	while (s->at < s->n)
		s->args[s->n_args++] = s->argv[s->at++];
	return 0;
}

void cli_help_wrap(struct buf *out, const char *text, size_t indent)
{
	size_t column = indent;

	while (*text != '\0') {
		size_t len = strcspn(text, " \n");

		if (column > indent && column + 1 + len > CLI_WIDTH) {
			buf_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			buf_puts(out, " ");
			column++;
		}
		buf_put(out, text, len);
		column += len;
		text += len;
		if (*text == '\n') {
			buf_printf(out, "\n%*s", (int)indent, "");
			column = indent;
		}
		if (*text != '\0')
			text++;
	}
	buf_puts(out, "\n");
}

enum { HELP_COLUMN = 30 };

static void help_option(struct buf *out, const struct cli_option *row)
{
	auto_buf struct buf left = { 0 };

	if (row->letter != 0)
		buf_printf(&left, "  -%c, --%s", row->letter, row->name);
	else
		buf_printf(&left, "      --%s", row->name);
	if (row->value != NULL)
		buf_printf(&left, " %s", row->value);
	buf_printf(out, "%-*s", HELP_COLUMN - 1, buf_text(&left) != NULL ? buf_text(&left) : "");
	if (left.len > HELP_COLUMN - 2)
		buf_printf(out, "\n%*s", HELP_COLUMN, "");
	else
		buf_puts(out, " ");
	cli_help_wrap(out, row->help, HELP_COLUMN);
}

void cli_help_options(struct buf *out, const struct cli_option *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rows[i].help != NULL)
			help_option(out, &rows[i]);
}
