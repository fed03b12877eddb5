#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# seccomp-filter: what a container's system call filter does to its program

load lib/ocirt
load lib/probe

setup() {
	setup_container
	id=$(new_id)
	add_probe
}

# filter JSON: linux.seccomp; the default action is ALLOW
filter() { update_config ".linux.seccomp = ({defaultAction: \"SCMP_ACT_ALLOW\"} + $1)"; }
# mkdir_gives ACTION: mkdir of a bad address, which without a filter ends with EFAULT (14)
mkdir_gives() { filter "{syscalls: [({names: [\"mkdir\"]} + $1)]}" && set_args /probe 83 0; }
rc_of() {
	run ocirt run "$id"
	[ "$status" = "$1" ] || { echo "exit code $status, not $1: $output" && return 1; }
}

SIGSYS=$((128 + 31))

@test "ALLOW, LOG and no filter leave a call alone" {
	set_args /probe 83 0
	rc_of 14
	mkdir_gives '{action: "SCMP_ACT_ALLOW"}'
	rc_of 14
	mkdir_gives '{action: "SCMP_ACT_LOG"}'
	rc_of 14
}

@test "ERRNO gives EPERM or the errno that is named, 0 included" {
	mkdir_gives '{action: "SCMP_ACT_ERRNO"}'
	rc_of 1
	mkdir_gives '{action: "SCMP_ACT_ERRNO", errnoRet: 77}'
	rc_of 77
	mkdir_gives '{action: "SCMP_ACT_ERRNO", errnoRet: 0}'
	rc_of 0
}

@test "two configs that differ in errnoRet alone have two filters" {
	mkdir_gives '{action: "SCMP_ACT_ERRNO", errnoRet: 13}'
	rc_of 13
	mkdir_gives '{action: "SCMP_ACT_ERRNO", errnoRet: 95}'
	rc_of 95
}

@test "KILL, KILL_THREAD, KILL_PROCESS and TRAP end the program" {
	for action in KILL KILL_THREAD KILL_PROCESS TRAP; do
		mkdir_gives "{action: \"SCMP_ACT_$action\"}"
		rc_of $SIGSYS
	done
}

@test "TRACE without a tracer gives ENOSYS" {
	mkdir_gives '{action: "SCMP_ACT_TRACE", errnoRet: 5}'
	rc_of 38
}

@test "the default action and its errno" {
	filter '{defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 99,
		syscalls: [{names: ["execve", "exit_group", "close_range"], action: "SCMP_ACT_ALLOW"}]}'
	set_args /probe 83 0
	rc_of 99
}

@test "conditions on arguments: all of one rule, any of those on one argument" {
	cond() { filter "{syscalls: [{names: [\"getpgid\"], action: \"SCMP_ACT_ERRNO\", errnoRet: 77, args: $1}]}"; }
	cond '[{index: 0, value: 5, op: "SCMP_CMP_GT"}]'
	set_args /probe 121 0
	rc_of 0
	set_args /probe 121 6
	rc_of 77
	cond '[{index: 0, value: 0, op: "SCMP_CMP_EQ"}, {index: 1, value: 3, op: "SCMP_CMP_EQ"}]'
	set_args /probe 121 0 3
	rc_of 77
	set_args /probe 121 0 4
	rc_of 0
	cond '[{index: 0, value: 0, op: "SCMP_CMP_EQ"}, {index: 0, value: 9, op: "SCMP_CMP_EQ"}]'
	for arg in 0 9; do
		set_args /probe 121 $arg
		rc_of 77
	done
	cond '[{index: 0, value: 240, valueTwo: 16, op: "SCMP_CMP_MASKED_EQ"}]'
	set_args /probe 121 31
	rc_of 77
	set_args /probe 121 15
	rc_of 3 # no such process
}

@test "other architectures: filtered when listed, killed when not" {
	./rootfs/probe -32 20 || skip_because "this kernel runs no i386 system calls"
	filter '{architectures: ["SCMP_ARCH_X86_64"], syscalls: [{names: ["getpid"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]}'
	set_args /probe -32 64
	rc_of $SIGSYS
	filter '{architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
		syscalls: [{names: ["getpid"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]}'
	rc_of 0
	set_args /probe -32 20
	rc_of 77
	set_args /probe 39
	rc_of 77
}

@test "calls newer than the profile do not exist, older ones that it does not name are refused" {
	filter '{defaultAction: "SCMP_ACT_ERRNO",
		syscalls: [{names: ["execve", "exit_group", "close_range", "statx"], action: "SCMP_ACT_ALLOW"}]}'
	set_args /probe 331 # pkey_free
	rc_of 1
	set_args /probe 437 0 # openat2
	rc_of 38
	set_args /probe 4000
	rc_of 38
}

