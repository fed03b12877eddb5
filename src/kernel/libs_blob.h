/* SPDX-License-Identifier: Apache-2.0
 *
 * libs_blob - the program ocirt-libs, as bytes of ours
 */
#ifndef OCIRT_KERNEL_LIBS_BLOB_H
#define OCIRT_KERNEL_LIBS_BLOB_H

#include <stdint.h>

extern const char libs_blob[];
extern const uint32_t libs_blob_size;

#endif
