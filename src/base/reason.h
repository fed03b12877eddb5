/* SPDX-License-Identifier: Apache-2.0
 *
 * reason - why the kernel refused, and by which signal somebody ended, in the words that everybody knows
 *
 * C libraries differ in them: "Device or resource busy" is "Resource busy" with musl. Engines and people look for one of these.
 */
#ifndef OCIRT_BASE_REASON_H
#define OCIRT_BASE_REASON_H

enum { REASON_ROOM = 32 };

/* The words of an errno; of one that has none "Unknown error N", in room. */
const char *reason_of_error(int num, char room[REASON_ROOM]);

/* Those of a signal: "Killed", "Real-time signal 3"; "Unknown signal N". */
const char *reason_of_signal(int sig, char room[REASON_ROOM]);

/* The same where they are used at once; what they return lasts as long as the block. */
#define words_of_error(num) reason_of_error((num), (char[REASON_ROOM]){ "" })
#define words_of_signal(sig) reason_of_signal((sig), (char[REASON_ROOM]){ "" })

#endif
