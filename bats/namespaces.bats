#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# limit: 300
# namespaces: made, joined by path, shared with the host, and what belongs to them

load lib/ocirt

setup() {
	setup_container
	# `spec` leaves the cgroup namespace out where there is cgroup v1 only
	update_config '.linux.namespaces |= if any(.type == "cgroup") then . else . + [{type: "cgroup"}] end'
	id=$(new_id)
}

teardown() {
	[ -z "${holder:-}" ] || kill -KILL "$holder" 2>/dev/null || :
	ocirt_teardown
}

# inside ID KIND: a namespace of the container's process
ns_of() { readlink "/proc/$(pid_of "$1")/ns/$2"; }

# hold UNSHARE-OPTION...: a process in new namespaces, its pid in $holder
hold() {
	unshare "$@" sleep 1000 3>&- &
	holder=$!
	wait_for 5 is_program "$holder" sleep
}
# hold_ended: a process whose children would be in a pid namespace that has ended
hold_ended() {
	unshare -p sh -c '(true); exec sleep 1000' 3>&- &
	holder=$!
	wait_for 5 is_program "$holder" sleep
}

@test "the default container has its own mount, pid, network, ipc, uts and cgroup namespace" {
	set_args sleep 100
	detached run -d "$id"
	for kind in mnt pid net ipc uts $([ "$OCIRT_LANE" = v1 ] || echo cgroup); do # as spec writes it there
		[ "$(ns_of "$id" "$kind")" != "$(readlink "/proc/self/ns/$kind")" ]
	done
	for kind in user time; do
		[ "$(ns_of "$id" $kind)" = "$(readlink /proc/self/ns/$kind)" ]
	done
}

@test "a namespace that is not listed is the host's" {
	update_config 'del(.hostname) | .linux.namespaces |= map(select(.type == "mount" or .type == "pid"))'
	update_config '.mounts |= map(select(.type != "sysfs"))'
	set_args sleep 100
	detached run -d "$id"
	for kind in net ipc uts cgroup user; do
		[ "$(ns_of "$id" $kind)" = "$(readlink /proc/self/ns/$kind)" ]
	done
}

@test "the process is pid 1 of its pid namespace and sees nobody else" {
	set_script 'echo $$; ps -o pid | wc -l'
	run -0 ocirt run "$id"
	[ "${lines[0]}" = 1 ]
	[ "${lines[1]}" -le 4 ]
}

@test "loopback is up in a new network namespace" {
	set_script 'ip -o link; ping -c 1 -W 2 127.0.0.1 >/dev/null && echo reached'
	update_config '.process.capabilities |= map_values(. + ["CAP_NET_RAW"])'
	run -0 ocirt run "$id"
	[[ ${lines[0]} == *LOOPBACK,UP* ]]
	[[ $output == *reached* ]]
	[ "$(grep -c '^[0-9]*:' <<<"$output")" = 1 ]
}

@test "hostname and domainname are set in the container and nowhere else" {
	before=$(hostname)
	update_config '.hostname = "inside" | .domainname = "domain.inside"'
	set_script 'hostname; cat /proc/sys/kernel/domainname'
	run -0 ocirt run "$id"
	[ "${lines[0]}" = inside ]
	[ "${lines[1]}" = domain.inside ]
	[ "$(hostname)" = "$before" ]
}

@test "a hostname without a uts namespace is refused with its place" {
	update_config '.linux.namespaces |= map(select(.type != "uts"))'
	run ! ocirt run "$id"
	[[ $output == *config.json:*": /hostname: "*uts* ]]
}

@test "network, ipc and uts namespaces are joined by path" {
	hold -n -i -u
	update_config --arg p "/proc/$holder/ns" 'del(.hostname) | .linux.namespaces |= map(
		if .type == "network" then .path = $p + "/net" elif .type == "ipc" then .path = $p + "/ipc"
		elif .type == "uts" then .path = $p + "/uts" else . end)'
	set_args sleep 100
	detached run -d "$id"
	for kind in net ipc uts; do
		[ "$(ns_of "$id" $kind)" = "$(readlink "/proc/$holder/ns/$kind")" ]
	done
}

@test "a pid namespace is joined by path: the process sees and is seen by its others" {
	set_args sleep 100
	detached run -d "$id-a"
	update_config --arg p "/proc/$(pid_of "$id-a")/ns/pid" '(.linux.namespaces[] | select(.type == "pid")).path = $p'
	set_script 'ps -o pid,args; exec sleep 50'
	detached run -d "$id-b"
	[ "$(ns_of "$id-a" pid)" = "$(ns_of "$id-b" pid)" ]
	wait_for 5 grep -q 'sleep 100' "$OUT"
	run -0 ocirt exec "$id-a" ps -o args
	[[ $output == *"sleep 50"* ]]
}

