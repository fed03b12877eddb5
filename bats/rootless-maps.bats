#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: any
# id maps of a caller without privileges: its own id by itself, more of them through newuidmap(1) and newgidmap(1)

load lib/ocirt
load lib/mounts

# The lane's mount namespace is ours: /etc has a user with ids of its own there.
setup() {
	require_root
	require_program setpriv newuidmap newgidmap
	ocirt_setup
	setup_bundle
	local file
	rm config.json
	"$OCIRT" spec --rootless
	update_config '.process.terminal = false'
	more 0
	for file in passwd group subuid subgid; do
		touch -a "/etc/$file"
		cp "/etc/$file" "$BATS_TEST_TMPDIR/$file"
	done
	echo 'ocirtuser:x:54321:54321::/:/bin/sh' >>"$BATS_TEST_TMPDIR/passwd"
	echo 'ocirtuser:x:54321:' >>"$BATS_TEST_TMPDIR/group"
	echo 'ocirtuser:3000000:65536' | tee -a "$BATS_TEST_TMPDIR/subuid" >>"$BATS_TEST_TMPDIR/subgid"
	for file in passwd group subuid subgid; do mount --bind "$BATS_TEST_TMPDIR/$file" "/etc/$file"; done
	cp "$OCIRT" "$BATS_TEST_TMPDIR/ocirt"
	chown -R 54321:54321 "$BUNDLE" "$STATE"
	open_way
	id=$(new_id)
}
teardown() {
	local file
	cd /
	for file in /etc/passwd /etc/group /etc/subuid /etc/subgid /usr/bin/newuidmap /usr/bin/newgidmap; do
		! mountpoint -q "$file" || umount "$file"
	done
	[ -z "${STATE-}" ] || chown 0:0 "$STATE"
	ocirt_teardown
}

as_user() {
	chown 54321:54321 "$BUNDLE/config.json"
	OCIRT_TEST_MARK=$TAG setpriv --reuid 54321 --regid 54321 --clear-groups timeout --foreground -k 5 60 \
		"$BATS_TEST_TMPDIR/ocirt" --root "$STATE" "$@" 3>&-
}
# more COUNT: the caller's id as 0, and single ids after it that do not go on
more() {
	update_config --argjson n "$1" '.linux.uidMappings = [{containerID: 0, hostID: 54321, size: 1}]
		+ [range($n) | {containerID: (. + 1), hostID: (3000000 + . * 2), size: 1}] | .linux.gidMappings = .linux.uidMappings'
}
without_helpers() {
	touch "$BATS_TEST_TMPDIR/nothing"
	mount --bind "$BATS_TEST_TMPDIR/nothing" /usr/bin/newuidmap
	mount --bind "$BATS_TEST_TMPDIR/nothing" /usr/bin/newgidmap
}
show='cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups | tr -s " "; id -u'

@test "the caller's own id, with the helpers and without them: setgroups is given up" {
	set_script "$show"
	run -0 as_user run "$id"
	[ "$output" = $' 0 54321 1\n 0 54321 1\ndeny\n0' ]
	without_helpers
	run -0 as_user run "$id"
	[ "$output" = $' 0 54321 1\n 0 54321 1\ndeny\n0' ]
	update_config '.process.user.additionalGids = [0]'
	run ! as_user run "$id"
	[[ $output == *config.json:*": /process/user/additionalGids: "*"denies setgroups"* ]]
}

@test "further ids of the caller's, in many rows: setgroups stays" {
	more 200
	update_config '.process.user.additionalGids = [3, 7]'
	set_script 'wc -l </proc/self/uid_map; wc -l </proc/self/gid_map; cat /proc/self/setgroups; id -G'
	run -0 as_user run "$id"
	[ "$output" = $'201\n201\nallow\n0 3 7' ]
}

@test "ids that are not the caller's are refused by the helper, in its words" {
	update_config '.linux.uidMappings += [{containerID: 1, hostID: 9000000, size: 1}]'
	run ! as_user run "$id"
	[[ $output == *config.json:*": /linux/uidMappings: "*"newuidmap: uid range"*"not allowed"* ]]
	update_config '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]'
	run ! as_user run "$id"
	[[ $output == *config.json:*": /linux/uidMappings: "*"not allowed"* ]]
}

@test "more than the caller's own id needs the helpers" {
	more 1
	without_helpers
	run ! as_user run "$id"
	[[ $output == *config.json:*": /linux/uidMappings: "*/usr/bin/newuidmap* ]]
}

@test "without a user namespace nothing else can be made" {
	update_config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
	run ! as_user run "$id"
	[[ $output == *config.json:*": /linux/namespaces: "*"user namespace"*"Operation not permitted"* ]]
}
