/* SPDX-License-Identifier: Apache-2.0
 *
 * unit_asked - the unit properties that config.json names itself: annotations org.systemd.property.NAME
 *
 * Their values are in the text form of GVariant, as far as units need it:
 *	VALUE = [TYPE] SCALAR | [@TYPE] "[" [VALUE {"," VALUE}] "]" | [@TYPE] "(" VALUE {"," VALUE} ")"
 * Strings are in single or double quotes; a number without a type is an int32, with a point a double. A value is read twice:
 * once for its signature, once to append it. A name that ends in Sec is for people: its seconds become NAMEUSec, a uint64.
 */
#include "cgroup/systemd.h"

#include <ctype.h>
#include <string.h>

#include "base/num.h"
#include "cgroup/bus.h"

enum { SIGNATURE_MAX = 64, STRING_MAX = 4096, DEPTH_MAX = 8, USEC_PER_SEC = 1000000 };

static const struct {
	const char *word;
	char code;
} types[] = {
	{ "boolean", 'b' }, { "byte", 'y' },   { "int16", 'n' },      { "uint16", 'q' },
	{ "int32", 'i' },   { "uint32", 'u' }, { "int64", 'x' },      { "uint64", 't' },
	{ "double", 'd' },  { "string", 's' }, { "objectpath", 'o' },
};

/* "uint64 ..." -> 't'; '\0': the first n bytes are no type's word. */
static char type_of(const char *text, size_t n)
{
	for (size_t i = 0; i < array_len(types); i++)
		if (strncmp(types[i].word, text, n) == 0 && types[i].word[n] == '\0')
			return types[i].code;
	return '\0';
}

struct reader {
	const char *at;
	struct bus_call *c; /* NULL: only the signature is wanted */
	char *signature;    /* where it goes on */
	char *end;
	int depth;
};

static int read_value(struct reader *r, const char *wanted);

static void skip_space(struct reader *r)
{
	r->at += strspn(r->at, " \t\n");
}

static bool take(struct reader *r, char c)
{
	skip_space(r);
	if (*r->at != c)
		return false;
	r->at++;
	return true;
}

static int say(struct reader *r, char code)
{
	if (r->signature == NULL)
		return 0;
	if (r->signature + 1 >= r->end)
		return -1;
	*r->signature++ = code;
	*r->signature = '\0';
	return 0;
}

/* Of a basic type but a string; a double by its bits. */
static int put_number(struct reader *r, char code, uint64_t value)
{
	if (r->c == NULL)
		return say(r, code);
	bus_put_number(r->c, code, value);
	return 0;
}

/* What stands behind a backslash. No \u: config.json is UTF-8 and has its own. */
static char unescaped(char c)
{
	static const char words[] = "abfnrtvuU", meant[] = "\a\b\f\n\r\t\v";
	const char *at = c != '\0' ? strchr(words, c) : NULL;

	return at == NULL ? c : at < words + sizeof(meant) ? meant[at - words] : '\0';
}

static int read_string(struct reader *r, char code)
{
	char text[STRING_MAX], quote = *r->at++;
	size_t n = 0;

	for (; *r->at != quote; r->at++) {
		char c = *r->at;

		if (c == '\\')
			c = unescaped(*++r->at);
		if (c == '\0' || n + 1 == sizeof(text))
			return -1;
		text[n++] = c;
	}
	r->at++;
	text[n] = '\0';
	if (r->c == NULL)
		return say(r, code);
	bus_put_text(r->c, code, text);
	return 0;
}

/* The word at hand, up to what ends one. */
static bool take_word(struct reader *r, char to[64])
{
	size_t n = strcspn(r->at, " \t\n,])");

	if (n == 0 || n >= 64)
		return false;
	memcpy(to, r->at, n);
	to[n] = '\0';
	r->at += n;
	return true;
}

/* Whole numbers as in C: "31", "0x1f", "037" */
static bool read_u64(const char *word, uint64_t most, uint64_t *v)
{
	return num_take(&word, 0, most, v) && *word == '\0';
}

static int put_signed(struct reader *r, char code, const char *word)
{
	const uint64_t most = code == 'n' ? INT16_MAX : code == 'i' ? INT32_MAX : INT64_MAX;
	const bool minus = word[0] == '-';
	uint64_t size;

	if (!read_u64(word + minus, most + minus, &size))
		return -1;
	return put_number(r, code, minus ? 0 - size : size);
}

