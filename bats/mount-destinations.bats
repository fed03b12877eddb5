#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: any
# mount destinations: found, made, reached through symlinks inside the root, refused

load lib/ocirt
load lib/mounts

setup() {
	setup_container
	update_config '.root.readonly = false'
	mkdir vol
	echo text >vol/file
}

# lands_at DST REAL SOURCE: the source is mounted at the real path, and it is that very inode
lands_at() {
	update_config '.mounts |= map(select(.type != "bind"))'
	add_mount "$1" bind "$3" bind
	set_script "stat -c %d:%i $2; grep -c ' $2 ' /proc/self/mounts"
	runs "$(stat -c %d:%i "$3")"$'\n1'
}

@test "a missing mount point is made: a directory for a directory, a file for a file" {
	umask 077
	add_mount /a/b/dir bind vol bind
	add_mount /a/c/file bind vol/file bind
	add_mount /a/d tmpfs tmpfs
	set_args cat /a/b/dir/file /a/c/file
	runs $'text\ntext'
	[ "$(stat -c '%a %F' rootfs/a/b rootfs/a/b/dir)" = $'755 directory\n755 directory' ]
	[ "$(stat -c '%a %F' rootfs/a/c/file)" = "644 regular empty file" ]
}

@test "made directories inherit the set-group-id bit" {
	mkdir -m 7755 rootfs/setgid
	add_mount /setgid/a/b/c tmpfs tmpfs ro
	set_args true
	runs ""
	[ "$(stat -c %a rootfs/setgid rootfs/setgid/a rootfs/setgid/a/b/c | tr '\n' ' ')" = "7755 2755 2755 " ]
}

@test "a relative destination is taken from the root" {
	add_mount tmp/rel bind vol bind
	set_args cat /tmp/rel/file
	runs text
}

@test "a destination that begins with the root's own path on the host loses that" {
	add_mount "$PWD/rootfs/mnt" bind vol bind
	set_args cat /mnt/file
	runs text
}

@test "symlinks on the way stay inside the root, absolute and relative ones" {
	mkdir -p rootfs/real/conf outside
	ln -s /real/conf rootfs/abs
	ln -s ../../../../../../../real/conf rootfs/rel
	lands_at /abs/x /real/conf/x ./vol
	lands_at /rel/y /real/conf/y ./vol
	lands_at /abs /real/conf ./vol
}

@test "what dangling symlinks promise is made, inside the root" {
	ln -s /tmp/foo/bar rootfs/jump
	ln -s /jump/baz/hosts rootfs/etc/hosts
	ln -s /tmp/later rootfs/etc/later
	lands_at /etc/hosts /tmp/foo/bar/baz/hosts ./config.json
	lands_at /etc/later /tmp/later ./vol
}

@test "what dangling symlinks promise behind missing directories and back is made, inside the root" {
	ln -s ../../a/./b/../../../c rootfs/dir
	ln -s new/../new/file rootfs/file
	add_mount /dir bind vol bind
	add_mount /file bind vol/file bind
	set_args cat /c/file /new/file
	runs $'text\ntext'
}

@test "links to the host's paths make nothing there" {
	mkdir outside
	ln -s "$PWD/outside/made" rootfs/abs
	ln -s ../../../../../../../../.."$PWD"/outside/made rootfs/rel
	ln -s "/proc/1/root$PWD/outside" rootfs/magic
	add_mount /abs/dir tmpfs tmpfs
	add_mount /rel/file bind vol/file bind
	set_args true
	runs ""
	[ -z "$(ls -A outside)" ]
	add_mount /magic/dir bind vol bind
	refuses "mount on /magic/dir"
	[ -z "$(ls -A outside)" ]
}

@test "a loop of symlinks is refused" {
	ln -s b rootfs/a
	ln -s a rootfs/b
	add_mount /a/x tmpfs tmpfs
	refuses "mount on /a/x" "Too many levels of symbolic links"
}

@test "file on directory and directory on file are refused by name" {
	mkdir rootfs/dir
	touch rootfs/file
	add_mount /dir bind vol/file bind
	refuses "vol/file is a file, but /dir in the container is a directory" "Not a directory"
	update_config '.mounts |= map(select(.type != "bind"))'
	add_mount /file bind vol bind
	refuses "vol is a directory, but /file in the container is a file" "Not a directory"
	update_config '.mounts |= map(select(.type != "bind"))'
	add_mount /file/below tmpfs tmpfs
	refuses "mount on /file/below"
}

@test "a missing source is refused by name and nothing is made for it" {
	add_mount /new bind /no/such bind
	refuses "/mounts/" "bind /no/such: No such file or directory"
	[ ! -e rootfs/new ]
}

@test "the root itself is no destination, by whatever name" {
	ln -s / rootfs/top
	for dst in / . /tmp/.. "$PWD/rootfs"; do
		update_config '.mounts |= map(select(.type != "bind"))'
		add_mount "$dst" bind vol bind
		refuses "root file system itself"
	done
	update_config '.mounts |= map(select(.type != "bind"))'
	add_mount /top bind vol bind
	refuses "container's root itself"
}

@test "mounts are made in the order of the list, nested and over one another" {
	mkdir two
	echo two >two/file
	add_mount /m bind vol bind
	add_mount /m tmpfs tmpfs
	add_mount /m/sub bind vol bind
	add_mount /m/sub bind two bind
	add_mount /m/sub/file bind vol/file bind
	set_args cat /m/sub/file
	runs text
	[ "$(cat two/file)" = two ]
}

@test "a source in the container's root shows what was mounted there before" {
	mkdir -p src/{a/x,b/y,c/z}
	for d in a/x b/y c/z; do echo $d >src/$d/file; done
	ln -s b src/sym-b
	ln -s a src/sym-a
	mkdir rootfs/final
	add_mount /mnt bind src/a bind
	add_mount /mnt/x bind src/sym-b bind
	mkdir src/b/y/z
	add_mount /mnt/x/y bind src/c bind
	add_mount /mnt/x/y/z bind src/sym-a bind
	add_mount /final bind "$PWD/rootfs/mnt" rbind
	set_args cat /final/x/y/z/x/file
	runs a/x
}

@test "300 mounts" {
	update_config '.mounts += [range(300) | {destination: "/many/\(.)", source: "vol", options: ["bind", "ro"]}]'
	set_script 'ls /many | wc -l; cat /many/299/file'
	runs $'300\ntext'
}

@test "mounts with file system type, but neither type nor bind, are refused" {
	add_mount /m - "$PWD/vol"
	refuses "it has no type, and is no bind"
	update_config '.mounts[-1] = {destination: "/m", options: ["bind"]}'
	refuses "a bind without a source"
}
