#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# process-cwd: the current directory: entered, made when missing, never outside of the root

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
	set_args pwd
}

cwd() { update_config '.process.cwd = $d' --arg d "$1"; }

@test "the program starts in cwd" {
	mkdir -p rootfs/some/dir
	cwd /some/dir
	run -0 ocirt run "$id"
	[ "$output" = /some/dir ]
}

@test "a missing cwd is made, as root and before the root becomes read-only" {
	cwd /made/for/us
	update_config '.process.user = {"uid": 1000, "gid": 1000} | .root.readonly = true'
	run -0 ocirt run "$id"
	[ "$output" = /made/for/us ]
	[ "$(stat -c %u:%g:%a rootfs/made/for)" = 0:0:755 ]
}

@test "a cwd behind a symlink stays inside the root" {
	ln -s /../../../../outside rootfs/link
	cwd /link/deep
	run -0 ocirt run "$id"
	[ "$output" = /outside/deep ]
	[ -d rootfs/outside/deep ]
	[ ! -e /outside ]
}

@test "a cwd that only the user may enter" {
	mkdir -m 700 rootfs/private
	chown 1000:1000 rootfs/private
	cwd /private
	update_config '.process.user = {"uid": 1000, "gid": 1000} | .process.capabilities = {}'
	run -0 ocirt run "$id"
	[ "$output" = /private ]
}

@test "no cwd leads out through a descriptor of the runtime" {
	exec 7</ 8</etc
	for fd in {3..17}; do
		for path in "/proc/self/fd/$fd" "/proc/self/fd/$fd/../.." "/proc/1/fd/$fd"; do
			cwd "$path"
			run ocirt run "$id"
			[ "$status" = 1 ] || { echo "$path: $output" && return 1; }
			[[ "$output" == *"/process/cwd: "* ]]
		done
	done
	ln -s /proc/self/fd/7 rootfs/link
	cwd /link
	run -1 ocirt run "$id"
}

@test "exec --cwd does not lead out either, nor makes directories" {
	set_args sleep 100
	detached run -d "$id"
	for fd in {3..17}; do
		run -255 ocirt exec --cwd "/proc/self/fd/$fd" "$id" pwd
	done
	ln -s /proc/self/fd/7 rootfs/link
	run -255 ocirt exec --cwd /link "$id" pwd
	run -255 ocirt exec --cwd /missing "$id" pwd
	[[ "$output" == *'chdir to cwd ("/missing"): No such file or directory' ]]
	[ ! -e rootfs/missing ]
	run -0 ocirt exec --cwd /tmp "$id" pwd
	[ "$output" = /tmp ]
}

@test "a relative cwd and one that is no directory are refused" {
	cwd etc
	run -1 ocirt run "$id"
	[[ "$output" == *'/process/cwd: cwd must be an absolute path, "etc" is not' ]]
	cwd /etc/passwd
	run -1 ocirt run "$id"
	[[ "$output" == *'chdir to cwd ("/etc/passwd"): Not a directory' ]]
	cwd /etc/passwd/deeper
	run -1 ocirt run "$id"
	[[ "$output" == *"Not a directory"* ]]
}
