#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# quick: hybrid
# limit: 240
# mounts add, mounts remove: what is mounted in a container that is there

load lib/ocirt
load lib/mounts
load lib/user

setup_file() { user_setup_file; }
teardown_file() { user_teardown_file; }
setup() {
	setup_container
	update_config '.root.readonly = false'
	id=$(new_id)
	set_args sleep 100
	mkdir vol
	echo text >vol/file
}
teardown() {
	cd /
	[ -z "${BUNDLE-}" ] || umount "$BUNDLE/vol" 2>/dev/null || :
	user_teardown
}

# list ENTRY...: the file list.json of such mounts, one a line
list() { printf '%s\n' "$@" | jq -s . >list.json; }
bind() { # DST SOURCE [OPTION...]
	jq -nc '{destination: $ARGS.positional[0], type: "bind", source: $ARGS.positional[1], options: (["rbind"] + $ARGS.positional[2:])}' \
		--args -- "$@"
}
tmpfs() { jq -nc '{destination: $ARGS.positional[0], type: "tmpfs", source: "tmpfs", options: $ARGS.positional[1:]}' --args -- "$@"; }
inside() { ocirt exec "$id" "$@"; }
looks() { # what is mounted and what is there, from the host
	cut -d' ' -f3- "/proc/$(pid_of "$id")/mountinfo"
	find rootfs -printf '%p %y %m\n' | sort
}
says() { # TEXT...: what the last run printed has each
	local text
	for text; do [[ $output == *"$text"* ]] || { echo "\"$output\" does not say \"$text\"" && return 1; }; done
}
# changes_nothing add|remove TEXT...: it fails, says so, and the container is as it was
changes_nothing() {
	local verb=$1
	shift
	looks >before
	run -1 ocirt mounts "$verb" "$id" list.json
	says "$@"
	looks | diff before -
}

@test "a bind, a file, a tmpfs: added in their order with their options, seen by all, removed by the same list" {
	detached run -d "$id"
	looks >before
	list "$(bind /new/data "$PWD/vol" ro nosuid nodev)" "$(bind /etc/one "$PWD/vol/file")" \
		"$(tmpfs /new/tmp size=64k mode=700 noexec)" "$(bind /new/tmp/in vol)" "$(tmpfs /sealed ro)" "$(bind /sealed/in "$PWD/vol")"
	ocirt mounts add "$id" list.json
	[ "$(inside cat /new/data/file /etc/one /new/tmp/in/file /sealed/in/file)" = $'text\ntext\ntext\ntext' ]
	has_words "$(inside sh -c "$(options_at /new/data)")" ro nosuid nodev -noexec
	has_words "$(inside sh -c "$(options_at /new/tmp)")" rw noexec
	[ "$(inside stat -c %a /new/tmp)" = 700 ]
	[ "$(inside df -k /new/tmp | awk 'END { print $2 }')" = 64 ]
	run ! inside touch /sealed/x
	inside touch /new/tmp/in/written
	[ -e vol/written ]
	ocirt mounts remove "$id" list.json
	cut -d' ' -f3- "/proc/$(pid_of "$id")/mountinfo" | diff <(grep -v ^rootfs before) -
}

@test "standard input, the empty list, stacked mounts" {
	detached run -d "$id"
	echo '[]' | ocirt mounts add "$id" -
	bind /mnt "$PWD/vol" | jq -s . | ocirt mounts add "$id" -
	tmpfs /mnt | jq -s . | ocirt mounts add "$id" -
	[ -z "$(inside ls /mnt)" ]
	ocirt mounts remove "$id" - <<<'[{"destination": "/mnt"}]'
	[ "$(inside ls /mnt)" = file ]
	ocirt mounts remove "$id" - <<<'[{"destination": "/mnt/."}]'
	[ -z "$(inside ls /mnt)" ]
}

@test "what fails is told with its place, and nothing is left of the others" {
	detached run -d "$id"
	list "$(tmpfs /a/b/c)" "$(bind /a/b/c/f "$PWD/vol/file")" "$(bind /x/y/f "$PWD/vol/file")" "$(bind /etc/passwd "$PWD/vol")"
	changes_nothing add "mounts: add $id: list.json:" ": /3: " "mount on /etc/passwd: " "is a directory, but /etc/passwd in the container is a file"
	list "$(tmpfs /a/b)" "$(bind /c "$PWD/none")"
	changes_nothing add ": /1: " "bind $PWD/none: No such file or directory"
	list "$(tmpfs /a/b)" "$(tmpfs /c size=many)"
	changes_nothing add ": /1: " "tmpfs: option size=many"
}

@test "a read-only root: a place that is there is mounted on, another is told" {
	update_config '.root.readonly = true'
	detached run -d "$id"
	list "$(bind /mnt vol)"
	ocirt mounts add "$id" list.json
	[ "$(inside cat /mnt/file)" = text ]
	list "$(bind /none vol)"
	changes_nothing add ": /0: " "Read-only file system"
}

