#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: any
# /proc and /sys are what they say: no links, nothing but proc on /proc, nothing inside it but what is commonly emulated

load lib/ocirt
load lib/mounts

setup() {
	setup_container
	update_config '.root.readonly = false'
	mkdir vol
	echo text >vol/file
}

@test "a /proc of the image that is a symlink is refused" {
	mkdir rootfs/bad
	for target in /bad bad /missing "$PWD/vol"; do
		rm -rf rootfs/proc
		ln -s "$target" rootfs/proc
		refuses 'filesystem "proc" must be mounted on ordinary directory'
	done
	[ "$(ls rootfs/bad vol)" = $'rootfs/bad:\n\nvol:\nfile' ]
}

@test "a /sys of the image that is a symlink or a file is refused" {
	rmdir rootfs/sys
	ln -s /bad rootfs/sys
	refuses 'filesystem "sysfs" must be mounted on ordinary directory'
	rm rootfs/sys
	touch rootfs/sys
	refuses 'filesystem "sysfs" must be mounted on ordinary directory'
}

@test "a directory above /proc may be a link, when it is a bind of it" {
	add_mount /elsewhere/proc proc proc
	set_args test -e /elsewhere/proc/self/status
	runs ""
}

@test "proc below a directory that is a symlink is refused" {
	mkdir rootfs/real
	ln -s real rootfs/link
	add_mount /link/proc proc proc
	refuses 'must be mounted on ordinary directory'
	add_mount /link/new/proc proc proc
	refuses 'must be mounted on ordinary directory'
}

@test "nothing but proc is mounted on /proc" {
	add_mount /proc tmpfs tmpfs
	refuses "tmpfs cannot be mounted on /proc: it is not of type proc"
	update_config '.mounts[-1] = {destination: "/proc", source: "vol", options: ["rbind"]}'
	refuses "vol cannot be mounted on /proc: it is no procfs"
	update_config '.mounts[-1] = {destination: "/proc", source: "/proc", options: ["rbind"]}'
	set_script 'test -e /proc/self/status'
	runs ""
}

@test "nothing is mounted inside /proc, by whatever way" {
	for dst in /proc/sys /proc/self/attr /tmp/../proc/fs; do
		add_mount "$dst" tmpfs tmpfs
		refuses "cannot be mounted on: it is inside /proc"
		update_config 'del(.mounts[-1])'
	done
	ln -s proc/fs rootfs/into
	ln -s /proc rootfs/whole
	for dst in /into /whole/sys; do
		add_mount "$dst" bind vol bind
		refuses "cannot be mounted on: it is inside /proc"
		update_config 'del(.mounts[-1])'
	done
}

@test "the commonly emulated files of /proc may be bound over" {
	for name in uptime meminfo cpuinfo stat loadavg; do add_mount "/proc/$name" bind vol/file bind ro; done
	set_args cat /proc/uptime /proc/meminfo
	runs $'text\ntext'
}

@test "a volume on /proc before the real one is covered by it" {
	update_config '.mounts = [{destination: "/proc/uptime", source: "vol/file", options: ["bind"]}] + .mounts'
	set_script 'cut -d. -f1 /proc/uptime | grep -c "^[0-9]"'
	runs 1
}
