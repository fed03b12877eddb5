#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# limits of linux.resources: in the kernel's files, felt inside, refused where they cannot be had

load lib/ocirt
load lib/cgroup

setup() {
	setup_container
	id=$(new_id)
}

resources() { update_config ".linux.resources += $1"; }

# start_it RESOURCES: a running container with them; $pid is its process
start_it() {
	resources "$1"
	set_args sleep 100
	detached run --detach "$id"
	pid=$(pid_of "$id")
}

@test "memory that is too little for a start is what an error says" {
	require_controller memory
	set_args true
	update_config '.linux.resources.memory = {limit: 65536}'
	run -1 ocirt run "$id"
	# by then the stage may have more already, which the kernel does not let a limit take away
	[[ $output == *"killed for want of memory (is the memory limit too low?)"* || $output == *"/linux/resources/memory/limit: cgroup: "* ]]
}

@test "a memory limit with swap is set and kills what goes beyond it" {
	require_controller memory
	start_it '{memory: {limit: 67108864, swap: 134217728, reservation: 33554432}}'
	if is_v2 memory; then
		[ "$(limit_of "$pid" memory memory.max)" = 67108864 ]
		[ "$(limit_of "$pid" memory memory.swap.max)" = 67108864 ]
		[ "$(limit_of "$pid" memory memory.low)" = 33554432 ]
	else
		[ "$(limit_of "$pid" memory memory.limit_in_bytes)" = 67108864 ]
		[ "$(limit_of "$pid" memory memory.memsw.limit_in_bytes)" = 134217728 ]
		[ "$(limit_of "$pid" memory memory.soft_limit_in_bytes)" = 33554432 ]
	fi
	run ! ocirt exec "$id" /bin/sh -c 'x=$(head -c 200000000 /dev/zero | tr "\0" x)'
	[ "$(status_of "$id")" = running ]
}

@test "cpu shares, quota, period and burst are set" {
	require_controller cpu
	start_it '{cpu: {shares: 512, quota: 50000, period: 100000, burst: 20000}}'
	if is_v2 cpu; then
		[ "$(limit_of "$pid" cpu cpu.weight)" = 59 ]
		[ "$(limit_of "$pid" cpu cpu.max)" = "50000 100000" ]
		[ "$(limit_of "$pid" cpu cpu.max.burst)" = 20000 ]
	else
		[ "$(limit_of "$pid" cpu cpu.shares)" = 512 ]
		[ "$(limit_of "$pid" cpu cpu.cfs_quota_us)" = 50000 ]
		[ "$(limit_of "$pid" cpu cpu.cfs_period_us)" = 100000 ]
		[ "$(limit_of "$pid" cpu cpu.cfs_burst_us)" = 20000 ]
	fi
}

@test "an idle group is set" {
	require_controller cpu
	start_it '{cpu: {idle: 1}}'
	[ "$(limit_of "$pid" cpu cpu.idle)" = 1 ]
}

@test "cpus and mems are set and seen inside" {
	require_controller cpuset
	start_it '{cpu: {cpus: "0", mems: "0"}}'
	[ "$(limit_of "$pid" cpuset cpuset.cpus)" = 0 ]
	[ "$(limit_of "$pid" cpuset cpuset.mems)" = 0 ]
	[ "$(ocirt exec "$id" nproc)" = 1 ]
}

@test "a container without cpus gets those of the group above" {
	require_controller cpuset
	require_lane v1 hybrid
	start_it '{}'
	[ "$(limit_of "$pid" cpuset cpuset.cpus)" = "$(cat /sys/fs/cgroup/cpuset/cpuset.cpus)" ]
}

@test "a limit of processes is set and felt, 0 and -1 too" {
	require_controller pids
	start_it '{pids: {limit: 20}}'
	[ "$(limit_of "$pid" pids pids.max)" = 20 ]
	run ! ocirt exec "$id" /bin/sh -c 'for i in $(seq 30); do sleep 1000 >/dev/null 2>&1 & done; wait'
	ocirt delete --force "$id"
	start_it '{pids: {limit: -1}}'
	[ "$(limit_of "$pid" pids pids.max)" = max ]
	ocirt delete --force "$id"
	resources '{pids: {limit: 0}}'
	set_script 'sleep 0 & wait'
	run ! ocirt run "$id"
}

