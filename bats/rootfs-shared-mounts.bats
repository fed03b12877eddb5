#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# a mount namespace that is not the container's alone, the runtime's own or one that is joined: all mounts have their effect inside,
# nothing that was there is changed, and nothing is left

load lib/ocirt
load lib/mounts

setup() {
	setup_container
	update_config '.root.readonly = false | .linux.namespaces |= map(select(.type != "mount"))'
	echo here >rootfs/mark
	mkdir -p vol/below
	echo text >vol/file
	mount -t tmpfs below vol/below
	echo deep >vol/below/file
	mounts_now >before
	id=$(new_id)
}
teardown() {
	cd /
	[ -z "${holder:-}" ] || kill -KILL "$holder" 2>/dev/null || :
	umount "$BUNDLE/vol/below" 2>/dev/null || :
	ocirt_teardown
}

# all that can be told of the mounts here, their propagation included
mounts_now() { cut -d' ' -f 1-7 /proc/self/mountinfo; }
nothing_changed() { diff before <(mounts_now); }

# hold: a mount namespace of its own, shared inside, that is joined from now on
hold() {
	unshare -m --propagation "${1:-private}" sleep 1000 3>&- &
	holder=$!
	wait_for 5 is_program "$holder" sleep
	update_config --arg p "/proc/$holder/ns/mnt" '.linux.namespaces += [{type: "mount", path: $p}]'
}
# Linux 6.15 mounts on what is attached nowhere
require_floating() {
	local major minor
	IFS=.- read -r major minor _ < <(uname -r)
	[ $((major * 1000 + minor)) -ge 6015 ] || skip_because "mounts on what is attached nowhere need Linux 6.15"
}
held_mounts() { cut -d' ' -f 1-7 "/proc/$holder/mountinfo"; }

@test "the default config runs in the runtime's mount namespace and leaves it as it was" {
	set_script 'cat /mark; readlink /proc/self/ns/mnt; cd ..; ls -d ../mark; echo x >/dev/null; ls /proc/1/status /dev/pts/ptmx'
	runs "here
$(readlink /proc/self/ns/mnt)
../mark
/dev/pts/ptmx
/proc/1/status"
	nothing_changed
}

@test "volumes, masks, read-only paths and a read-only root have their effect" {
	add_mount /m bind vol rbind ro
	add_mount /t tmpfs tmpfs size=64k
	update_config '.root.readonly = true | .linux.maskedPaths += ["/etc/passwd", "/home"] | .linux.readonlyPaths += ["/t"]'
	echo x >rootfs/home/file
	set_script 'cat /m/file /m/below/file; for d in /x /m/x /t/x; do touch $d 2>/dev/null || echo refused; done; wc -c </etc/passwd; ls /home; wc -c </proc/keys'
	runs $'text\ndeep\nrefused\nrefused\nrefused\n0\n0'
	nothing_changed
	[ -s rootfs/etc/passwd ]
}

@test "while it runs, all its mounts lie below its state directory, and nothing else is changed" {
	add_mount /m bind vol rbind
	set_args sleep 100
	detached run -d "$id"
	diff before <(mounts_now | grep -v " $STATE/$id/rootfs")
	[ "$(mounts_now | grep -c " $STATE/$id/rootfs")" -ge 8 ]
	[ "$(cat "$STATE/$id/rootfs/m/below/file")" = deep ]
	ocirt kill "$id" KILL
	wait_for 5 is_status "$id" stopped
	mounts_now | grep -q " $STATE/$id/rootfs"
	ocirt delete "$id"
	nothing_changed
	[ "$(cat vol/below/file)" = deep ]
}

@test "sources whose mounts are shared stay whole when the container's are taken away" {
	umount vol/below
	mount --bind vol vol
	mount --make-shared vol
	mount -t tmpfs below vol/below
	echo deep >vol/below/file
	mounts_now >before
	add_mount /m bind vol rbind
	add_mount /m/below/more tmpfs tmpfs
	set_script 'cat /m/below/file; ls /m/below'
	runs $'deep\nfile\nmore'
	nothing_changed
	[ "$(cat vol/below/file)" = deep ]
	umount vol/below
	umount vol
}

@test "what the container mounts by itself goes with it, even over its root" {
	update_config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	set_script 'mount -t tmpfs none /mnt && mkdir /mnt/a && mount --bind / /mnt/a && mount --bind / / && echo mounted'
	runs mounted
	nothing_changed
}

@test "two containers on one root file system" {
	set_args sleep 100
	detached run -d "$id-a"
	detached run -d "$id-b"
	ocirt delete --force "$id-a"
	run -0 ocirt exec "$id-b" cat /mark /proc/1/comm
	[ "${lines[0]}" = here ]
	ocirt delete --force "$id-b"
	nothing_changed
}

@test "exec enters the same root" {
	set_args sleep 100
	add_mount /m bind vol bind
	detached run -d "$id"
	run -0 ocirt exec "$id" /bin/sh -c 'cat /mark /m/file; cd ..; ls -d ../mark'
	[ "$output" = $'here\ntext\n../mark' ]
	run -0 ocirt exec "$id" ls /
	[ "$output" = "$(ls rootfs)" ]
}

@test "rootfsPropagation is that of its own root" {
	for kind in private slave shared unbindable; do
		update_config --arg k $kind '.linux.rootfsPropagation = $k'
		set_script 'awk '\''$5 == "/" { print $7 }'\'' /proc/self/mountinfo'
		run -0 ocirt run "$id-$kind"
		case $kind in
		shared) [[ $output == *shared:* ]] ;;
		unbindable) [[ $output == *unbindable* ]] ;;
		*) [[ $output != *shared:* ]] ;;
		esac
		nothing_changed
	done
}

