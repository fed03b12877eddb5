/* SPDX-License-Identifier: Apache-2.0
 *
 * defaults - the paths that engines and `spec` hide and write-protect
 */
#include "plan/defaults.h"

#include <stddef.h>

/* What tells of, or reaches, the host: kernel memory, keys, interrupts, timers, firmware, power meters, disks, policy. */
const char *const plan_default_masked[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/interrupts",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/proc/sched_debug",
	"/sys/firmware",
	"/proc/scsi",
	"/sys/devices/virtual/tpm",
	"/sys/devices/virtual/powercap",
	"/sys/dev/block",
	"/sys/fs/selinux",
	NULL,
};

const char *const plan_default_readonly[] = { "/proc/bus",           "/proc/fs", "/proc/irq", "/proc/sys",
	                                      "/proc/sysrq-trigger", NULL };
