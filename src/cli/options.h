/* SPDX-License-Identifier: Apache-2.0
 *
 * options - the command line as tables: one row an option, one parser, one help text
 *
 * A row says where in an options struct a value goes; its macro refuses to compile when the member has another type. Between
 * `#define T struct foo` and `#undef T`:
 *
 *	static const struct cli_option rows[] = {
 *		CLI_STR("bundle", 'b', bundle, "DIR", "directory that holds config.json and the root file system"),
 *		CLI_FLAG("detach", 'd', detach, "return when the container runs"),
 *	};
 *
 * Understood, as engines write them (cli-compat.md): `--name value`, `--name=value`, `-name value` and `-name=value` (one dash
 * before a long name), `-n value`, `-nvalue`, `-n=value`, `-xyz` (flags bundled; the last may take a value), `--flag=false`,
 * options after positional words, options of an outer level (the global ones) after the command, `--` to end them; of repeats the
 * last wins, but for lists; an empty text is as none, as with runc, but for a user.
 */
#ifndef OCIRT_CLI_OPTIONS_H
#define OCIRT_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/words.h"
#include "libocispec/arena.h"
#include "libocispec/json.h"

enum cli_kind {
	CLI_KIND_flag,      /* bool; `=true|false` may follow */
	CLI_KIND_peer_flag, /* bool, by a name that only a peer's users know: not shown */
	CLI_KIND_opt_flag,  /* struct opt_bool */
	CLI_KIND_str,       /* const char *, never "" */
	CLI_KIND_text,      /* const char *, as given: where "" for none would be more than was meant */
	CLI_KIND_list,      /* struct vec_str: every repeat adds one */
	CLI_KIND_count,     /* unsigned int, 0 .. CLI_COUNT_MAX */
	CLI_KIND_i64,       /* struct opt_i64 */
	CLI_KIND_u64,       /* struct opt_u64 */
	CLI_KIND_u16,       /* struct opt_u16 */
	CLI_KIND_size,      /* struct opt_i64: bytes, with a unit (units.h), or -1 */
	CLI_KIND_duration,  /* struct opt_u64: nanoseconds (units.h) */
	CLI_KIND_word,      /* unsigned int out of a word table */
	CLI_KIND_old_flag,  /* accepted and forgotten: what a peer has and we do not need */
	CLI_KIND_old_str,
};

enum { CLI_COUNT_MAX = 1 << 20 };

struct cli_option {
	const char *name;         /* without dashes */
	const char *value;        /* what help calls the value; NULL: a flag */
	const char *help;         /* NULL: not shown */
	const struct word *words; /* CLI_KIND_word */
	uint16_t n_words;
	uint16_t at; /* offset of the member */
	char letter; /* 0: none */
	uint8_t kind;
};

#define CLI_AT(m, C) (offsetof(T, m) + 0 * sizeof(char[_Generic(&((T *)0)->m, C * : 1)]))
#define CLI_ROW(name_, letter_, m, C, kind_) \
	.name = (name_), .letter = (letter_), .at = CLI_AT(m, C), .kind = CLI_KIND_##kind_
#define CLI_FLAG(n, l, m, text)                              \
	{                                                    \
		CLI_ROW(n, l, m, bool, flag), .help = (text) \
	}
#define CLI_PEER_FLAG(n, l, m)                    \
	{                                         \
		CLI_ROW(n, l, m, bool, peer_flag) \
	}
#define CLI_OPT_FLAG(n, l, m, text)                                         \
	{                                                                   \
		CLI_ROW(n, l, m, struct opt_bool, opt_flag), .help = (text) \
	}
#define CLI_STR(n, l, m, v, text)                                                 \
	{                                                                         \
		CLI_ROW(n, l, m, const char *, str), .value = (v), .help = (text) \
	}
#define CLI_TEXT(n, l, m, v, help_)                                                 \
	{                                                                           \
		CLI_ROW(n, l, m, const char *, text), .value = (v), .help = (help_) \
	}
#define CLI_LIST(n, l, m, v, text)                                                   \
	{                                                                            \
		CLI_ROW(n, l, m, struct vec_str, list), .value = (v), .help = (text) \
	}
#define CLI_COUNT(n, l, m, v, text)                                                 \
	{                                                                           \
		CLI_ROW(n, l, m, unsigned int, count), .value = (v), .help = (text) \
	}
#define CLI_I64(n, l, m, v, text)                                                   \
	{                                                                           \
		CLI_ROW(n, l, m, struct opt_i64, i64), .value = (v), .help = (text) \
	}
#define CLI_U64(n, l, m, v, text)                                                   \
	{                                                                           \
		CLI_ROW(n, l, m, struct opt_u64, u64), .value = (v), .help = (text) \
	}
#define CLI_U16(n, l, m, v, text)                                                   \
	{                                                                           \
		CLI_ROW(n, l, m, struct opt_u16, u16), .value = (v), .help = (text) \
	}
#define CLI_SIZE(n, l, m, v, text)                                                   \
	{                                                                            \
		CLI_ROW(n, l, m, struct opt_i64, size), .value = (v), .help = (text) \
	}
#define CLI_DURATION(n, l, m, v, text)                                                   \
	{                                                                                \
		CLI_ROW(n, l, m, struct opt_u64, duration), .value = (v), .help = (text) \
	}
#define CLI_WORD(n, l, m, table, v, text)                                                             \
	{                                                                                             \
		CLI_ROW(n, l, m, unsigned int, word), .value = (v), .help = (text), .words = (table), \
						      .n_words = array_len(table)                     \
	}
#define CLI_OLD_FLAG(n, l)                                            \
	{                                                             \
		.name = (n), .letter = (l), .kind = CLI_KIND_old_flag \
	}
#define CLI_OLD_STR(n, l)                                                              \
	{                                                                              \
		.name = (n), .letter = (l), .value = "VALUE", .kind = CLI_KIND_old_str \
	}

/* One level of options: the command's own, or the global ones around it. */
struct cli_level {
	const struct cli_option *rows;
	size_t n;
	void *into; /* the options struct that is filled */
};

enum { CLI_LEVELS = 3 };

struct cli_scan {
	char *const *argv; /* the words to read; n of them */
	size_t n;
	struct cli_level level[CLI_LEVELS]; /* innermost first; an option is looked up in this order */
	size_t n_levels;
	size_t raw_after; /* after so many positional words the rest is taken as it is; 0: never */
	struct arena *arena;
	/* the result */
	const char **args; /* positional words, NULL-terminated */
	size_t n_args;
	size_t used; /* words read until raw_after was reached; the rest is in args too */
	/* private */
	size_t at; /* the next word */
};

/* Reads all words into the levels' structs and s->args. -1: ERR_USAGE, told without the command's name. */
int cli_scan(struct cli_scan *s, struct err *e) must_check;

/* For options whose value has a "not given" (texts, opt_*): whether it was given; the size of its member. */
bool cli_is_set(const struct cli_option *row, const void *options);
size_t cli_value_size(const struct cli_option *row);

/* The option table for people, one option a paragraph, with two columns. */
void cli_help_options(struct buf *out, const struct cli_option *rows, size_t n);

/* text wrapped to lines of at most CLI_WIDTH columns, each behind `indent` blanks but for the first, which is there already. */
void cli_help_wrap(struct buf *out, const char *text, size_t indent);

enum { CLI_WIDTH = 100 };

#endif
