#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# quick: hybrid
# limit: 240
# an ordinary user: with subordinate ids and with a single one, with control groups of his own and without

load lib/ocirt
load lib/cgroup
load lib/user

setup_file() { user_setup_file; }
teardown_file() { user_teardown_file; }
setup() {
	require_root
	ocirt_setup
	user_setup
	id=$(new_id)
}
teardown() { user_teardown; }

@test "spec --rootless describes a container that runs; its state is below XDG_RUNTIME_DIR" {
	set_script 'id -u; hostname; mount | grep -q " /proc "; echo >/dev/null; cat /proc/self/setgroups'
	[ "$(user_ocirt run "$id" | tr '\n' ' ')" = "0 ocirt deny " ]
	set_args sleep 100
	user_detached run -d "$id"
	[ "$(stat -c '%u %a' "$RUN/ocirt/$id")" = "4242 700" ]
	[ "$(user_ocirt list -q)" = "$id" ]
	[ "$(as_user sh -c 'test ! -w /run/ocirt 2>/dev/null; echo $?')" = 0 ]
}

@test "create, start, exec, kill, delete" {
	set_script 'trap "exit 7" TERM; echo started >/dev/shm/started; while :; do sleep 0.1; done'
	user_detached create "$id"
	[ "$(user_state "$id")" = created ]
	user_ocirt start "$id"
	wait_for 10 user_ocirt exec "$id" test -e /dev/shm/started
	[ "$(user_ocirt exec "$id" id -u)" = 0 ]
	run -3 user_ocirt exec "$id" sh -c 'exit 3'
	run ! user_ocirt exec --cwd /nowhere "$id" true
	[ "$(user_ocirt ps -f json "$id" | jq length)" -ge 1 ]
	user_ocirt kill "$id" TERM
	wait_for 10 user_is "$id" stopped
	user_ocirt delete "$id"
	run ! user_ocirt state "$id"
	[ -z "$(ls -A "$RUN/ocirt")" ]
}

@test "an idmapped mount of the host's file system is refused in words that say what is missing, one of its own is made" {
	# a tmpfs, as not all that may be below the bundle can be idmapped
	update_config '.mounts += [{destination: "/m", type: "bind", source: "/dev/shm", options: ["bind", "idmap"],
		uidMappings: [{containerID: 0, hostID: 0, size: 1}], gidMappings: [{containerID: 0, hostID: 0, size: 1}]}]'
	run ! user_ocirt run "$id"
	[[ $output != *": /mounts/"*"does not support idmapped mounts"* ]] || skip_because "before Linux 6.3 no tmpfs can be idmapped, and that is told"
	[[ $output == *"config.json:"*": /mounts/"*"idmap: its file system belongs to a user namespace that we have no rights over: for one of the host the runtime must be root there"* ]] || { echo "$output" && false; }
	update_config '.mounts[-1] |= (.type = "tmpfs" | .source = "tmpfs" | .options = ["idmap"])'
	set_args stat -c %u /m
	[ "$(user_ocirt run "$id")" = 0 ]
}

@test "a single id: its map, files on the host, no setgroups" {
	set_script 'cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; echo x >/made'
	update_config '.root.readonly = false'
	[ "$(user_ocirt run "$id" | tr -s ' \n' ' ')" = " 0 4242 1 0 4242 1 deny " ]
	[ "$(stat -c %u:%g "$BUNDLE/rootfs/made")" = 4242:4242 ]
	update_config '.process.user.additionalGids = [7]'
	run ! user_ocirt run "$id"
	[[ $output == *"config.json:"*": /process/user/additionalGids"*"7"* ]] || { echo "$output" && false; }
	update_config 'del(.process.user.additionalGids) | .process.user.uid = 5'
	run ! user_ocirt run "$id"
	[[ $output == *"config.json:"*": /process/user/uid: "*5* ]] || { echo "$output" && false; }
}

