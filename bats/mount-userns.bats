#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# limit: 300
# lanes: any
# mounts of a container with a user namespace: sources only we can reach, flags that are locked, nodes that are bound

load lib/ocirt
load lib/mounts

setup() {
	require_root
	ocirt_setup
	idmappable_bundle
	setup_bundle
	add_userns
	update_config '.root.readonly = false'
	chown -R 100000:100000 rootfs
	open_way
	mkdir vol
	echo text >vol/file
}
teardown() {
	cd /
	umount "$BUNDLE/vol" 2>/dev/null || :
	umount -l "$BUNDLE" 2>/dev/null || :
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

@test "a symlink in a directory that the container's root may not enter is copied, a file there is bound" {
	mkdir -m 700 barred
	ln -s some/where barred/link
	echo text >barred/file
	add_mount /copied bind "$PWD/barred/link" bind copy-symlink
	add_mount /bound bind "$PWD/barred/file" bind copy-symlink
	set_script 'readlink /copied; cat /bound'
	runs $'some/where\ntext'
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

@test "flags of the host's mounts are locked: kept when nobody names them, and not to be taken away" {
	mount -t tmpfs vol vol
	mount -o remount,bind,ro,nosuid,noexec,nosymfollow,noatime vol
	add_mount /kept bind vol bind nodev
	add_mount /loose bind vol bind ro symfollow
	set_script "$(options_at /kept)$(options_at /loose)mount -o remount,bind,rw,nosuid,noexec,nodev,noatime /kept 2>/dev/null && echo unlocked"
	update_config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	run ocirt run "$(new_id)"
	has_words "${lines[0]}" ro nosuid noexec nodev noatime -nosymfollow
	has_words "${lines[1]}" ro nosuid noexec noatime -nosymfollow
	[ "${#lines[@]}" = 2 ]
	for words in rw suid exec relatime rrw strictatime; do
		update_config --arg w $words '.mounts[-1].options = ["rbind", $w]'
		refuses "config.json:" "/mounts/8: " "Operation not permitted"
	done
}

@test "mounts below a source may be left out where that loosens no flags" {
	mkdir vol/in
	mount -t tmpfs in vol/in
	add_mount /m bind vol bind ro
	set_args ls -A /m /m/in
	run -0 ocirt run "$(new_id)"
	[[ $output == *file*in* ]]
	umount vol/in
	mount -t tmpfs -o nosuid vol vol
	mkdir vol/in
	mount -t tmpfs in vol/in
	refuses "config.json:" "/mounts/7: " "with mounts below it that must not be uncovered"
	umount vol/in
}

@test "an idmapped bind of what was mounted in the container before" {
	chown 3:4 vol/file
	add_mount /a bind vol bind
	add_mount /b bind "$PWD/rootfs/a" rbind idmap
	set_args stat -c %u:%g /b/file
	runs 3:4
}

@test "a new file system has maps of its own" {
	require_mapped_tmpfs
	add_mount /t tmpfs tmpfs mode=777
	update_config '.mounts[-1] += {uidMappings: [{containerID: 0, hostID: 100005, size: 9}], gidMappings: [{containerID: 0, hostID: 100006, size: 9}]}'
	set_args stat -c %u:%g /t
	runs 5:6
}

@test "in a user namespace below the runtime's own, which is not the host's" {
	mkdir -m 700 closed
	mv vol closed/vol
	update_config '.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1000}] | .linux.gidMappings = .linux.uidMappings'
	add_mount /m bind closed/vol bind ro
	add_mount /n bind rootfs/m rbind
	set_args cat /m/file /n/file
	chown -R 101000:101000 rootfs
	chown 100000:100000 "$BUNDLE" closed config.json "$STATE"
	unshare -U sleep 100 3>&- &
	local holder=$!
	wait_for 5 is_program "$holder" sleep
	echo '0 100000 65536' | tee /proc/$holder/uid_map >/proc/$holder/gid_map
	cp "$OCIRT" runtime # where everybody may go: the way to ours may be barred
	OCIRT_TEST_MARK=$TAG run nsenter -U -t $holder -S 0 -G 0 unshare -m timeout -k 5 60 ./runtime --root "$STATE" run \
		--bundle "$BUNDLE" "$(new_id)" 3>&-
	kill $holder
	echo "$output"
	chown 0:0 "$STATE"
	[ "$output" = $'text\ntext' ]
}

@test "sysfs of a network namespace that is not the user namespace's is a bind of the host's" {
	unshare -n sleep 100 3>&- &
	local holder=$!
	wait_for 5 is_program "$holder" sleep
	update_config --arg p "/proc/$holder/ns/net" '(.linux.namespaces[] | select(.type == "network")).path = $p'
	set_script "$(options_at /sys)"
	run ocirt run "$(new_id)"
	kill $holder
	[ "$status" = 0 ]
	has_words "$output" ro nosuid nodev noexec
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

@test "a device that is bound keeps the host's mode and owner, and what was asked for is told" {
	update_config '.linux.devices = [{path: "/dev/full", type: "c", major: 1, minor: 7, fileMode: 384, uid: 5, gid: 6},
		{path: "/dev/zero", type: "c", major: 1, minor: 5}]'
	set_args stat -c '%a %u:%g' /dev/full
	run -0 --separate-stderr ocirt run "$(new_id)"
	[ "$output" = "666 65534:65534" ]
	# shellcheck disable=SC2154 # bats sets it
	[ "${#stderr_lines[@]}" = 2 ]
	[[ ${stderr_lines[0]} == *"config.json:"*": /linux/devices/0: /dev/full is the host's node, and keeps its mode: 0666, not 0600"* ]]
	[[ ${stderr_lines[1]} == *"/linux/devices/0: /dev/full is the host's node, and keeps its owner: in the container 65534:65534, not 5:6"* ]]
}

@test "a device that the host lacks is told by path and numbers" {
	update_config '.linux.devices = [{path: "/dev/nosuch", type: "c", major: 4000, minor: 5}]'
	refuses /linux/devices/0 "/dev/nosuch" "character device 4000:5"
}

@test "tmpcopyup leaves device nodes out, which nobody may make there, with a warning" {
	mkdir rootfs/t
	mknod rootfs/t/node c 1 3
	echo text >rootfs/t/file
	add_mount /t tmpfs tmpfs tmpcopyup
	set_args ls /t
	run -0 --separate-stderr ocirt run "$(new_id)"
	[ "$output" = file ]
	# shellcheck disable=SC2154 # bats sets it
	[[ $stderr == *"warning: tmpcopyup: node is left out: it is a device"* ]]
}
