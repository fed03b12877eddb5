/* SPDX-License-Identifier: Apache-2.0
 *
 * wrapper - whether a test is run by valgrind (contrib/lib/tap-run.sh), whose processes differ from the kernel's
 */
#ifndef OCIRT_TESTS_WRAPPER_H
#define OCIRT_TESTS_WRAPPER_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* $TEST_WRAPPER names it. */
static inline bool under_valgrind(void)
{
	const char *wrapper = getenv("TEST_WRAPPER");

	return wrapper != NULL && strstr(wrapper, "valgrind") != NULL;
}

#endif
