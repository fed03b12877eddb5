#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: hybrid
# mounts of a container with a user namespace: sources only we can reach, flags that are locked, nodes that are bound

load lib/ocirt
load lib/mounts

setup() {
	require_root
	ocirt_setup
	setup_bundle
	update_config '.root.readonly = false | .linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
		| .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
	chown -R 100000:100000 rootfs
	local dir=$BUNDLE
	while [ "$dir" != / ]; do chmod o+x "$dir" && dir=$(dirname "$dir"); done
	mkdir vol
	echo text >vol/file
}
teardown() {
	cd /
	umount "$BUNDLE/vol" 2>/dev/null || :
	ocirt_teardown
}

@test "the default container runs, and its devices work" {
	set_script 'head -c 3 /dev/zero | wc -c; echo x >/dev/null && stat -c "%t:%T %a" /dev/null /dev/full /dev/tty'
	runs $'3\n1:3 666\n1:7 666\n5:0 666'
}

@test "a source that the container's root may not reach is mounted" {
	mkdir -m 700 closed
	cp -r vol closed/vol
	chmod 755 closed/vol
	add_mount /m bind closed/vol rbind
	add_mount /f bind closed/vol/file bind ro
	set_args cat /m/file /f
	runs $'text\ntext'
}

@test "what the container mounts on such a volume does not come out to the host" {
	mount --bind vol vol
	mount --make-shared vol
	mkdir vol/in
	add_mount /m bind vol rbind
	add_mount /m/in tmpfs tmpfs
	before=$(wc -l </proc/self/mountinfo)
	set_args true
	runs ""
	[ "$(wc -l </proc/self/mountinfo)" = "$before" ]
}

@test "a source in the container's root shows what was mounted there before" {
	add_mount /a bind vol bind
	add_mount /b bind "$PWD/rootfs/a" rbind
	set_args cat /b/file
	runs text
}

@test "sysfs without a network namespace is a read-only bind of the host's, below too" {
	update_config '.linux.namespaces |= map(select(.type != "network"))'
	set_script 'awk '\''index($5, "/sys") == 1 && $6 !~ /^ro,/ { print }'\'' /proc/self/mountinfo; test -d /sys/kernel && echo there'
	runs there
}

@test "default masks and read-only paths hold" {
	set_script 'ls /sys/firmware /proc/acpi; (echo x >/proc/sys/kernel/hostname) 2>/dev/null || echo refused'
	run -0 ocirt run "$(new_id)"
	[[ $output == *refused ]]
}

@test "asked devices are bound from the host, fifos are made" {
	local dev major minor
	for dev in /dev/kmsg /dev/fuse /dev/net/tun; do [ ! -c "$dev" ] || break; done
	[ -c "$dev" ] || skip_because "the host has no device that is no default one"
	major=$((0x$(stat -c %t "$dev"))) minor=$((0x$(stat -c %T "$dev")))
	update_config --arg p "$dev" --argjson major $major --argjson minor $minor '.linux.devices = [
		{path: $p, type: "c", major: $major, minor: $minor}, {path: "/run/fifo", type: "p", fileMode: 384}]'
	set_args stat -c '%F %t:%T' "$dev" /run/fifo
	runs "$(stat -c '%F %t:%T' "$dev")"$'\nfifo 0:0'
}

@test "a device that the host lacks is told by path and numbers" {
	update_config '.linux.devices = [{path: "/dev/nosuch", type: "c", major: 4000, minor: 5}]'
	refuses /linux/devices/0 "/dev/nosuch" "character device 4000:5"
}
