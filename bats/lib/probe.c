/* SPDX-License-Identifier: Apache-2.0
 *
 * probe - makes one system call and nothing else:  probe [-32] NUMBER [ARGUMENT...]
 *
 * Ends with the call's errno as its exit code, 0 when it worked; -32 makes it as an i386 program would (int 0x80). Without a
 * libc, so that a filter has to allow execve and exit only.
 */
#if !defined(__x86_64__)
#error "the probe knows x86_64 only"
#endif

static long number(const char *text)
{
	long v = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		v = v * 10 + (*text - '0');
	return v;
}

static long call64(long nr, const long *a)
{
	long r;
	register long a3 __asm__("r10") = a[3];

	__asm__ volatile("syscall"
	                 : "=a"(r)
	                 : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(a3)
	                 : "rcx", "r11", "memory");
	return r;
}

static long call32(long nr, const long *a)
{
	int r;

	__asm__ volatile("int $0x80"
	                 : "=a"(r)
	                 : "a"(nr), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3])
	                 : "r8", "r9", "r10", "r11", "memory");
	return r;
}

__attribute__((used)) static void run(const long *stack)
{
	const char *const *argv = (const char *const *)(stack + 1);
	int wide = 1, n = 0;
	long a[4] = { 0 }, nr, r;

	argv++;
	if (argv[0] && argv[0][0] == '-') {
		wide = 0;
		argv++;
	}
	nr = number(*argv++);
	for (; *argv && n < 4; argv++)
		a[n++] = number(*argv);
	r = wide ? call64(nr, a) : call32(nr, a);
	a[0] = r < 0 && r > -256 ? -r : 0;
	call64(231, a); /* exit_group */
}

__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall run\n");