static int put_unsigned(struct reader *r, char code, const char *word)
{
	const uint64_t most = code == 'y'   ? UINT8_MAX
	                      : code == 'q' ? UINT16_MAX
	                      : code == 'u' ? UINT32_MAX
	                                    : UINT64_MAX;
	uint64_t v;

	return read_u64(word, most, &v) ? put_number(r, code, v) : -1;
}

static int put_double(struct reader *r, const char *word)
{
	uint64_t bits;
	double v;

	if (!num_decimal(word, &v))
		return -1;
	memcpy(&bits, &v, sizeof(bits));
	return put_number(r, 'd', bits);
}

static int put_boolean(struct reader *r, const char *word)
{
	bool v = strcmp(word, "true") == 0;

	return v || strcmp(word, "false") == 0 ? put_number(r, 'b', v) : -1;
}

static int read_plain(struct reader *r, char code)
{
	char word[64];

	skip_space(r);
	if (*r->at == '\'' || *r->at == '"')
		return code == '\0' || code == 's' || code == 'o' ? read_string(r, code == '\0' ? 's' : code) : -1;
	if (!take_word(r, word))
		return -1;
	if (code == 'b' || (code == '\0' && isalpha((unsigned char)word[0])))
		return put_boolean(r, word);
	if (code == 'd' || (code == '\0' && strchr(word, '.') != NULL))
		return put_double(r, word);
	if (code == '\0' || strchr("nix", code) != NULL)
		return put_signed(r, code == '\0' ? 'i' : code, word);
	return strchr("yqut", code) != NULL ? put_unsigned(r, code, word) : -1;
}

/* The word of a type may stand before it, and has to be the wanted one. */
static int read_scalar(struct reader *r, char code)
{
	size_t n;
	char said;

	skip_space(r);
	n = strcspn(r->at, " \t\n");
	said = type_of(r->at, n);
	if (said == '\0')
		return read_plain(r, code);
	if (code != '\0' && code != said)
		return -1;
	r->at += n;
	return read_plain(r, said);
}

static size_t type_len_at(const char *s, int depth)
{
	size_t n = 1, inner;

	if (depth == DEPTH_MAX)
		return 0;
	if (*s == 'a') {
		inner = type_len_at(s + 1, depth + 1);
		return inner == 0 ? 0 : 1 + inner;
	}
	if (*s == '(') {
		while ((inner = type_len_at(s + n, depth + 1)) > 0)
			n += inner;
		return s[n] == ')' ? n + 1 : 0;
	}
	return *s != '\0' && strchr("bynqiuxtdso", *s) != NULL ? 1 : 0;
}

/* Length of the one complete type at the beginning of a signature, 0 when there is none. */
static size_t type_len(const char *s)
{
	return type_len_at(s, 0);
}

/* The signature of the value that comes next. */
static int look_ahead(const struct reader *r, char to[SIGNATURE_MAX])
{
	struct reader look = { .at = r->at, .signature = to, .end = to + SIGNATURE_MAX, .depth = r->depth };

	to[0] = '\0';
	return read_value(&look, NULL);
}

static void open_container(struct reader *r, char kind, const char *contents)
{
	if (r->c != NULL)
		bus_put_open(r->c, kind, contents);
}

static void close_container(struct reader *r)
{
	if (r->c != NULL)
		bus_put_close(r->c);
}

/* The first element says what all are; wanted is the element's type, NULL unknown. */
static int read_array(struct reader *r, const char *wanted)
{
	char *mark, element[SIGNATURE_MAX];

	if (wanted != NULL) {
		size_t n = type_len(wanted);

		if (n == 0 || n >= sizeof(element))
			return -1;
		memcpy(element, wanted, n);
		element[n] = '\0';
	} else if (take(r, ']') || look_ahead(r, element) < 0) {
		return -1; /* of what? */
	}
	if (say(r, 'a') < 0)
		return -1;
	open_container(r, 'a', element);
	for (mark = r->signature; !take(r, ']'); r->signature = mark) /* an element at a time at the same place */
		if (read_value(r, element) < 0 || (!take(r, ',') && (skip_space(r), *r->at != ']')))
			return -1;
	for (const char *s = element; r->signature != NULL && *s != '\0'; s++)
		if (say(r, *s) < 0)
			return -1;
	close_container(r);
	return 0;
}

