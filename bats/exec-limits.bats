#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# exec --cgroup NAME with limits: a group for one process, gone with it

load lib/ocirt
load lib/cgroup

setup() {
	setup_container
	id=$(new_id)
	set_args sleep 1000
}

# sub_dirs NAME: directories of that name below the container's groups
sub_dirs() { find /sys/fs/cgroup -type d -path "*$id*/$1" 2>/dev/null; }
none_left() { [ -z "$(sub_dirs one)" ]; }

@test "the process is in the new group, with the limits, and the group is gone at its end" {
	require_controller memory pids
	detached run --detach "$id"
	ocirt exec --cgroup one --memory 32m --pids 20 "$id" sh -c 'while [ ! -e /tmp/end ]; do sleep 0.1; done' >out 2>&1 &
	local job=$! pid
	in_it() { # the program, not one of those that prepare it
		pid=$(cat /sys/fs/cgroup/{pids,}/*"$id"*/one/cgroup.procs /sys/fs/cgroup/*"$id"*/one/cgroup.procs 2>/dev/null | head -n 1)
		[ -n "$pid" ] && [ "$(cat "/proc/$pid/comm")" = sh ]
	}
	wait_for 10 in_it
	[ "$(limit_of "$pid" pids pids.max)" = 20 ]
	if is_v2 memory; then
		[ "$(limit_of "$pid" memory memory.max)" = 33554432 ]
	else
		[ "$(limit_of "$pid" memory memory.limit_in_bytes)" = 33554432 ]
	fi
	[[ $(group_dir "$pid" pids) == *"$id"*/one ]]
	[[ $(group_dir "$(pid_of "$id")" pids) != */one ]]
	touch rootfs/tmp/end
	wait "$job"
	none_left
}

@test "too many processes: only in the group of that name" {
	require_controller pids
	detached run --detach "$id"
	run ocirt exec --cgroup one --pids 2 "$id" sh -c 'sleep 1 & sleep 1 & sleep 1 & wait; echo all'
	[[ $output != *all* || $output == *"fork"* ]]
	none_left
	run -0 ocirt exec "$id" sh -c 'sleep 0.1 & sleep 0.1 & sleep 0.1 & wait; echo all'
	[ "$output" = all ]
}

@test "what the process leaves behind ends with its group; its exit code is told" {
	require_controller pids
	detached run --detach "$id"
	run -7 ocirt exec --cgroup one --pids 20 "$id" sh -c 'sleep 1000 >/dev/null 2>&1 & exit 7'
	none_left
	[ "$(ocirt ps --format json "$id" | jq length)" = 1 ]
	run -7 ocirt exec --cgroup one --pids 20 "$id" sh -c 'exit 7' # the name is free again
}

@test "a name that another exec uses is refused, and what runs there runs on" {
	require_controller pids
	detached run --detach "$id"
	detached exec --detach --cgroup one --pids 20 "$id" sleep 1000
	run -255 ocirt exec --cgroup one --pids 20 "$id" true
	[[ $output == *"is not empty: 1 process"* ]]
	[ "$(ocirt ps --format json "$id" | jq length)" = 2 ]
	# at the same moment: who comes second touches nothing of the first
	for _ in 1 2 3 4; do ocirt exec --cgroup two --pids 20 "$id" sh -c "sleep 0.5; echo ran" >>ran 2>/dev/null & done
	wait
	[ "$(sort -u ran)" = ran ]
	[ -z "$(sub_dirs two)" ]
	[ "$(ocirt ps --format json "$id" | jq length)" = 2 ]
}

@test "a group that was there, empty, is used and stays" {
	require_controller pids
	detached run --detach "$id"
	local dir
	dir=$(group_dir "$(pid_of "$id")" pids)/one
	mkdir "$dir"
	run -0 ocirt exec --cgroup one --pids 20 "$id" cat /proc/self/cgroup
	[[ $output == *"/one"* ]]
	[ "$(cat "$dir/pids.max")" = 20 ]
	ocirt delete --force "$id"
	[ ! -e "$dir" ]
}

@test "a hook of start may ask for one" {
	require_controller pids
	printf '#!/bin/sh\nexec %s --root %s exec --cgroup one --pids 20 %s cat /proc/self/cgroup >%s/hook 2>&1\n' \
		"$OCIRT" "$STATE" "$id" "$PWD" >hook.sh
	chmod +x hook.sh
	update_config --arg path "$PWD/hook.sh" '.hooks.poststart = [{path: $path}]'
	detached run --detach "$id"
	grep /one hook
	none_left
}

@test "nothing is left when it cannot be started" {
	require_controller pids
	detached run --detach "$id"
	run -255 ocirt exec --cgroup one --pids 20 "$id" /nope
	none_left
	run -255 ocirt exec --cgroup one --pids -7 "$id" true
	none_left
}

@test "wrong words are refused" {
	detached run --detach "$id"
	run -255 ocirt exec --pids 3 "$id" true
	[[ $output == *"limits need one --cgroup NAME"* ]]
	for name in a/b .. . cpu:x ''; do
		run -255 ocirt exec --pids 3 --cgroup "$name" "$id" true
		[[ $output == *"expected the name of one new group"* ]]
	done
	run -1 ocirt exec --memory much --cgroup a "$id" true
	[[ $output == *"--memory"* ]]
}
