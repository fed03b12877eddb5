/* SPDX-License-Identifier: Apache-2.0
 *
 * main - ocirt-libs: reads requests and answers them until nobody asks any more
 *
 * It is started by src/kernel/libs.c out of ocirt itself, in its root, with its environment; standard input is the socket.
 */
#include "base/auto.h"
#include "libs/answer.h"

int main(void)
{
	struct libs_talk talk = { .n_log = 0 };
	int r = 1;

	while (r > 0) {
		auto_buf struct buf request = { 0 };
		auto_buf struct buf reply = { 0 };
		uint32_t verb;

		r = wire_recv(STDIN_FILENO, &verb, &request);
		if (r > 0) {
			bool failed = libs_answer(&talk, verb, buf_text(&request), request.len, &reply);

			r = wire_send(STDIN_FILENO, failed, &reply) < 0 ? -1 : 1;
		}
	}
	libs_talk_end(&talk);
	return r < 0;
}
