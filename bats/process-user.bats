#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# process-user: ids, groups, umask

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
}

status_of_program() { set_args cat /proc/self/status; }
line() { awk -v name="$1:" '$1 == name { $1 = ""; print substr($0, 2) }' <<<"$output"; }

@test "all four ids and the groups are those of config.json" {
	update_config '.process.user = {"uid": 1000, "gid": 2000, "additionalGids": [7, 5]}'
	status_of_program
	run -0 ocirt run "$id"
	[ "$(line Uid)" = "1000 1000 1000 1000" ]
	[ "$(line Gid)" = "2000 2000 2000 2000" ]
	[ "$(line Groups)" = "5 7" ]
}

@test "the caller's groups do not get in" {
	status_of_program
	run -0 setpriv --groups 4,20,1234 "$OCIRT" --root "$STATE" run "$id"
	[ "$(line Groups)" = "" ]
}

@test "the largest ids" {
	update_config '.process.user = {"uid": 4294967294, "gid": 4294967294, "additionalGids": [4294967294]}'
	status_of_program
	run -0 ocirt run "$id"
	[ "$(line Uid)" = "4294967294 4294967294 4294967294 4294967294" ]
	[ "$(line Groups)" = 4294967294 ]
}

@test "ids that would mean 'unchanged', or are no numbers, are refused" {
	status_of_program
	for user in '{"uid": 4294967295, "gid": 0}' '{"uid": 0, "gid": 4294967295}' '{"uid": 4294967296, "gid": 0}' \
		'{"uid": -1, "gid": 0}' '{"uid": "root", "gid": 0}' '{"uid": true, "gid": 0}' '{"uid": 1.5, "gid": 0}' \
		'{"uid": 0, "gid": 0, "additionalGids": [4294967295]}'; do
		update_config ".process.user = $user"
		run -1 ocirt run "$id"
		[[ "$output" == *"/process/user/"* ]] || { echo "$user: $output" && return 1; }
	done
}

@test "umask is config.json's, else 0022, whatever the caller's" {
	set_args sh -c umask
	umask 0777
	run -0 ocirt run "$id"
	[ "$output" = 0022 ]
	umask 0022
	update_config '.process.user.umask = 63'
	run -0 ocirt run "$id"
	[ "$output" = 0077 ]
	update_config '.process.user.umask = 512'
	run -1 ocirt run "$id"
	[[ "$output" == *"/process/user/umask: umask 512 is above 511 (octal 777)" ]]
}

@test "in a user namespace the ids are those inside" {
	add_userns 100000 100000 2000
	update_config '.process.user = {"uid": 1000, "gid": 1000, "additionalGids": [5]}'
	chown -R 100000:100000 rootfs
	chmod 755 . rootfs "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR"
	status_of_program
	run -0 ocirt run "$id"
	[ "$(line Uid)" = "1000 1000 1000 1000" ]
	[ "$(line Groups)" = 5 ]
}

@test "an id that is not mapped is refused in words" {
	add_userns 100000 100000 1000
	update_config '.process.user = {"uid": 1000, "gid": 0}'
	run -1 ocirt run "$id"
	[[ "$output" == *"/process/user/uid: uid 1000 is not in /linux/uidMappings" ]]
}
