/* SPDX-License-Identifier: Apache-2.0
 *
 * note - the intent once more, beside the state file: what a broken or lost file must not lose
 */
#include "life/note.h"

#include <errno.h>
#include <sys/xattr.h>

enum { NOTE_MAX = 1 << 16 /* XATTR_SIZE_MAX */ };

static const char name[] = "trusted.ocirt.intent";

void note_write(int dir_fd, const char *text, size_t len)
{
	if (len <= NOTE_MAX)
		(void)fsetxattr(dir_fd, name, text, len, 0); /* see note.h */
}

int note_read(int dir_fd, struct arena *a, const char **text, size_t *len, struct err *e)
{
	char *to = arena_alloc(a, NOTE_MAX);
	ssize_t n;

	if (to == NULL)
		return err_memory(e);
	n = fgetxattr(dir_fd, name, to, NOTE_MAX);
	if (n < 0 && (errno == ENODATA || errno == EOPNOTSUPP))
		return 0;
	if (n < 0)
		return err_sys(e, "read the note of the intent");
	*text = to;
	*len = (size_t)n;
	return 1;
}

bool note_is_kept(int dir_fd)
{
	/* replacing what is not there: the kernel says so only to those who may write */
	return fsetxattr(dir_fd, "trusted.ocirt.none", "", 0, XATTR_REPLACE) < 0 && errno == ENODATA;
}
