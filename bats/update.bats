#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# update: other limits for a container that is created, running or paused

load lib/ocirt
load lib/cgroup

setup() {
	setup_container
	id=$(new_id)
	set_args sleep 100
}

# start_it RESOURCES: a running container with them; $pid is its process
start_it() {
	update_config ".linux.resources += $1"
	detached run --detach "$id"
	pid=$(pid_of "$id")
}

# quota: what the kernel has as "QUOTA PERIOD"
quota() {
	if is_v2 cpu; then
		limit_of "$pid" cpu cpu.max
	else
		echo "$(limit_of "$pid" cpu cpu.cfs_quota_us | sed 's/^-1$/max/') $(limit_of "$pid" cpu cpu.cfs_period_us)"
	fi
}
memory_file() { if is_v2 memory; then echo memory.max; else echo memory.limit_in_bytes; fi; }
memory() { limit_of "$pid" memory "$(memory_file)"; }
swap_file() { if is_v2 memory; then echo memory.swap.max; else echo memory.memsw.limit_in_bytes; fi; }
require_swap() { [ -e "$(group_dir "$pid" memory)/$(swap_file)" ] || skip_because "the kernel does not count swap"; }

@test "memory: numbers, units and none" {
	require_controller memory
	start_it '{memory: {limit: 33554432}}'
	ocirt update "$id" --memory 67108864
	[ "$(memory)" = 67108864 ]
	ocirt update --memory=50M --memory-reservation 1.5m "$id"
	[ "$(memory)" = 52428800 ]
	[ "$(limit_of "$pid" memory "$(is_v2 memory && echo memory.low || echo memory.soft_limit_in_bytes)")" = 1572864 ]
	ocirt update "$id" --memory -1
	[ "$(memory)" = "$(is_v2 memory && echo max || cat /sys/fs/cgroup/memory/memory.limit_in_bytes)" ]
}

@test "memory and swap: together, one alone, none" {
	require_controller memory
	start_it '{memory: {limit: 33554432}}'
	require_swap
	ocirt update "$id" --memory 30M --memory-swap 50M
	[ "$(limit_of "$pid" memory "$(swap_file)")" = $(($(is_v2 memory && echo 20 || echo 50) << 20)) ]
	ocirt update "$id" --memory 60M --memory-swap 80M
	[ "$(memory)" = $((60 << 20)) ]
	ocirt update "$id" --memory-swap 100M
	[ "$(memory)" = $((60 << 20)) ]
	[ "$(limit_of "$pid" memory "$(swap_file)")" = $(($(is_v2 memory && echo 40 || echo 100) << 20)) ]
	run ! ocirt update "$id" --memory-swap 50M
	[[ $output == *"/memory/swap: 52428800 bytes of memory and swap are less than the 62914560 of memory alone" ]]
	if ! is_v2 memory; then
		run ! ocirt update "$id" --memory 200M
		[[ $output == *"swap has to be changed, too" ]]
	fi
	ocirt update "$id" --memory -1
	[ "$(limit_of "$pid" memory "$(swap_file)")" = "$(is_v2 memory && echo max || cat /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes)" ]
}

@test "CPU: quota without period, period without quota, burst, shares, idle" {
	require_controller cpu
	start_it '{}'
	ocirt update --cpu-period 50000 "$id"
	[ "$(quota)" = "max 50000" ]
	ocirt update --cpu-quota 30000 "$id"
	[ "$(quota)" = "30000 50000" ]
	ocirt update --cpu-period 90000 --cpu-burst 10000 "$id"
	[ "$(quota)" = "30000 90000" ]
	[ "$(limit_of "$pid" cpu "$(is_v2 cpu && echo cpu.max.burst || echo cpu.cfs_burst_us)")" = 10000 ]
	ocirt update --cpu-burst 0 --cpu-period 10000 --cpu-quota 3000 "$id"
	[ "$(quota)" = "3000 10000" ]
	ocirt update --cpu-quota -1 "$id"
	[ "$(quota)" = "max 10000" ]
	ocirt update --cpu-share 200 "$id"
	if is_v2 cpu; then [ "$(limit_of "$pid" cpu cpu.weight)" = 29 ]; else [ "$(limit_of "$pid" cpu cpu.shares)" = 200 ]; fi
	ocirt update --cpu-idle 1 "$id"
	[ "$(limit_of "$pid" cpu cpu.idle)" = 1 ]
	ocirt update --cpu-period 20000 "$id"
	[ "$(limit_of "$pid" cpu cpu.idle)" = 1 ]
	echo '{"cpu": {"idle": 0}}' | ocirt update -r - "$id"
	[ "$(limit_of "$pid" cpu cpu.idle)" = 0 ]
	run ! ocirt update --cpu-idle 2 "$id"
	[[ $output == *"/cpu/idle: 2 is neither 0 nor 1" ]]
}

