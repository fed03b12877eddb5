#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# process-sysctl: kernel parameters of the container's namespaces, and of no others

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
}

@test "parameters of own namespaces are set, in both spellings" {
	ttl=$(cat /proc/sys/net/ipv4/ip_default_ttl)
	update_config '.linux.sysctl = {"net.ipv4.ip_default_ttl": "77", "net/ipv4/conf/lo/forwarding": "1",
		"kernel.msgmax": "9000", "fs.mqueue.msg_max": "7", "kernel.domainname": "example"}'
	set_args sh -c 'cd /proc/sys; cat net/ipv4/ip_default_ttl net/ipv4/conf/lo/forwarding kernel/msgmax fs/mqueue/msg_max kernel/domainname'
	run -0 ocirt run "$id"
	[ "${lines[*]}" = "77 1 9000 7 example" ]
	[ "$(cat /proc/sys/net/ipv4/ip_default_ttl)" = "$ttl" ]
}

@test "a fake /proc of the image gets nothing" {
	mkdir -p rootfs/proc/sys/net/ipv4
	echo fake >rootfs/proc/sys/net/ipv4/ip_default_ttl
	update_config '.linux.sysctl = {"net.ipv4.ip_default_ttl": "77"} | .mounts |= map(select(.destination != "/proc"))
		| .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	set_args true
	run -0 ocirt run "$id"
	[ "$(cat rootfs/proc/sys/net/ipv4/ip_default_ttl)" = fake ]
}

@test "parameters that would change the host are refused before anything is done" {
	set_args true
	for key in vm.swappiness kernel.core_pattern kernel.hostname fs.file-max net.../kernel.core_pattern /proc/sys/vm; do
		update_config '.linux.sysctl = {($k): "1"}' --arg k "$key"
		run -1 ocirt run "$id"
		[[ "$output" == *"/linux/sysctl/"* ]] || { echo "$key: $output" && return 1; }
		[ ! -e "$STATE/$id" ]
	done
}

@test "a namespace that is shared with the host has no parameters to set" {
	set_args true
	update_config '.linux.sysctl = {"net.ipv4.ip_default_ttl": "77"} | .linux.namespaces |= map(select(.type != "network"))'
	run -1 ocirt run "$id"
	[[ "$output" == *'sysctl "net.ipv4.ip_default_ttl" needs a network namespace of the container'"'"'s own' ]]
	update_config '.linux.namespaces += [{"type": "network", "path": "/proc/self/ns/net"}]'
	run -1 ocirt run "$id"
	[[ "$output" == *"the network namespace that is joined is the runtime's own"* ]]
	[ "$(cat /proc/sys/net/ipv4/ip_default_ttl)" != 77 ]
}

@test "an empty value is written, too" {
	update_config '.linux.sysctl = {"kernel.domainname": ""}'
	set_args cat /proc/sys/kernel/domainname
	run -0 ocirt run "$id"
	[ "$output" = "" ]
}

@test "a value that the kernel refuses is told with its place" {
	update_config '.linux.sysctl = {"net.ipv4.ip_forward": "banana"}'
	set_args true
	run -1 ocirt run "$id"
	[[ "$output" == *'/linux/sysctl/net.ipv4.ip_forward: '*'write "banana" to sysctl net/ipv4/ip_forward: Invalid argument' ]]
}

@test "only a parameter's own namespace counts, and names are not given to the host either" {
	# shellcheck disable=SC2016 # $p is jq's
	as_host() { update_config --arg t "$1" --arg p "/proc/$BASHPID/ns/$2" '(.linux.namespaces[] | select(.type == $t)).path = $p'; }
	set_args cat /proc/sys/net/core/somaxconn
	update_config 'del(.hostname) | .linux.sysctl = {"net.core.somaxconn": "77"}'
	as_host uts uts
	as_host ipc ipc
	run -0 ocirt run "$id"
	[ "$output" = 77 ]
	update_config '.linux.sysctl["kernel.msgmax"] = "77"'
	run -1 ocirt run "$id"
	[[ "$output" == *"/linux/sysctl/kernel.msgmax: "*"the ipc namespace that is joined is the runtime's own" ]]
	before=$(uname -n)
	for name in hostname domainname; do
		update_config --arg n "$name" 'del(.linux.sysctl, .hostname, .domainname) | .[$n] = "ocirt-was-here"'
		run -1 ocirt run "$id"
		[[ "$output" == *" /$name: "*"the uts namespace that is joined is the runtime's own" ]]
	done
	[ "$(uname -n)" = "$before" ]
}
