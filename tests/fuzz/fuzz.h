/* SPDX-License-Identifier: Apache-2.0
 *
 * fuzz - what fuzz targets share: one entry each, and a way to fail (tests/fuzz/run.sh builds and runs them)
 */
#ifndef OCIRT_TESTS_FUZZ_H
#define OCIRT_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's entry: any bytes. A crash, a sanitizer's word or a require() that does not hold is what is looked for. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold. */
static inline void require(bool holds)
{
	if (!holds)
		abort();
}

/* The bytes between two texts, *len of them; to be freed. */
static inline char *between(const char *head, const uint8_t *data, size_t size, const char *tail, size_t *len)
{
	size_t before = strlen(head), after = strlen(tail);
	char *text = malloc(before + size + after);

	require(text != NULL);
	memcpy(text, head, before);
	memcpy(text + before, data, size);
	memcpy(text + before + size, tail, after);
	*len = before + size + after;
	return text;
}

#endif
