/* SPDX-License-Identifier: Apache-2.0
 *
 * print - vsnprintf(3) with what this program writes, in place of musl's, five times as large: that knows floats, wide characters and files
 */
#include "own/print.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct out {
	char *to;
	size_t room, n; /* n may be more than there is room for */
};

/* %-08.3lx */
struct conversion {
	bool left, zero, prefix;
	int width, precision; /* precision -1: none */
	int size;             /* of the argument in bytes */
	char kind;
};

static void put(struct out *o, const char *text, size_t n)
{
	if (o->n < o->room)
		memcpy(o->to + o->n, text, n < o->room - o->n ? n : o->room - o->n);
	o->n += n;
}

static void fill(struct out *o, char c, size_t n)
{
	if (o->n < o->room)
		memset(o->to + o->n, c, n < o->room - o->n ? n : o->room - o->n);
	o->n += n;
}

/* What fills a width with blanks before or behind it. */
struct field {
	const char *before; /* the sign or 0x */
	size_t zeros;
	const char *text;
	size_t n;
};

static void put_field(struct out *o, const struct conversion *c, const struct field *f)
{
	const size_t begin = strlen(f->before), all = begin + f->zeros + f->n, width = (size_t)c->width;
	const size_t blanks = width > all ? width - all : 0;

	if (!c->left)
		fill(o, ' ', blanks);
	put(o, f->before, begin);
	fill(o, '0', f->zeros);
	put(o, f->text, f->n);
	if (c->left)
		fill(o, ' ', blanks);
}

static void put_number(struct out *o, const struct conversion *c, uint64_t v, bool minus)
{
	const unsigned int base = c->kind == 'x' || c->kind == 'X' ? 16 : c->kind == 'o' ? 8 : 10;
	const char *digits = c->kind == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	const char *before = minus ? "-" : c->prefix && v != 0 ? (c->kind == 'X' ? "0X" : "0x") : "";
	char text[24];
	size_t at = sizeof(text), n, least = c->precision > 0 ? (size_t)c->precision : 0;

	for (; v != 0; v /= base)
		text[--at] = digits[v % base];
	n = sizeof(text) - at;
	if (c->precision < 0) {
		least = 1;
		if (c->zero && !c->left && (size_t)c->width > strlen(before))
			least = (size_t)c->width - strlen(before);
	}
	put_field(o, c, &(struct field){ before, n < least ? least - n : 0, text + at, n });
}

static void put_text(struct out *o, const struct conversion *c, const char *text)
{
	text = text != NULL ? text : "(null)";
	put_field(
		o, c,
		&(struct field){ "", 0, text, c->precision >= 0 ? strnlen(text, (size_t)c->precision) : strlen(text) });
}

/* Digits at *fmt; INT_MAX for what is more. */
static int take_number(const char **fmt)
{
	int n = 0;

	for (; **fmt >= '0' && **fmt <= '9'; ++*fmt)
		n = n > (INT_MAX - 9) / 10 ? INT_MAX : n * 10 + (**fmt - '0');
	return n;
}

static int take_size(const char **fmt)
{
	int size = sizeof(int);

	for (;; ++*fmt) {
		switch (**fmt) {
		case 'h': size = size == sizeof(short) ? (int)sizeof(char) : (int)sizeof(short); break;
		case 'l': size = size == sizeof(int) ? (int)sizeof(long) : (int)sizeof(long long); break;
		case 'j': size = sizeof(intmax_t); break;
		case 'z':
		case 't': size = sizeof(size_t); break;
		default: return size;
		}
	}
}

static void take_flags(const char **fmt, struct conversion *c)
{
	for (;; ++*fmt) {
		switch (**fmt) {
		case '-': c->left = true; break;
		case '0': c->zero = true; break;
		case '#': c->prefix = true; break;
		default: return;
		}
	}
}

/* The value of an argument that is size bytes wide, its sign filling the rest. */
static int64_t narrow(int64_t v, int size)
{
	const int spare = 64 - 8 * size;

	return (int64_t)((uint64_t)v << spare) >> spare;
}

/* Arguments that functions take in turn. */
struct words {
	va_list at;
};

/* A number, or `*`: the next argument. */
static int take_count(const char **fmt, struct words *w)
{
	if (**fmt != '*')
		return take_number(fmt);
	++*fmt;
	return va_arg(w->at, int);
}

/* What stands behind a percent sign. */
static struct conversion take_conversion(const char **fmt, struct words *w)
{
	struct conversion c = { .precision = -1 };

	take_flags(fmt, &c);
	c.width = take_count(fmt, w);
	if (c.width < 0) {
		c.left = true;
		c.width = c.width == INT_MIN ? INT_MAX : -c.width;
	}
	if (**fmt == '.') {
		++*fmt;
		c.precision = take_count(fmt, w);
	}
	c.size = take_size(fmt);
	c.kind = **fmt;
	if (c.kind != '\0')
		++*fmt;
	return c;
}

static void put_signed(struct out *o, const struct conversion *c, int64_t v)
{
	put_number(o, c, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, v < 0);
}

static void put_conversion(struct out *o, const struct conversion *c, struct words *w)
{
	const bool number = c->kind != '\0' && strchr("diuxXo", c->kind) != NULL;
	int64_t v = !number ? 0 : c->size == sizeof(v) ? va_arg(w->at, int64_t) : va_arg(w->at, int);

	if (c->kind == 'd' || c->kind == 'i')
		put_signed(o, c, narrow(v, c->size));
	else if (number)
		put_number(o, c, (uint64_t)v & UINT64_MAX >> (64 - 8 * c->size), false);
	else if (c->kind == 'c')
		put_field(o, c, &(struct field){ "", 0, (char[]){ (char)va_arg(w->at, int) }, 1 });
	else if (c->kind == 's')
		put_text(o, c, va_arg(w->at, const char *));
	else
		put(o, &c->kind, c->kind != '\0'); /* %% */
}

int own_vprint(char *to, size_t room, const char *fmt, va_list words)
{
	struct out o = { .to = to, .room = room > 0 ? room - 1 : 0 };
	struct words w;

	va_copy(w.at, words);
	while (*fmt != '\0') {
		const size_t plain = strcspn(fmt, "%");

		put(&o, fmt, plain);
		fmt += plain;
		if (*fmt != '\0') {
			struct conversion c;

			fmt++;
			c = take_conversion(&fmt, &w);
			put_conversion(&o, &c, &w);
		}
	}
	va_end(w.at);
	if (room > 0)
		to[o.n < o.room ? o.n : o.room] = '\0';
	return o.n > INT_MAX ? -1 : (int)o.n;
}
