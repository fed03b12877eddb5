/* SPDX-License-Identifier: Apache-2.0
 *
 * deny - runs a command on a kernel that lacks some system calls:  deny NAME[,NAME...] COMMAND [ARG...]
 *
 * A seccomp filter answers them with ENOSYS (prctl: EINVAL, and only PR_SET_MM), as an older kernel does, or, where "+eperm" follows the
 * name, with EPERM, as an engine's filter that does not know them. It stays in force in containers; their runtime must find its other
 * ways.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_statmount
#define SYS_statmount 457
#define SYS_listmount 458
#endif

static const struct {
	const char *name;
	unsigned int nr;
} calls[] = {
	{ "openat2", SYS_openat2 },
	{ "open_tree", SYS_open_tree },
	{ "move_mount", SYS_move_mount },
	{ "fsopen", SYS_fsopen },
	{ "mount_setattr", SYS_mount_setattr },
	{ "close_range", SYS_close_range },
	{ "faccessat2", SYS_faccessat2 },
	{ "statmount", SYS_statmount },
	{ "listmount", SYS_listmount },
	{ "prctl-mm", SYS_prctl },
	{ "landlock_create_ruleset", 444 },
	{ "clone3", SYS_clone3 },
	{ "pidfd_open", SYS_pidfd_open },
	{ "pidfd_getfd", SYS_pidfd_getfd },
	{ "pidfd_send_signal", SYS_pidfd_send_signal },
};

enum { MAX = 64 };

static unsigned short add(struct sock_filter *code, unsigned short n, char *name)
{
	char *as = strchr(name, '+');

	if (as != NULL)
		*as = '\0';
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (strcmp(calls[i].name, name) != 0)
			continue;
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].nr, 0,
		                                         calls[i].nr == SYS_prctl ? 4 : 1);
		if (calls[i].nr == SYS_prctl) {
			code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			                                         offsetof(struct seccomp_data, args));
			code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_MM, 0, 1);
			code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL);
			code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			                                         offsetof(struct seccomp_data, nr));
			return n;
		}
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
		                                         SECCOMP_RET_ERRNO | (as != NULL ? EPERM : ENOSYS));
		return n;
	}
	(void)fprintf(stderr, "deny: what is %s?\n", name);
	_exit(2);
}

int main(int argc, char **argv)
{
	struct sock_filter code[MAX] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)) };
	struct sock_fprog prog = { .filter = code };
	unsigned short n = 1;

	if (argc < 3)
		return 2;
	for (char *word = strtok(argv[1], ","); word != NULL; word = strtok(NULL, ","))
		n = add(code, n, word);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	prog.len = n;
	/* as root, without no_new_privs: programs in containers behave as ever */
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0) {
		perror("seccomp");
		return 77;
	}
	(void)execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
