#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# process-isolation: what of the caller must not reach the program: descriptors, signals, session, keyring, labels

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
}

@test "no descriptor but 0, 1 and 2 reaches the program" {
	exec 10</etc 11</dev/null 100>/dev/null
	set_args ls /proc/self/fd # 3 is the listing's own
	run -0 ocirt run "$id"
	[ "${lines[*]}" = "0 1 2 3" ]
	set_args sleep 100
	detached run -d "$id"
	[ "$(cd "/proc/$(pid_of "$id")/fd" && echo *)" = "0 1 2" ]
	run -0 ocirt exec "$id" ls /proc/self/fd
	[ "${lines[*]}" = "0 1 2 3" ]
}

@test "--preserve-fds passes those after 2, and no more" {
	echo three >three
	echo four >four
	set_args sh -c 'ls /proc/self/fd | tr "\n" " "; cat <&3; cat <&4'
	run -0 bash -c 'exec 3<three 4<four 5</etc; exec "$@"' _ "$OCIRT" --root "$STATE" run --preserve-fds 2 "$id"
	[ "${lines[0]}" = "0 1 2 3 4 5 three" ]
	[ "${lines[1]}" = four ]
	set_args sleep 100
	detached run -d "$id"
	run -0 bash -c 'exec 3<three; exec "$@"' _ "$OCIRT" --root "$STATE" exec --preserve-fds 1 "$id" cat /proc/self/fd/3
	[ "$output" = three ]
}

@test "the caller's ignored and blocked signals do not reach the program" {
	set_args grep -E '^Sig(Ign|Blk)' /proc/self/status
	run -0 env --ignore-signal=PIPE,TERM,INT,HUP,CHLD,USR1 --block-signal=USR2,TERM,ALRM "$OCIRT" --root "$STATE" run "$id"
	[ "$(grep -c '0000000000000000' <<<"$output")" = 2 ]
	set_args sleep 100
	detached run -d "$id"
	run -0 env --ignore-signal=PIPE,TERM --block-signal=USR2 "$OCIRT" --root "$STATE" exec "$id" grep -E '^Sig(Ign|Blk)' /proc/self/status
	[ "$(grep -c '0000000000000000' <<<"$output")" = 2 ]
}

@test "the program leads a session of its own" {
	set_args sh -c 'echo $(cut -d" " -f 1,5,6,7 /proc/$$/stat)'
	run -0 ocirt run "$id"
	[ "$output" = "1 1 1 0" ]
	set_args sleep 100
	detached run -d "$id"
	run -0 ocirt exec "$id" sh -c 'set -- $(cut -d" " -f 1,5,6,7 /proc/$$/stat); [ $1 = $2 ] && [ $1 = $3 ] && [ $4 = 0 ]'
}

@test "the program does not die with the process that started it" {
	set_args sleep 100
	detached run -d "$id"
	[ "$(status_of "$id")" = running ]
	sleep 0.2
	[ "$(status_of "$id")" = running ]
}

@test "the container has a session keyring of its own, and exec joins it" {
	require_program "${CC:-cc}"
	[ -e /proc/keys ] || skip_because "this kernel has no keyrings"
	cat >keyname.c <<-'C'
		#include <stdio.h>
		#include <sys/syscall.h>
		#include <unistd.h>
		int main(void) { char t[256] = ""; syscall(SYS_keyctl, 6L, -3L, t, sizeof t); puts(t); return 0; }
	C
	"${CC:-cc}" -static -o rootfs/bin/keyname keyname.c
	set_args keyname
	run -0 ocirt run "$id"
	[[ "$output" == *";_ses.$id" ]]
	run -0 ocirt run --no-new-keyring "$id"
	[[ "$output" != *";_ses.$id"* ]]
	update_config '.process.user = {"uid": 1000, "gid": 1000}'
	set_args sleep 100
	detached run -d "$id"
	run -0 ocirt exec "$id" keyname
	[[ "$output" == *";_ses.$id" ]]
}

@test "labels that nothing enforces are refused in words" {
	set_args true
	if [ ! -e /sys/kernel/security/apparmor ]; then
		update_config '.process.apparmorProfile = "some-profile"'
		run -1 ocirt run "$id"
		[[ "$output" == *'/process/apparmorProfile: AppArmor is not active on this host, so the profile "some-profile" cannot be applied' ]]
		update_config '.process.apparmorProfile = "unconfined"'
		run -0 ocirt run "$id"
		update_config 'del(.process.apparmorProfile)'
	fi
	[ ! -e /sys/fs/selinux/enforce ] || skip_because "SELinux is active"
	update_config '.process.selinuxLabel = "a:b:c:s0"'
	run -1 ocirt run "$id"
	[[ "$output" == *'/process/selinuxLabel: SELinux is not active on this host'* ]]
}

@test "no_new_privs is set when asked for, for exec as well" {
	set_args sleep 100
	update_config '.process.noNewPrivileges = true'
	detached run -d "$id"
	grep -q '^NoNewPrivs:.1' "/proc/$(pid_of "$id")/status"
	run -0 ocirt exec "$id" grep NoNewPrivs /proc/self/status
	[[ "$output" == *1 ]]
	ocirt delete --force "$id"
	update_config '.process.noNewPrivileges = false'
	detached run -d "$id"
	grep -q '^NoNewPrivs:.0' "/proc/$(pid_of "$id")/status"
	run -0 ocirt exec --no-new-privs "$id" grep NoNewPrivs /proc/self/status
	[[ "$output" == *1 ]]
}
