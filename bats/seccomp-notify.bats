#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# seccomp-notify: calls that are put to an agent: it gets the listener and the state before the program makes any

load lib/ocirt
load lib/agent

setup() {
	require_root
	export AGENT=
	ocirt_setup
	setup_bundle
	id=$(new_id)
	start_agent
}

teardown() {
	stop_agent
	ocirt_teardown
}

# notify METADATA CALL...: these calls are put to the agent
notify() {
	local metadata=$1
	shift
	update_config --arg path "$AGENT_SOCKET" --arg metadata "$metadata" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		listenerPath: $path, listenerMetadata: $metadata, syscalls: [{names: $ARGS.positional, action: "SCMP_ACT_NOTIFY"}]}
		| .root.readonly = false' --args -- "$@"
}
with_no_new_privs() { update_config --argjson v "$1" '.process.noNewPrivileges = $v'; }
# state_has N JQ-ARGUMENT...: of the Nth connection, which the agent has taken to its end when this file of it is written
state_has() {
	wait_for 10 test -s "$AGENT_DIR/state.$1"
	jq -e "${@:2}" "$AGENT_DIR/state.$1"
}

mkdir_script='mkdir /tmp/x 2>&1 | sed "s/.*: //"; test ! -d /tmp/x || echo made'

@test "the agent decides, with no_new_privs and without" {
	set_script "$mkdir_script"
	for nnp in true false; do
		with_no_new_privs $nnp
		notify errno=28 mkdir mkdirat
		run -0 ocirt run "$id"
		[ "$output" = "No space left on device" ]
		notify "go on" mkdir mkdirat
		run -0 ocirt run "$id"
		[ "$output" = made ]
		rmdir rootfs/tmp/x
	done
}

@test "it gets one state a connection, with one descriptor" {
	notify "some data" mkdir
	update_config '.annotations = {"a.b": "c"}'
	set_args sleep 100
	detached run -d "$id"
	pid=$(pid_of "$id")
	state_has 0 --arg id "$id" --arg bundle "$PWD" --argjson pid "$pid" '.ociVersion == "1.3.0" and .fds == ["seccompFd"]
		and .pid == $pid and .metadata == "some data" and (.state | .id == $id and .pid == $pid and .status == "created"
		and .bundle == $bundle and .annotations == {"a.b": "c"} and .ociVersion == "1.3.0")'
	[ "$(cat "$AGENT_DIR/fds.0")" = 1 ]
	[ ! -e "$AGENT_DIR/fds.1" ]
}

@test "a created container has no listener: start hands it over" {
	notify errno=28 mkdir mkdirat
	set_script "exec >/tmp/said; $mkdir_script; exec sleep 100"
	detached create "$id"
	[ ! -e "$AGENT_DIR/state.0" ]
	ocirt start "$id"
	state_has 0 '.state.status == "created"'
	wait_for 5 test -s rootfs/tmp/said
	[ "$(cat rootfs/tmp/said)" = "No space left on device" ]
}

@test "an exec has a listener of its own, and its own pid in the state" {
	notify errno=28 mkdir mkdirat
	n=-1
	for nnp in true false; do
		with_no_new_privs $nnp
		set_args sleep 100
		detached run -d "$id"
		n=$((n + 2))
		run -0 ocirt exec --pid-file "$BATS_TEST_TMPDIR/pid" "$id" sh -c "$mkdir_script"
		[ "$output" = "No space left on device" ]
		state_has $n --argjson pid "$(cat "$BATS_TEST_TMPDIR/pid")" --argjson init "$(pid_of "$id")" \
			'.pid == $pid and .state.pid == $init and .state.status == "running"'
		ocirt delete --force "$id"
	done
}

@test "calls that the runtime itself makes may be put to the agent" {
	set_args true
	for nnp in true false; do
		with_no_new_privs $nnp
		notify "go on" execve execveat openat open read write close fcntl sendmsg recvmsg capset prctl mmap exit_group sendto connect
		run -0 ocirt run "$id"
	done
	grep -qx 59 "$AGENT_DIR/calls.0" || [ "$(uname -m)" != x86_64 ]
}

@test "an agent that refuses execve is told as a failed program" {
	notify errno=13 execve
	run ! ocirt run "$id"
	[[ $output == *"permission denied"* ]]
}

@test "the listener is not the program's" {
	notify "go on" mkdir
	set_script 'ls /proc/self/fd'
	run -0 ocirt run "$id"
	[ "$output" = $'0\n1\n2\n3' ]
}

@test "descriptors that are preserved keep their numbers" {
	notify "go on" mkdir
	set_script 'cat <&4'
	run -0 "$OCIRT" --root "$STATE" run --preserve-fds 2 "$id" 3</dev/null 4<<<"from outside"
	[ "$output" = "from outside" ]
}

@test "WAIT_KILLABLE_RECV and other flags go with a listener" {
	notify "go on" mkdir
	update_config '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"]'
	set_args true
	run -0 ocirt run "$id"
}

@test "no agent: create, run and exec say so and leave nothing" {
	notify x mkdir
	set_args sleep 100
	detached run -d "$id"
	stop_agent
	rm "$AGENT_SOCKET"
	run -255 ocirt exec "$id" true
	[[ $output == *"/linux/seccomp/listenerPath: failed to connect with seccomp agent $AGENT_SOCKET: No such file or directory"* ]]
	for verb in create run; do
		run -1 ocirt "$verb" "$id-2"
		[[ $output == *"config.json:"*": /linux/seccomp/listenerPath: failed to connect with seccomp agent $AGENT_SOCKET: No such file or directory"* ]]
		[ ! -e "$STATE/$id-2" ]
	done
	echo >"$AGENT_SOCKET"
	run -1 ocirt create "$id-2"
	[[ $output == *"$AGENT_SOCKET is no socket"* ]]
}

@test "an agent that does not listen any more fails start, and the program never ran" {
	notify x mkdir
	set_script 'touch /tmp/ran'
	detached create "$id"
	stop_agent
	run -1 ocirt start "$id"
	[[ $output == *"config.json:"*": /linux/seccomp/listenerPath: seccomp agent: connect to socket $AGENT_SOCKET: Connection refused"* ]]
	wait_for 5 is_status "$id" stopped
	ocirt delete "$id"
	run -1 ocirt run "$id"
	[[ $output == *"Connection refused"* ]]
	run ! ocirt state "$id"
	[ ! -e rootfs/tmp/ran ]
}

@test "listenerPath without SCMP_ACT_NOTIFY is ignored" {
	update_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/nope", listenerMetadata: "x"}'
	set_args true
	run -0 ocirt run "$id"
}
