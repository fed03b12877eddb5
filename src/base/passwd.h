/* SPDX-License-Identifier: Apache-2.0
 *
 * passwd - users out of /etc/passwd: passwd(5)
 *
 * By hand: getpwuid(3) would load name service modules, and the file may be a container's, which is anybody's doing.
 */
#ifndef OCIRT_BASE_PASSWD_H
#define OCIRT_BASE_PASSWD_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PASSWD_MAX = 1 << 20 }; /* of a file that is read */

enum passwd_field { PASSWD_NAME = 0, PASSWD_HOME = 5 };

/* Field n of a line, as "a:b:c" has them; false when it has fewer or the field does not fit. */
bool passwd_field(const char *line, size_t len, int n, char *to, size_t room);

/* What the first line of that uid says that says it: a name, or an absolute path. false: none does; to means nothing then. */
bool passwd_find(const char *text, size_t len, uint32_t uid, enum passwd_field what, char to[PATH_MAX]);

#endif