@test "processes: a number, any, none further" {
	require_controller pids
	start_it '{pids: {limit: 20}}'
	ocirt update "$id" --pids-limit 10
	[ "$(limit_of "$pid" pids pids.max)" = 10 ]
	ocirt update "$id" --pids-limit -1
	[ "$(limit_of "$pid" pids pids.max)" = max ]
	ocirt update "$id" --pids-limit 0
	[ "$(limit_of "$pid" pids pids.max)" = 1 ]
}

@test "CPUs and memory nodes" {
	require_controller cpuset
	start_it '{}'
	ocirt update "$id" --cpuset-cpus 0 --cpuset-mems 0
	[ "$(limit_of "$pid" cpuset cpuset.cpus)" = 0 ]
	[ "$(limit_of "$pid" cpuset cpuset.mems)" = 0 ]
	run ! ocirt update "$id" --cpuset-cpus 4000
	[ "$(limit_of "$pid" cpuset cpuset.cpus)" = 0 ]
}

# shares that leave room for those of other lanes that run at the same time: all realtime groups have 0.95 of a CPU together
@test "realtime: period and runtime in any order" {
	require_lane v1 hybrid
	require_controller cpu
	start_it '{}'
	local dir
	dir=$(group_dir "$pid" cpu)
	[ -e "$dir/cpu.rt_runtime_us" ] || skip_because "the kernel has no groups for realtime"
	ocirt update "$id" --cpu-rt-period 900001 --cpu-rt-runtime 90001
	ocirt update "$id" --cpu-rt-period 10000 --cpu-rt-runtime 2000
	[ "$(cat "$dir/cpu.rt_period_us") $(cat "$dir/cpu.rt_runtime_us")" = "10000 2000" ]
}

@test "throttles of a block device are changed and taken away" {
	require_controller "$([ "$OCIRT_LANE" = v2 ] && echo io || echo blkio)"
	local device rate
	device=$(lsblk -dnro MAJ:MIN 2>/dev/null | head -n 1)
	[ -n "$device" ] || skip_because "this machine has no block device"
	rate="{\"major\": ${device%:*}, \"minor\": ${device#*:}, \"rate\": 1048576}"
	start_it '{}'
	echo "{\"blockIO\": {\"throttleReadBpsDevice\": [$rate]}}" | ocirt update --resources=- "$id"
	if [ "$OCIRT_LANE" = v2 ]; then
		[[ $(limit_of "$pid" io io.max) == "$device rbps=1048576 "* ]]
	else
		[ "$(limit_of "$pid" blkio blkio.throttle.read_bps_device)" = "$device 1048576" ]
	fi
	echo "{\"blockIO\": {\"throttleReadBpsDevice\": [${rate/1048576/0}]}}" | ocirt update --resources=- "$id"
	[ -z "$(limit_of "$pid" blkio blkio.throttle.read_bps_device 2>/dev/null)" ]
}

@test "a file, standard input, a pipe; zeros and devices change nothing; options win" {
	require_controller pids
	start_it '{pids: {limit: 20}}'
	echo '{"pids": {"limit": 30}}' >limits
	ocirt update -r limits "$id"
	[ "$(limit_of "$pid" pids pids.max)" = 30 ]
	ocirt update --resources - "$id" <<<'{"pids": {"limit": 31}}'
	[ "$(limit_of "$pid" pids pids.max)" = 31 ]
	ocirt update --resources <(echo '{"pids": {"limit": 32}}') "$id"
	[ "$(limit_of "$pid" pids pids.max)" = 32 ]
	ocirt update --resources=- "$id" <<<'{"devices": [{"allow": false, "access": "rwm"}], "pids": {"limit": 0},
		"memory": {"limit": 0, "swap": 0, "kernel": 0}, "cpu": {"shares": 0, "cpus": ""}, "blockIO": {"weight": 0}, "new": 1}'
	[ "$(limit_of "$pid" pids pids.max)" = 32 ]
	ocirt exec "$id" /bin/sh -c 'echo x >/dev/null'
	ocirt update -r limits --pids-limit 33 "$id"
	[ "$(limit_of "$pid" pids pids.max)" = 33 ]
	ocirt update "$id"
}

@test "files of cgroup2 by their own names" {
	require_lane v2 hybrid
	start_it '{}'
	ocirt update -r - "$id" <<<'{"unified": {"cgroup.max.descendants": "7"}}'
	[ "$(limit_of "$pid" nothing cgroup.max.descendants)" = 7 ]
}