/* wanted: the types inside, behind their bracket. */
static int read_tuple(struct reader *r, const char *wanted)
{
	char contents[SIGNATURE_MAX] = "(";
	struct reader look = *r;

	look.at--;
	if (r->c != NULL) {
		look.c = NULL;
		look.signature = contents;
		look.end = contents + sizeof(contents);
		if (read_value(&look, wanted == NULL ? NULL : wanted - 1) < 0)
			return -1;
		contents[strlen(contents) - 1] = '\0';
	}
	if (say(r, '(') < 0)
		return -1;
	open_container(r, 'r', contents + 1);
	while (!take(r, ')')) {
		if (read_value(r, wanted) < 0 || (!take(r, ',') && (skip_space(r), *r->at != ')')))
			return -1;
		wanted = wanted == NULL ? NULL : wanted + type_len(wanted);
	}
	if (wanted != NULL && *wanted != ')')
		return -1; /* too few */
	close_container(r);
	return say(r, ')');
}

static int read_inner(struct reader *r, const char *wanted)
{
	char type[64];

	if (take(r, '@')) {
		size_t n = type_len(r->at);

		if (n == 0 || n >= sizeof(type))
			return -1;
		memcpy(type, r->at, n);
		type[n] = '\0';
		wanted = type;
		r->at += n;
	}
	if (take(r, '['))
		return wanted != NULL && *wanted != 'a' ? -1 : read_array(r, wanted == NULL ? NULL : wanted + 1);
	if (take(r, '('))
		return wanted != NULL && *wanted != '(' ? -1 : read_tuple(r, wanted == NULL ? NULL : wanted + 1);
	return read_scalar(r, wanted == NULL ? '\0' : *wanted);
}

static int read_value(struct reader *r, const char *wanted)
{
	int result;

	if (r->depth == DEPTH_MAX)
		return -1;
	r->depth++;
	result = read_inner(r, wanted);
	r->depth--;
	return result;
}

static bool put_text(struct bus_call *c, const struct cg_asked *a)
{
	char signature[SIGNATURE_MAX];
	struct reader r = { .at = a->value, .c = c };
	const struct reader first = { .at = a->value };

	if (look_ahead(&first, signature) < 0)
		return false;
	bus_property_open(c, a->name, signature);
	if (read_value(&r, NULL) < 0)
		return false;
	bus_property_close(c);
	skip_space(&r);
	return *r.at == '\0';
}

/* "uint64 10", "10" or "1.5" */
static bool read_seconds(const char *text, double *v)
{
	size_t n = strcspn(text, " ");
	char code;

	if (text[n] != '\0') {
		code = type_of(text, n);
		if (code == '\0' || strchr("bso", code) != NULL)
			return false;
		text += n + strspn(text + n, " ");
	}
	return num_decimal(text, v) && *v >= 0 && *v < 1e12;
}

/* TimeoutStopSec -> TimeoutStopUSec. False: no such name. */
static bool put_seconds(struct bus_call *c, const struct cg_asked *a, bool *is_value)
{
	size_t n = strlen(a->name);
	char name[128];
	double v;

	if (n <= 3 || n + 2 > sizeof(name) || strcmp(a->name + n - 3, "Sec") != 0 || a->name[n - 4] == 'U')
		return false;
	memcpy(name, a->name, n - 3);
	memcpy(name + n - 3, "USec", sizeof("USec"));
	*is_value = read_seconds(a->value, &v);
	if (*is_value)
		bus_property_number(c, name, 't', (uint64_t)(v * USEC_PER_SEC + 0.5));
	return true;
}

/* What says where the container's processes are is cgroupsPath's. */
static bool is_ours(const char *name)
{
	return strcmp(name, "Slice") == 0 || strcmp(name, "PIDs") == 0;
}

int unit_put_asked(struct bus_call *c, const struct cg_settings *s, struct err *e)
{
	for (size_t i = 0; i < s->n_asked; i++) {
		const struct cg_asked *a = &s->asked[i];
		struct err why;
		bool is_value;

		if (is_ours(a->name))
			return err_config(e, a->pointer, "the unit's %s follows from /linux/cgroupsPath", a->name);
		(void)err_config(&why, a->pointer,
		                 "'%s' is no value in GVariant's text form that a unit's property can have", a->value);
		bus_blame(c, &why);
		if (!put_seconds(c, a, &is_value))
			is_value = put_text(c, a);
		if (!is_value) {
			*e = why;
			return -1;
		}
	}
	return 0;
}
