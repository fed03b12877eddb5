#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: any
# root file systems of every kind, and the ways into them

load lib/ocirt
load lib/mounts

setup() {
	setup_container
	update_config '.root.readonly = false'
	echo here >rootfs/mark
	set_args cat /mark
}
teardown() {
	cd /
	[ -z "${holder:-}" ] || kill -KILL "$holder" 2>/dev/null || :
	umount -R -l "$BUNDLE/merged" 2>/dev/null || :
	ocirt_teardown
}

# use DIR: root.path
use() { update_config --arg p "$1" '.root.path = $p'; }

@test "v1: a mount namespace that is joined and has no groups is named as what lacks them" {
	require_lane v1 hybrid
	unshare -m --propagation private sh -c 'umount -R -l /sys/fs/cgroup; : >ready; exec sleep 100' 3>&- &
	holder=$!
	wait_for 20 test -e ready
	update_config --arg p "/proc/$holder/ns/mnt" \
		'.linux.namespaces |= map((select(.type == "mount") | .path = $p) // .) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
	run -1 ocirt run "$(new_id)"
	[[ $output == *"/mounts/"*": in the mount namespace that is joined, mount on /sys/fs/cgroup/"*"No such file or directory" ]]
	update_config 'del(.mounts[] | select(.type == "cgroup"))'
	runs here
}

@test "in a chroot, whose root is no mount point, run says what to do; bound on itself it runs" {
	local host=$BATS_TEST_TMPDIR/host lib
	mkdir -p "$host"/{bin,proc,run,sys,dev}
	cp "$(command -v busybox)" "$host/bin/sh"
	cp "$OCIRT" "$host/bin/ocirt"
	for lib in $(ldd "$OCIRT" | grep -o '/[^ ]*'); do install -D "$lib" "$host$lib"; done
	mv "$BUNDLE" "$host/b"
	cd "$host"
	BUNDLE=$host/b set_args true
	in_chroot() { # COMMAND: run before, with the new host at $0
		unshare -m --propagation private sh -ec "$1; mount -t proc proc \$0/proc; mount --rbind /sys \$0/sys; mount --rbind /dev \$0/dev
			exec chroot \$0 /bin/ocirt --root /run/ocirt run -b /b $(new_id)" "$host"
	}
	run -1 in_chroot :
	[[ $output == *"the root directory is no mount point, as in a chroot: bind it on itself before entering it: Invalid argument" ]]
	# shellcheck disable=SC2016 # the inner shell's
	run -0 in_chroot 'mount --bind $0 $0'
}

@test "a relative path is taken from the bundle, from wherever we are called" {
	cd /
	run -0 ocirt run --bundle "$BUNDLE" "$(new_id)"
	[ "$output" = here ]
	cd "$BUNDLE"
	use ./x/../rootfs/
	runs here
}

@test "an absolute path, and one through a symlink of the host" {
	use "$PWD/rootfs"
	runs here
	ln -s rootfs link
	use link
	runs here
}

@test "a missing root, a file and an empty path are refused" {
	use nope
	refuses "nope" "No such file or directory"
	touch file
	use file
	refuses "file" "Not a directory"
	use ""
	refuses "/root/path"
	update_config 'del(.root)'
	refuses "/root"
}

@test "the root is a mount point itself, shared or private" {
	mkdir merged
	mount --bind rootfs merged
	use merged
	for kind in shared private slave unbindable; do
		mount --make-$kind merged
		runs here
	done
}

@test "the root has mounts below it" {
	mkdir merged
	mount --bind rootfs merged
	mount -t tmpfs sub merged/mnt
	echo below >merged/mnt/file
	use merged
	set_args cat /mnt/file
	runs below
}

@test "the root is an overlay" {
	mkdir merged upper work
	mount -t overlay -o "lowerdir=$PWD/rootfs,upperdir=$PWD/upper,workdir=$PWD/work" overlay merged
	use merged
	set_script 'cat /mark; echo new >/new'
	runs here
	[ "$(cat upper/new)" = new ]
	[ ! -e rootfs/new ]
}

@test "the root is a read-only file system" {
	mkdir merged
	mount --bind -o ro rootfs merged
	use merged
	set_script 'cat /mark; touch /x 2>&1 || :'
	runs $'here\ntouch: /x: Read-only file system'
	add_mount /missing tmpfs tmpfs
	refuses "mount on /missing" "Read-only file system"
}

@test "the root is the host's own" {
	use /
	update_config '.root.readonly = true'
	set_args /bin/sh -c 'touch /ocirt-should-fail 2>/dev/null || echo refused'
	runs refused
}

@test "--no-pivot: the root is the host's own" {
	use /
	update_config '.mounts = [] | del(.linux.maskedPaths, .linux.readonlyPaths)'
	set_args /bin/sh -c 'echo there'
	run -0 ocirt run --no-pivot "$(new_id)"
	[ "$output" = there ]
}

@test "nothing of the host is left in view" {
	set_script 'wc -l </proc/self/mountinfo; ls -d /../bundle /../../etc/debian_version 2>/dev/null; cd /..; cat mark; awk "{ print \$5 }" /proc/self/mountinfo | grep -v -E "^/(proc|dev|sys|$)"'
	run ocirt run "$(new_id)"
	[ "${lines[1]}" = here ]
	[ "${#lines[@]}" = 2 ]
}

@test "--no-pivot: the same container" {
	mkdir vol
	echo text >vol/file
	add_mount /mnt bind vol bind ro
	set_script 'cat /mark /mnt/file; test -e /proc/self && touch /dev/x && ls -d /../mark; touch /mnt/x 2>/dev/null || echo refused'
	ln -s rootfs link
	use link
	run -0 ocirt run --no-pivot "$(new_id)"
	[ "$output" = $'here\ntext\n/../mark\nrefused' ]
}

@test "--no-pivot: a shared root moves nothing on the host" {
	local word
	awk '{ print $3, $4, $5 }' /proc/self/mountinfo | sort >before
	set_script 'cat /mark; awk "\$5 == \"/\" { print \$7 }" /proc/self/mountinfo'
	for word in shared rshared; do
		update_config --arg w $word '.linux.rootfsPropagation = $w'
		run -0 ocirt run --no-pivot "$(new_id $word)"
		[[ $output = $'here\nshared:'* ]]
		awk '{ print $3, $4, $5 }' /proc/self/mountinfo | sort | diff before -
	done
}

@test "--no-pivot: the host's proc does not allow a bare one in a nested user namespace" {
	update_config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETFCAP"])'
	set_script 'unshare -U -r -m -p -f sh -c "mount -t proc none /proc" 2>&1'
	run ! ocirt run --no-pivot "$(new_id)"
	[[ ${output,,} == *"permission denied"* || ${output,,} == *"not permitted"* ]]
}

@test "--no-pivot: neither does one of the host that something lies over" {
	update_config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETFCAP"])'
	set_script 'unshare -U -r -m -p -f sh -c "mount -t proc none /proc" 2>&1'
	mkdir covered
	run ! unshare --mount sh -ec 'mount -t proc proc covered; mount -t tmpfs tmpfs covered; exec "$@"' - \
		"$OCIRT" --root "$STATE" run --no-pivot "$(new_id)" </dev/null 3>&-
	[[ ${output,,} == *"permission denied"* || ${output,,} == *"not permitted"* ]]
}
