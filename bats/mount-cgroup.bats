#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# mounts of type cgroup in every layout, with a cgroup namespace and without

load lib/ocirt
load lib/mounts

setup() {
	setup_container
	id=$(new_id)
}

with_ns() { update_config '.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}])'; }
without_ns() { update_config '.linux.namespaces |= map(select(.type != "cgroup"))'; }
cgroup_options() { update_config '.mounts |= map((select(.type == "cgroup") | .options = $ARGS.positional) // .)' --args "$@"; }

# every mount at and below /sys/fs/cgroup, "PATH OPTIONS"
list='awk '\''index($5, "/sys/fs/cgroup") == 1 { print $5, $6 }'\'' /proc/self/mountinfo'

@test "ro makes every one of them read-only" {
	for ns in with_ns without_ns; do
		$ns
		cgroup_options ro nosuid
		set_script "$list"
		run -0 ocirt run "$id"
		[ "${#lines[@]}" -ge 1 ]
		for line in "${lines[@]}"; do has_words "${line#* }" ro nosuid; done
	done
}

@test "rw lets root make groups in its own" {
	with_ns
	cgroup_options rw nosuid noexec nodev
	update_config '.linux.resources.devices = []'
	set_script 'for d in /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/*/cgroup.procs; do [ -e $d ] && d=${d%/*} && mkdir $d/x && rmdir $d/x && echo $d; done | head -n 1'
	run -0 ocirt run "$id"
	[[ $output == /sys/fs/cgroup* ]]
}

@test "the container sees its own group and nothing above" {
	require_lane v1 hybrid
	for ns in with_ns without_ns; do
		$ns
		set_script 'cat /sys/fs/cgroup/pids/cgroup.procs; ls -d /sys/fs/cgroup/pids/*/ 2>/dev/null; ls /sys/fs/cgroup/pids/release_agent 2>/dev/null || :'
		run -0 ocirt run "$id"
		[ "${lines[0]}" = 1 ]
		[[ $output != *release_agent* ]]
		[[ $output != */sys/fs/cgroup/pids/*/ ]]
	done
}

@test "v1: a directory for each hierarchy and links for joined controllers, as on the host" {
	require_lane v1 hybrid
	set_script 'cd /sys/fs/cgroup && for f in *; do [ -h $f ] && readlink $f || echo $f; done'
	run -0 ocirt run "$id"
	for dir in /sys/fs/cgroup/*/; do
		[ ! -e "${dir}cgroup.procs" ] || [[ " ${lines[*]} " == *" $(basename "$dir") "* ]]
	done
}

@test "v2: one cgroup2 with the files of its own group at the top" {
	require_lane v2
	with_ns
	set_script 'cat /sys/fs/cgroup/cgroup.procs; cat /proc/self/cgroup; stat -f -c %T /sys/fs/cgroup'
	run -0 ocirt run "$id"
	[ "${lines[0]}" = 1 ]
	[[ $output == *"0::/"* ]]
}

@test "v2: a group that its container may write belongs to the user, and goes with what was made in it" {
	require_lane v2
	with_ns
	# shellcheck disable=SC2016 # the container's
	set_script 'cd /sys/fs/cgroup && stat -c "%u %n" . cgroup.procs cgroup.subtree_control cgroup.freeze && mkdir -p x/y && echo $$ >x/y/cgroup.procs && cat /proc/self/cgroup'
	update_config '.process.user = {uid: 4711, gid: 4711}'
	cgroup_options rw nosuid
	run -0 ocirt plan .
	[[ $output == *"give the control group to user 4711 "*"/mounts/"* ]]
	run -0 ocirt run "$id"
	[[ $output == "4711 ."$'\n'"4711 cgroup.procs"$'\n'"4711 cgroup.subtree_control"$'\n'"0 cgroup.freeze"*"0::/x/y" ]]
	[ -z "$(cgroup_dirs "$id")" ]
	update_config '.linux.namespaces += [{type: "user"}] | .process.user = {uid: 5, gid: 5}
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10}] | .linux.gidMappings = .linux.uidMappings'
	run -0 ocirt plan .
	[[ $output == *"give the control group to user 100005 "* ]]
	for edit in 'del(.linux.namespaces[] | select(.type == "cgroup"))' '(.mounts[] | select(.type == "cgroup")).options += ["ro"]' \
		'(.mounts[] | select(.type == "cgroup")).destination = "/mnt"'; do
		cp config.json kept
		update_config "$edit"
		run -0 ocirt plan .
		mv kept config.json
		[[ $output != *"give the control group"* ]] || { echo "$edit" && return 1; }
	done
}

@test "cgroup2 by its name" {
	require_lane v2
	with_ns
	update_config '.mounts |= map((select(.type == "cgroup") | .type = "cgroup2") // .)'
	set_script 'cat /sys/fs/cgroup/cgroup.procs'
	run -0 ocirt run "$id"
	[ "${lines[0]}" = 1 ]
}

@test "in a user namespace" {
	add_userns
	chown -R 100000:100000 rootfs
	open_way
	for ns in with_ns without_ns; do
		$ns
		set_script "$list; mkdir /sys/fs/cgroup/x /sys/fs/cgroup/memory/x 2>/dev/null && echo made"
		run ocirt run "$id"
		has_words "${lines[0]#* }" ro
		[[ $output != *made* ]]
	done
}
