#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# kill --all, pause, resume and removal: for every process of the groups, also those that its first one left

load lib/ocirt
load lib/cgroup

setup() {
	setup_container
	id=$(new_id)
	update_config '.root.readonly = false'
}

# a counter that only goes on while it runs
counter='i=0; while :; do i=$((i + 1)); echo $i >/tmp/count; sleep 0.01; done'
count() { cat rootfs/tmp/count; }

# host_pids: shares the host's pid namespace, so that processes outlive the first one
host_pids() { update_config '.linux.namespaces |= map(select(.type != "pid"))'; }

@test "kill --all reaches every process" {
	host_pids
	set_script 'sleep 100 & sleep 100 & (sleep 100 & sleep 100) & wait'
	detached run --detach "$id"
	local dir
	dir=$(group_dir "$(pid_of "$id")" freezer)
	wait_for 5 eval '[ "$(members '"$dir"' | wc -l)" -ge 5 ]'
	ocirt kill --all "$id" KILL
	wait_for 5 is_empty "$dir"
	wait_for 5 is_status "$id" stopped
}

@test "KILL is for all where the pid namespace is shared, also when the first process is gone" {
	update_config '.linux.namespaces -= [{"type": "pid"}]'
	set_script 'sleep 1000 & sleep 1000 & exec sleep 1000'
	for last in false true; do
		detached run -d "$id"
		pid=$(pid_of "$id")
		dir=$(group_dir "$pid" freezer)
		wait_for 10 eval '[ $(members "$dir" | wc -l) = 3 ]'
		if $last; then
			kill -9 "$pid"
			wait_for 10 is_status "$id" stopped
		fi
		ocirt kill "$id" KILL
		wait_for 10 is_empty "$dir"
		run -1 ocirt kill "$id" KILL
		[[ $output == *"container not running"* ]]
		ocirt delete "$id"
	done
}

@test "kill --all with another signal, too" {
	host_pids
	set_script 'trap "echo told >/tmp/told; exit" TERM; sleep 100 & while :; do wait; done'
	detached run --detach "$id"
	local dir
	dir=$(group_dir "$(pid_of "$id")" freezer)
	sleeps() { members "$dir" | sed 's,.*,/proc/&/comm,' | xargs grep -qx sleep; } # a signal that came earlier would be lost in the fork
	wait_for 5 sleeps
	ocirt kill --all "$id" TERM
	wait_for 5 is_empty "$dir"
	[ "$(cat rootfs/tmp/told)" = told ]
}

@test "kill --all reaches what a stopped container left" {
	host_pids
	set_script 'sleep 100 & sleep 100 &'
	detached run --detach "$id"
	wait_for 5 is_status "$id" stopped
	local dir
	dir=$(cgroup_dirs "$id" | head -n 1)
	[ "$(members "$dir" | wc -l)" = 2 ]
	ocirt kill --all "$id" KILL
	wait_for 5 is_empty "$dir"
	ocirt delete "$id"
}

@test "delete removes the groups with processes left in them" {
	host_pids
	set_script 'sleep 100 & sleep 100 &'
	detached run --detach "$id"
	wait_for 5 is_status "$id" stopped
	ocirt delete "$id"
	[ -z "$(cgroup_dirs "$id")" ]
}

@test "delete waits until the groups are empty: of processes that fork on, and of one that takes long to end" {
	require_sound_forks
	host_pids
	# the last has 64 MiB to give back
	set_script 'rm -f /tmp/big; for i in 1 2; do (while :; do (: ) & wait; done) & done
		exec awk "BEGIN { s = 1; while (length(s) < 67108864) s = s s; system(\"echo >/tmp/big; exec sleep 1000\") }"'
	local force
	for force in "" --force; do
		detached run --detach "$id"
		wait_for 60 test -e rootfs/tmp/big
		[ -n "$force" ] || kill -KILL "$(pid_of "$id")"
		[ -n "$force" ] || wait_for 10 is_status "$id" stopped
		ocirt delete $force "$id"
		[ -z "$(cgroup_dirs "$id")$(_left_processes)" ]
	done
}

