#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# net-devices: network devices that are moved into the container, with their names, addresses and attributes
#
# The runtime runs in a network namespace of the test's own, so the host's devices are never touched; veth pairs are moved.

load lib/ocirt

setup() {
	require_root
	require_program ip nsenter unshare
	ocirt_setup
	setup_bundle
	id=$(new_id)
	unshare -n sleep 1000 3>&- &
	HOST=$!
	OTHER=
	wait_for 5 own_net "$HOST"
	on_host ip link add dev0 type veth peer name peer0 || skip_because "no veth devices here"
}

teardown() {
	local status=0
	ocirt_teardown || status=1
	[ -z "${HOST-}" ] || { kill "$HOST" $OTHER; wait; }
	return $status
}

own_net() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
# on_host COMMAND...: in the network namespace that the runtime has
on_host() { nsenter --net="/proc/$HOST/ns/net" "$@"; }
# rt ARG...: the runtime there
rt() { OCIRT_TEST_MARK=$TAG on_host timeout --foreground -k 5 60 "$OCIRT" --root "$STATE" "$@" 3>&-; }
# devices JSON: linux.netDevices
devices() { update_config --argjson d "$1" '.linux.netDevices = $d'; }
# another_net: a second namespace, in config.json by its path; on_other COMMAND runs in it
another_net() {
	unshare -n sleep 1000 3>&- &
	OTHER=$!
	wait_for 5 own_net "$OTHER"
	update_config --arg path "/proc/$OTHER/ns/net" '(.linux.namespaces[] | select(.type == "network")).path = $path'
}
on_other() { nsenter --net="/proc/$OTHER/ns/net" "$@"; }

@test "a device is moved, set up, and keeps what it is" {
	on_host ip link set dev0 mtu 1400 address 02:00:00:00:00:05
	devices '{"dev0": {}}'
	set_args ip link show dev0
	run -0 rt run "$id"
	[[ $output == *"dev0"*"<"*UP*"mtu 1400"*"02:00:00:00:00:05"* ]]
	wait_for 20 eval '! on_host ip link show peer0'
}

@test "a device is renamed; one that was up is, too" {
	on_host ip link set dev0 up
	devices '{"dev0": {"name": "wan0"}}'
	set_script 'ip link show wan0 && ! ip link show dev0 2>/dev/null'
	run -0 rt run "$id"
	[[ $output == *"wan0"*"<"*UP* ]]
}

@test "permanent global addresses of any family are kept, others are not" {
	on_host ip addr add 10.1.2.3/24 brd + dev dev0 label dev0:x
	on_host ip addr add 10.1.2.4/24 dev dev0
	on_host ip addr add 10.9.0.1 peer 10.9.0.2/32 dev dev0
	on_host ip addr add 169.254.7.7/16 scope link dev dev0
	on_host ip addr add 10.8.8.8/24 dev dev0 valid_lft 1000 preferred_lft 1000
	on_host ip -6 addr add fd00::5/64 dev dev0 nodad || six=none
	on_host ip link set dev0 up
	devices '{"dev0": {"name": "wan"}}'
	set_args sleep 100
	rt run -d "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1
	pid=$(pid_of "$id")
	nsenter --net="/proc/$pid/ns/net" ip -j addr show wan >addresses.json
	jq -e --arg six "$six" '.[0].addr_info | map(select(.scope == "global") | "\(.local)/\(.prefixlen) \(.address // "-") \(.broadcast // "-") \(.label // "-")")
		== ["10.1.2.3/24 - 10.1.2.255 wan:x", "10.9.0.1/32 10.9.0.2 - wan", "10.1.2.4/24 - - wan"]
		+ if $six == "none" then [] else ["fd00::5/64 - - -"] end' addresses.json
	run ! grep -E '169\.254|10\.8\.8' addresses.json
}

@test "%d in the new name is the first free number there" {
	on_host ip link add dev1 type veth peer name peer1
	another_net
	on_other ip link add name eth0 type veth peer name eth2
	devices '{"dev0": {"name": "eth%d"}, "dev1": {"name": "eth%d"}}'
	set_args sh -c 'ls /sys/class/net | tr "\n" " "'
	update_config '.mounts |= map(if .destination == "/sys" then .options -= ["ro"] else . end)'
	on_host ip link set dev0 address 02:00:00:00:00:05
	run -0 rt run "$id"
	[ "$output" = "eth0 eth1 eth2 eth3 lo " ]
	on_other ip link show eth1 | grep -q 02:00:00:00:00:05
}

