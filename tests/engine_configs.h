/* SPDX-License-Identifier: Apache-2.0
 *
 * engine_configs - configurations as engines wrote them, which are not part of this project: what holds for each of them
 *
 * Their folder is $OCI_ENGINE_CONFIGS, else shared/data/engine-configs beside the sources. Without it the test is skipped.
 */
#ifndef OCIRT_TESTS_ENGINE_CONFIGS_H
#define OCIRT_TESTS_ENGINE_CONFIGS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/auto.h"

/* Calls for each file; there has to be one. */
static inline void each_engine_config(void (*call)(int dir, const char *name))
{
	const char *given = getenv("OCI_ENGINE_CONFIGS"), *top = getenv("OCIRT_SRCDIR");
	auto_dir DIR *dir = NULL;
	char beside[4096];
	size_t n = 0;

	(void)snprintf(beside, sizeof(beside), "%s/../shared/data/engine-configs", top != NULL ? top : ".");
	dir = opendir(given != NULL ? given : beside);
	if (dir == NULL) {
		print_message("%s is not there (set OCI_ENGINE_CONFIGS)\n", given != NULL ? given : beside);
		skip();
		return;
	}
	for (struct dirent *d = readdir(dir); d != NULL; d = readdir(dir)) {
		if (strstr(d->d_name, ".json") == NULL)
			continue;
		call(dirfd(dir), d->d_name);
		n++;
	}
	assert_true(n > 0);
}

#endif
