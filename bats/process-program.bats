#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# process-program: how the program is found in the root, and what is said when it is not

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
}

# fails_with TEXT: run fails with that text, on one line of standard error
fails_with() {
	run -1 ocirt run "$id"
	[[ "$output" == *"$1"* ]] || { echo "wanted: $1"; echo "got: $output" && return 1; }
	[ "${#lines[@]}" = 1 ] || { echo "got: $output" && return 1; }
	[ ! -e "$STATE/$id" ]
}

@test "a name is looked for in the PATH of process.env, inside the root" {
	mkdir -p rootfs/opt/{a,b}
	printf '#!/bin/sh\necho second $0\n' >rootfs/opt/b/hello
	chmod 755 rootfs/opt/b/hello
	update_config '.process.env = ["PATH=/nowhere:/opt/a:/opt/b"]'
	set_args hello x
	run -0 ocirt run "$id"
	[ "$output" = "second /opt/b/hello" ]
}

@test "a file that may not be executed is passed over in PATH" {
	mkdir -p rootfs/opt/{a,b/hello,c}
	echo no >rootfs/opt/a/hello
	printf '#!/bin/sh\necho third\n' >rootfs/opt/c/hello
	chmod 755 rootfs/opt/c/hello
	update_config '.process.env = ["PATH=/opt/a:/opt/b:/opt/c"]'
	set_args hello
	run -0 ocirt run "$id"
	[ "$output" = third ]
}

@test "without PATH the usual directories are searched" {
	update_config '.process.env = []'
	set_args echo found
	run -0 ocirt run "$id"
	[ "$output" = found ]
}

@test "a name with a slash is taken from the current directory on" {
	cp rootfs/bin/busybox rootfs/tmp/echo
	update_config '.process.cwd = "/tmp"'
	set_args ./echo here
	run -0 ocirt run "$id"
	[ "$output" = here ]
}

@test "argv[0] is passed as it was given" {
	ln rootfs/bin/busybox rootfs/bin/lookalike
	set_args sh -c 'tr "\0" " " </proc/self/cmdline | cut -d" " -f1; tr "\0" " " </proc/$$/cmdline | cut -d" " -f1'
	run -0 ocirt run "$id"
	[ "${lines[1]}" = sh ]
}

@test "create, not start, fails when the program is missing" {
	set_args no-such-program
	run -1 ocirt create "$id"
	[[ "$output" == *'exec: "no-such-program": executable file not found in $PATH: no such file or directory' ]]
	run -1 ocirt state "$id"
}

@test "an absolute path that is missing" {
	set_args /no/such/program
	fails_with 'exec: "/no/such/program": stat /no/such/program: no such file or directory'
}

@test "a directory" {
	set_args /etc
	fails_with 'exec: "/etc": is a directory: permission denied'
}

@test "a file without the permission to execute" {
	echo text >rootfs/tmp/text
	set_args /tmp/text
	fails_with 'exec: "/tmp/text": permission denied'
	chmod 700 rootfs/tmp/text
	update_config '.process.user = {"uid": 1000, "gid": 1000}'
	fails_with 'exec: "/tmp/text": permission denied'
}

@test "a file on a noexec mount" {
	update_config '.mounts += [{"destination": "/mnt", "type": "bind", "source": "rootfs/bin", "options": ["bind", "noexec"]}]'
	set_args /mnt/busybox true
	fails_with 'exec: "/mnt/busybox": permission denied'
}

@test "a script whose interpreter is missing" {
	printf '#!/no/such/interpreter\n' >rootfs/tmp/script
	chmod 755 rootfs/tmp/script
	set_args /tmp/script
	run -1 ocirt run "$id"
	[[ "$output" == *' config.json:'*': /process/args/0: init: exec /tmp/script: no such file or directory' ]]
}

@test "start tells why the program could not be executed" {
	printf '#!/no/such/interpreter\n' >rootfs/tmp/script
	chmod 755 rootfs/tmp/script
	set_args /tmp/script
	detached create "$id"
	run -1 ocirt start "$id"
	[[ "$output" == *' config.json:'*': /process/args/0: init: exec /tmp/script: no such file or directory' ]]
	wait_for 5 is_status "$id" stopped
}

@test "a file that is no program" {
	echo text >rootfs/tmp/text
	chmod 755 rootfs/tmp/text
	set_args /tmp/text
	run -1 ocirt run "$id"
	[[ "$output" == *' config.json:'*': /process/args/0: init: exec: "/tmp/text": Exec format error' ]]
}

@test "the runtime's own program and descriptors cannot be executed" {
	for program in /proc/self/exe /proc/1/exe /proc/self/fd/0 /proc/self/fd/3/bin/sh /proc/self/root/bin/sh; do
		set_args "$program"
		fails_with "exec: \"$program\": stat $program: Too many levels of symbolic links"
	done
	ln -s /proc/self/exe rootfs/bin/me
	set_args me
	fails_with 'exec: "me": executable file not found in $PATH: no such file or directory'
}

@test "no args, or empty ones, are refused with their place" {
	update_config '.process.args = []'
	fails_with '/process/args: '
	update_config 'del(.process.args)'
	fails_with '/process/args: args must not be empty'
	update_config '.process.args = [""]'
	fails_with 'exec: "": executable file not found in $PATH'
}

@test "exec finds its program the same way and says the same" {
	set_args sleep 100
	detached run -d "$id"
	run -0 ocirt exec -e PATH=/sbin:/bin "$id" echo hello
	[ "$output" = hello ]
	run -255 ocirt exec "$id" nope
	[[ "$output" == *'exec: "nope": executable file not found in $PATH: no such file or directory' ]]
	run -255 ocirt exec "$id" /etc
	[[ "$output" == *'exec: "/etc": is a directory: permission denied' ]]
	run -255 ocirt exec "$id" /proc/self/exe
	[[ "$output" == *'Too many levels of symbolic links' ]]
}
