/* SPDX-License-Identifier: Apache-2.0
 *
 * idle - an empty program, linked statically:  idle [WORD]
 *
 * Without a word it ends at once: what fork, exec and exit take. With one it waits: the least that a container can hold.
 */
#include <unistd.h>

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		for (;;)
			(void)pause(); /* until it is killed */
	return 0;
}
