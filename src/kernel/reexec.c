/* SPDX-License-Identifier: Apache-2.0
 *
 * reexec - our own program as a file that nobody can write to
 */
#include "kernel/reexec.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/libc.h"
#include "kernel/sys_mount.h"

static const char self[] = "/proc/self/exe";
extern const char __ehdr_start[] __attribute__((visibility("hidden"))); /* where the program is, by ld(1) */

int reexec_clone_mount(void)
{
	const struct sys_mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	auto_fd int fd = sys_open_tree(AT_FDCWD, self, OPEN_TREE_CLONE);

	if (fd < 0 || sys_mount_setattr(fd, "", AT_EMPTY_PATH, &attr) < 0)
		return -1;
	return steal_fd(&fd);
}

static int copy_all(int from, int to)
{
	struct stat st;
	off_t left;

	if (fstat(from, &st) < 0)
		return -1;
	for (left = st.st_size; left > 0;) {
		ssize_t n = sendfile(to, from, NULL, (size_t)left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		left -= n;
	}
	return 0;
}

int reexec_memory_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x10U /* MFD_EXEC */);

	if (fd < 0 && errno == EINVAL) /* before 6.3 */
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd;
}

int reexec_seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
}

int reexec_sealed_copy(void)
{
	auto_fd int from = open(self, O_RDONLY | O_CLOEXEC), to = -1;

	if (from < 0)
		return -1;
	to = reexec_memory_file("ocirt");
	if (to < 0 || copy_all(from, to) < 0 || reexec_seal(to) < 0)
		return -1;
	return steal_fd(&to);
}

int reexec_open(struct err *e)
{
	int fd = reexec_clone_mount();

	if (fd < 0)
		fd = reexec_sealed_copy();
	if (fd < 0)
		return err_sys(e, "make an unwritable copy of %s", self);
	return fd;
}

/* ---- the same without an execve(2) ---- */

/* Our program in memory. */
struct image {
	const ElfW(Phdr) * rows;
	size_t n;
	uintptr_t base, page;
};

/* The whole pages of [vaddr, vaddr + size). */
struct pages {
	char *at;
	size_t len;
};

static struct pages pages_of(const struct image *im, uintptr_t vaddr, size_t size)
{
	uintptr_t first = vaddr & ~(im->page - 1), end = (vaddr + size + im->page - 1) & ~(im->page - 1);

	return (struct pages){ (char *)(im->base + first), end - first };
}

#if defined(__SANITIZE_ADDRESS__) /* its shadow and its interceptors know where everything was */
int reexec_prepare(void)
{
	errno = ENOSYS;
	return -1;
}

int reexec_adopt(int fd)
{
	(void)fd;
	errno = ENOSYS;
	return -1;
}
#else

static int find_image(struct image *im)
{
	im->rows = (const ElfW(Phdr) *)getauxval(AT_PHDR);
	im->n = getauxval(AT_PHNUM);
	im->page = getauxval(AT_PAGESZ);
	for (size_t i = 0; im->rows != NULL && im->page != 0 && i < im->n; i++)
		if (im->rows[i].p_type == PT_LOAD && im->rows[i].p_offset == 0) {
			im->base = (uintptr_t)__ehdr_start - im->rows[i].p_vaddr;
			return 0;
		}
	errno = ENOEXEC;
	return -1;
}

/* What nobody wrote to: the same pages of the same file, by another mount. */
static int map_again(const struct image *im, const ElfW(Phdr) * row, int fd)
{
	int prot = ((row->p_flags & PF_R) != 0 ? PROT_READ : 0) | ((row->p_flags & PF_X) != 0 ? PROT_EXEC : 0);
	struct pages p = pages_of(im, row->p_vaddr, row->p_filesz);

	return mmap(p.at, p.len, prot, MAP_PRIVATE | MAP_FIXED, fd, (off_t)(row->p_offset & ~(im->page - 1))) ==
	                       MAP_FAILED
	               ? -1
	               : 0;
}