@test "delete removes groups that were made inside" {
	set_args sleep 100
	detached run --detach "$id"
	local pid dir
	pid=$(pid_of "$id")
	for dir in $(cgroup_dirs "$id"); do
		mkdir -p "$dir/inner/deeper/deepest"
		case $dir in */cpuset/*) continue ;; esac
		echo "$pid" >"$dir/inner/deeper/cgroup.procs"
	done
	ocirt kill --all "$id" KILL
	wait_for 5 is_status "$id" stopped
	ocirt delete "$id"
	[ -z "$(cgroup_dirs "$id")" ]
}

@test "a group nested very deep is removed" {
	set_args sleep 100
	detached run --detach "$id"
	local dir deep
	dir=$(group_dir "$(pid_of "$id")" freezer)
	deep=$dir
	for _ in $(seq 150); do deep=$deep/d; done
	mkdir -p "$deep"
	ocirt delete --force "$id"
	[ -z "$(cgroup_dirs "$id")" ]
}

@test "pause stops all processes, resume lets them go on" {
	set_script "$counter"
	detached run --detach "$id"
	wait_for 5 test -s rootfs/tmp/count
	ocirt pause "$id"
	[ "$(status_of "$id")" = paused ]
	local before
	before=$(count)
	sleep 0.2
	[ "$(count)" = "$before" ]
	ocirt resume "$id"
	[ "$(status_of "$id")" = running ]
	wait_for 5 eval '[ "$(count)" != "'"$before"'" ]' # empty, if it was stopped between the two steps of >
}

@test "pause and resume are refused in the wrong status" {
	set_args sleep 100
	detached run --detach "$id"
	run ! ocirt resume "$id"
	ocirt pause "$id"
	run ! ocirt pause "$id"
	ocirt resume "$id"
	ocirt kill "$id" KILL
	wait_for 5 is_status "$id" stopped
	run ! ocirt pause "$id"
}

@test "a paused container dies of KILL at once" {
	set_script "$counter"
	detached run --detach "$id"
	ocirt pause "$id"
	ocirt kill "$id" KILL
	wait_for 5 is_status "$id" stopped
}

@test "a paused container dies of kill --all KILL at once" {
	set_script "$counter"
	detached run --detach "$id"
	ocirt pause "$id"
	ocirt kill --all "$id" KILL
	wait_for 5 is_status "$id" stopped
}

@test "delete --force ends a paused container" {
	host_pids
	set_script 'sleep 100 & sleep 100 & wait'
	detached run --detach "$id"
	ocirt pause "$id"
	ocirt delete --force "$id"
	[ -z "$(cgroup_dirs "$id")" ]
}

@test "a signal to a paused container is delivered when it is resumed" {
	set_script 'trap "echo told >/tmp/told; exit" USR1; echo >/tmp/ready; while :; do sleep 0.05; done'
	detached run --detach "$id"
	wait_for 5 test -e rootfs/tmp/ready
	ocirt pause "$id"
	ocirt kill "$id" USR1
	sleep 0.2
	[ ! -e rootfs/tmp/told ]
	ocirt resume "$id"
	wait_for 5 test -s rootfs/tmp/told
}

@test "a container that forks without end is killed" {
	require_lane v1 hybrid
	host_pids
	update_config '.linux.resources.pids.limit = 200'
	# a shell would end where the limit refuses it a fork
	set_script 'for i in 1 2 3; do awk "BEGIN { while (1) system(\"sleep 0.01 & sleep 1 &\") }" & done; wait'
	detached run --detach "$id"
	wait_for 20 eval '[ "$(members "$(cgroup_dirs "$id" | head -n 1)" | wc -l)" -gt 50 ]'
	ocirt delete --force "$id"
	[ -z "$(cgroup_dirs "$id")" ]
}

@test "every process is in every group before its program runs, exec too" {
	set_script 'cat /proc/self/cgroup >/tmp/mine; sleep 100'
	update_config 'del(.linux.namespaces[] | select(.type == "cgroup"))'
	detached run --detach "$id"
	wait_for 5 test -s rootfs/tmp/mine
	cat "/proc/$(pid_of "$id")/cgroup" >want
	cmp rootfs/tmp/mine want
	ocirt exec "$id" cat /proc/self/cgroup >execs
	cmp execs want
}
