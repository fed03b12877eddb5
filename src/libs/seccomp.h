/* SPDX-License-Identifier: Apache-2.0
 *
 * seccomp - what is done by libseccomp: names to numbers, rules to programs
 *
 * libseccomp.so.2 is looked for by dlopen(3) for each verb and is gone again after it. seccomp_rule_add(3).
 */
#ifndef OCIRT_LIBS_SECCOMP_H
#define OCIRT_LIBS_SECCOMP_H

#include "libs/talk.h"

/* LIBS_SECCOMP_VERSION, LIBS_SECCOMP_COMPILE, LIBS_SECCOMP_UNKNOWN. ERR_HOST without the library. */
int libs_seccomp_version(struct libs_talk *t, struct err *e) must_check;
/* see libs_seccomp_version; ERR_CONFIG for a rule that contradicts one before it */
int libs_seccomp_compile(struct libs_talk *t, struct err *e) must_check;
/* see libs_seccomp_version */
int libs_seccomp_unknown(struct libs_talk *t, struct err *e) must_check;

#endif