@test "a controller that create did not need is enabled" {
	require_controller hugetlb
	start_it '{}'
	ocirt update -r - "$id" <<<'{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	if is_v2 hugetlb; then
		[ "$(limit_of "$pid" hugetlb hugetlb.2MB.max)" = 4194304 ]
	else
		[ "$(limit_of "$pid" hugetlb hugetlb.2MB.limit_in_bytes)" = 4194304 ]
	fi
}

@test "a refused limit leaves all the old ones" {
	require_controller memory cpu pids
	start_it '{memory: {limit: 67108864}, cpu: {quota: 20000, period: 50000, shares: 512}, pids: {limit: 20}}'
	run ! ocirt update "$id" --memory 100M --cpu-share 1000 --cpu-quota 90000 --pids-limit 30 --blkio-weight 5
	[[ $output == *"/blockIO/weight: 5 is not within 10 to 1000"* ]]
	run ! ocirt update "$id" --memory 100M --cpu-share 1000 --pids-limit -2
	[[ $output == *"/pids/limit: -2 processes: -1 is no limit, less means nothing"* ]]
	run ! ocirt update "$id" --memory 100M --cpu-share 1000 --pids-limit 30 --cpu-burst 30000
	[[ $output == *"/cpu/burst: "*": Invalid argument"* ]]
	[ "$(memory)" = 67108864 ]
	[ "$(quota)" = "20000 50000" ]
	if is_v2 cpu; then [ "$(limit_of "$pid" cpu cpu.weight)" = 59 ]; else [ "$(limit_of "$pid" cpu cpu.shares)" = 512 ]; fi
	[ "$(limit_of "$pid" pids pids.max)" = 20 ]
}

@test "created and paused ones, without --systemd-cgroup or any environment; a stopped one is refused" {
	require_controller pids
	update_config '.linux.resources += {pids: {limit: 20}}'
	detached create "$id"
	pid=$(pid_of "$id")
	env -i "$OCIRT" --root "$STATE" update --pids-limit 21 "$id" 3>&-
	[ "$(limit_of "$pid" pids pids.max)" = 21 ]
	ocirt start "$id"
	ocirt pause "$id"
	ocirt update --pids-limit 22 "$id"
	[ "$(limit_of "$pid" pids pids.max)" = 22 ]
	[ "$(status_of "$id")" = paused ]
	ocirt resume "$id"
	ocirt kill "$id" KILL
	wait_for 10 is_status "$id" stopped
	run ! ocirt update --pids-limit 23 "$id"
	[[ $output == *"container not running"* ]]
	run ! ocirt update --pids-limit 23 "$id-none"
	[[ $output == *"does not exist"* ]]
}

@test "a limit below what is used is refused when asked so" {
	require_lane v2
	require_controller memory
	start_it '{memory: {limit: 67108864}}'
	run ! ocirt update -r - "$id" <<<'{"memory": {"limit": 1024, "checkBeforeUpdate": true}}'
	[[ $output == *"rejecting memory limit"*"1024 is below the current usage"* ]]
	run ! ocirt update -r - "$id" <<<'{"memory": {"limit": 1024, "swap": 2048, "checkBeforeUpdate": true}}'
	[[ $output == *"rejecting memory+swap limit: 2048 is below the current usage"* ]]
	[ "$(status_of "$id")" = running ]
}

@test "mistakes are told in words" {
	start_it '{}'
	while IFS='|' read -r words text; do
		# shellcheck disable=SC2086
		run ! ocirt update $words "$id"
		[[ $output == *"$text" ]] || { echo "$words: $output" && return 1; }
	done <<-'END'
		--memory x|option "--memory": expected a size such as 512M, or -1, found "x"
		--memory -5|option "--memory": expected a size such as 512M, or -1, found "-5"
		--cpu-share -1|option "--cpu-share": expected a number of 0 or more, found "-1"
		--cpu-quota 1s|option "--cpu-quota": expected a number, found "1s"
		--blkio-weight 70000|option "--blkio-weight": expected a number of 0 to 65535, found "70000"
		--memry 5|unknown option "--memry", did you mean "--memory"?
		-r /nowhere|: read /nowhere: No such file or directory
		--l3-cache-schema L3:0=f|was made without a class of service of Intel RDT
		--mem-bw-schema MB:0=70|was made without a class of service of Intel RDT
	END
	run ! ocirt update -r - "$id" <<<'{"memory": {"limit": "1G"}}'
	[[ $output == *'standard input:1:22: /memory/limit: expected an integer, found "1G"' ]]
	run ! ocirt update -r - "$id" <<<'[]'
	[[ $output == *"standard input:1:1: "* ]]
	run -0 ocirt update --kernel-memory 5M "$id"
	[[ $output == *"warning: /memory/kernel: ignored"* ]]
	run -0 ocirt update --kernel-memory-tcp 5M "$id"
	[[ $output == *"warning: /memory/kernelTCP: ignored"* ]]
}
