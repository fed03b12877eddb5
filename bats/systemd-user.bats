#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: v2
# limit: 300
# an ordinary user whose groups his own systemd makes: over the user's bus, in what was delegated to him

load lib/ocirt
load lib/cgroup
load lib/user

# the user of tests/vm/root.sh, with a manager of his own
why_not() {
	if ! [ -d /run/systemd/system ]; then
		echo "systemd is not the init of this machine"
	elif ! [ -e /vm/agent ] || ! [ -S /run/user/1000/bus ]; then
		echo "no user with a manager of his own: tests/vm/bats.sh starts one, in a guest"
	else
		return 1
	fi
}
setup_file() {
	! why_not >/dev/null || return 0
	user_setup_file user
	export RUN=/run/user/1000
	wait_for 60 as_user systemctl --user is-system-running --wait
}
teardown_file() { why_not >/dev/null || user_teardown_file; }

setup() {
	local reason
	! reason=$(why_not) || skip_because "$reason"
	ocirt_setup
	user_setup
	set_args sleep 1000
	id=$(new_id)
	unit=ot-$id.scope
	HIS_GROUP=/sys/fs/cgroup/user.slice/user-$HE.slice/user@$HE.service
	update_config --arg p "user.slice:ot:$id" '.linux.cgroupsPath = $p'
}
teardown() { [ -z "${HE-}" ] || user_teardown; }

property() { as_user systemctl --user show "$unit" -P "$1"; } # NAME
in_file() { cat "$HIS_GROUP/user.slice/$unit/$1"; }

@test "limits are in the unit of his manager and in the files, update changes both; delete ends it" {
	update_config '.linux.resources = {"memory": {"limit": 67108864}, "pids": {"limit": 50}, "cpu": {"shares": 512, "quota": 50000, "period": 100000}}'
	user_detached --systemd-cgroup run -d "$id"
	[ ! -s "$OUT" ]
	[ "$(property ActiveState) $(property Delegate) $(property MemoryMax) $(property TasksMax)" = "active yes 67108864 50" ]
	[ "$(in_file memory.max) $(in_file pids.max) $(in_file cpu.max)" = "67108864 50 50000 100000" ]
	[ "$(cut -d: -f3 <"/proc/$(user_ocirt state "$id" | jq .pid)/cgroup")" = "${HIS_GROUP#/sys/fs/cgroup}/user.slice/$unit" ]
	user_ocirt update --memory 100663296 --pids-limit 77 "$id"
	[ "$(property MemoryMax) $(property TasksMax) $(in_file memory.max) $(in_file pids.max)" = "100663296 77 100663296 77" ]
	[ "$(user_ocirt exec "$id" echo hi)" = hi ]
	user_ocirt pause "$id"
	[ "$(user_state "$id")" = paused ]
	user_ocirt resume "$id"
	user_ocirt delete --force "$id"
	[ ! -e "$HIS_GROUP/user.slice/$unit" ]
	[ "$(property LoadState)" = not-found ]
}

@test "without a path it is his user.slice; subordinate ids, too" {
	subordinate
	update_config 'del(.linux.cgroupsPath) | .linux.uidMappings[1].hostID = 0 | .linux.gidMappings[1].hostID = 0'
	local first
	first=$(awk -F: '$1 == "user" { print $2 }' /etc/subuid)
	update_config --argjson n "$first" --argjson he "$HE" '.linux.uidMappings[0].hostID = $he | .linux.gidMappings[0].hostID = $he
		| .linux.uidMappings[1].hostID = $n | .linux.gidMappings[1].hostID = $n'
	user_detached --systemd-cgroup run -d "$id"
	[ -d "$HIS_GROUP/user.slice/ocirt-$id.scope" ]
}

@test "a memory limit kills inside of the container only" {
	update_config '.linux.resources = {"memory": {"limit": 33554432, "swap": 33554432}}'
	set_script 'x=$(head -c 200000000 /dev/zero | tr "\0" x); echo survived'
	run user_ocirt --systemd-cgroup run "$id"
	[[ $status != 0 || $output != *survived* ]]
}

@test "no bus of his is an error in words" {
	run -1 as_user env -u DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR="$HIS/run" "$HIS/ocirt" --systemd-cgroup run "$id"
	[[ $output == *"connect to the user's D-Bus (XDG_RUNTIME_DIR is '$HIS/run'): No such file or directory"* ]]
	run -1 as_user env -u DBUS_SESSION_BUS_ADDRESS -u XDG_RUNTIME_DIR "$HIS/ocirt" --root "$HIS/run" --systemd-cgroup run "$id"
	[[ $output == *"connect to the user's D-Bus (XDG_RUNTIME_DIR is not set): "* ]]
	run -1 as_user env DBUS_SESSION_BUS_ADDRESS=garbage "$HIS/ocirt" --systemd-cgroup run "$id"
	[[ $output == *"connect to the user's D-Bus (DBUS_SESSION_BUS_ADDRESS is 'garbage'): "* ]]
}

@test "podman without privileges, with the systemd driver" {
	require_program podman
	local podman=(podman --runtime "$HIS/ocirt" --cgroup-manager systemd --root "$HIS/storage" --runroot "$RUN/storage" --storage-driver vfs)
	mkdir -p "$HIS/storage"
	chown "$HE:$HE" "$HIS/storage"
	run as_user "${podman[@]}" run --rm --network none -m 64m --pids-limit 50 --rootfs "$BUNDLE/rootfs" sh -c \
		'cat /proc/self/cgroup /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max; id -u'
	echo "$output"
	[ "$status" = 0 ]
	[ "${lines[-3]} ${lines[-2]} ${lines[-1]}" = "67108864 50 0" ]
	as_user "${podman[@]}" run -d --name "$id" --network none --rootfs "$BUNDLE/rootfs" sleep 1000
	[ "$(as_user "${podman[@]}" exec "$id" echo hi)" = hi ]
	[[ "$(as_user "${podman[@]}" inspect -f '{{.State.CgroupPath}}' "$id")" == */user@*/user.slice/libpod-*.scope* ]]
	as_user "${podman[@]}" rm -f -t 0 "$id"
	as_user "${podman[@]}" system migrate # its pause process ends
	chmod -R u+w "$HIS/storage" && rm -rf "$HIS/storage"
}

@test "a manager that does not answer is an error in words after a bounded time, and an update then changes nothing" {
	local manager began other
	update_config '.linux.resources = {"memory": {"limit": 67108864}}'
	user_detached --systemd-cgroup run -d "$id"
	other=$(new_id other)
	update_config --arg p "user.slice:ot:$other" '.linux.cgroupsPath = $p'
	manager=$(systemctl show "user@$HE.service" -P MainPID)
	began=$SECONDS
	kill -STOP "$manager"
	run -1 user_ocirt update --memory 100663296 "$id"
	local said=$output now
	now=$(in_file memory.max)
	run -1 user_ocirt --systemd-cgroup run "$other"
	kill -CONT "$manager"
	echo "$said; $output"
	[[ $said == *"systemd does not answer over the user's D-Bus within 10 s"* && $output == *"systemd does not answer over the user's D-Bus within 10 s"* ]]
	[ "$now" = 67108864 ]
	[ $((SECONDS - began)) -lt 60 ]
	[ "$(ls -A "$RUN/ocirt")" = "$id" ]
	wait_for 20 test ! -e "$HIS_GROUP/user.slice/ot-$other.scope"
}
