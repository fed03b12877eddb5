/* SPDX-License-Identifier: Apache-2.0
 *
 * faults - which errors are plausible for which system call
 */
#ifndef OCIRT_SWEEP_FAULTS_H
#define OCIRT_SWEEP_FAULTS_H

enum { FAULTS_MAX = 6 };

/* "openat"; for a call that has no row, its number in static memory. */
const char *fault_call_name(long nr);

/* Fills errnos and returns how many; -1: the call has no row. Calls that cannot fail have none. */
int faults_of(long nr, int errnos[FAULTS_MAX]);

#endif
