#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.cgroupsPath: where the groups are made, what is refused, that they are gone afterwards

load lib/ocirt
load lib/cgroup

setup() {
	setup_container
	id=$(new_id c)
	set_args sleep 100
}

teardown() {
	cd /
	# parents that a test had made
	for dir in "$STATE"/*/; do [ ! -d "$dir" ] || ocirt delete --force "$(basename "$dir")"; done
	cgroup_dirs "$TAG-" | while read -r dir; do
		! is_empty "$dir" || find "$dir" -depth -type d -exec rmdir {} + 2>/dev/null || :
	done
	ocirt_teardown
}

path_is() { update_config '.linux.cgroupsPath = $p' --arg p "$1"; }

# groups_of PID: its groups, without their hierarchies, each once
groups_of() { cut -d: -f3 "/proc/$1/cgroup" | sort -u; }

# in_lane PID: its lines of /proc/PID/cgroup that are about hierarchies of this lane
in_lane() {
	case $OCIRT_LANE in
	v1) grep -v '^0:' "/proc/$1/cgroup" ;;
	v2) grep '^0:' "/proc/$1/cgroup" ;;
	*) cat "/proc/$1/cgroup" ;;
	esac
}

@test "without a path the groups are named after the container, in every hierarchy" {
	update_config 'del(.linux.cgroupsPath)'
	detached run --detach "$id"
	[ "$(in_lane "$(pid_of "$id")" | grep -vc "/$id\$")" = 0 ]
	ocirt delete --force "$id"
	[ -z "$(cgroup_dirs "$id")" ]
}

@test "an absolute path is below each mount, its parents are made and stay" {
	path_is "/$TAG-top/a/$id"
	detached run --detach "$id"
	[ "$(in_lane "$(pid_of "$id")" | grep -vc ":/$TAG-top/a/$id\$")" = 0 ]
	ocirt delete --force "$id"
	[ -z "$(cgroup_dirs "$id")" ]
	[ -n "$(cgroup_dirs "$TAG-top")" ]
}

@test "a relative path is found again by delete" {
	path_is "$TAG-rel/$id"
	detached run --detach "$id"
	[ "$(in_lane "$(pid_of "$id")" | grep -vc "/$TAG-rel/$id\$")" = 0 ]
	cd /
	ocirt delete --force "$id"
	[ -z "$(cgroup_dirs "$id")" ]
}

@test "a path is cleaned of double slashes and dots" {
	path_is "//$TAG-top/.//$id/"
	detached run --detach "$id"
	[ "$(in_lane "$(pid_of "$id")" | grep -vc ":/$TAG-top/$id\$")" = 0 ]
}

@test "paths that lead out or nowhere are refused before anything is made" {
	local path
	for path in ".." "/a/../../$id" "/" "//." "/$(printf '%0300d' 0)" $'/a\nb'; do
		path_is "$path"
		run ! ocirt run "$id"
		[[ $output == *"/linux/cgroupsPath"* ]] || { echo "$path: $output" && return 1; }
		[ -z "$(cgroup_dirs "$id")" ]
	done
}

@test "a path that a file of the kernel's is in the way of is refused, and the parents made for it go" {
	local path
	for path in "cgroup.procs" "/$TAG-top/cgroup.procs" "/$TAG-top/cgroup.procs/$id"; do
		path_is "$path"
		run ! ocirt run "$id"
		[[ $output == *": /linux/cgroupsPath: cgroup: "*"Not a directory" ]] || { echo "$path: $output" && return 1; }
		[ -z "$(cgroup_dirs "$TAG-top")" ]
	done
}

@test "a group that somebody else uses is refused and its processes live on" {
	local main sleeper
	case $OCIRT_LANE in v1) main=/sys/fs/cgroup/freezer ;; v2) main=/sys/fs/cgroup ;; *) main=/sys/fs/cgroup/unified ;; esac
	mkdir "$main/$id"
	sleep 100 3>&- &
	sleeper=$!
	echo "$sleeper" >"$main/$id/cgroup.procs"
	path_is "/$id"
	run ! ocirt create "$id"
	[[ $output == *"container's cgroup is not empty: 1 process(es) found"* ]]
	run ! ocirt state "$id"
	ocirt delete --force "$id"
	kill -0 "$sleeper"
	[ "$(cat "$main/$id/cgroup.procs")" = "$sleeper" ]
	[ "$(cgroup_dirs "$id")" = "$main/$id" ]
	kill "$sleeper"
	wait_for 5 is_empty "$main/$id"
	rmdir "$main/$id"
}

@test "a frozen group is refused" {
	local dir
	case $OCIRT_LANE in v2) dir=/sys/fs/cgroup/$id ;; *) dir=/sys/fs/cgroup/freezer/$id ;; esac
	mkdir "$dir"
	if [ "$OCIRT_LANE" = v2 ]; then echo 1 >"$dir/cgroup.freeze"; else echo FROZEN >"$dir/freezer.state"; fi
	path_is "/$id"
	run ! ocirt create "$id"
	[[ $output == *"container's cgroup unexpectedly frozen"* ]]
	rmdir "$dir"
}

@test "an empty group that is there already is used" {
	local main
	case $OCIRT_LANE in v1) main=/sys/fs/cgroup/pids ;; v2) main=/sys/fs/cgroup ;; *) main=/sys/fs/cgroup/unified ;; esac
	mkdir "$main/$id"
	path_is "/$id"
	detached run --detach "$id"
	[ -n "$(cat "$main/$id/cgroup.procs")" ]
}

@test "a cpuset that was made and never filled gets what the group above it has" {
	[ "$OCIRT_LANE" != v2 ] && [ -e /sys/fs/cgroup/cpuset/cpuset.cpus ] || skip_because "no cpuset hierarchy of version 1 here"
	path_is "/$TAG-set"
	set_args cat /proc/self/cgroup
	mkdir "/sys/fs/cgroup/cpuset/$TAG-set"
	run -0 ocirt run "$id"
	[[ $output == *"cpuset:/"* ]]
	# what it has is not touched
	mkdir "/sys/fs/cgroup/cpuset/$TAG-set"
	cat /sys/fs/cgroup/cpuset/cpuset.mems >"/sys/fs/cgroup/cpuset/$TAG-set/cpuset.mems"
	echo 0 >"/sys/fs/cgroup/cpuset/$TAG-set/cpuset.cpus"
	set_args grep Cpus_allowed_list /proc/self/status
	run -0 ocirt run "$id"
	[ "${output##*[[:space:]]}" = 0 ]
}

@test "a create that fails takes its groups away" {
	path_is "/$TAG-top/$id"
	set_args /does/not/exist
	run ! ocirt create "$id"
	[ -z "$(cgroup_dirs "$id")" ]
}

@test "below a threaded group the container's is threaded, and all that is done to containers is done to its processes" {
	require_lane hybrid v2
	local top=/sys/fs/cgroup
	[ "$OCIRT_LANE" = v2 ] || top+=/unified
	mkdir -p "$top/$TAG-top/threads"
	echo threaded >"$top/$TAG-top/threads/cgroup.type"
	path_is "/$TAG-top/threads/a/$id"
	set_script 'sleep 100 & exec sleep 100'
	detached run --detach "$id"
	[ "$(cat "$top/$TAG-top/threads/a/$id/cgroup.type")" = threaded ]
	wait_for 5 eval '[ "$(ocirt ps --format json "$id" | jq length)" = 2 ]'
	[ "$(ocirt exec "$id" sh -c 'ls -d /proc/[0-9]*' | wc -l)" -ge 3 ]
	run ! ocirt run "$(new_id other)"
	[[ $output == *"container's cgroup is not empty: 2 process(es)"* ]]
	ocirt pause "$id"
	[ "$(status_of "$id")" = paused ]
	ocirt resume "$id"
	ocirt kill --all "$id" KILL
	wait_for 5 is_status "$id" stopped
	ocirt delete "$id"
	[ -z "$(cgroup_dirs "$id")" ]
}

@test "a controller for whole processes is refused below a threaded group" {
	require_lane v2
	require_controller memory
	mkdir -p "/sys/fs/cgroup/$TAG-top/threads"
	echo threaded >"/sys/fs/cgroup/$TAG-top/threads/cgroup.type"
	path_is "/$TAG-top/threads/$id"
	update_config '.linux.resources.memory.limit = 67108864'
	run ! ocirt run "$id"
	[[ $output == *"/linux/cgroupsPath: "*"is inside a threaded one, where the controller memory cannot be" ]]
	[ -z "$(cgroup_dirs "$id")" ]
}