@test "wrong lists are refused with line, column and pointer" {
	detached run -d "$id"
	looks >before
	while IFS='|' read -r verb text words; do
		printf '%b' "$text" >list.json
		run -1 ocirt mounts "$verb" "$id" list.json
		says "list.json:$words" || { echo "$verb $text" && false; }
	done <<-'END'
		add|{}|1:1: expected an array, found an object
		add|"a"|1:1: expected an array, found "a"
		add||1:1: expected an array, found an empty text
		add|[|1:2: expected more, found the end of the text
		add|[] []|1:4:
		add|[1]|1:2: /0: expected an object, found 1
		add|[\n {"type": "tmpfs"}]|2:2: /0: expected the member "destination", found none
		add|[{"destination": "/a", "type": "tmpfs"},\n {"destination": "/b", "type": 5}]|2:32: /1/type: expected a string, found 5
		add|[{"destination": ""}]|1:2: /0: its destination is empty
		add|[{"destination": "/", "type": "tmpfs"}]|1:2: /0: its destination is the root file system itself
		add|[{"destination": "/a"}]|1:2: /0: it has no type, and is no bind
		add|[{"destination": "/a", "type": "bind"}]|1:2: /0: a bind without a source
		add|[{"destination": "/a", "type": "bind", "source": "/", "options": ["nodevv"]}]|1:2: /0: option "nodevv" is unknown for a bind, did you mean "nodev"?
		add|[{"destination": "/a", "type": "proc"}]|1:2: /0: a new proc: only binds and tmpfs can be added
		add|[{"destination": "/a", "type": "overlay", "options": ["lowerdir=/"]}]|1:2: /0: a new overlay: only binds and tmpfs can be added
		add|[{"destination": "/sys/fs/cgroup", "type": "cgroup"}]|1:2: /0: a new cgroup: only binds and tmpfs can be added
		add|[{"destination": "/dev", "options": ["remount", "ro"]}]|1:2: /0: it changes what is mounted there: only new mounts can be added
		add|[{"destination": "/proc/kcore", "type": "bind", "source": "/dev/null", "options": ["bind"]}]|1:2: /0: /proc/kcore cannot be mounted on: it is inside /proc
		add|[{"destination": "/a", "type": "tmpfs", "options": ["idmap"], "uidMappings": [{"containerID": 0, "hostID": 0, "size": 0}]}]|1:2: /0: it has uidMappings without gidMappings
		remove|[{"destination": "/proc/kcore"}]|1:2: /0: what is mounted on /proc/kcore protects the container: it stays
		remove|[{"destination": "/sys/firmware"}]|1:2: /0: what is mounted on /sys/firmware protects the container: it stays
		remove|[{"destination": "/proc"}]|1:2: /0: what is mounted on /proc protects the container: it stays
		remove|[{"destination": "/mnt"}]|1:2: /0: init: mounts: unmount /mnt: nothing is mounted on /mnt: Invalid argument
		remove|[{"destination": "/none"}]|1:2: /0: init: mounts: unmount /none: look up /none in the container's root: No such file or directory
	END
	looks | diff before -
	run -1 ocirt mounts add "$id" nothing.json
	says "read nothing.json: No such file or directory"
	run -1 ocirt mounts mend "$id" list.json
	says 'expected one of add remove, found "mend"'
}

@test "remove takes all or nothing, and what the container began with too" {
	update_config '.mounts += [{destination: "/mnt", type: "tmpfs", source: "tmpfs"}]'
	detached run -d "$id"
	list "$(tmpfs /mnt)" '{"destination": "/tmp"}'
	changes_nothing remove ": /1: " "nothing is mounted on /tmp"
	list "$(tmpfs /mnt/in)" "$(tmpfs /mnt)" # the second first: then there is no /mnt/in
	inside touch /mnt/kept
	ocirt mounts add "$id" - <<<'[{"destination": "/mnt/in", "type": "tmpfs"}]'
	run -1 ocirt mounts remove "$id" list.json
	says ": /0: "
	inside test -e /mnt/kept
	[ "$(grep -c ' /mnt' "/proc/$(pid_of "$id")/mountinfo")" = 2 ]
	list "$(tmpfs /mnt)" "$(tmpfs /mnt/in)"
	ocirt mounts remove "$id" list.json
	run ! grep ' /mnt' "/proc/$(pid_of "$id")/mountinfo"
}

@test "created, running and paused containers; a stopped one or none is refused" {
	list "$(bind /mnt vol)"
	detached create "$id"
	ocirt mounts add "$id" list.json
	ocirt start "$id"
	[ "$(inside cat /mnt/file)" = text ]
	if [ "$OCIRT_LANE" != none ] && ocirt pause "$id"; then
		ocirt mounts remove "$id" list.json
		ocirt mounts add "$id" list.json
		[ "$(status_of "$id")" = paused ]
		ocirt resume "$id"
	fi
	ocirt kill "$id" KILL
	wait_for 10 is_status "$id" stopped
	run -1 ocirt mounts add "$id" list.json
	says "container not running: \"$id\" is stopped"
	run -1 ocirt mounts add none list.json
	says 'container "none" does not exist'
}

@test "what happens in such a volume afterwards stays in the container, unless it is shared" {
	mount --bind vol vol
	mount --make-shared vol
	mkdir vol/in
	detached run -d "$id"
	list "$(bind /mnt "$PWD/vol")" "$(tmpfs /mnt/in)"
	grep -c . /proc/self/mountinfo >before
	ocirt mounts add "$id" list.json
	[ "$(grep -c . /proc/self/mountinfo)" = "$(<before)" ]
	ocirt mounts remove "$id" list.json
	[ "$(grep -c . /proc/self/mountinfo)" = "$(<before)" ]
}

@test "destinations: links of the image stay in its root, dangling ones too" {
	guard=$BATS_TEST_TMPDIR/host
	mkdir "$guard"
	ln -s "$guard" rootfs/absolute
	ln -s ../../../../../../../../../../"$guard" rootfs/up
	ln -s /proc/self/root/etc rootfs/magic
	detached run -d "$id"
	for dst in absolute up absolute/new; do
		list "$(bind "/$dst" "$PWD/vol")"
		ocirt mounts add "$id" list.json
		[ "$(inside cat "/$dst/file")" = text ]
		ocirt mounts remove "$id" list.json
	done
	[ -z "$(ls "$guard")" ]
	list "$(tmpfs /magic)"
	changes_nothing add ": /0: " "on the way to /magic in the container's root"
}

@test "a user namespace: sources that only the host's root may reach, flags that are locked, maps" {
	add_userns
	update_config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"] | unique)'
	chown -R -h 100000:100000 rootfs
	open_way
	mkdir -m 700 closed
	mv vol closed/vol
	mkdir ro
	mount -t tmpfs -o ro,nosuid tmpfs ro
	detached run -d "$id"
	list "$(bind /m "$PWD/closed/vol")" "$(tmpfs /t)" "$(bind /ro "$PWD/ro")"
	run -0 ocirt mounts add "$id" list.json
	umount ro
	[ "$(inside cat /m/file)" = text ]
	[ "$(inside stat -c %u /t)" = 0 ]
	inside touch /t/x
	has_words "$(inside sh -c "$(options_at /ro)")" ro nosuid
	run ! inside mount -o remount,bind,rw,suid /ro
	ocirt mounts remove "$id" list.json
}

@test "an idmapped bind" {
	detached run -d "$id"
	chown 1000:1000 vol/file
	bind /mnt "$PWD/vol" | jq -s '.[0] += {uidMappings: [{containerID: 1000, hostID: 2000, size: 1}],
		gidMappings: [{containerID: 1000, hostID: 3000, size: 1}]}' >list.json
	run ocirt mounts add "$id" list.json
	[[ $output != *"does not support"* ]] || skip_because "$output"
	[ "$status" = 0 ] || { echo "$output" && false; }
	[ "$(inside stat -c %u:%g /mnt/file)" = 2000:3000 ]
}

