/* SPDX-License-Identifier: Apache-2.0
 *
 * libs_blob - the program ocirt-libs, as bytes of ours
 *
 * The Makefile says where it is; whoever only looks at the sources has none.
 */
#include "kernel/libs_blob.h"

#ifdef OCIRT_LIBS

__asm__(".pushsection .rodata.libs_blob, \"a\", %progbits\n"
        ".globl libs_blob, libs_blob_size\n"
        ".hidden libs_blob, libs_blob_size\n"
        "libs_blob:\n"
        ".incbin \"" OCIRT_LIBS "\"\n"
        "1:\n"
        ".balign 4\n"
        "libs_blob_size:\n"
        ".long 1b - libs_blob\n"
        ".popsection");

#endif
