#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# quick: hybrid
# limit: 240
# ocirt inside of a container of ocirt: a privileged one, and one in a user namespace of its own

load lib/ocirt
load lib/cgroup

# the host's libraries and programs read-only, the runtime and a bundle at /inner
setup() {
	setup_container
	id=$(new_id)
	mkdir -p rootfs/{usr,lib,lib64,inner}
	cp -a "$(_template)" rootfs/inner/rootfs
	install -m 755 "$OCIRT" rootfs/inner/ocirt
	cp config.json rootfs/inner/
	local dir
	for dir in /lib /lib64; do
		[ -d "$dir" ] || continue
		update_config --arg d "$(realpath "$dir")" --arg to "$dir" '.mounts += [{destination: $to, type: "bind", source: $d, options: ["rbind", "ro"]}]'
	done
	update_config '.root.readonly = false | .process.noNewPrivileges = false | del(.linux.maskedPaths, .linux.readonlyPaths)
		| .linux.resources.devices = [{"allow": true, "access": "rwm"}] | .process.capabilities |= map_values($caps)
		| .linux.namespaces += [{"type": "cgroup"}] | .linux.namespaces |= unique_by(.type)
		| .mounts |= map(select(.destination != "/sys/fs/cgroup")) + [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "rw"]}]
		| (.mounts[] | select(.destination == "/sys") | .options) -= ["ro"]' --argjson caps "$(capabilities)"
}
# all that the kernel has
capabilities() {
	"$OCIRT" features 3>&- | jq .linux.capabilities
}
in_userns() {
	add_userns
	chown -R -h 100000:100000 rootfs
	chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR" "$BUNDLE"
}
# inner FILTER SCRIPT: the config inside, and what the outer container's first process does
inner() {
	jq ".process.terminal = false | $1" <config.inner >rootfs/inner/config.json
	set_script "set -e; cd /inner; o='./ocirt --root /run/o'; $2"
}
life='$o run one; $o run -d two </dev/null >/dev/null 2>&1; $o exec two echo hi; $o state two | grep -q running; $o kill two KILL
	i=0; until $o state two | grep -q stopped; do i=$((i + 1)); [ $i -lt 500 ]; sleep 0.1; done; $o delete two; $o list -q; echo end'

@test "in a privileged container: run, exec, kill, delete" {
	cp rootfs/inner/config.json config.inner
	inner '.process.args = ["/bin/sh", "-c", "id -u; cat /proc/self/comm; echo /proc/[0-9]*"]' '$o run one'
	[ "$(ocirt run "$id" | tr '\n' ' ')" = "0 cat /proc/1 " ]
	inner '.process.args = ["sleep", "1000"]' "${life/\$o run one; /}"
	[ "$(ocirt run "$id" | tr '\n' ' ')" = "hi end " ]
}

@test "in a privileged container limits hold, and its own limit stays above" {
	require_lane v2
	require_controller memory pids
	cp rootfs/inner/config.json config.inner
	update_config '.linux.resources.pids.limit = 100'
	inner '.process.args = ["sleep", "1000"] | .linux.resources.pids.limit = 20 | .linux.resources.memory.limit = 67108864 | .linux.cgroupsPath = "/two"' \
		'mkdir /sys/fs/cgroup/first; echo 1 >/sys/fs/cgroup/first/cgroup.procs; $o run -d two </dev/null >/dev/null 2>&1
		cat /sys/fs/cgroup/two/pids.max /sys/fs/cgroup/two/memory.max; $o update --pids-limit 30 two; cat /sys/fs/cgroup/two/pids.max; $o delete -f two; [ ! -e /sys/fs/cgroup/two ]; echo end'
	[ "$(ocirt run "$id" | tr '\n' ' ')" = "20 67108864 30 end " ]
	# with processes in the group above there can be none, and it says so
	inner '.process.args = ["true"] | .linux.resources.memory.limit = 67108864' '$o run two'
	run -1 ocirt run "$id"
	[[ $output == *"memory in /sys/fs/cgroup: that group has processes of its own"* ]] || { echo "$output" && false; }
}

@test "in a container with a user namespace of its own: the root of it is enough" {
	cp rootfs/inner/config.json config.inner
	in_userns
	inner '.process.args = ["/bin/sh", "-c", "id -u; echo x >/dev/null; cat /proc/self/uid_map | tr -s \" \""]' '$o run one'
	run -0 ocirt run "$id"
	[[ $output == *"0"*" 0 100000 65536"* || $output == *"0"*" 0 0 65536"* ]] || { echo "$output" && false; }
	inner '.process.args = ["sleep", "1000"]' "${life/\$o run one; /}"
	run -0 ocirt run "$id"
	[[ $output == *"hi"*"end"* ]]
}

@test "a user namespace inside of a user namespace" {
	cp rootfs/inner/config.json config.inner
	in_userns
	inner '.process.args = ["/bin/sh", "-c", "id -u; cat /proc/self/uid_map | tr -s \" \""] | .linux.namespaces += [{"type": "user"}]
		| .linux.uidMappings = [{"containerID": 0, "hostID": 1000, "size": 500}] | .linux.gidMappings = .linux.uidMappings' \
		'chown -R -h 1000:1000 rootfs; $o run one'
	run -0 ocirt run "$id"
	[[ $output == *"0"*" 0 1000 500"* ]] || { echo "$output" && false; }
}
