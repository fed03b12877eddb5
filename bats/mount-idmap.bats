#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: any
# idmapped mounts: with their own maps, with the container's, recursive or not, with and without a user namespace

load lib/ocirt
load lib/mounts

setup() {
	require_root
	ocirt_setup
	idmappable_bundle
	setup_bundle
	mkdir -p vol/sub
	touch vol/file
	chown 3:4 vol/file
	mount -t tmpfs sub vol/sub
	touch vol/sub/file
	chown 5:6 vol/sub/file
	chmod 711 "$BATS_TEST_TMPDIR" "$BUNDLE" || :
	update_config '.root.readonly = false'
}
teardown() {
	cd /
	umount "$BUNDLE/vol/sub" 2>/dev/null || :
	umount -l "$BUNDLE" 2>/dev/null || :
	ocirt_teardown
}

userns() {
	add_userns 100000 200000
	chown -R 100000:200000 rootfs
	open_way
}

# mapped OPTION... : a mount of vol at /m with maps of its own: uids + 1000, gids + 2000
mapped() {
	add_mount /m bind vol "$@"
	update_config '.mounts[-1] += {uidMappings: [{containerID: 0, hostID: 1000, size: 100}], gidMappings: [{containerID: 0, hostID: 2000, size: 100}]}'
}

@test "maps of the mount's own change what owners are seen" {
	mapped bind idmap
	set_args stat -c %u:%g /m/file
	runs 1003:2004
}

@test "maps are applied also without a word for them" {
	mapped bind
	set_args stat -c %u:%g /m/file
	runs 1003:2004
}

@test "idmap is for the top, ridmap for all below" {
	require_mapped_tmpfs
	mapped rbind idmap
	set_args stat -c %u:%g /m/file /m/sub/file
	runs $'1003:2004\n5:6'
	update_config 'del(.mounts[-1])'
	mapped rbind ridmap
	runs $'1003:2004\n1005:2006'
}

@test "the container's own maps are taken when the mount has none" {
	userns
	add_mount /m bind vol rbind idmap
	add_mount /plain bind vol bind
	set_args stat -c %u:%g /m/file /plain/file
	runs $'3:4\n65534:65534'
}

@test "maps of its own in a container with a user namespace" {
	userns
	add_mount /m bind vol bind idmap
	update_config '.mounts[-1] += {uidMappings: [{containerID: 3, hostID: 100007, size: 1}], gidMappings: [{containerID: 4, hostID: 200008, size: 1}]}'
	set_args stat -c %u:%g /m/file
	runs 7:8
}

@test "the maps of a user namespace that is joined" {
	userns
	set_args sleep 100
	id=$(new_id holder)
	detached run -d "$id"
	update_config --arg p "/proc/$(pid_of "$id")/ns/user" '.linux.namespaces |= map(if .type == "user" then .path = $p else . end)
		| del(.linux.uidMappings, .linux.gidMappings)'
	add_mount /m bind vol bind idmap
	set_args stat -c %u:%g /m/file
	runs 3:4
}

@test "the form that engines wrote before there were maps" {
	add_mount /m bind vol bind 'idmap=uids=0-1000-100;gids=0-2000-100'
	set_args stat -c %u:%g /m/file
	runs 1003:2004
	update_config '.mounts[-1].options = ["bind", "idmap=uids=0-x-1"]'
	refuses "cannot read its option idmap=uids=0-x-1"
}

@test "writing goes the other way" {
	mapped bind idmap
	chmod 777 vol
	update_config '.process.user = {uid: 1009, gid: 2009} | .process.capabilities = {}'
	set_args touch /m/new
	runs ""
	[ "$(stat -c %u:%g vol/new)" = 9:9 ]
}

@test "a file system of its own can be idmapped" {
	require_mapped_tmpfs
	add_mount /t tmpfs tmpfs idmap mode=777
	update_config '.mounts[-1] += {uidMappings: [{containerID: 0, hostID: 1000, size: 100}], gidMappings: [{containerID: 0, hostID: 2000, size: 100}]}'
	set_args stat -c %u:%g /t
	runs 1000:2000
}

@test "maps without their other half, idmap without maps: refused" {
	add_mount /m bind vol bind idmap
	refuses "/mounts/" "the container has no user namespace to take them from"
	update_config '.mounts[-1] += {uidMappings: [{containerID: 0, hostID: 1000, size: 100}]}'
	refuses "uidMappings without gidMappings"
	update_config '.mounts[-1] += {gidMappings: [{containerID: 0, hostID: 1000, size: 0}]}'
	refuses "gidMappings/0" "size 0"
}

@test "a file system that cannot be idmapped is told" {
	add_mount /m bind /proc/sys bind idmap
	update_config '.mounts[-1] += {uidMappings: [{containerID: 0, hostID: 1000, size: 100}], gidMappings: [{containerID: 0, hostID: 2000, size: 100}]}'
	refuses "does not support idmapped mounts"
}
