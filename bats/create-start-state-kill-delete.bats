#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# create, start, state, kill and delete: the basic life of a container

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
}

@test "a container goes from created over running to stopped and is gone after delete" {
	set_args sleep 100
	detached create "$id"
	[ "$(status_of "$id")" = created ]
	ocirt start "$id"
	[ "$(status_of "$id")" = running ]
	ocirt kill "$id" KILL
	wait_for 10 is_status "$id" stopped
	ocirt delete "$id"
	run ! ocirt state "$id"
	[[ $output == *"does not exist"* ]]
	[ -z "$(cgroup_dirs "$id")" ]
}

@test "create does not run the program yet, start does" {
	set_script 'echo ran >/tmp/ran; sleep 100'
	update_config '.root.readonly = false'
	detached create "$id"
	[ ! -e rootfs/tmp/ran ]
	ocirt start "$id"
	wait_for 10 test -s rootfs/tmp/ran
}

@test "the pid file has the pid of the container's process and nothing else" {
	set_args sleep 100
	detached create --pid-file pid "$id"
	[[ $(cat pid) =~ ^[0-9]+$ ]]
	[ "$(wc -c <pid)" = "$(printf %s "$(cat pid)" | wc -c)" ]
	[ "$(cat pid)" = "$(pid_of "$id")" ]
}

@test "state has the keys that callers read" {
	set_args sleep 100
	detached run --detach "$id"
	ocirt state "$id" | jq -e --arg id "$id" --arg bundle "$PWD" \
		'.id == $id and .bundle == $bundle and .status == "running" and (.pid | type == "number") and (.ociVersion | length > 0)'
}

@test "an id in use is refused and the container that has it lives on" {
	set_args sleep 100
	detached run --detach "$id"
	run ! ocirt create "$id"
	[[ $output == *"container with given ID already exists"* ]]
	[ "$(status_of "$id")" = running ]
}

@test "delete refuses a running container, delete --force ends it" {
	set_args sleep 100
	detached run --detach "$id"
	run ! ocirt delete "$id"
	[ "$(status_of "$id")" = running ]
	ocirt delete --force "$id"
	run ! ocirt state "$id"
}

@test "delete works on a container that was never started" {
	set_args sleep 100
	detached create "$id"
	ocirt delete "$id" || ocirt delete --force "$id"
	run ! ocirt state "$id"
}

@test "delete --force of an unknown id is no error" {
	ocirt delete --force "$id"
}

@test "verbs on an unknown id say that the container does not exist" {
	for verb in start state kill delete pause resume; do
		run ! ocirt "$verb" "$id"
		[[ $output == *"does not exist"* ]]
	done
}

@test "a created container ends by a signal as any process" {
	for sig in TERM INT USR1 RTMIN+1 RTMIN 33; do # C libraries keep 32 to 34 for themselves
		ocirt create "$id" </dev/null >/dev/null 2>&1
		ocirt kill "$id" WINCH
		is_status "$id" created
		ocirt kill "$id" "$sig"
		wait_for 10 is_status "$id" stopped
		ocirt delete "$id"
	done
}

@test "run passes on the signals that a C library keeps for itself" {
	set_script 'trap "exit 5" 34; echo >/dev/shm/ready; while :; do sleep 0.05; done'
	"$OCIRT" --root "$STATE" run "$id" </dev/null >/dev/null 2>&1 3>&- &
	local runner=$! code=0
	wait_for 10 is_status "$id" running
	wait_for 10 test -e "/proc/$(pid_of "$id")/root/dev/shm/ready"
	kill -34 "$runner"
	wait "$runner" || code=$?
	[ "$code" = 5 ]
}

@test "a created container holds no file of the host open" {
	ocirt create "$id" </dev/null >/dev/null 2>&1
	run -0 find "/proc/$(pid_of "$id")/fd" -lname '*/*' -printf '%l\n'
	run ! grep -vxE '/|/dev/null|/dev/pts/[0-9]+|pipe:.*|socket:.*|anon_inode:.*' <<<"$output"
	ocirt start "$id"
	ocirt delete --force "$id"
}

@test "kill without a signal sends TERM" {
	set_script 'trap "echo TERM >/dev/shm/got; sleep 100" TERM; while :; do sleep 0.05; done'
	detached run --detach "$id"
	local process
	process=/proc/$(pid_of "$id")
	wait_for 10 grep -q "^SigCgt:.*[4-7c-f]...$" "$process/status" # TERM is caught
	ocirt kill "$id"
	wait_for 10 grep -qx TERM "$process/root/dev/shm/got"
}

@test "run returns the program's exit code" {
	set_script 'exit 42'
	run -42 ocirt run "$id"
	run ! ocirt state "$id"
}
