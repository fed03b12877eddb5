#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# fallbacks: a kernel without the newest calls: the other ways do the same
# limit: 300

load lib/ocirt
load lib/term

setup() {
	setup_container
	id=$(new_id)
	require_program "${CC:-cc}"
	deny=$(compiled deny)
	"$deny" statmount true || skip_because "no seccomp filter can be set on oneself here"
}

# without CALLS ARG...: ocirt on a kernel that lacks these system calls
without() {
	local calls=$1
	shift
	OCIRT_TEST_MARK=$TAG timeout --foreground -k 5 60 "$deny" "$calls" "$OCIRT" --root "$STATE" "$@" 3>&- </dev/null
}

# What a container has that the newest calls made: masks, read-only paths and mounts, its root, its own processes only.
script='echo x 2>/dev/null >/proc/sys/kernel/core_pattern && exit 1; test -s /proc/keys && exit 2; touch /sys/x 2>/dev/null && exit 3
	touch /new && exit 4; test $$ = 1 || exit 5; test -c /dev/null || exit 6; echo fine'

# life CALLS: run, create, start, exec, delete
life() {
	update_config '.root.readonly = true'
	set_script "$script"
	run -0 without "$1" run "$id"
	[[ "$output" == *fine* ]]
	set_args sleep 100
	without "$1" create "$id" >"$BATS_TEST_TMPDIR/out" 2>&1 || { cat "$BATS_TEST_TMPDIR/out" && return 1; }
	[ "$(status_of "$id")" = created ]
	without "$1" start "$id"
	run -0 without "$1" exec "$id" cat /proc/1/comm
	[ "$output" = sleep ]
	without "$1" delete --force "$id"
}

@test "without open_tree, move_mount, fsopen and mount_setattr" {
	life open_tree,move_mount,fsopen,mount_setattr
}

@test "without the newest calls: a comma in a path of an overlay is kept" {
	mkdir "lower,x" "upper,x" "work,x"
	echo text >"lower,x/file"
	update_config --arg pwd "$PWD" '.mounts += [{destination: "/o", type: "overlay", source: "overlay", options:
		["lowerdir=\($pwd)/lower,x:\($pwd)/rootfs", "upperdir=\($pwd)/upper,x", "workdir=\($pwd)/work,x"]}]'
	set_script 'cat /o/file; echo new >/o/new'
	run -0 without open_tree,move_mount,fsopen,mount_setattr run "$id"
	[ "$output" = text ]
	[ -e upper,x/new ]
}

@test "without mount_setattr only" {
	life mount_setattr
}

@test "where a filter does not know the newest calls and says EPERM, without a mount namespace" {
	update_config '.linux.namespaces |= map(select(.type != "mount"))'
	life openat2+eperm,open_tree+eperm,move_mount+eperm,fsopen+eperm,mount_setattr+eperm,close_range+eperm,faccessat2+eperm
	run -1 grep -F "$STATE" /proc/self/mountinfo
}

@test "without close_range, faccessat2, statmount and listmount" {
	life close_range,faccessat2,statmount,listmount
}

@test "without a program that can be changed in place: the stage is executed" {
	life prctl-mm
}

@test "mounts add and remove: by an executed stage, and told where the calls are missing" {
	set_args sleep 100
	mkdir vol
	touch vol/file
	detached run -d "$id"
	jq -n --arg s "$PWD/vol" '[{destination: "/mnt", type: "bind", source: $s, options: ["bind"]}]' >list.json
	without prctl-mm mounts add "$id" list.json
	ocirt exec "$id" test -e /mnt/file
	without prctl-mm mounts remove "$id" list.json
	run ! without open_tree,move_mount,fsopen,mount_setattr mounts add "$id" list.json
	[[ "$output" == *": /0: "*"Function not implemented"* ]] || { echo "$output" && false; }
	run ! ocirt exec "$id" test -e /mnt/file
}

@test "without openat2: files and programs are found by hand" {
	life openat2
	# a program that is named from the current directory, by links, or that only a magic link leads to
	update_config '.process.cwd = "/bin"'
	ln -s /bin/busybox rootfs/echo
	for words in "./echo fine" "../echo fine" "/bin/../echo fine"; do
		# shellcheck disable=SC2086 # words
		set_args $words
		[ "$(without openat2 run "$id")" = fine ]
	done
	for name in /proc/self/exe /proc/self/fd/3 /nowhere ./nowhere; do
		set_args "$name"
		run ! without openat2 run "$id"
		run ! without statmount run "$id"
	done
}

