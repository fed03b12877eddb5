#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# the command line: help, version, mistakes, exit codes, the log

load lib/ocirt

setup() {
	ocirt_setup
	cd "$BATS_TEST_TMPDIR" || return
	id=$(new_id)
}

@test "help, version, features and spec need neither /proc nor rights" {
	require_root
	mkdir -p root/{bin,lib,lib64,usr/lib,proc,work}
	cp "$OCIRT" root/bin/ocirt
	ldd "$OCIRT" | grep -o '/[^ ]*' | while read -r lib; do mkdir -p "root/${lib%/*}" && cp "$lib" "root$lib"; done
	for words in --version --help features "spec -b /work" "create --help" version "help exec"; do
		# shellcheck disable=SC2086 # words
		run -0 --separate-stderr chroot --userspec=12345:12345 root /bin/ocirt $words || :
		if [ "$words" = "spec -b /work" ]; then continue; fi
		[ "$status" = 0 ]
		[ -z "$stderr" ]
		[ -n "$output" ]
	done
}

@test "the first line of the version is what engines read" {
	run -0 --separate-stderr ocirt --version
	[[ ${lines[0]} =~ ^ocirt\ version\ [0-9] ]]
	[[ ${lines[1]} == "commit: "* ]]
	[[ ${lines[2]} == "spec: 1."* ]]
	[ "$(grep -c version <<<"$output")" = 1 ]
	[ -z "$stderr" ]
}

@test "an unknown command is 3, a mistake 1, a failure of exec 255" {
	run -3 ocirt nope
	run -1 ocirt list --nope
	run -1 ocirt create
	run -1 ocirt state "$id"
	run -255 ocirt exec "$id" true
	run -3 ocirt checkpointt --help
}

@test "a mistyped word is answered with the one that is near" {
	run -3 ocirt crate
	[[ $output == *'did you mean "create"?'* ]]
	run -1 ocirt create --bundel x "$id"
	[[ $output == *'did you mean "--bundle"?'* ]]
	run -1 ocirt kill "$id" SIGWINHC
	[[ $output == *'did you mean "WINCH"?'* ]]
}

@test "a failure is one line on standard error and one record in the log, success none" {
	run -0 --separate-stderr ocirt --log log --log-format json list
	[ -z "$stderr" ]
	[ ! -s log ]
	run -1 --separate-stderr ocirt --log log --log-format json state "$id"
	[ "$(wc -l <<<"$stderr")" = 1 ]
	[ -z "$output" ]
	run -255 ocirt --log-format=json --log=log exec "$id" true
	[ "$(wc -l <log)" = 2 ]
	jq -e 'select(.level == "error") | .msg | test("does not exist")' log
	jq -re .time log | while read -r time; do date -d "$time"; done
}

@test "a log in text has the record too" {
	run -1 ocirt --log log state "$id"
	grep -q 'level=error.*does not exist' log
}

@test "of repeated options the last counts" {
	run -1 ocirt --root /nowhere --root "$STATE" state "$id"
	[[ $output == *"does not exist"* ]]
}

@test "an empty XDG_RUNTIME_DIR is as none" {
	require_root
	XDG_RUNTIME_DIR='' run -1 env -i "$OCIRT" state "$id"
	[[ $output == *"does not exist"* ]]
}

@test "closed standard descriptors do no harm" {
	run -0 sh -c '"$0" --root "$1" list -q <&- 2>&-' "$OCIRT" "$STATE"
	run -1 sh -c '"$0" --version >/dev/full' "$OCIRT"
	[[ $output == *"standard output"* ]]
}

@test "kill knows every way to spell a signal" {
	require_root
	setup_bundle
	for sig in TERM SIGTERM term 15 sigusr1 RTMIN+3 37 rtmax-1; do
		set_script 'for s in TERM USR1 37 63; do trap "echo $s >>/tmp/got; exit 0" $s; done; echo >/tmp/ready; while :; do sleep 0.02; done'
		update_config '.root.readonly = false'
		rm -f rootfs/tmp/ready
		detached run -d "$id"
		wait_for 10 test -e rootfs/tmp/ready
		ocirt kill "$id" 0
		ocirt kill "$id" "$sig"
		wait_for 10 is_status "$id" stopped
		ocirt delete "$id"
	done
	[ "$(tr '\n' ' ' <rootfs/tmp/got)" = "TERM TERM TERM TERM USR1 37 37 63 " ]
}