/* What was written to: a copy that belongs to no file, moved to where it was in one step. */
static int copy_again(const struct image *im, const ElfW(Phdr) * row)
{
	struct pages p = pages_of(im, row->p_vaddr, row->p_filesz);
	char *copy = mmap(NULL, p.len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (copy == MAP_FAILED)
		return -1;
	memcpy(copy, p.at, p.len);
	return mremap(copy, p.len, p.len, MREMAP_MAYMOVE | MREMAP_FIXED, p.at) == MAP_FAILED ? -1 : 0;
}

/* Relocated and not to be written to any more (ld.so does the same). */
static int protect_again(const struct image *im, const ElfW(Phdr) * row)
{
	char *at = (char *)(im->base + (row->p_vaddr & ~(im->page - 1)));
	size_t len = (im->base + ((row->p_vaddr + row->p_memsz) & ~(im->page - 1))) - (uintptr_t)at;

	return mprotect(at, len, PROT_READ);
}

int reexec_prepare(void)
{
	struct image im;

	if (find_image(&im) < 0)
		return -1;
	for (size_t i = 0; i < im.n; i++)
		if (im.rows[i].p_type == PT_LOAD && (im.rows[i].p_flags & PF_W) != 0 &&
		    copy_again(&im, &im.rows[i]) < 0)
			return -1;
	for (size_t i = 0; i < im.n; i++)
		if (im.rows[i].p_type == PT_GNU_RELRO && protect_again(&im, &im.rows[i]) < 0)
			return -1;
	return 0;
}

static int move_image(const struct image *im, int fd)
{
	for (size_t i = 0; i < im->n; i++)
		if (im->rows[i].p_type == PT_LOAD && (im->rows[i].p_flags & PF_W) == 0 &&
		    map_again(im, &im->rows[i], fd) < 0)
			return -1;
	return 0;
}

/*
 * The kernel lets the link go to another file once nothing of the old one is mapped. Of the addresses beside it, only those of
 * the arguments (what /proc/PID/cmdline shows) and of the break mean something; there is no environment any more.
 */
static int move_link(int fd)
{
	static const char words[] = "ocirt\0init";
	const uint64_t at = (uintptr_t)words, brk = (uintptr_t)sbrk(0);
	const struct prctl_mm_map map = {
		.start_code = at,
		.end_code = at + 1,
		.start_data = at,
		.end_data = at + 1,
		.start_brk = brk,
		.brk = brk,
		.start_stack = (uintptr_t)&map,
		.arg_start = at,
		.arg_end = at + sizeof(words),
		.env_start = at + sizeof(words),
		.env_end = at + sizeof(words),
		.exe_fd = (uint32_t)fd,
	};

	return prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0);
}

int reexec_adopt(int fd)
{
	struct image im;
	char path[32];
	auto_fd int file = open(fd_path(fd, path), O_RDONLY | O_CLOEXEC); /* a mount's own descriptor maps nothing */

	if (file < 0 || find_image(&im) < 0 || move_image(&im, file) < 0)
		return -1;
	return move_link(file);
}
#endif

/* Pages of files that nobody can write to, of the program and its libraries. */
struct files {
	struct pages at[16];
	size_t n;
};

/*
 * What comes back takes pages around it along: so of the program, which is first, what is needed next (reexec_waits) stays, and with
 * it the beginning of its code.
 */
static int note_files(struct dl_phdr_info *info, size_t size, void *ctx)
{
	enum { STAYS = 8 << 10 };
	const struct image im = { .base = info->dlpi_addr, .page = getauxval(AT_PAGESZ) };
	struct files *f = ctx;
	const bool program = f->n == 0;

	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum && f->n < array_len(f->at); i++) {
		const ElfW(Phdr) *row = &info->dlpi_phdr[i];
		size_t stays = program && (row->p_flags & PF_X) != 0 && row->p_filesz > STAYS ? STAYS : 0;

		if (row->p_type == PT_LOAD && (row->p_flags & PF_W) == 0)
			f->at[f->n++] = pages_of(&im, row->p_vaddr + stays, row->p_filesz - stays);
	}
	return 0;
}

reexec_waits void reexec_shed(void)
{
	enum { DEEPEST = 256 << 10 }; /* of the stack, below this frame, which is less than a page */
	const uintptr_t page = getauxval(AT_PAGESZ);
	char *here = (char *)(((uintptr_t)__builtin_frame_address(0) - page) & ~(page - 1));
	struct files files = { .n = 0 };

	(void)dl_iterate_phdr(note_files, &files);
	heap_trim();
	(void)madvise(here - DEEPEST, DEEPEST, MADV_DONTNEED); /* best effort, all of these */
	for (size_t i = 0; i < files.n; i++)
		(void)madvise(files.at[i].at, files.at[i].len, MADV_DONTNEED);
}