@test "subordinate ids: newuidmap writes the map, users and groups are others" {
	require_program newuidmap
	subordinate
	update_config '.root.readonly = false | .process.user = {"uid": 1000, "gid": 1000, "additionalGids": [5, 2000]}'
	chmod 777 "$BUNDLE/rootfs/tmp"
	set_script 'id -u; id -g; id -G; cat /proc/self/setgroups; echo x >/tmp/made'
	[ "$(user_ocirt run "$id" | tr '\n' ' ')" = "1000 1000 1000 5 2000 allow " ]
	[ "$(stat -c %u:%g "$BUNDLE/rootfs/tmp/made")" = 1000999:1000999 ]
	update_config '.process.user = {"uid": 0, "gid": 0}'
	set_args sleep 100
	user_detached run -d "$id"
	[ "$(user_ocirt exec -u 33:34 "$id" id | grep -o '[ug]id=[0-9]*' | tr '\n' ' ')" = "uid=33 gid=34 " ]
	user_ocirt exec --cap CAP_CHOWN "$id" chown 12:13 /tmp/made
	[ "$(stat -c %u:%g "$BUNDLE/rootfs/tmp/made")" = 1000011:1000012 ]
}

@test "ids that are not his are refused in newuidmap's words" {
	require_program newuidmap
	subordinate
	update_config '.linux.uidMappings[1].hostID = 5000000'
	run -1 user_ocirt run "$id"
	[[ $output == *newuidmap*"5000000"* ]] || { echo "$output" && false; }
	[ ! -e "$RUN/ocirt/$id" ]
}

@test "devices are the host's own, bound" {
	set_script 'for d in null zero full random urandom tty; do [ -c /dev/$d ] || echo "no $d"; done
		echo x >/dev/null; head -c 3 /dev/zero | wc -c; ls -l /dev/ptmx /dev/stdin >/dev/null && echo done'
	[ "$(user_ocirt run "$id" | tr '\n' ' ')" = "3 done " ]
	update_config '.linux.devices = [{"path": "/dev/full2", "type": "c", "major": 1, "minor": 7}]'
	run user_ocirt run "$id"
	[[ $status = 0 || $output == *"/linux/devices/0"*"has no character device 1:7 to bind"* ]]
	if [ -c /dev/fuse ]; then
		update_config '.linux.devices = [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229}]'
		set_args stat -c %t:%T /dev/fuse
		[ "$(user_ocirt run "$id")" = a:e5 ]
	fi
}

@test "proc, sysfs and mqueue of its own namespaces; sysfs without a network namespace of its own is the host's" {
	set_script 'ls /proc/1/comm /sys/class/net; grep -c " /sys " /proc/mounts'
	update_config '.linux.namespaces += [{"type": "network"}] | .linux.namespaces |= unique_by(.type)
		| (.mounts[] | select(.destination == "/sys")) |= {destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]}'
	run -0 user_ocirt run "$id"
	[[ $output == *lo*1 ]]
	update_config '.linux.namespaces |= map(select(.type != "network"))'
	run -0 user_ocirt run "$id"
	[ "${lines[-1]}" -ge 1 ]
	set_script 'touch /sys/x 2>/dev/null || echo refused'
	[ "$(user_ocirt run "$id")" = refused ]
}

@test "a name in a namespace of its own, a sysctl in one" {
	update_config '.hostname = "named" | .linux.sysctl = {"kernel.msgmax": "4321"}'
	set_script 'hostname; cat /proc/sys/kernel/msgmax'
	[ "$(user_ocirt run "$id" | tr '\n' ' ')" = "named 4321 " ]
	update_config '.linux.sysctl = {"vm.swappiness": "5"}'
	run ! user_ocirt run "$id"
	[[ $output == *"/linux/sysctl"* ]]
}

