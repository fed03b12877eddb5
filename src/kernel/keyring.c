/* SPDX-License-Identifier: Apache-2.0
 *
 * keyring - a session keyring of the container's own
 */
#include "kernel/keyring.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"

/* keyrings(7), "Access rights": four bytes, possessor user group other. <linux/keyctl.h> has no names for the bits. */
enum { KEY_USER_SEARCH = 0x00080000, KEY_OTHER_SEARCH = 0x00000008 };

static int join_failed(const char *name, struct err *e)
{
	if (errno == ENOSYS) {
		log_debug("this kernel has no keyrings: the session keyring stays the caller's");
		return 0;
	}
	if (errno == EDQUOT)
		return err_sys(e, "make the session keyring %s: the key quota of uid %u is used up (/proc/key-users)",
		               name, getuid());
	return err_sys(e, "join the session keyring %s (--no-new-keyring does without)", name);
}

/* "keyring;UID;GID;PERM;NAME": the rights there are, and whether it is ours. */
static int describe(const char *name, unsigned int *rights, struct err *e)
{
	char text[512];
	const char *field = text;
	unsigned int uid = 0;
	long n = syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof(text) - 1);

	*rights = 0;
	if (n < 0)
		return err_sys(e, "look at the session keyring %s", name);
	text[(size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1] = '\0';
	for (int i = 1; i <= 3 && (field = strchr(field, ';')) != NULL; i++) {
		const bool minus = *++field == '-'; /* the kernel writes ids as if they had a sign */
		uint64_t v = 0;

		field += minus;
		(void)num_take(&field, i < 3 ? 10 : 16, UINT32_MAX, &v); /* 0 is nobody's right */
		v = minus ? 0 - v : v;
		uid = i == 1 ? (unsigned int)v : uid;
		*rights = (unsigned int)v;
	}
	if (field == NULL)
		return err_set(e, "look at the session keyring %s: cannot read \"%s\"", name, text);
	if (uid != geteuid())
		return err_set(e, "the session keyring %s exists and belongs to uid %u", name, uid);
	return 0;
}

int keyring_join(const char *id, bool others_search, struct err *e)
{
	char name[1100];
	unsigned int rights, more = others_search ? KEY_OTHER_SEARCH : KEY_USER_SEARCH;

	if ((size_t)snprintf(name, sizeof(name), "_ses.%s", id) >= sizeof(name))
		return err_set(e, "the id is too long for the name of a keyring");
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name) < 0)
		return join_failed(name, e);
	if (describe(name, &rights, e) < 0)
		return -1;
	if ((rights & more) == more)
		return 0;
	if (syscall(SYS_keyctl, KEYCTL_SETPERM, KEY_SPEC_SESSION_KEYRING, rights | more) < 0)
		return err_sys(e, "set the rights of the session keyring %s", name);
	return 0;
}
