#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: hybrid
# limit: 300
# images and neighbours that want a mount, a node or a mask to land on the host: it never does

load lib/ocirt
load lib/mounts

setup() {
	require_root
	ocirt_setup
	setup_bundle
	update_config '.root.readonly = false'
	mkdir -m 755 host
	echo secret >host/file
	mkdir host/dir
	print_host >host.before
}
teardown() {
	[ -z "${swapper:-}" ] || kill -KILL "$swapper" 2>/dev/null || :
	ocirt_teardown
}

print_host() {
	find host -printf '%p %y %m %U:%G %s\n' | sort
	cat host/file
	grep -c "$BUNDLE/host" /proc/self/mountinfo || :
}
host_untouched() { diff host.before <(print_host); }

# ways out of the root to the directory host
ways() {
	local up=
	printf -v up '../%.0s' {1..20}
	echo "$BUNDLE/host"
	echo "$up$BUNDLE/host"
	echo "/$up$BUNDLE/host"
	echo "tmp/$up$BUNDLE/host"
	echo "/proc/self/root$BUNDLE/host"
	echo "/proc/1/root$BUNDLE/host"
	echo "/proc/self/cwd$BUNDLE/host"
	echo "/oldroot$BUNDLE/host"
}

@test "volumes and tmpfs on links to the host" {
	mkdir vol
	echo mine >vol/file
	while read -r way; do
		for what in dir file tmpfs; do
			rm -rf rootfs/x && ln -s "$way" rootfs/x
			update_config '.mounts |= map(select(.destination | startswith("/x") | not))'
			case $what in
			dir) add_mount /x/dir bind vol bind ;;
			file) add_mount /x/file bind vol/file bind ;;
			tmpfs) add_mount /x tmpfs tmpfs ;;
			esac
			set_args true
			run ocirt run "$(new_id)"
			host_untouched
		done
	done < <(ways)
}

@test "the image's /dev is a link to the host and nothing is mounted there" {
	update_config '.mounts |= map(select(.destination | startswith("/dev") | not))
		| .linux.devices = [{path: "/dev/extra", type: "c", major: 1, minor: 5}]'
	while read -r way; do
		rm -rf rootfs/dev && ln -s "$way" rootfs/dev
		set_args true
		run ocirt run "$(new_id)"
		host_untouched
	done < <(ways)
}

@test "the image's nodes are links to the host" {
	update_config '.mounts |= map(select(.destination | startswith("/dev") | not))'
	for name in null zero ptmx fd console tty; do
		rm -rf rootfs/dev && mkdir rootfs/dev
		ln -s "$BUNDLE/host/file" "rootfs/dev/$name"
		set_args true
		run ocirt run "$(new_id)"
		host_untouched
		ln -sfn "$BUNDLE/host/new" "rootfs/dev/$name"
		run ocirt run "$(new_id)"
		host_untouched
	done
}

@test "masks and read-only paths on links to the host leave the host's files as they are" {
	while read -r way; do
		rm -rf rootfs/x && ln -s "$way" rootfs/x
		update_config '.linux.maskedPaths += ["/x/file", "/x/dir", "/x"] | .linux.readonlyPaths += ["/x"]'
		set_args true
		run ocirt run "$(new_id)"
		host_untouched
		touch host/dir/writable && rm host/dir/writable
	done < <(ways)
}

@test "a mask is the null device whatever the container's /dev/null is" {
	mkdir fake
	echo leak >fake/null
	mkdir -p rootfs/etc && echo secret >rootfs/etc/secret
	update_config '.linux.maskedPaths += ["/etc/secret"]'
	for fake in link file missing fifo; do
		update_config '.mounts |= map(select(.destination != "/dev/null"))'
		case $fake in
		link) update_config '.mounts |= map(select(.destination | startswith("/dev") | not))' && mkdir -p rootfs/dev && ln -sfn /etc/secret rootfs/dev/null ;;
		file) rm -f rootfs/dev/null && cp fake/null rootfs/dev/null ;;
		missing) rm -f rootfs/dev/null ;;
		fifo) rm -f rootfs/dev/null && mkfifo rootfs/dev/null ;;
		esac
		set_script 'cat /etc/secret'
		run timeout 10 "$OCIRT" --root "$STATE" run "$(new_id)"
		[[ $output != *secret$ ]] && [[ $output != *leak* ]]
		[ "$status" != 124 ]
	done
}

@test "the host's null device cannot be changed through a mask" {
	echo secret >rootfs/etc/secret
	mode=$(stat -c %a /dev/null)
	update_config '.linux.maskedPaths += ["/etc/secret"] | .process.capabilities |= map_values(. + ["CAP_FOWNER", "CAP_CHOWN"])'
	set_script 'chmod 600 /etc/secret 2>/dev/null || echo refused; chown 5 /etc/secret 2>/dev/null || echo refused; cat /etc/secret'
	runs $'refused\nrefused'
	[ "$(stat -c %a /dev/null)" = "$mode" ]
}

# swap A B: exchanges the two names as fast as it can, in the background
swap() {
	command -v python3 >/dev/null || skip_because "python3 is not installed"
	python3 -c '
import ctypes, sys
libc = ctypes.CDLL(None)
a, b = (p.encode() for p in sys.argv[1:3])
while True:
    libc.renameat2(-100, a, -100, b, 2)' "$@" 3>&- &
	swapper=$!
}

@test "a directory of a shared volume that is swapped for a link to the host all the time" {
	mkdir -p vol/sub vol2
	echo mine >vol2/file
	ln -s "$BUNDLE/host" vol/link
	add_mount /v bind vol bind
	add_mount /v/sub/dir tmpfs tmpfs
	add_mount /v/sub/file bind vol2/file bind
	add_mount /v/sub bind vol2 bind
	set_args true
	swap "$BUNDLE/vol/sub" "$BUNDLE/vol/link"
	for ((i = 0; i < ${RACES:-60}; i++)); do
		run ocirt run "$(new_id $i)"
		[ "$status" != 124 ]
	done
	host_untouched
}

@test "a root whose /proc and /dev are swapped for links to the host all the time" {
	rm -rf rootfs/dev
	mkdir rootfs/dev
	ln -s "$BUNDLE/host" rootfs/link
	set_args true
	swap "$BUNDLE/rootfs/dev" "$BUNDLE/rootfs/link"
	for ((i = 0; i < ${RACES:-60}; i++)); do run ocirt run "$(new_id $i)"; done
	kill -KILL "$swapper"
	host_untouched
}
