#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# process-env: the environment of the program, HOME, LISTEN_FDS

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
	set_args env
}

env_is() { update_config '.process.env = $ARGS.positional' --args -- "$@"; }

# has WORD..., has_not WORD...: the output of env
has() {
	local word
	for word; do grep -qxF -- "$word" <<<"$output" || { echo "no $word in: $output" && return 1; }; done
}

@test "the program has the environment of config.json and nothing of ours" {
	env_is PATH=/bin A=1 "B=two words" C= D==x=
	OURS=1 run -0 ocirt run "$id"
	has PATH=/bin A=1 "B=two words" C= D==x=
	[ "$(grep -c . <<<"$output")" = 6 ] # and HOME
}

@test "of a name given twice the last value counts" {
	env_is PATH=/bin A=1 A=2 B=x A=3
	run -0 ocirt run "$id"
	has A=3 B=x
	[ "$(grep -c '^A=' <<<"$output")" = 1 ]
}

@test "HOME comes from the container's /etc/passwd when it is not set, or empty" {
	env_is PATH=/bin
	run -0 ocirt run "$id"
	has HOME=/root
	env_is PATH=/bin HOME=
	run -0 ocirt run "$id"
	has HOME=/root
	[ "$(grep -c '^HOME=' <<<"$output")" = 1 ]
	update_config '.process.user = {"uid": 1000, "gid": 1000}'
	run -0 ocirt run "$id"
	has HOME=/home
	update_config '.process.user = {"uid": 4711, "gid": 0}'
	run -0 ocirt run "$id"
	has HOME=/
	env_is PATH=/bin HOME=/given
	run -0 ocirt run "$id"
	has HOME=/given
}

@test "an /etc/passwd that is no ordinary file neither hangs nor floods us" {
	env_is PATH=/bin
	rm rootfs/etc/passwd
	mkfifo rootfs/etc/passwd
	OCIRT_LIMIT=10 run -0 ocirt run "$id"
	has HOME=/
	rm rootfs/etc/passwd
	ln -s /dev/zero rootfs/etc/passwd
	OCIRT_LIMIT=10 run -0 ocirt run "$id"
	has HOME=/
	rm rootfs/etc/passwd
	truncate -s 3G rootfs/etc/passwd
	OCIRT_LIMIT=10 run -0 ocirt run "$id"
	has HOME=/
	rm rootfs/etc/passwd
	ln -s /../../../../../etc/passwd rootfs/etc/passwd # its own link, inside the root: a loop
	OCIRT_LIMIT=10 run -0 ocirt run "$id"
	has HOME=/
}

@test "exec has its own environment on top, and HOME of its user" {
	env_is PATH=/bin A=1
	set_args sleep 100
	detached run -d "$id"
	run -0 ocirt exec -e A=2 -e B=3 --user 1000 "$id" env
	has A=2 B=3 HOME=/home PATH=/bin
}

@test "words without a name or an equals sign are refused with their place" {
	env_is A=1 NOEQ
	run -1 ocirt run "$id"
	[[ "$output" == *'/process/env/1: the environment word "NOEQ" has no "="' ]]
	env_is '=x'
	run -1 ocirt run "$id"
	[[ "$output" == *'/process/env/0: the environment word "=x" has no name' ]]
}

@test "passed sockets are announced to the program and to nobody else" {
	env_is PATH=/bin
	set_args sh -c 'env; ls /proc/self/fd | tr "\n" " "'
	run -0 env LISTEN_FDS=2 bash -c 'exec 3</dev/null 4</dev/null 5</dev/null; LISTEN_PID=$$ exec "$@"' _ \
		"$OCIRT" --root "$STATE" run "$id"
	has LISTEN_FDS=2 LISTEN_PID=1 "0 1 2 3 4 5 "
	run -0 env LISTEN_FDS=2 LISTEN_PID=1 "$OCIRT" --root "$STATE" run "$id"
	[[ "$output" != *LISTEN* ]]
}

@test "an odd number of passed sockets is none" {
	set_args env
	for n in -1 1x "" 4294967297 99999999999999999999; do
		run -0 env LISTEN_FDS="$n" bash -c 'exec 3</dev/null; LISTEN_PID=$$ exec "$@"' _ \
			"$OCIRT" --root "$STATE" run --preserve-fds 1 "$id"
		[[ $output != *LISTEN* ]]
	done
}

@test "thousands of words" {
	update_config '.process.env = ["PATH=/bin"] + [range(5000) | "V\(.)=\(.)"]'
	set_args sh -c 'env | grep -c ^V'
	run -0 ocirt run "$id"
	[ "$output" = 5000 ]
}
