/* SPDX-License-Identifier: Apache-2.0
 *
 * gate - a page of memory in which a process shows a number and waits for another, without any system call
 */
#include "kernel/gate.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

struct gate_page {
	_Atomic int32_t shown; /* the number, and 1 */
	_Atomic int32_t opened;
};

enum { PAGE_SIZE_ = 4096 };

static int map(struct gate *g, int fd, struct err *e)
{
	void *page = mmap(NULL, PAGE_SIZE_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (page == MAP_FAILED)
		return err_sys(e, "map the page shared with the runtime");
	g->page = page;
	return 0;
}

int gate_make(struct gate *g, int *fd, struct err *e)
{
	auto_fd int file = memfd_create("gate", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (file < 0 || ftruncate(file, PAGE_SIZE_) < 0 || fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0)
		return err_sys(e, "make a page to share with the runtime");
	if (map(g, file, e) < 0)
		return -1;
	*fd = steal_fd(&file);
	return 0;
}

/* A file that could be cut, or is too short, would be a SIGBUS for us. */
int gate_map(struct gate *g, int fd, struct err *e)
{
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || lseek(fd, 0, SEEK_END) < PAGE_SIZE_)
		return err_set(e, "received a page that is no sealed memory file");
	return map(g, fd, e);
}

void gate_free(struct gate *g)
{
	if (g->page != NULL)
		(void)munmap(g->page, PAGE_SIZE_); /* it is ours */
	g->page = NULL;
}

void gate_show(struct gate *g, int number)
{
	atomic_store(&g->page->shown, number + 1);
}

int gate_shown(const struct gate *g)
{
	return atomic_load(&g->page->shown) - 1;
}

void gate_open(struct gate *g)
{
	atomic_store(&g->page->opened, 1);
}

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
	__asm__ volatile("yield");
#endif
}

/*
 * A clock that is read without a system call, and how far it goes in a minute, at least: of x86 the counter whose rate is the processor's
 * nominal one, of up to 5 GHz (at 1 GHz it takes five), of arm64 one that tells its rate; else the turns.
 */
static int64_t clock_now(int64_t turn, int64_t *minute)
{
#if defined(__x86_64__) || defined(__i386__)
	*minute = INT64_C(300000000000);
	turn = (int64_t)__builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	__asm__("mrs %0, cntfrq_el0" : "=r"(*minute));
	*minute *= 60;
	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(turn));
#else
	*minute = INT64_C(1) << 32;
#endif
	return turn;
}

bool gate_wait(const struct gate *g)
{
	int64_t minute, begin = clock_now(0, &minute);

	/* one CPU's counter may be behind another's */
	for (int64_t turn = 0; clock_now(turn, &minute) - begin < minute; turn++) {
		if (atomic_load(&g->page->opened) != 0)
			return true;
		relax();
	}
	return false;
}
