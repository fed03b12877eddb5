/* SPDX-License-Identifier: Apache-2.0
 *
 * verbs - what ocirt asks of ocirt-libs, and how: the protocol between src/kernel/libs.c and src/libs/main.c
 *
 * ocirt-libs does what takes a shared library, or much code that is seldom needed. It reads requests from its standard input, a stream
 * socket, answers each with one reply, and ends at the end of the stream. Both are a frame of
 * base/wire.h:
 *
 *	request		what: the verb; its arguments
 *	reply		what: 1 where it failed, else 0; n, n texts for the debug log; where it failed the error; what the verb returns
 */
#ifndef OCIRT_LIBS_VERBS_H
#define OCIRT_LIBS_VERBS_H

/* Arguments -> what is returned (also when it failed, as far as it says so). "[...]": a number, then as many of them. */
enum libs_verb {
	LIBS_SECCOMP_VERSION, /* -> major, minor, micro */
	/*
	 * default action, [architecture], [rule: action, [name], [condition: index, operator of enum scmp_compare, value, value]]
	 * -> path of the library, bytes of the program; failed: the number of the rule that was refused, from 1 on, 0 none
	 */
	LIBS_SECCOMP_COMPILE,
	LIBS_SECCOMP_UNKNOWN, /* [name] -> [index of one that is no system call, the nearest name or ""] */
	LIBS_MATCH,           /* extended regular expression, [text] -> for each 1 where it fits, else 0 */
	LIBS_BUS_OPEN, /* 1 for the user's bus, 0 for the system's -> ; the others of these need it once before them */
	LIBS_BUS_SEND, /* method, parts to the end -> name of systemd's error or "" */
	LIBS_BUS_JOB,  /* the same, of a method that answers with a job: it is waited for */
	LIBS_BUS_PROCESS, /* unit -> name of systemd's error or "", a process of the unit or 0 */
	LIBS_BUS_VERSION, /* -> systemd's version, 0 when it does not say */
	LIBS_VERBS,
};

/* Parts of a message, each a number and what follows. */
enum libs_part {
	LIBS_PART_TEXT,   /* type (s, o), text */
	LIBS_PART_NUMBER, /* type (any other basic one), 64 bits */
	LIBS_PART_BYTES,  /* bytes: an array of y */
	LIBS_PART_OPEN,   /* kind of container (a, r, v), signature of its contents */
	LIBS_PART_CLOSE,
	LIBS_PART_BLAME, /* the error when one of those behind it cannot be appended; ERR_CONFIG: as it is, else the reason is added */
};

#endif