@test "throttles of block devices are set" {
	require_controller "$([ "$OCIRT_LANE" = v2 ] && echo io || echo blkio)"
	local device
	device=$(lsblk -dnro MAJ:MIN 2>/dev/null | head -n 1)
	[ -n "$device" ] || skip_because "this machine has no block device"
	start_it "{blockIO: {throttleReadBpsDevice: [{major: ${device%:*}, minor: ${device#*:}, rate: 1048576}],
		throttleWriteIOPSDevice: [{major: ${device%:*}, minor: ${device#*:}, rate: 100}]}}"
	if is_v2 io && [ "$OCIRT_LANE" = v2 ]; then
		[[ $(limit_of "$pid" io io.max) == "$device rbps=1048576 "*"wiops=100" ]]
	else
		[ "$(limit_of "$pid" blkio blkio.throttle.read_bps_device)" = "$device 1048576" ]
		[ "$(limit_of "$pid" blkio blkio.throttle.write_iops_device)" = "$device 100" ]
	fi
}

@test "a limit of huge pages is set in the tree that has them" {
	require_controller hugetlb
	start_it '{hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'
	if is_v2 hugetlb; then
		[ "$(limit_of "$pid" hugetlb hugetlb.2MB.max)" = 4194304 ]
		[ "$(limit_of "$pid" hugetlb hugetlb.2MB.rsvd.max)" = 4194304 ]
	else
		[ "$(limit_of "$pid" hugetlb hugetlb.2MB.limit_in_bytes)" = 4194304 ]
	fi
}

@test "unified sets files of cgroup2" {
	require_lane hybrid v2
	start_it '{unified: {"cgroup.max.descendants": "5"}}'
	[ "$(limit_of "$pid" nothing cgroup.max.descendants)" = 5 ]
}

@test "what asks for nothing needs no controller" {
	start_it '{memory: {limit: 0, disableOOMKiller: false, useHierarchy: true}, cpu: {shares: 0, cpus: ""}, blockIO: {weight: 0}}'
	[ "$(status_of "$id")" = running ]
}

@test "limits that cannot be had are refused with their place and leave nothing" {
	local row
	set_args true
	while IFS='|' read -r lanes json place; do
		[[ " $lanes " == *" $OCIRT_LANE "* ]] || continue
		row="$lanes: $json"
		cp config.json config.json.good
		resources "$json"
		run ! ocirt run "$id"
		[[ $output == *"$place"* ]] || { echo "$row: $output" && return 1; }
		[ -z "$(cgroup_dirs "$id")" ] || { echo "$row left $(cgroup_dirs "$id")" && return 1; }
		mv config.json.good config.json
	done <<-'END'
		v1 hybrid v2|{memory: {limit: -5}}|/linux/resources/memory/limit
		v1 hybrid|{memory: {limit: 100000000, swap: 5000000}}|/linux/resources/memory/swap
		v1 hybrid|{cpu: {shares: 1}}|/linux/resources/cpu/shares
		v1 hybrid|{cpu: {quota: 1}}|/linux/resources/cpu/quota
		v1 hybrid|{cpu: {cpus: "4000"}}|/linux/resources/cpu/cpus
		v1 hybrid|{cpu: {idle: 3}}|/linux/resources/cpu/idle
		v1 hybrid|{memory: {swappiness: 101}}|/linux/resources/memory/swappiness
		v2|{memory: {swappiness: 10}}|/linux/resources/memory/swappiness
		v2|{memory: {disableOOMKiller: true}}|/linux/resources/memory/disableOOMKiller
		v2|{cpu: {realtimeRuntime: 1000}}|/linux/resources/cpu/realtimeRuntime
		v2|{network: {classID: 5}}|/linux/resources/network/classID
		v1 hybrid v2|{blockIO: {weight: 9}}|/linux/resources/blockIO/weight
		v1 hybrid v2|{rdma: {mlx5_1: {hcaHandles: 1}}}|/linux/resources/rdma
		v1 hybrid v2|{unified: {"../../x.y": "1"}}|/linux/resources/unified
		v1 hybrid v2|{unified: {"nope.max": "1"}}|/linux/resources/unified/nope.max
		hybrid v2|{unified: {"cgroup.nope": "1"}}|/linux/resources/unified/cgroup.nope
		hybrid v2|{unified: {"cgroup.procs": "1"}}|/linux/resources/unified/cgroup.procs
		v1|{unified: {"cgroup.max.depth": "1"}}|/linux/resources/unified/cgroup.max.depth
		hybrid v2|{hugepageLimits: [{pageSize: "3MB", limit: 1}]}|/linux/resources/hugepageLimits
		v1 hybrid v2|{devices: [{allow: true, access: ""}]}|/linux/resources/devices/0
	END
}

@test "a controller the host does not have is named" {
	require_lane v2
	resources '{pids: {limit: 5}}'
	if has_controller pids; then skip_because "lane v2 has pids here"; fi
	run ! ocirt run "$id"
	[[ $output == *"/linux/resources/pids/limit"*"needs the control group controller pids, which this host does not have"* ]]
}
