#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: any
# propagation: of mounts, of the root, and that nothing comes out to the host

load lib/ocirt
load lib/mounts

setup() {
	setup_container
	update_config '.root.readonly = false'
	update_config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	mkdir vol
	mount --bind vol vol
	mount --make-shared vol
}
teardown() {
	cd /
	umount -R -l "$BUNDLE/vol" 2>/dev/null || :
	[ -z "${shared_root:-}" ] || umount -R -l "$shared_root" 2>/dev/null || :
	ocirt_teardown
}

# fields PATH: a script that prints the propagation fields of the last mount there
fields() { printf 'awk '\''$5 == "%s" { s = ""; for (i = 7; $i != "-"; i++) s = s " " $i } END { print "%s:" s }'\'' /proc/self/mountinfo | sed "s/:[0-9][0-9]*//g;s/ propagate_from//"; ' "$1" "$1"; }

@test "every propagation word has its effect" {
	for word in shared rshared slave rslave private rprivate unbindable runbindable; do add_mount /m/$word bind vol rbind $word; done
	update_config '.mounts += [{destination: "/m/both", source: "vol", options: ["bind", "slave", "shared"]}]'
	set_script "for w in shared rshared slave rslave private rprivate unbindable runbindable both; do
		awk -v p=/m/\$w '\$5 == p { s = \"\"; for (i = 7; \$i != \"-\"; i++) s = s \" \" \$i } END { print p s }' /proc/self/mountinfo | sed 's/:[0-9][0-9]*//g'; done"
	run -0 ocirt run "$(new_id)"
	[ "${lines[0]}" = "/m/shared shared master" ]
	[ "${lines[1]}" = "/m/rshared shared master" ]
	[ "${lines[2]}" = "/m/slave master" ]
	[ "${lines[3]}" = "/m/rslave master" ]
	[ "${lines[4]}" = "/m/private" ]
	[ "${lines[5]}" = "/m/rprivate" ]
	[ "${lines[6]}" = "/m/unbindable unbindable" ]
	[ "${lines[7]}" = "/m/runbindable unbindable" ]
	[ "${lines[8]}" = "/m/both shared master" ]
}

@test "new file systems take propagation words, too" {
	add_mount /m tmpfs tmpfs shared
	set_script "$(fields /m)"
	runs "/m: shared"
}

@test "a slave volume sees what the host mounts later, a private one does not" {
	mkdir vol/later
	add_mount /slave bind vol bind rslave
	add_mount /private bind vol bind rprivate
	set_args sleep 100
	id=$(new_id)
	detached run -d "$id"
	mount -t tmpfs later vol/later
	touch vol/later/seen
	run -0 ocirt exec "$id" ls /slave/later /private/later
	[ "${lines[*]}" = "/private/later: /slave/later: seen" ]
}

@test "mounts of the container do not come out to the host" {
	mkdir vol/in
	before=$(wc -l </proc/self/mountinfo)
	add_mount /v bind vol rbind
	set_script 'mount -t tmpfs x /v/in && touch /v/in/x && mount -t tmpfs y /tmp'
	runs ""
	[ ! -e vol/in/x ]
	[ "$(wc -l </proc/self/mountinfo)" = "$before" ]
}

@test "a shared volume under a shared root propagates to the host and back" {
	mkdir vol/in
	update_config '.linux.rootfsPropagation = "shared"'
	add_mount /v bind vol rbind rshared
	before=$(wc -l </proc/self/mountinfo)
	set_script 'mount -t tmpfs x /v/in && touch /v/in/x && mount -t tmpfs y /tmp'
	runs ""
	[ -e vol/in/x ]
	umount vol/in
	[ "$(wc -l </proc/self/mountinfo)" = "$before" ]
}

@test "the root gets the propagation that was asked for" {
	mount --bind rootfs rootfs
	mount --make-shared rootfs
	shared_root=$PWD/rootfs
	set_script "$(fields /)"
	runs "/: master"
	for word in slave:master rslave:master private: rprivate: shared:shared rshared:shared unbindable:unbindable; do
		update_config --arg w "${word%%:*}" '.linux.rootfsPropagation = $w'
		run -0 ocirt run "$(new_id)"
		expected="/: ${word#*:}"
		[ "${output/ master/}" = "${expected% }" ] || [ "$output" = "${expected% }" ]
	done
}

@test "a shared root is a peer group of its own" {
	mount --bind rootfs rootfs
	mount --make-shared rootfs
	shared_root=$PWD/rootfs
	update_config '.linux.rootfsPropagation = "shared"'
	before=$(wc -l </proc/self/mountinfo)
	set_script 'mkdir -p /a /b && mount --rbind / /a && mount -t tmpfs x /b && touch /b/x && ls /a/b'
	runs x
	[ "$(wc -l </proc/self/mountinfo)" = "$before" ]
	[ ! -e rootfs/b/x ]
}

@test "an unbindable root cannot be bound" {
	update_config '.linux.rootfsPropagation = "unbindable"'
	set_script 'mkdir -p /a; mount --bind / /a 2>/dev/null || echo refused'
	runs refused
}

@test "a private root does not see what the host mounts below it later" {
	mkdir rootfs/later
	mount --bind rootfs rootfs
	mount --make-shared rootfs
	shared_root=$PWD/rootfs
	set_args sleep 100
	for word in private slave; do
		update_config --arg w $word '.linux.rootfsPropagation = $w'
		detached run -d "$TAG-$word"
	done
	mount -t tmpfs later rootfs/later
	touch rootfs/later/seen
	run -0 ocirt exec "$TAG-private" ls /later
	[ "$output" = "" ]
	run -0 ocirt exec "$TAG-slave" ls /later
	[ "$output" = seen ]
}

@test "an unknown rootfsPropagation is refused" {
	update_config '.linux.rootfsPropagation = "sharred"'
	refuses /linux/rootfsPropagation
}
