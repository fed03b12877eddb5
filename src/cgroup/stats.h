/* SPDX-License-Identifier: Apache-2.0
 *
 * stats - what a container has used, read from the files of its groups
 *
 * The files of v1 hierarchies come first, then those of cgroup2; what the kernel does not tell is 0 or empty, and no error: a group
 * may go away at any time. Times are nanoseconds, amounts bytes; UINT64_MAX is "no limit" where the kernel says max.
 * cgroup-v1/memory.rst and its neighbours, cgroup-v2.rst "Interface Files", accounting/psi.rst.
 */
#ifndef OCIRT_CGROUP_STATS_H
#define OCIRT_CGROUP_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgroup/cgroup.h"

struct cg_numbers {
	uint64_t *items;
	size_t n;
};

/* Shares of time in hundredths of a percent, and all of it in microseconds. */
struct cg_stall {
	uint64_t avg10, avg60, avg300, total;
};

struct cg_pressure {
	bool set;
	struct cg_stall some, full;
};

struct cg_amount {
	uint64_t limit, usage, max, failcnt;
};

struct cg_named {
	const char *name;
	uint64_t value;
};

struct cg_io_entry {
	uint64_t major, minor;
	char op[12]; /* "Read", "Write", ...; "" where the file has none */
	uint64_t value;
};

struct cg_io_list {
	struct cg_io_entry *items;
	size_t n;
};

/* The files of v1 without their prefix and `_recursive`; cgroup2 has the first two only. */
enum cg_io_kind {
	CG_IO_SERVICE_BYTES,
	CG_IO_SERVICED,
	CG_IO_QUEUED,
	CG_IO_SERVICE_TIME,
	CG_IO_WAIT_TIME,
	CG_IO_MERGED,
	CG_IO_TIME,
	CG_IO_SECTORS,
	CG_IO_KINDS,
};

struct cg_hugetlb {
	char size[16]; /* "2MB" */
	struct cg_amount amount;
};

struct cg_stats {
	struct {
		uint64_t total, kernel, user;
		struct cg_numbers percpu, percpu_kernel, percpu_user; /* v1 */
		uint64_t periods, throttled_periods, throttled_time;
		struct cg_pressure pressure;
	} cpu;
	struct { /* v1 */
		struct cg_numbers cpus, mems;
		uint64_t cpu_exclusive, mem_exclusive, mem_hardwall, memory_migrate, memory_spread_page,
			memory_spread_slab, memory_pressure, sched_load_balance;
		uint64_t sched_relax_domain_level; /* UINT64_MAX: the kernel's own choice */
	} cpuset;
	struct {
		uint64_t cache;
		struct cg_amount usage, swap, kernel, kernel_tcp; /* swap: memory and swap together, on cgroup2 too */
		struct cg_named *raw;                             /* memory.stat */
		size_t n_raw;
		struct cg_pressure pressure;
	} memory;
	struct {
		uint64_t current, limit;
	} pids;
	struct {
		struct cg_io_list list[CG_IO_KINDS];
		struct cg_pressure pressure;
	} io;
	struct cg_hugetlb *hugetlb;
	size_t n_hugetlb;
	char *text; /* of memory.stat: the names of raw */
	struct {
		int num; /* errno of the first file that is there and cannot be read */
		char file[80];
	} ill;
};

/* Reads all of it. -1 when memory ran out, or a file that is there cannot be read: a number that is missing would look like 0. */
int cg_stats_read(const struct cg_place *p, struct cg_stats *out, struct err *e) must_check;

/* Gives the memory back; *s is then empty. */
void cg_stats_free(struct cg_stats *s);
#define auto_stats __attribute__((cleanup(cg_stats_free)))

#endif