@test "names that nobody knows are left out" {
	filter '{syscalls: [{names: ["no_such_call", "mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]}'
	set_args /probe 83 0
	rc_of 77
}

@test "between filter and program there is only execve" {
	filter '{defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls: [{names: ["execve", "exit_group"], action: "SCMP_ACT_ALLOW"}]}'
	update_config '.process.noNewPrivileges = true'
	set_args /probe 231 42
	rc_of 42
}

@test "what the filter keeps the runtime from is told, also where it bars the sending" {
	update_config '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000} | .process.capabilities = {}
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [{names: ["execve", "exit_group", "write"], action: "SCMP_ACT_ALLOW"}]}'
	run -1 ocirt run "$id"
	[[ $output == *"set capabilities"*": Operation not permitted" ]]
}

@test "without no_new_privs the filter is loaded by who may, and the right to is gone afterwards" {
	filter '{syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]}'
	update_config '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000}'
	set_args sh -c '/probe 83 0; echo $?; grep -E "^(Seccomp:|NoNewPrivs|CapPrm|CapEff)" /proc/self/status | tr "\n\t" "  "'
	run -0 ocirt run "$id"
	[ "${lines[0]}" = 77 ]
	[ "${lines[1]}" = "CapPrm: 0000000000000000 CapEff: 0000000000000000 NoNewPrivs: 0 Seccomp: 2 " ]
	update_config '.process.user = {uid: 0, gid: 0}'
	set_args sh -c 'grep CapEff /proc/self/status'
	run -0 ocirt run "$id"
	[[ "$output" == *0000000020000420 ]] # as spec wrote them
}

@test "exec is filtered as the container is" {
	filter '{syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 77}]}'
	set_args sleep 100
	detached run -d "$id"
	run -77 ocirt exec "$id" /probe 83 0
	grep -q '^Seccomp:.2' "/proc/$(pid_of "$id")/status"
}

@test "flags" {
	for flags in '[]' '["SECCOMP_FILTER_FLAG_LOG"]' '["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"]' \
		'["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'; do
		filter "{flags: $flags, syscalls: [{names: [\"mkdir\"], action: \"SCMP_ACT_ERRNO\", errnoRet: 77}]}"
		set_args /probe 83 0
		rc_of 77
	done
}

@test "what makes no sense is refused with its place" {
	set_args true
	refused() {
		filter "$1"
		run -1 ocirt run "$id"
		[[ "$output" == *"$2"* ]] || { echo "$1: $output" && return 1; }
		[ ! -e "$STATE/$id" ]
	}
	refused '{defaultAction: "SCMP_ACT_FOO"}' /linux/seccomp/defaultAction
	refused '{defaultAction: "SCMP_ACT_NOTIFY"}' '/linux/seccomp/defaultAction: SCMP_ACT_NOTIFY cannot be the default action'
	refused '{defaultErrnoRet: 1}' '/linux/seccomp/defaultErrnoRet: SCMP_ACT_ALLOW takes no errno'
	refused '{syscalls: [{names: ["mkdir"], action: "SCMP_ACT_KILL", errnoRet: 1}]}' \
		'/linux/seccomp/syscalls/0: SCMP_ACT_KILL takes no errno'
	refused '{syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 4096}]}' '4096 is above 4095'
	refused '{syscalls: [{names: [], action: "SCMP_ACT_ERRNO"}]}' /linux/seccomp/syscalls/0
	refused '{syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", args: [{index: 6, value: 1, op: "SCMP_CMP_EQ"}]}]}' 'argument 6'
	refused '{syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", args: [{index: 0, value: 1, op: "SCMP_CMP_XX"}]}]}' /op
	refused '{flags: ["SECCOMP_FILTER_FLAG_FOO"]}' /linux/seccomp/flags/0
	refused '{architectures: ["SCMP_ARCH_FOO"]}' /linux/seccomp/architectures/0
	refused '{architectures: ["SCMP_ARCH_S390X"]}' 'SCMP_ARCH_S390X cannot be filtered beside the architecture of this host'
	refused '{listenerMetadata: "x"}' /linux/seccomp/listenerMetadata
	refused '{syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}' 'SCMP_ACT_NOTIFY needs a listenerPath'
}
