/* SPDX-License-Identifier: Apache-2.0
 *
 * libs_take - the reply of ocirt-libs, taken apart
 */
#include "base/log.h"
#include "kernel/libs.h"

int libs_take(const char *what, bool failed, const struct buf *from, struct wire *reply, struct err *e)
{
	if (buf_text(from) == NULL)
		return err_memory(e);
	*reply = (struct wire){ .at = buf_text(from), .end = buf_text(from) + from->len };
	for (size_t n = wire_count(reply, sizeof(uint32_t)); n > 0; n--) {
		const char *text = wire_text(reply); /* log_debug() may not read it */

		log_debug("%s", text);
	}
	if (failed)
		wire_err(reply, e);
	if (reply->failed)
		return err_kind(e, ERR_HOST, "what needs %s answers with something that is cut", what);
	return failed ? -1 : 0;
}
