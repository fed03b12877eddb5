/* SPDX-License-Identifier: Apache-2.0
 *
 * path - texts that are paths; nothing here touches the file system
 */
#ifndef OCIRT_BASE_PATH_H
#define OCIRT_BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Folds `//`, `.` and `..` as if below `/` (never above it): `/a//b/../c/.` becomes `/a/c`. to has room bytes.
 * false when it does not fit.
 */
bool path_clean(const char *path, char *to, size_t room);

/* True when one of its components is `..`. */
bool path_has_dotdot(const char *path);

/* True when path is dir itself or lies below it; both cleaned and absolute. */
bool path_is_below(const char *path, const char *dir);

/* base joined with path unless path is absolute; cleaned. false when it does not fit. */
bool path_join(const char *base, const char *path, char *to, size_t room);

#endif
