/* SPDX-License-Identifier: Apache-2.0
 *
 * check - `ocirt check` of any bytes: it ends, and each finding has a text, and a place where its pointer is
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "life/verbs.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct life_globals g = { .root = "/nowhere" };
	struct check_options o = { .bundle = "/nowhere" };
	struct check_result r = { .bundle = NULL };
	int fd = memfd_create("config", 0);
	struct arena a = { 0 };
	struct err e;
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	o.config_name = path;
	if (life_check(&g, &o, &a, &r, &e) == 0)
		for (size_t i = 0; i < r.found.n; i++)
			require(r.found.item[i].text[0] != '\0' && r.found.item[i].place.line >= 1 &&
			        r.found.item[i].place.column >= 1);
	else
		require(e.text[0] != '\0');
	arena_free(&a);
	(void)close(fd);
	return 0;
}