@test "without control groups of his own it runs without limits, and that is said once" {
	set_args echo runs
	[ "$(user_ocirt run "$id" 2>&1)" = runs ]
	update_config '.linux.resources = {"pids": {"limit": 20}, "unified": {"cgroup.max.depth": "3"}}'
	has_controller pids && [ "$OCIRT_LANE" != v1 ] || update_config '.linux.resources = {"memory": {"limit": 67108864}}'
	has_controller memory || has_controller pids || skip_because "this lane has no controller to ask for"
	run -0 user_ocirt run "$id"
	[ "$(grep -c "no limits are set: " <<<"$output")" = 1 ] || { echo "$output" && false; }
	[ "${lines[-1]}" = runs ]
	set_args sleep 100
	user_detached run -d "$id"
	[ "$(grep -c "no limits are set: " "$OUT")" = 1 ]
	[ "$(user_ocirt exec "$id" echo hi 2>&1)" = hi ]
	run ! user_ocirt update --pids-limit 5 "$id"
	run ! user_ocirt pause "$id"
	echo "$output"
}

@test "a group that he names and may not make is refused" {
	update_config --arg p "/$TAG" '.linux.cgroupsPath = $p'
	run -1 user_ocirt run "$id"
	[[ $output == *"config.json:"*"/linux/cgroupsPath: cgroup: make the cgroup "*"/$TAG: "*[Pp]"ermission denied"* ]]
}

@test "in groups that were delegated to him limits hold" {
	require_lane v2
	require_controller memory
	delegate
	update_config --arg p "/$TAG/c" '.linux.cgroupsPath = $p | .linux.resources = {"memory": {"limit": 67108864}, "pids": {"limit": 20}, "cpu": {"quota": 50000, "period": 100000}}'
	set_args sleep 100
	in_group user_detached run -d "$id"
	[ ! -s "$OUT" ]
	[ "$(cat "/sys/fs/cgroup/$TAG/c/memory.max" "/sys/fs/cgroup/$TAG/c/pids.max" "/sys/fs/cgroup/$TAG/c/cpu.max" | tr '\n' ' ')" = "67108864 20 50000 100000 " ]
	in_group user_ocirt update --pids-limit 30 --memory 100000000 "$id"
	[ "$(cat "/sys/fs/cgroup/$TAG/c/pids.max")" = 30 ]
	in_group user_ocirt pause "$id"
	[ "$(user_state "$id")" = paused ]
	in_group user_ocirt resume "$id"
	[ "$(in_group user_ocirt exec "$id" cat /proc/self/cgroup | cut -d: -f3)" = "$([ "$(user_ocirt state "$id" | jq -r .status)" = running ] && in_group user_ocirt exec "$id" cat /proc/1/cgroup | cut -d: -f3)" ]
	run ! in_group user_ocirt exec "$id" sh -c 'x=$(head -c 200000000 /dev/zero | tr "\0" x)'
	in_group user_ocirt delete --force "$id"
	[ ! -e "/sys/fs/cgroup/$TAG/c" ]
}

@test "without XDG_RUNTIME_DIR it is the place of the system, which is not his" {
	run -1 as_user env -u XDG_RUNTIME_DIR "$HIS/ocirt" run -b "$BUNDLE" "$id"
	local hint="/run/ocirt (a user's own place is --root DIR, or below XDG_RUNTIME_DIR): Permission denied" verb
	[ -d /run/ocirt ] || mkdir -m 700 /run/ocirt
	for verb in "run -b $BUNDLE $id" "create -b $BUNDLE $id" list gc top "state $id" "delete $id" "ps $id"; do
		# shellcheck disable=SC2086 # words
		run -1 as_user env -u XDG_RUNTIME_DIR "$HIS/ocirt" $verb
		[[ $output == *"$hint"* ]] || { echo "$verb: $output" && false; }
	done
}

# as podman calls us: root of a user namespace that a user made, USER not passed on
@test "the root of a user's namespace has his state, not the system's" {
	update_config '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
	set_args sleep 100
	as_user env -u USER unshare --user --map-root-user --mount "$HIS/ocirt" run -d "$id" </dev/null >/dev/null 2>&1 3>&-
	[ -d "$RUN/ocirt/$id" ]
	as_user env -u USER unshare --user --map-root-user --mount "$HIS/ocirt" list -q | grep -q "$id"
}
