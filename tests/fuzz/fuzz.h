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

/* libFuzzer's entry: any bytes. A crash, a sanitizer's word or a require() that does not hold is what is looked for. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold. */
static inline void require(bool holds)
{
	if (!holds)
		abort();
}

#endif
