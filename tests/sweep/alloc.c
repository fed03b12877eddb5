/* SPDX-License-Identifier: Apache-2.0
 *
 * alloc - breakpoints at malloc, calloc and realloc of a tracee's libc, so that one of its calls can return NULL
 */
#include "tests/sweep/alloc.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/sweep/regs.h"

#if defined(__x86_64__)

static const char *const functions[ALLOC_FUNCTIONS] = { "malloc", "calloc", "realloc" };

/* Where our libc's function stands in its file's image, and that file. */
static unsigned long distance(const char *name, const char **file)
{
	Dl_info info;
	void *at = dlsym(RTLD_DEFAULT, name);

	if (at == NULL || dladdr(at, &info) == 0)
		return 0;
	*file = info.dli_fname;
	return (unsigned long)at - (unsigned long)info.dli_fbase;
}

/* Where that file begins in the tracee. */
static unsigned long base_in(pid_t pid, const char *file)
{
	const char *name = strrchr(file, '/') != NULL ? strrchr(file, '/') : file;
	char path[48], line[4096];
	unsigned long base = 0;
	FILE *maps;

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	while (maps != NULL && base == 0 && fgets(line, sizeof(line), maps) != NULL)
		if (strstr(line, name) != NULL)
			base = strtoul(line, NULL, 16);
	if (maps != NULL)
		(void)fclose(maps);
	return base;
}

static void put_trap(pid_t pid, const struct alloc_points *p, int i)
{
	(void)ptrace(PTRACE_POKETEXT, pid, p->address[i], (p->text[i] & ~0xffL) | 0xcc);
}

void alloc_points_set(pid_t pid, struct alloc_points *points)
{
	const char *file = NULL;
	unsigned long base = 0;

	for (int i = 0; i < ALLOC_FUNCTIONS; i++) {
		unsigned long d = distance(functions[i], &file);

		if (d == 0)
			return;
		if (base == 0)
			base = base_in(pid, file);
		if (base == 0)
			return;
		points->address[i] = base + d;
		points->text[i] = ptrace(PTRACE_PEEKTEXT, pid, points->address[i], 0);
		put_trap(pid, points, i);
	}
	points->set = true;
}

bool alloc_points_hit(pid_t pid, struct alloc_points *points)
{
	unsigned long ip = (unsigned long)ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user_regs_struct, rip), 0);

	for (int i = 0; i < ALLOC_FUNCTIONS; i++)
		if (ip == points->address[i] + 1) {
			points->hit = i;
			return true;
		}
	return false;
}

/* The first instruction by itself, with what stood there. */
static void step_over(pid_t pid, const struct alloc_points *points)
{
	int status;

	(void)ptrace(PTRACE_POKETEXT, pid, points->address[points->hit], points->text[points->hit]);
	(void)ptrace(PTRACE_SINGLESTEP, pid, 0, 0);
	(void)waitpid(pid, &status, __WALL);
	put_trap(pid, points, points->hit);
}

/* errno = ENOMEM. libc's thread locals stand where ours do, since neither program has any of its own. */
static void set_errno(pid_t pid, unsigned long fs_base)
{
	unsigned long at = fs_base + (unsigned long)&errno - (unsigned long)__builtin_thread_pointer();
	long now = ptrace(PTRACE_PEEKDATA, pid, at, 0);

	(void)ptrace(PTRACE_POKEDATA, pid, at, (now & ~0xffffffffL) | ENOMEM);
}

void alloc_points_resume(pid_t pid, struct alloc_points *points, bool fail)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, pid, 0, &regs) < 0)
		return;
	regs.rip = points->address[points->hit];
	if (fail) {
		regs.rip = (unsigned long)ptrace(PTRACE_PEEKDATA, pid, regs.rsp, 0);
		regs.rsp += 8;
		regs.rax = 0;
		set_errno(pid, regs.fs_base);
	}
	(void)ptrace(PTRACE_SETREGS, pid, 0, &regs);
	if (!fail)
		step_over(pid, points);
}

void alloc_points_clear(pid_t pid, struct alloc_points *points)
{
	for (int i = 0; points->set && i < ALLOC_FUNCTIONS; i++)
		(void)ptrace(PTRACE_POKETEXT, pid, points->address[i], points->text[i]);
	points->set = false;
}

#else

void alloc_points_set(pid_t pid, struct alloc_points *points)
{
	(void)pid, (void)points;
}

bool alloc_points_hit(pid_t pid, struct alloc_points *points)
{
	(void)pid, (void)points;
	return false;
}

void alloc_points_resume(pid_t pid, struct alloc_points *points, bool fail)
{
	(void)pid, (void)points, (void)fail;
}

void alloc_points_clear(pid_t pid, struct alloc_points *points)
{
	(void)pid, (void)points;
}

#endif
