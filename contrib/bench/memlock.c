/* SPDX-License-Identifier: Apache-2.0
 *
 * memlock - preloaded into a peer that cannot raise RLIMIT_MEMLOCK on this host: answers that one call with success
 *
 * crun before 1.9 raises the limit before it loads its device program, which CAP_SYS_RESOURCE must allow; since Linux 5.11
 * loading does not need it (memory of programs counts for the memory cgroup). Without this it could not be compared.
 */
#include <dlfcn.h>
#include <sys/resource.h>

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	int (*real)(__rlimit_resource_t, const struct rlimit *);

	if (resource == RLIMIT_MEMLOCK)
		return 0;
	*(void **)&real = dlsym(RTLD_NEXT, "setrlimit");
	return real(resource, limit);
}
