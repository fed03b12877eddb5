#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# process-placement: on which CPUs and memory nodes the container's processes are, and with which priorities an exec runs

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
}

policy_script='head -n 1 /proc/self/numa_maps | cut -d " " -f 2'
cpus_script='sed -n "s/^Cpus_allowed_list:.//p" /proc/self/status'

require_numa() { [ -e /proc/self/numa_maps ] || skip_because "a kernel without NUMA"; }

# the CPUs that the tests may run on, one a line
cpus() { sed -n 's/^Cpus_allowed_list:.//p' /proc/self/status | tr , '\n' | while IFS=- read -r a b; do seq "$a" "${b:-$a}"; done; }

require_two_cpus() {
	first=$(cpus | sed -n 1p) second=$(cpus | sed -n 2p)
	[ -n "$second" ] || skip_because "needs two CPUs"
}

# policy JSON: linux.memoryPolicy
policy() { update_config --argjson p "$1" '.linux.memoryPolicy = $p'; }

@test "a memory policy holds for the program, with its flags" {
	require_numa
	set_script "$policy_script"
	while IFS='|' read -r json expected; do
		policy "$json"
		run -0 ocirt run "$id"
		[ "$output" = "$expected" ]
	done <<-'END'
		{"mode": "MPOL_INTERLEAVE", "nodes": "0"}|interleave:0
		{"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]}|bind=static:0
		{"mode": "MPOL_PREFERRED", "nodes": "0", "flags": ["MPOL_F_RELATIVE_NODES"]}|prefer=relative:0
		{"mode": "MPOL_LOCAL"}|local
		{"mode": "MPOL_DEFAULT"}|default
	END
}

@test "a memory policy holds for an exec" {
	require_numa
	policy '{"mode": "MPOL_INTERLEAVE", "nodes": "0"}'
	set_args sleep 100
	detached run -d "$id"
	run -0 ocirt exec "$id" sh -c "$policy_script"
	[ "$output" = interleave:0 ]
}

@test "a memory node that is not there is told in words" {
	require_numa
	policy '{"mode": "MPOL_BIND", "nodes": "1000"}'
	run ! ocirt create "$id"
	[[ $output == *"config.json:"*": /linux/memoryPolicy: "*"set the memory policy MPOL_BIND (a node that is not there"* ]]
}

@test "the caller's CPU affinity is none of the container's, nor of an exec's" {
	require_two_cpus
	all=$(sh -c "$cpus_script")
	set_script "$cpus_script"
	taskset -p -c "$first" "$BASHPID" >/dev/null
	run -0 ocirt run "$id"
	[ "$output" = "$all" ]
	set_args sleep 100
	detached run -d "$id"
	run -0 ocirt exec "$id" sh -c "$cpus_script"
	[ "$output" = "$all" ]
}

@test "execCPUAffinity: final is where an exec runs, initial where it begins, and neither counts for the container" {
	require_two_cpus
	all=$(sh -c "$cpus_script")
	update_config --arg a "$first" --arg b "$second" '.process.execCPUAffinity = {initial: $a, final: $b}'
	set_script "$cpus_script >/tmp/cpus; exec sleep 100"
	update_config '.root.readonly = false'
	detached run -d "$id"
	wait_for 5 test -s rootfs/tmp/cpus
	[ "$(cat rootfs/tmp/cpus)" = "$all" ]
	run -0 ocirt exec "$id" sh -c "$cpus_script"
	[ "$output" = "$second" ]
	jq '.process | .args = ["sh", "-c", $script] | .execCPUAffinity = {final: $a}' --arg a "$first" --arg script "$cpus_script" \
		config.json >process.json
	run -0 ocirt exec --process process.json "$id"
	[ "$output" = "$first" ]
}

@test "execCPUAffinity: the runtime itself stays where it is" {
	require_two_cpus
	require_strace
	update_config --arg a "$first" '.process.execCPUAffinity.initial = $a'
	set_args sleep 100
	detached run -d "$id"
	strace -qq -e trace=sched_setaffinity,clone3 -o "$BATS_TEST_TMPDIR/trace" \
		"$OCIRT" --root "$STATE" exec "$id" true
	[ "$(grep -c sched_setaffinity "$BATS_TEST_TMPDIR/trace")" = 2 ]
	[[ $(sed -n 1p "$BATS_TEST_TMPDIR/trace") == *"[$first"[\ \]]* ]]
	[[ $(sed -n 2p "$BATS_TEST_TMPDIR/trace") == clone3* ]]
}

@test "execCPUAffinity: CPUs that are not there are told in words" {
	set_args sleep 100
	detached run -d "$id"
	jq '.process | .args = ["true"] | .execCPUAffinity = {final: "8191"}' config.json >process.json
	run -255 ocirt exec --process process.json "$id"
	[[ $output == *"set the CPU affinity (none of these CPUs is there and allowed)"* ]]
	jq '.process | .args = ["true"] | .execCPUAffinity = {initial: "8191"}' config.json >process.json
	run -255 ocirt exec --process process.json "$id"
	[[ $output == *"execCPUAffinity/initial: set the CPU affinity"* ]]
}

@test "an exec has the scheduler and I/O priority of config.json's process, or of its own document" {
	update_config '.process.scheduler = {policy: "SCHED_BATCH", nice: 5} | .process.ioPriority = {class: "IOPRIO_CLASS_IDLE"}'
	set_args sleep 100
	detached run -d "$id"
	run -0 ocirt exec "$id" sh -c 'ionice; awk "{ print \$19, \$41 }" /proc/self/stat'
	[[ ${lines[0]} == idle* ]]
	[ "${lines[1]}" = "5 3" ]
	jq '.process | .args = ["awk", "{ print $19, $41 }", "/proc/self/stat"] | .scheduler = {policy: "SCHED_OTHER", nice: 7}' \
		config.json >process.json
	run -0 ocirt exec --process process.json "$id"
	[ "$output" = "7 0" ]
}