@test "a new user namespace maps ids and makes the process root of it only" {
	add_userns 100000 200000
	chmod 755 . rootfs "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
	set_script 'id -u; cat /proc/self/uid_map /proc/self/gid_map; exec sleep 100'
	detached run -d "$id"
	wait_for 5 grep -q 200000 "$OUT"
	[ "$(head -n 1 "$OUT")" = 0 ]
	[ "$(stat -c %u:%g "/proc/$(pid_of "$id")")" = 100000:200000 ]
	run -0 ocirt exec "$id" id -u
	[ "$output" = 0 ]
}

@test "a pid namespace whose first process has ended is refused in words" {
	hold_ended
	update_config --arg p "/proc/$holder/ns/pid_for_children" '(.linux.namespaces[] | select(.type == "pid")).path = $p'
	run -1 ocirt run "$id"
	[[ $output == *": /linux/namespaces/"[0-9]": init: "*"nothing can be started in it any more"* ]]
}

@test "a user namespace is joined by path, with a new pid namespace owned by it" {
	hold -U -r
	update_config --arg p "/proc/$holder/ns/user" '.linux.namespaces += [{type: "user", path: $p}]
		| (.mounts[] | select(.type == "devpts")).options -= ["gid=5"]'
	set_script 'echo $$; exec sleep 100'
	detached run -d "$id"
	wait_for 5 test -s "$OUT"
	[ "$(cat "$OUT")" = 1 ]
	[ "$(ns_of "$id" user)" = "$(readlink "/proc/$holder/ns/user")" ]
}

@test "a time namespace has its offsets" {
	has_time || skip_because "this kernel has no time namespaces"
	update_config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {secs: 7881, nanosecs: 2718281}, boottime: {secs: 1337}}'
	set_script 'cat /proc/self/timens_offsets; cut -d. -f1 /proc/uptime'
	host=$(cut -d. -f1 /proc/uptime)
	run -0 ocirt run "$id"
	[[ ${lines[0]} =~ monotonic\ +7881\ +2718281 ]]
	[[ ${lines[1]} =~ boottime\ +1337\ +0 ]]
	[ $((lines[2] - host)) -ge 1337 ]
	[ $((lines[2] - host)) -le 1397 ]
}

