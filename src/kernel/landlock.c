/* SPDX-License-Identifier: Apache-2.0
 *
 * landlock - what of the file system a process and its children may ever touch
 */
#include "kernel/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/path.h"

/* linux/landlock.h, which old headers lack; the calls have the same numbers on every architecture. */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { ASK_VERSION = 1, PATH_BENEATH = 1 };
enum {
	EXECUTE = 1 << 0,
	WRITE_FILE = 1 << 1,
	READ_FILE = 1 << 2,
	READ_DIR = 1 << 3,
	REMOVE_AND_MAKE = 0x1ff0, /* bits 4 to 12: remove_dir to make_sym */
	REFER = 1 << 13,          /* version 2 */
	TRUNCATE = 1 << 14,       /* version 3 */
	OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE,
};

struct beneath {
	uint64_t access;
	int32_t parent;
} __attribute__((packed));

/* Letters of ACCESS, and what they allow. */
static const struct {
	char letter;
	uint64_t access;
} letters[] = {
	{ 'r', READ_FILE | READ_DIR },
	{ 'w', WRITE_FILE | REMOVE_AND_MAKE | REFER | TRUNCATE },
	{ 'x', EXECUTE },
};

struct rule {
	uint64_t access;
	char path[PATH_MAX];
};

static const char between[] = " \t\n;";

int landlock_abi(void)
{
	long abi = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);

	return abi > 0 ? (int)abi : 0;
}

/* Takes one rule off the text: NULL, or what is wrong with it. */
static const char *take_rule(const char **text, struct rule *r)
{
	const char *p = *text, *end = p + strcspn(p, "\n;");
	size_t len;

	for (r->access = 0; *p != ':'; p++) {
		size_t i = 0;

		while (i < array_len(letters) && letters[i].letter != *p)
			i++;
		if (i == array_len(letters))
			return "has a rule that does not begin with some of r, w, x and a colon";
		r->access |= letters[i].access;
	}
	for (len = (size_t)(end - ++p); len > 0 && strchr(between, p[len - 1]) != NULL;)
		len--;
	if (r->access == 0)
		return "has a rule that allows nothing";
	if (len >= sizeof(r->path))
		return "has a path that is too long";
	memcpy(r->path, p, len);
	r->path[len] = '\0';
	*text = end + strspn(end, between);
	return r->path[0] == '/' && !path_has_dotdot(r->path) ? NULL : "has a path that is not absolute, or has a ..";
}

const char *landlock_wrong(const char *rules)
{
	struct rule r;
	const char *why = NULL;

	rules += strspn(rules, between);
	if (*rules == '\0')
		return "has no rule";
	while (*rules != '\0' && why == NULL)
		why = take_rule(&rules, &r);
	return why;
}

static int add_rule(int set, const struct rule *r, uint64_t handled, struct err *e)
{
	auto_fd int at = open(r->path, O_PATH | O_CLOEXEC);
	struct beneath b = { .access = r->access & handled, .parent = at };
	struct stat st;

	if (at < 0 || fstat(at, &st) < 0)
		return err_sys(e, "landlock: open %s", r->path);
	if (!S_ISDIR(st.st_mode))
		b.access &= OF_FILES;
	if (syscall(ADD_RULE, set, PATH_BENEATH, &b, 0) < 0)
		return err_sys(e, "landlock: a rule for %s", r->path);
	return 0;
}

int landlock_make(const char *rules, struct err *e)
{
	int abi = landlock_abi();
	uint64_t handled = EXECUTE | WRITE_FILE | READ_FILE | READ_DIR | REMOVE_AND_MAKE | (abi >= 2 ? REFER : 0) |
	                   (abi >= 3 ? TRUNCATE : 0);
	auto_fd int set = -1;
	struct rule r;

	if (abi == 0)
		return err_kind(e, ERR_HOST, "this kernel has no Landlock, or it is not among the active LSMs (lsm=)");
	set = (int)syscall(CREATE_RULESET, &handled, sizeof(handled), 0);
	if (set < 0)
		return err_sys(e, "make a Landlock rule set");
	for (rules += strspn(rules, between); *rules != '\0';) {
		const char *why = take_rule(&rules, &r);

		if (why != NULL)
			return err_set(e, "the text of rules %s", why);
		if (add_rule(set, &r, handled, e) < 0)
			return -1;
	}
	return steal_fd(&set);
}

int landlock_enforce(int set, struct err *e)
{
	return syscall(RESTRICT_SELF, set, 0) < 0 ? err_sys(e, "enforce the Landlock rules") : 0;
}