@test "a container without a mount namespace of its own" {
	update_config '.linux.namespaces |= map(select(.type != "mount")) | del(.linux.maskedPaths, .linux.readonlyPaths)'
	detached run -d "$id"
	list "$(bind /mnt "$PWD/vol")"
	ocirt mounts add "$id" list.json
	[ "$(inside cat /mnt/file)" = text ]
	[ ! -e rootfs/mnt/file ]
	ocirt mounts remove "$id" list.json
	[ -z "$(inside ls /mnt)" ]
}

@test "an ordinary user: his container, what he may read; nothing else" {
	user_setup
	set_args sleep 100
	update_config '.root.readonly = false'
	as_user mkdir "$HIS/data"
	as_user sh -c "echo his >$HIS/data/file"
	mkdir -m 700 "$HIS/closed"
	user_detached run -d "$id"
	list "$(bind /new "$HIS/data" ro)" "$(tmpfs /t)"
	run -0 user_ocirt mounts add "$id" list.json
	[ "$(user_ocirt exec "$id" cat /new/file)" = his ]
	user_ocirt exec "$id" touch /t/x
	run ! user_ocirt exec "$id" touch /new/x
	user_ocirt mounts remove "$id" list.json
	list "$(bind /new "$HIS/closed/.")"
	run -1 user_ocirt mounts add "$id" list.json
	says ": /0: " "Permission denied"
	rm -rf "$HIS/data" "$HIS/closed"
}