@test "a device takes a name that its old one would clash with" {
	another_net
	on_other ip link add name dev0 type veth peer name other
	devices '{"dev0": {"name": "free"}}'
	set_args ip link show free
	run -0 rt run "$id"
	[[ $output == *free*UP* ]]
}

@test "a device stays in a namespace that is joined when the container is gone, and is never moved back" {
	another_net
	devices '{"dev0": {}}'
	set_args true
	run -0 rt run "$id"
	on_other ip link show dev0
	run ! on_host ip link show dev0
}

@test "with a user namespace, made or joined, it is moved as well" {
	add_userns 100000 100000 1000
	chown -R 100000:100000 rootfs && chmod 755 . rootfs "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
	devices '{"dev0": {"name": "wan0"}}'
	set_args ip link show wan0
	run -0 rt run "$id"
	[[ $output == *wan0*UP* ]]
	on_host ip link add dev0 type veth peer name peer0 2>/dev/null || wait_for 20 on_host ip link add dev0 type veth peer name peer0
	unshare -U --map-root-user sleep 1000 3>&- &
	OTHER=$!
	wait_for 5 grep -qx ' *0 *0 *1' "/proc/$OTHER/uid_map"
	update_config --arg path "/proc/$OTHER/ns/user" 'del(.linux.uidMappings, .linux.gidMappings)
		| (.linux.namespaces[] | select(.type == "user")).path = $path
		| .mounts |= map(select(.type != "sysfs" and .type != "cgroup" and .type != "devpts"))'
	chown -R 0:0 rootfs
	run -0 rt run "$id"
	[[ $output == *wan0*UP* ]]
}

@test "a device that is not there, and a name that is taken, are told before any is moved" {
	another_net
	set_args true
	on_other ip link add name taken type veth peer name other
	devices '{"dev0": {"name": "a"}, "nope": {}}'
	run -1 rt run "$id"
	[[ $output == *"config.json:"*": /linux/netDevices/nope: network: there is no network device \"nope\": No such device"* ]]
	on_host ip link show dev0
	devices '{"peer0": {}, "dev0": {"name": "taken"}}'
	run -1 rt run "$id"
	[[ $output == *"config.json:"*": /linux/netDevices/dev0: network: the container's network namespace has a network device \"taken\" already: File exists"* ]]
	on_host ip link show dev0
	on_host ip link show peer0
}

@test "a device that cannot be moved is told with the kernel's reason" {
	devices '{"lo": {"name": "loop"}}'
	set_args true
	run -1 rt run "$id"
	[[ $output == *"/linux/netDevices/lo: network: move the network device lo: netlink: "* ]]
}

@test "names that are none, twice the same, and no namespace of its own are refused" {
	set_args true
	while IFS='|' read -r json expected; do
		devices "$json"
		run -1 rt create "$id"
		[[ $output == *"config.json:"*"$expected"* ]] || { echo "$output" && false; }
	done <<-'END'
		{"dev0": {"name": "a/b"}}|: /linux/netDevices/dev0: "a/b" is no name of a network device
		{"a b": {"name": "x"}}|"a b" is no name of a network device
		{"dev0": {"name": "sixteen-letters-"}}|"sixteen-letters-" is no name
		{"dev0": {"name": "x%s"}}|"x%s" is no name
		{"dev0": {"name": "x%d%d"}}|"x%d%d" is no name
		{"dev0": {"name": ".."}}|".." is no name
		{"dev0": {"name": "same"}, "peer0": {"name": "same"}}|: /linux/netDevices/peer0: two network devices would be called "same"
	END
	devices '{"dev0": {}}'
	update_config '.linux.namespaces |= map(select(.type != "network"))'
	run -1 rt create "$id"
	[[ $output == *": /linux/netDevices: network devices need a network namespace of the container's own"* ]]
	update_config --arg path "/proc/$HOST/ns/net" '.linux.namespaces += [{type: "network", path: $path}]'
	run -1 rt create "$id"
	[[ $output == *": /linux/netDevices: network: the network namespace that is joined is the runtime's own"* ]]
	on_host ip link show dev0
}