@test "a namespace path of another kind, or none at all, is refused with its place" {
	update_config '(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/uts"'
	run ! ocirt run "$id"
	[[ $output == *"/proc/self/ns/uts is a uts namespace, not a network namespace"* ]]
	[[ $output == *config.json:*/linux/namespaces/* ]]
	update_config '(.linux.namespaces[] | select(.type == "network")).path = "/nope"'
	run ! ocirt run "$id"
	[[ $output == *"/nope"*"No such file or directory"* ]]
}

@test "a namespace listed twice is refused" {
	update_config '.linux.namespaces += [{type: "pid"}]'
	run ! ocirt run "$id"
	[[ $output == *"pid namespace is listed twice"* ]]
}

# user_by_path PID: the user namespace of that process, whose ids are 100000 and so on
user_by_path() {
	update_config --arg p "/proc/$1/ns/user" '.linux.namespaces |= map(select(.type != "user")) + [{type: "user", path: $p}]'
	chown -R 100000:100000 rootfs
	open_way
}
maps='.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'

has_time() { [ -e /proc/self/ns/time ]; }

# pod: a container whose namespaces are shared, its pid in $pod
pod() {
	update_config '.linux.namespaces += [{type: "user"}] | '"$maps"
	! has_time || update_config '.linux.namespaces += [{type: "time"}]'
	user_by_path 1
	update_config '(.linux.namespaces[] | select(.type == "user")) |= del(.path)'
	set_args sleep 100
	detached run -d "$id-pod"
	pod=$(pid_of "$id-pod")
	update_config 'del(.linux.uidMappings, .linux.gidMappings)'
}
share() { # KIND...: by path from the pod
	local kind
	for kind; do
		update_config --arg t "$kind" --arg p "/proc/$pod/ns/$(file_of "$kind")" \
			'.linux.namespaces |= map(if .type == $t then .path = $p else . end)'
	done
}
file_of() { case $1 in network) echo net ;; mount) echo mnt ;; *) echo "$1" ;; esac }

@test "namespaces of a pod are shared in whatever combination, also by exec" {
	pod
	cp config.json all-new.json
	for kinds in user "user network" "user ipc uts" "user pid" "user network ipc uts pid cgroup time"; do
		cp all-new.json config.json
		[[ $kinds != *uts* ]] || update_config 'del(.hostname)'
		# shellcheck disable=SC2086 # words
		share $kinds
		detached run -d "$id-app"
		for kind in user network ipc uts pid cgroup time mount; do
			[ "$kind" != time ] || has_time || continue
			if [[ " $kinds " == *" $kind "* ]]; then
				[ "$(ns_of "$id-app" "$(file_of $kind)")" = "$(readlink "/proc/$pod/ns/$(file_of $kind)")" ]
			else
				[ "$(ns_of "$id-app" "$(file_of $kind)")" != "$(readlink "/proc/$pod/ns/$(file_of $kind)")" ]
			fi
		done
		run -0 ocirt exec "$id-app" sh -c 'for kind in pid user time; do readlink /proc/self/ns/$kind; done; true'
		[ "${lines[0]}" = "$(ns_of "$id-app" pid)" ]
		[ "${lines[1]}" = "$(ns_of "$id-app" user)" ]
		! has_time || [ "${lines[2]}" = "$(ns_of "$id-app" time)" ]
		ocirt delete --force "$id-app"
	done
}

@test "maps beside the path of a user namespace must be those that it has" {
	pod
	share user
	update_config "$maps"
	set_args cat /proc/self/uid_map
	run -0 ocirt run "$id"
	[[ $output =~ ^\ *0\ +100000\ +65536$ ]]
	update_config '.linux.gidMappings = [{containerID: 0, hostID: 7, size: 65536}]'
	run ! ocirt run "$id"
	[[ $output == *config.json:*": /linux/gidMappings: "*"has another map: ids from 0 on are 100000"* ]]
}

@test "a user namespace is joined with a network that is not its own" {
	pod
	hold -n
	share user
	update_config --arg p "/proc/$holder/ns/net" '(.linux.namespaces[] | select(.type == "network")).path = $p'
	detached run -d "$id"
	[ "$(ns_of "$id" net)" = "$(readlink "/proc/$holder/ns/net")" ]
	[ "$(ns_of "$id" user)" = "$(readlink "/proc/$pod/ns/user")" ]
}

@test "a time namespace beside a new and beside a joined user namespace has its offsets" {
	has_time || skip_because "this kernel has no time namespaces"
	pod
	update_config '.linux.timeOffsets = {monotonic: {secs: -7, nanosecs: 3}, boottime: {secs: 1000}}'
	set_args cat /proc/self/timens_offsets
	share user
	run ocirt run "$id"
	echo "$output"
	[[ ${lines[0]} =~ monotonic\ +-7\ +3 && ${lines[1]} =~ boottime\ +1000\ +0 ]]
	update_config '(.linux.namespaces[] | select(.type == "user")) |= del(.path) | '"$maps"
	run -0 ocirt run "$id-new"
	[[ ${lines[0]} =~ monotonic\ +-7\ +3 && ${lines[1]} =~ boottime\ +1000\ +0 ]]
}

@test "maps of many rows: 300 stand as they are, of 1000 those that go on are one" {
	pod # for its directories
	update_config '(.linux.namespaces[] | select(.type == "user")) |= del(.path)'
	rows() { update_config --argjson n "$1" '.linux.uidMappings = [range($n) | {containerID: ., hostID: (100000 + .), size: 1}] | .linux.gidMappings = .linux.uidMappings'; }
	rows 300
	set_script 'wc -l </proc/self/uid_map; wc -l </proc/self/gid_map'
	run -0 ocirt run "$id"
	[ "$output" = $'300\n300' ]
	rows 1000
	set_script 'cat /proc/self/gid_map'
	run -0 ocirt run "$id"
	[[ $output =~ ^\ *0\ +100000\ +1000$ ]]
}

@test "a map of a single id" {
	pod
	update_config '(.linux.namespaces[] | select(.type == "user")) |= del(.path)
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 1}] | .linux.gidMappings = .linux.uidMappings
		| (.mounts[] | select(.type == "devpts")).options -= ["gid=5"]'
	set_script 'cat /proc/self/uid_map; stat -c %u /bin; cat /proc/self/setgroups'
	run -0 ocirt run "$id"
	[[ ${lines[0]} =~ ^\ *0\ +100000\ +1$ ]]
	[ "${lines[*]:1}" = "0 allow" ]
}