@test "without openat2: a terminal" {
	require_term
	update_config '.process.terminal = true'
	set_script 'test -t 0 && echo fine'
	OCIRT_TEST_MARK=$TAG term run -- "$deny" openat2 "$OCIRT" --root "$STATE" run "$id" >out
	grep -q fine out
}

@test "without pidfd_getfd and Landlock" {
	life pidfd_getfd,landlock_create_ruleset
}

@test "without pidfd_open, pidfd_send_signal, or both: a process is known by its directory in /proc" {
	for calls in pidfd_open pidfd_send_signal pidfd_open,pidfd_send_signal pidfd_open+eperm,pidfd_send_signal+eperm; do
		life "$calls"
		set_args sleep 100
		without "$calls" run -d "$id" >"$BATS_TEST_TMPDIR/out" 2>&1 || { cat "$BATS_TEST_TMPDIR/out" && return 1; }
		without "$calls" kill "$id" KILL
		wait_for 10 is_status "$id" stopped
		run ! without "$calls" kill "$id" TERM
		[[ $output == *stopped* ]]
		run ! without "$calls" exec "$id" true
		without "$calls" delete "$id"
	done
}

@test "without pidfd_open and pidfd_send_signal: a user namespace, and one that shares the pid namespace" {
	local calls=pidfd_open,pidfd_send_signal
	open_way
	set_args sleep 100
	add_userns
	without "$calls" run -d "$id" >"$BATS_TEST_TMPDIR/out" 2>&1 || { cat "$BATS_TEST_TMPDIR/out" && return 1; }
	[ "$(without "$calls" exec "$id" cat /proc/self/uid_map | tr -s ' ')" = " 0 100000 65536" ]
	without "$calls" delete --force "$id"
	update_config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "pid" and .type != "user"))'
	set_script 'sleep 1000 & sleep 1001'
	without "$calls" run -d "$id" >"$BATS_TEST_TMPDIR/out" 2>&1 || { cat "$BATS_TEST_TMPDIR/out" && return 1; }
	without "$calls" exec -d "$id" sleep 1002 >"$BATS_TEST_TMPDIR/out" 2>&1
	without "$calls" delete --force "$id"
}

@test "without clone3, which nothing stands for: told, and nothing is left" {
	run ! without clone3 create "$id"
	[[ $output == *"make the container's process"*"Function not implemented"* ]]
	run ! without clone3+eperm create "$id"
	[[ $output == *"/linux/namespaces: make new namespaces: CAP_SYS_ADMIN is missing, or a filter forbids it: Operation not permitted" ]]
	[ -z "$(ls -A "$STATE")" ]
}

@test "without cgroup.kill: everybody in the group is found and ended" {
	require_lane v2
	update_config '.linux.namespaces |= map(select(.type != "pid"))'
	set_script 'sleep 1000 & (sleep 1001 & sleep 1002) & sleep 1003'
	detached run -d "$id"
	group=$(cgroup_dirs "$id" | head -n 1)
	[ -e "$group/cgroup.kill" ] || skip_because "this kernel has no cgroup.kill"
	several() { [ "$(wc -l <"$group/cgroup.procs")" -ge 4 ]; }
	wait_for 10 several
	# a kernel before 5.14 has no such file; here it cannot be opened
	unshare --mount sh -ec 'mount --bind "$2" "$1/cgroup.kill"; mount -o remount,bind,ro "$1/cgroup.kill"
		shift 2; exec "$@"' - "$group" "$BUNDLE/config.json" "$OCIRT" --root "$STATE" delete --force "$id" </dev/null 3>&-
	[ ! -e "$group" ]
}

@test "without any of them" {
	life openat2,pidfd_getfd,open_tree,move_mount,fsopen,mount_setattr,close_range,faccessat2,statmount,listmount,prctl-mm
}

@test "nobody in a container can write to the runtime's program, whichever way the stage came to be" {
	set_args sleep 100
	local old=open_tree,move_mount,fsopen,mount_setattr
	for calls in statmount prctl-mm $old $old,prctl-mm; do
		without "$calls" create "$id" >"$BATS_TEST_TMPDIR/out" 2>&1 || { cat "$BATS_TEST_TMPDIR/out" && return 1; }
		pid=$(pid_of "$id")
		run ! bash -c ": >>/proc/$pid/exe"
		without "$calls" delete --force "$id"
	done
}
