#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# quick: hybrid
# EXAMPLES of the manual pages: the blocks are run as they stand, in a shell, and end well

load lib/ocirt
load lib/cgroup
load lib/term

# `ocirt` is a program there, with this test's state root; other places of the pages are below the test's directory, and names of
# containers are its own
setup() {
	setup_container
	set_args sleep 1000
	web=$(new_id web)
	PLACE=$BATS_TEST_TMPDIR/place
	mkdir -p "$PLACE"/{bin,bundles,srv/data,run,var/tmp}
	ln -s "$BUNDLE" "$PLACE/bundles/$web"
	ln -s "$BUNDLE" bundle
	ln -s "$(command -v wc)" "$PLACE/bin/less"
	printf '#!/bin/sh\nexec "%s" --root "%s" "$@"\n' "$OCIRT" "$STATE" >"$PLACE/bin/ocirt"
	chmod 755 "$PLACE/bin/ocirt"
}

# script_of PAGE: its blocks but those of members of config.json and, which a host has not, a container's or fish's shell
script_of() {
	awk '/^\.Sh/ { on = /EXAMPLES/ } /^(In it|In fish)/ { skip = 1 } /^\.Ed/ { block = skip = 0 } block && !skip { print } on && /^\.Bd -literal/ { block = 1 }' \
		"$BATS_TEST_DIRNAME/../man/$1" |
		sed "/^\"annotations\"/,/^}/d; s,/run/ocirt,$STATE,g; s,/somewhere/with/busybox,$(_template),
			s,\(/bundles/\|/srv/\|/var/tmp\|/run/web\),$PLACE&,g
			s,\bweb\b,$web,g; s,\bc1\b,$web,g"
}

# example PAGE [STATUS]: output goes to a file, for what is created would hold a pipe
example() {
	local status=0
	script_of "$1" >"$PLACE/script"
	[ -s "$PLACE/script" ]
	OCIRT_TEST_MARK=$TAG PATH=$PLACE/bin:$PATH timeout --foreground -k 5 60 bash -euo pipefail "$PLACE/script" </dev/null >"$PLACE/out" 2>&1 3>&- || status=$?
	if [ "$status" != "${2:-0}" ] || grep -qx null "$PLACE/out"; then
		echo "$1 ended with $status:"
		cat "$PLACE/script" "$PLACE/out"
		return 1
	fi
}
# at_terminal PAGE STEP...: the same with a user at a terminal
at_terminal() {
	script_of "$1" >"$PLACE/script"
	shift
	OCIRT_TEST_MARK=$TAG PATH=$PLACE/bin:$PATH term run "$@" -- bash -euo pipefail "$PLACE/script"
}

# with a running container
running() {
	detached run -d "$web"
	example "$@"
	ocirt delete --force "$web"
}

@test "pages of what needs no container" {
	local page
	for page in completion features gc help list plan version; do example "ocirt-$page.8"; done
	example ocirt-check.8 2 # there are risks in it
	run ocirt doctor
	example ocirt-doctor.8 "$status" # as this host is
}

@test "pages of what makes one" {
	local page
	for page in create start; do
		example "ocirt-$page.8"
		ocirt delete --force "$web"
	done
	set_args true
	example ocirt-internals.7
	rm config.json bundle
	mkdir bundle
	example ocirt-spec.8
	example ocirt-config.5
}

@test "pages of a shell in a container" {
	require_term
	rm config.json bundle
	ln -s . bundle
	at_terminal ocirt.8 'see:/ # ' 'type:exit\r'
	cd "$PLACE"
	at_terminal ocirt-run.8 'see:/ # ' 'type:exit\r'
}

@test "pages of what is done with one" {
	local page
	mkdir rootfs/data # the root is read-only
	for page in events inspect kill mounts pause ps state top; do running "ocirt-$page.8"; done
	detached run -d "$web"
	ocirt pause "$web"
	example ocirt-resume.8
	[ "$(status_of "$web")" = running ]
	ocirt kill "$web" KILL
	wait_for 10 is_status "$web" stopped
	example ocirt-delete.8
}

@test "exec" {
	require_term
	detached run -d "$web"
	run -0 at_terminal ocirt-exec.8 'see:/ # ' 'type:exit\r' see:uid=1000
	ocirt delete --force "$web"
}

@test "update" {
	require_controller memory cpu
	detached run -d "$web"
	local group
	group=$(group_dir "$(pid_of "$web")" memory)
	[ -e "$group/memory.swap.max" ] || [ -e "$group/memory.memsw.limit_in_bytes" ] || skip_because "this kernel counts no swap"
	ocirt delete --force "$web"
	running ocirt-update.8
}

@test "checkpoint and restore" {
	require_program criu
	running ocirt-checkpoint.8
	example ocirt-restore.8
}

@test "every page's examples are run here" {
	local page
	for page in "$BATS_TEST_DIRNAME"/../man/ocirt-*.8; do
		page=${page##*/ocirt-}
		grep -qwF "${page%.8}" "$BATS_TEST_FILENAME" || { echo "$page" && false; }
	done
}
