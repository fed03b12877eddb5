/* SPDX-License-Identifier: Apache-2.0
 *
 * heir - a child that takes over its parent's memory, where the parent is to end
 */
#include "kernel/heir.h"

#include <errno.h>
#include <stdbool.h>

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)

/* A shadow stack cannot be handed over: the child would get an empty one. rdsspq does nothing where there is none. */
static bool has_shadow_stack(void)
{
	unsigned long at;

	__asm__ volatile("xor %%eax, %%eax\n\t.byte 0xf3, 0x48, 0x0f, 0x1e, 0xc8" : "=a"(at));
	return at != 0;
}

/* Nothing of the old stack is read or written by the parent once the child may run: not even a return address. */
static long split(struct clone_args *args, struct heir *h)
{
	long r = SYS_clone3;

	__asm__ volatile(
		"syscall\n\t"
		"test %%rax, %%rax\n\t"
		"jle 1f\n\t"
		"mov %[top], %%rsp\n\t"
		"mov %[heir], %%rdi\n\t"
		"mov %%eax, %%esi\n\t"
		"call *%[last]\n\t"
		"ud2\n"
		"1:"
		: "+a"(r)
		: "D"(args),
		  "S"(sizeof(*args)), [top] "r"(h->stack + sizeof(h->stack)), [heir] "r"(h), [last] "r"(h->last)
		: "rcx", "r11", "cc", "memory");
	return r;
}

int heir_make(struct heir *h, uint64_t flags)
{
	struct clone_args args = { .flags = flags | CLONE_VM, .pidfd = (uint64_t)(uintptr_t)&h->pidfd };
	long r = -ENOSYS;

	if (!has_shadow_stack())
		r = split(&args, h);
	if (r == 0)
		return 0;
	errno = (int)-r;
	return -1;
}

#else

int heir_make(struct heir *h, uint64_t flags)
{
	(void)h;
	(void)flags;
	errno = ENOSYS;
	return -1;
}

#endif
