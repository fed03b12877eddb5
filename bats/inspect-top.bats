#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# inspect and top: what a container is and uses, as the kernel has it

load lib/ocirt
load lib/cgroup
load lib/term

setup() {
	setup_container
	id=$(new_id)
	set_args sleep 1000
}

# json FILTER: holds for what inspect says
json() { ocirt inspect --format json "$id" | jq -e "$@"; }

@test "inspect: state, plan, namespaces, groups, mounts and process are the kernel's" {
	update_config '.process.capabilities = ({bounding: 0, effective: 0, permitted: 0, inheritable: 0, ambient: 0} | map_values(["CAP_KILL"])) | .process.user = {uid: 12, gid: 34} | .process.noNewPrivileges = true'
	detached run --detach "$id"
	local pid
	pid=$(pid_of "$id")
	json --arg id "$id" --argjson pid "$pid" '.state.id == $id and .state.pid == $pid and .state.status == "running"'
	json --arg net "$(readlink "/proc/$pid/ns/net")" '"net:[\(.namespaces.network.inode)]" == $net and .namespaces.network.host == false'
	json '.namespaces.user.host'
	json '.process.uid == 12 and .process.gid == 34 and .process.noNewPrivileges and .process.capabilities.effective == ["CAP_KILL"]'
	json '.process.seccomp == "disabled" or .process.seccomp == "filter"'
	json '.mounts | map(.destination) | index("/") != null and index("/proc") != null'
	json '.mounts[] | select(.destination == "/proc") | .type == "proc" and (.options | contains("nosuid"))'
	json '.plan.steps | length > 5'
	for d in $(cgroup_dirs "$id"); do json --arg d "$d" '.cgroups | any(.path == $d)'; done
	run -0 ocirt inspect "$id"
	grep -qx "  pid: $pid" <<<"$output"
	grep -qE '^    effective: CAP_KILL$' <<<"$output"
	grep -q '^plan:' <<<"$output"
}

@test "inspect: limits and what is used of them" {
	require_controller memory pids
	update_config '.linux.resources += {memory: {limit: 67108864}, pids: {limit: 33}}'
	detached run --detach "$id"
	json '.limits["pids.max"] == "33" and .usage.pids == {current: 1, limit: 33}'
	json '.usage.memory.limit == 67108864 and .usage.memory.current > 0'
	json '(.limits["memory.max"] // .limits["memory.limit_in_bytes"]) == "67108864"'
	ocirt update --pids-limit -1 "$id"
	json '.limits["pids.max"] == "max" and (.usage.pids | has("limit") | not)'
}

@test "inspect and top: swap, by itself, where the kernel counts it" {
	require_controller memory
	update_config '.linux.resources += {memory: {limit: 67108864, swap: 100663296}}'
	detached run --detach "$id"
	# shellcheck disable=SC2046 # one path a line, without blanks
	if ! find $(cgroup_dirs "$id") -name memory.swap.current -o -name memory.memsw.usage_in_bytes | grep -q .; then
		json '.usage | has("swap") | not'
		return
	fi
	json '.usage.swap == {current: 0, limit: 33554432}'
	ocirt top -i 10ms --format json | jq -e '.containers[0].swap.limit == 33554432'
	run -0 ocirt top -i 10ms
	[[ ${lines[0]} == *"LIMIT"*"SWAP"* && ${lines[1]} == *" 64.0M "*" 0B "* ]]
}

@test "inspect: seccomp mode is the process's" {
	update_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["chroot"], action: "SCMP_ACT_ERRNO"}]}'
	detached run --detach "$id" || skip_because "no seccomp here"
	json '.process.seccomp == "filter"'
}

@test "inspect: created and stopped containers, broken ones and none" {
	detached create "$id"
	json '.state.status == "created" and (.namespaces | has("mount")) and .plan != null'
	ocirt kill "$id" KILL
	wait_for 10 is_status "$id" stopped
	json '.state.status == "stopped" and (has("namespaces") | not) and .plan != null'
	run -1 ocirt inspect "$id-none"
	[[ $output == *"does not exist"* ]]
	mkdir -m 700 "$STATE/$id-broken"
	echo rubbish >"$STATE/$id-broken/state"
	ocirt inspect --format json "$id-broken" | jq -e '.broken | length > 0'
}

@test "top: one table where the output is no terminal, with a row for what runs" {
	detached run --detach "$id"
	detached create "$id-created"
	run -0 ocirt top --interval 50ms
	[ "${#lines[@]}" = 3 ]
	[[ ${lines[0]} == "ID "*"CPU%"* ]]
	[[ ${lines[1]} == "$id "*" running "* && ${lines[2]} == "$id-created "*" created "* ]]
	run -0 ocirt top -i 50ms "$id-created"
	[ "${#lines[@]}" = 2 ]
}

@test "top: nothing runs, an id that is not there, wrong values" {
	run -0 ocirt top -i 10ms
	[ "${#lines[@]}" = 1 ]
	run -1 ocirt top "$id"
	[[ $output == *"does not exist"* ]]
	run -1 ocirt top -i 0s
	[[ $output == *"more than 0"* ]]
}

@test "top: json, one object a table, with the rate of what works" {
	set_script 'while :; do :; done'
	detached run --detach "$id"
	run -0 ocirt top --format json --count 3 --interval 200ms
	[ "${#lines[@]}" = 3 ]
	jq -es --arg id "$id" 'all(.[]; .containers | length == 1 and .[0].id == $id and .[0].status == "running" and .[0].pids.current >= 0
		and (.[0] | has("memory") and has("io") and has("pressure"))) and ([.[].time] | . == sort)' <<<"$output"
	if has_controller cpuacct || has_controller cpu; then
		jq -es '.[2].containers[0].cpu.usageNs > .[0].containers[0].cpu.usageNs and any(.[]; .containers[0].cpuPercent > 0)' <<<"$output"
	fi
}

@test "top: ends when all that were named have ended" {
	detached run --detach "$id"
	OCIRT_TEST_MARK=$TAG timeout 60 "$OCIRT" --root "$STATE" top -n 0 -i 50ms "$id" >tables 2>&1 3>&- &
	local watcher=$!
	wait_for 10 grep -q "^$id " tables
	ocirt delete --force "$id"
	wait "$watcher"
}

@test "top: on a terminal the next table takes the place of the last" {
	require_program script
	detached run --detach "$id"
	run -0 script -qec "'$OCIRT' --root '$STATE' top -n 2 -i 50ms" /dev/null
	[ "$(grep -o $'\033''\[H' <<<"$output" | wc -l)" = 2 ]
}

@test "top: on a small terminal lines are cut, not broken, and it is said how many rows are missing" {
	require_term
	local n
	for n in 1 2 3 4; do detached run -d "$id-$n"; done
	run -130 on_terminal size:5x40 'see:2 more' 'type:\003' -- top -n 0 -i 50ms
	local last=${output##*$'\033[J'}
	[[ $last == "ID "*"$id-2"*"2 more"* && $last != *"$id-3"* ]]
	run ! grep -qE '.{41}' <<<"$last"
}
