/* SPDX-License-Identifier: Apache-2.0
 *
 * alloc - breakpoints at malloc, calloc and realloc of a tracee's libc, so that one of its calls can return NULL
 */
#include "tests/sweep/alloc.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Where that file begins in the tracee; "/" is the first one that is mapped, the program. */
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

/* A program's file in memory; symbols is NULL where it has no table of them. */
struct program {
	const char *bytes;
	size_t size;
	const Elf64_Sym *symbols;
	size_t n;
	const char *names;
};

static void find_symbols(struct program *p)
{
	const Elf64_Ehdr *head = (const Elf64_Ehdr *)p->bytes;
	const Elf64_Shdr *row = (const Elf64_Shdr *)(p->bytes + head->e_shoff);

	for (int i = 0; i < head->e_shnum; i++)
		if (row[i].sh_type == SHT_SYMTAB) {
			p->symbols = (const Elf64_Sym *)(p->bytes + row[i].sh_offset);
			p->n = row[i].sh_size / sizeof(Elf64_Sym);
			p->names = p->bytes + row[row[i].sh_link].sh_offset;
		}
}

static void open_program(pid_t pid, struct program *p)
{
	char path[48];
	struct stat st;
	int fd;

	*p = (struct program){ .bytes = MAP_FAILED };
	(void)snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0) {
		p->size = (size_t)st.st_size;
		p->bytes = mmap(NULL, p->size, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	if (fd >= 0)
		(void)close(fd);
	if (p->bytes != MAP_FAILED)
		find_symbols(p);
}

static void close_program(struct program *p)
{
	if (p->bytes != MAP_FAILED)
		(void)munmap((void *)(uintptr_t)p->bytes, p->size);
}

/* Where the function stands in the program's image, 0: it is none of its own. */
static unsigned long symbol(const struct program *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->symbols[i].st_shndx != SHN_UNDEF && ELF64_ST_TYPE(p->symbols[i].st_info) == STT_FUNC &&
		    strcmp(p->names + p->symbols[i].st_name, name) == 0)
			return p->symbols[i].st_value;
	return 0;
}

/* musl's __errno_location is  mov %fs:0,%rax; add $N,%rax; ret  - 0 when it is something else. */
static unsigned long errno_within(pid_t pid, unsigned long at)
{
	static const unsigned char mov[] = { 0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0 }, add[] = { 0x48, 0x83, 0xc0 };
	unsigned char code[2 * sizeof(long)];

	for (size_t i = 0; i < 2; i++) {
		long word = ptrace(PTRACE_PEEKTEXT, pid, at + i * sizeof(word), 0);

		memcpy(code + i * sizeof(word), &word, sizeof(word));
	}
	if (memcmp(code, mov, sizeof(mov)) != 0 || memcmp(code + sizeof(mov), add, sizeof(add)) != 0)
		return 0;
	return code[sizeof(mov) + sizeof(add)];
}

/* False: the program's libc is a library. */
static bool set_within(pid_t pid, struct alloc_points *points)
{
	struct program p;
	unsigned long base, at = 0;

	open_program(pid, &p);
	base = symbol(&p, "malloc") != 0 ? base_in(pid, "/") : 0;
	if (base != 0)
		at = errno_within(pid, base + symbol(&p, "__errno_location"));
	for (int i = 0; at != 0 && i < ALLOC_FUNCTIONS; i++) {
		points->address[i] = base + symbol(&p, functions[i]);
		points->text[i] = ptrace(PTRACE_PEEKTEXT, pid, points->address[i], 0);
		put_trap(pid, points, i);
	}
	close_program(&p);
	points->errno_at = at;
	points->set = points->within = at != 0;
	return base != 0;
}

void alloc_points_again(pid_t pid, const struct alloc_points *points)
{
	for (int i = 0; points->set && i < ALLOC_FUNCTIONS; i++)
		put_trap(pid, points, i);
}

void alloc_points_set(pid_t pid, struct alloc_points *points)
{
	const char *file = NULL;
	unsigned long base = 0;

	if (set_within(pid, points))
		return;
	points->errno_at = (unsigned long)&errno - (unsigned long)__builtin_thread_pointer();
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

/* errno = ENOMEM. A library's thread locals stand where ours do, since neither program has any of its own. */
static void set_errno(pid_t pid, unsigned long at)
{
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
		set_errno(pid, regs.fs_base + points->errno_at);
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

void alloc_points_again(pid_t pid, const struct alloc_points *points)
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
