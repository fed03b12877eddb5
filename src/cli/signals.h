/* SPDX-License-Identifier: Apache-2.0
 *
 * signals - every way to spell a signal
 */
#ifndef OCIRT_CLI_SIGNALS_H
#define OCIRT_CLI_SIGNALS_H

#include "base/auto.h"
#include "base/err.h"
#include "base/words.h"

/*
 * "TERM", "SIGTERM", "sigterm", "15", "RTMIN", "RTMIN+3", "RTMAX-1", "0" -> its number; 0 only asks. The real-time signals
 * count from 34 to 64, as glibc and the engines do, whatever libc this was built with. -1: ERR_USAGE.
 */
int cli_signal(const char *text, int *sig, struct err *e) must_check;

/* The names, without SIG, n of them. */
const struct word *cli_signal_words(size_t *n);

#endif
