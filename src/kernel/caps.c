/* SPDX-License-Identifier: Apache-2.0
 *
 * caps - capabilities: their names, and the calling thread's five sets
 */
#include "kernel/caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/words.h"

static const struct word names[] = {
#define CAPABILITY(name, number) { "CAP_" #name, number },
#include "kernel/caps.def"
#undef CAPABILITY
};
_Static_assert(array_len(names) == CAPS_KNOWN, "CAPS_KNOWN is the number of rows in caps.def");

int caps_number(const char *name)
{
	for (size_t i = 0; i < array_len(names); i++)
		if (strcasecmp(names[i].name, name) == 0)
			return (int)names[i].value;
	return -1;
}

const char *caps_name(unsigned int number)
{
	const struct word *w = word_of(names, array_len(names), number);

	return w != NULL ? w->name : NULL;
}

const char *caps_nearest(const char *name)
{
	for (size_t i = 0; i < array_len(names); i++) /* as engines and people write it */
		if (strcasecmp(names[i].name + strlen("CAP_"), name) == 0)
			return names[i].name;
	return word_nearest(names, array_len(names), name);
}

uint64_t caps_up_to(unsigned int last)
{
	return last >= 63 ? UINT64_MAX : CAPS_BIT(last + 1) - 1;
}

const char *caps_text(uint64_t set, char to[CAPS_TEXT_MAX])
{
	size_t used = 0;

	for (size_t i = 0; i < array_len(names); i++) {
		size_t len = strlen(names[i].name);

		if ((set & CAPS_BIT(names[i].value)) == 0)
			continue;
		if (used > 0)
			to[used++] = ' ';
		memcpy(to + used, names[i].name, len); /* all of them together fit: test_caps */
		used += len;
	}
	to[used] = '\0';
	return to;
}

int caps_drop_bounding(uint64_t drop, struct err *e)
{
	for (unsigned int i = 0; i < 64; i++) {
		if ((drop & CAPS_BIT(i)) == 0 || prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL) /* a kernel that has no such capability */
			continue;
		if (errno == EPERM && prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 0)
			continue;
		return err_sys(e, "drop %s from the bounding set",
		               caps_name(i) != NULL ? caps_name(i) : "a capability");
	}
	return 0;
}

int caps_keep(bool on, struct err *e)
{
	if (prctl(PR_SET_KEEPCAPS, on ? 1 : 0, 0, 0, 0) < 0)
		return err_sys(e, "keep capabilities over the change of user");
	return 0;
}

int caps_set(const struct caps *c, struct err *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ (uint32_t)c->effective, (uint32_t)c->permitted, (uint32_t)c->inheritable },
		{ (uint32_t)(c->effective >> 32), (uint32_t)(c->permitted >> 32), (uint32_t)(c->inheritable >> 32) },
	};

	if (syscall(SYS_capset, &head, data) < 0)
		return err_sys(e, "set capabilities (effective %#llx, permitted %#llx, inheritable %#llx)",
		               (unsigned long long)c->effective, (unsigned long long)c->permitted,
		               (unsigned long long)c->inheritable);
	return 0;
}

int caps_get(struct caps *c, struct err *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data) < 0)
		return err_sys(e, "read capabilities");
	c->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	c->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	c->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

/* 1 it is in the bounding set, 0 not, -1 with *e filled: a refusal is not taken for a no. *known: the kernel has it. */
static int in_bounding(unsigned int number, bool *known, struct err *e)
{
	int r = prctl(PR_CAPBSET_READ, number, 0, 0, 0);

	*known = r >= 0;
	if (r < 0 && errno != EINVAL)
		return err_sys(e, "look at the bounding capabilities");
	return r > 0;
}

/* Halves the range: a kernel refuses what it does not know (PR_CAPBSET_READ(2const)). Six calls cost less than opening a file of /proc. */
int caps_last(struct err *e)
{
	unsigned int first = 0, unknown = 64;
	bool known;

	while (first + 1 < unknown) {
		unsigned int middle = (first + unknown) / 2;

		if (in_bounding(middle, &known, e) < 0)
			return -1;
		if (known)
			first = middle;
		else
			unknown = middle;
	}
	return (int)first;
}

int caps_get_bounding(struct caps *c, uint64_t among, struct err *e)
{
	bool known;

	c->bounding = 0;
	for (unsigned int i = 0; i < 64; i++) {
		int r = (among & CAPS_BIT(i)) != 0 ? in_bounding(i, &known, e) : 0;

		if (r < 0)
			return -1;
		c->bounding |= r > 0 ? CAPS_BIT(i) : 0;
	}
	return 0;
}

int caps_set_ambient(uint64_t set, struct err *e)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 && (errno != EINVAL || set != 0))
		return err_sys(e, "clear the ambient capabilities"); /* EINVAL: before Linux 4.3 there are none */
	for (unsigned int i = 0; i < 64; i++) {
		if ((set & CAPS_BIT(i)) == 0 || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) == 0)
			continue;
		return err_sys(e, "raise %s as ambient", caps_name(i) != NULL ? caps_name(i) : "a capability");
	}
	return 0;
}