@test "a terminal has its console" {
	require_program script
	update_config '.process.terminal = true'
	set_script 'tty; stat -c %F /dev/console'
	run -0 script -qec "$OCIRT --root $STATE run $id" /dev/null
	[[ $output == *"/dev/pts/"*"character special file"* ]]
	nothing_changed
}

@test "the root is the host's own" {
	update_config '.root = {path: "/", readonly: true} | .mounts = []'
	set_args /bin/sh -c 'touch /ocirt-should-fail 2>/dev/null || echo refused'
	runs refused
	nothing_changed
}

@test "a create that fails leaves no mount" {
	add_mount /m bind vol rbind
	add_mount /n bind /no/such bind
	refuses "bind /no/such"
	nothing_changed
	update_config 'del(.mounts[-1])'
	set_args /no/such/program
	refuses "/no/such/program"
	nothing_changed
}

@test "delete --force after the runtime was killed in the middle leaves no mount" {
	add_mount /m bind vol rbind
	update_config '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "1000"]}]'
	OCIRT_TEST_MARK=$TAG "$OCIRT" --root "$STATE" create "$id" </dev/null >/dev/null 2>&1 3>&- &
	creator=$!
	wait_for 10 grep -q " $STATE/$id/rootfs/m" /proc/self/mountinfo
	kill -KILL "$creator"
	wait "$creator" || :
	ocirt delete --force "$id"
	nothing_changed
	[ ! -e "$STATE/$id" ]
}

@test "a user namespace without a mount namespace is refused" {
	add_userns
	refuses /linux/namespaces "a user namespace without a mount namespace"
}

@test "a mount namespace that is joined keeps its root, its mounts and their propagation, and gets rid of ours" {
	for kind in private shared; do
		hold $kind
		held_mounts >held
		mounts_now >before
		add_mount /m bind vol rbind
		set_script "cat /mark /m/below/file; exec sleep 100"
		detached run -d "$id"
		wait_for 5 grep -q deep "$OUT"
		[ "$(readlink "/proc/$(pid_of "$id")/ns/mnt")" = "$(readlink "/proc/$holder/ns/mnt")" ]
		run -0 ocirt exec "$id" cat /mark
		[ "$output" = here ]
		run -0 nsenter --mount="/proc/$holder/ns/mnt" cat "$PWD/rootfs/mark" /etc/passwd
		diff held <(held_mounts | grep -v " $STATE/$id/rootfs")
		held_mounts | grep -q " $STATE/$id/rootfs/m"
		ocirt delete --force "$id"
		diff held <(held_mounts)
		nothing_changed
		kill -KILL "$holder"
		wait "$holder" || :
		update_config '.linux.namespaces |= map(select(.type != "mount")) | del(.mounts[-1])'
	done
}

@test "a joined mount namespace without our state directory gets no mount at all" {
	require_floating
	hold
	nsenter --mount="/proc/$holder/ns/mnt" mount -t tmpfs none "$STATE"
	held_mounts >held
	mounts_now >before
	add_mount /ro tmpfs tmpfs ro
	add_mount /ro/below tmpfs tmpfs size=4k
	set_script 'cat /mark; readlink /proc/self/ns/mnt; mkdir /ro/x 2>/dev/null || mkdir /ro/below/x && echo sealed
		echo x >/dev/null; test -s /proc/keys || echo masked; mkdir /sys/x 2>/dev/null || exec sleep 100'
	detached run -d "$id"
	wait_for 5 grep -q masked "$OUT"
	[ "$(<"$OUT")" = "here
$(readlink "/proc/$holder/ns/mnt")
sealed
masked" ]
	diff held <(held_mounts)
	run -0 ocirt exec "$id" cat /mark
	[ "$output" = here ]
	ocirt delete --force "$id"
	diff held <(held_mounts)
	nothing_changed
}

@test "a container whose root is that of another one's mount namespace leaves nothing there" {
	require_floating
	local ns first
	update_config '.linux.namespaces += [{type: "mount"}] | .mounts |= map(select(.type != "cgroup"))'
	set_args sleep 100
	detached run -d "$id"
	first=/proc/$(pid_of "$id")
	cat "$first/mountinfo" >held
	ns=$(readlink "$first/ns/mnt")
	update_config --arg p "$first/ns/mnt" '(.linux.namespaces[] | select(.type == "mount")).path = $p | .root.path = "/"'
	set_script 'cat /mark; readlink /proc/self/ns/mnt; cat /proc/1/comm; touch /tmp/new'
	run -0 ocirt run "$id-second"
	[ "$output" = "here
$ns
sh" ]
	[ -e rootfs/tmp/new ]
	diff held "$first/mountinfo"
}

@test "where nothing can be mounted on what is attached nowhere, the mounts that stay are told" {
	require_program "${CC:-cc}"
	local deny
	deny=$(compiled deny)
	hold
	nsenter --mount="/proc/$holder/ns/mnt" mount -t tmpfs none "$STATE"
	set_args cat /mark
	OCIRT_TEST_MARK=$TAG run -0 timeout --foreground -k 5 60 "$deny" open_tree,move_mount,fsopen,mount_setattr "$OCIRT" --root "$STATE" run "$id"
	[[ $output == *"will stay in the mount namespace that is joined until it ends"*here ]]
	nothing_changed
}
