/* SPDX-License-Identifier: Apache-2.0
 *
 * print - vsnprintf(3) with what this program writes, in place of musl's, five times as large: that knows floats, wide characters and files
 *
 * Flags `-`, `0`, and `#` before x; a width and a precision, `*` too; hh h l ll j z t; d i u x X o c s %. contrib/check-house tells of a
 * format in the sources that has more.
 */
#ifndef OCIRT_OWN_PRINT_H
#define OCIRT_OWN_PRINT_H

#include <stdarg.h>
#include <stddef.h>

/* As vsnprintf(3): at most room - 1 bytes and a NUL; how many it would have been, -1 when that is no int. */
int own_vprint(char *to, size_t room, const char *fmt, va_list words);

#endif
