/* SPDX-License-Identifier: Apache-2.0
 *
 * landlock - what of the file system a process and its children may ever touch
 */
#include "kernel/landlock.h"

#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CREATE_RULESET = 444, ASK_VERSION = 1 };

int landlock_abi(void)
{
	long abi = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);

	return abi > 0 ? (int)abi : 0;
}
