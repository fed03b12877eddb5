#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: any
# devices: the default ones and their links, asked ones, what is there already

load lib/ocirt
load lib/mounts

setup() {
	setup_container
	update_config '.root.readonly = false'
}

ask() { update_config --argjson d "$1" '.linux.devices += [$d]'; }
without_dev() { update_config '.mounts |= map(select(.destination | startswith("/dev") | not))'; }

@test "default devices and links" {
	set_script 'cd /dev; stat -c "%n %t:%T %a %u:%g" null zero full random urandom tty; for l in fd stdin stdout stderr core ptmx; do readlink $l; done'
	runs $'null 1:3 666 0:0\nzero 1:5 666 0:0\nfull 1:7 666 0:0\nrandom 1:8 666 0:0\nurandom 1:9 666 0:0\ntty 5:0 666 0:0
/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\n/proc/kcore\npts/ptmx'
}

@test "they work, with any umask of the caller" {
	umask 077
	update_config '.process.user = {uid: 1000, gid: 1000}'
	set_script 'head -c 2 /dev/zero | wc -c; echo x >/dev/null; head -c 2 /dev/urandom | wc -c; echo out | cat /dev/stdin; exec 3<>/dev/ptmx && echo pty'
	runs $'2\n2\nout\npty'
}

@test "they are made in the image's /dev when nothing is mounted there" {
	without_dev
	rm -rf rootfs/dev
	set_script 'echo x >/dev/null && stat -c %t:%T /dev/full'
	runs 1:7
	[ "$(stat -c %F rootfs/dev/null)" = "character special file" ]
	# and found again
	runs 1:7
}

@test "an image's file in place of a default device is told" {
	without_dev
	echo text >rootfs/dev/zero
	refuses "/dev/zero exists in the container's root and is not character device 1:5"
	[ "$(cat rootfs/dev/zero)" = text ]
	rm rootfs/dev/zero
	ln -s /etc/passwd rootfs/dev/zero
	refuses "/dev/zero exists in the container's root and is not character device 1:5"
}

@test "an image's own links are kept, ptmx is not" {
	without_dev
	ln -s elsewhere rootfs/dev/fd
	mkdir rootfs/dev/core
	ln -s elsewhere rootfs/dev/ptmx
	set_script 'readlink /dev/fd; readlink /dev/ptmx'
	runs $'elsewhere\npts/ptmx'
}

@test "asked devices: type, numbers, mode, owner, anywhere" {
	ask '{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 432, "uid": 3, "gid": 4}'
	ask '{"path": "/dev/deep/er/block", "type": "b", "major": 7, "minor": 200}'
	ask '{"path": "/dev/unbuffered", "type": "u", "major": 1, "minor": 5, "fileMode": 8576}'
	ask '{"path": "/run/pipe", "type": "p", "fileMode": 384, "uid": 5}'
	set_script 'stat -c "%F %t:%T %a %u:%g" /dev/fuse /dev/deep/er/block /dev/unbuffered /run/pipe'
	runs $'character special file a:e5 660 3:4\nblock special file 7:c8 666 0:0\ncharacter special file 1:5 600 0:0\nfifo 0:0 600 5:0'
}

@test "a default device that is asked for gets the mode that was asked for, or another device" {
	ask '{"path": "/dev/tty", "type": "c", "major": 5, "minor": 0, "fileMode": 416, "gid": 5}'
	ask '{"path": "/dev/random", "type": "c", "major": 1, "minor": 9}'
	ask '{"path": "/dev/ptmx", "type": "c", "major": 5, "minor": 2}'
	set_script 'stat -c "%t:%T %a %g" /dev/tty /dev/random; stat -L -c "%t:%T" /dev/ptmx'
	runs $'5:0 640 5\n1:9 666 0\n5:2'
}

@test "the same device twice is one, two on one path are a mistake" {
	ask '{"path": "/dev/x", "type": "c", "major": 1, "minor": 5}'
	ask '{"path": "/dev//x", "type": "c", "major": 1, "minor": 5, "uid": 7}'
	set_args stat -c %u /dev/x
	runs 7
	ask '{"path": "/dev/x", "type": "c", "major": 1, "minor": 7}'
	refuses /linux/devices/2 /linux/devices/1
}

@test "where no node can be made the host's of the same numbers is bound, whatever its name" {
	[ -e /sys/dev/char/1:7 ] || skip_because "sysfs does not tell the host's devices here"
	add_userns 0
	ask '{"path": "/dev/fill", "type": "c", "major": 1, "minor": 7}'
	ask '{"path": "/dev/pipe", "type": "p", "fileMode": 384, "uid": 5}'
	set_script 'stat -c "%F %t:%T" /dev/fill; stat -c "%F %a %u" /dev/pipe'
	runs $'character special file 1:7\nfifo 600 5'
	ask '{"path": "/dev/nobodys", "type": "c", "major": 199, "minor": 99}'
	refuses /linux/devices/2 "the host has no character device 199:99 to bind"
}

@test "mistakes are refused" {
	refused() {
		update_config --argjson d "$1" '.linux.devices = [$d]'
		shift
		refuses /linux/devices/0 "$@"
	}
	refused '{"path": "dev/x", "type": "p"}' "not absolute"
	refused '{"path": "/dev/x", "type": "c", "minor": 1}' "no major"
	refused '{"path": "/dev/x", "type": "b", "major": 1}' "no minor"
	refused '{"path": "/dev/x", "type": "c", "major": 4096, "minor": 0}' "0 .. 4095"
	refused '{"path": "/dev/x", "type": "c", "major": 0, "minor": -1}' "0 .. 1048575"
	refused '{"path": "/", "type": "p"}' "cannot be a device"
	refused '{"path": "/dev/x", "type": "q"}' "type"
	refused '{"path": "/etc/passwd", "type": "p"}' "/etc/passwd exists in the container's root and is not fifo"
}

@test "asked devices go through links of the image only inside the root" {
	mkdir host
	ln -s "$PWD/host" rootfs/out
	ask '{"path": "/out/sub/x", "type": "c", "major": 1, "minor": 5}'
	set_args true
	runs ""
	[ -z "$(ls -A host)" ]
	[ -c "rootfs$PWD/host/sub/x" ]
}

@test "nothing is made in a /dev that is bound from the host" {
	without_dev
	add_mount /dev bind /dev rbind
	nodes() { find /dev -xdev -maxdepth 1 ! -name 'loop*' -printf '%f %y %m %U:%G\n' | sort; } # loop devices come for others
	before=$(nodes)
	ask '{"path": "/dev/ocirt-should-not-be", "type": "c", "major": 1, "minor": 5}'
	set_script 'echo x >/dev/null; ls /dev/ocirt-should-not-be 2>/dev/null || echo none'
	runs none
	[ "$(nodes)" = "$before" ]
}

@test "an image's console that is a link is refused when there is a terminal" {
	command -v script >/dev/null || skip_because "script is not installed"
	update_config '.process.terminal = true | .mounts |= map(select(.destination != "/dev"))'
	mkdir -p host rootfs/dev/pts rootfs/dev/shm rootfs/dev/mqueue
	ln -s "$PWD/host/console" rootfs/dev/console
	set_args true
	run script -qec "$OCIRT --root $STATE run $(new_id)" /dev/null
	[[ $output == *"/dev/console"*symlink* ]]
	[ ! -e host/console ]
}
