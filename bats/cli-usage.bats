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
	chmod 777 root/work
	cp "$OCIRT" root/bin/ocirt
	ldd "$OCIRT" | grep -o '/[^ ]*' | while read -r lib; do mkdir -p "root/${lib%/*}" && cp "$lib" "root$lib"; done
	for words in --version --help features "spec -b /work" "create --help" version "help exec"; do
		# shellcheck disable=SC2086 # words
		run -0 --separate-stderr chroot --userspec=12345:12345 root /bin/ocirt $words
		[ -z "$stderr" ]
		[[ -n $output || $words == spec* ]]
	done
	jq -e .process.args root/work/config.json
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

@test "help has the headings that runc's users know" {
	for command in run exec kill update features completion; do
		run -0 ocirt $command -h
		[ "${lines[0]}" = NAME: ]
		[[ ${lines[1]} == "   ocirt $command - "* ]]
		[ "${lines[2]}" = USAGE: ]
	done
	run -3 ocirt nope -h
	[[ $output == *"No help topic for 'nope'"* ]]
}

@test "runc's and crun's other words for help and version" {
	for words in h "h run" "help run" -h -help --help --usage '-?' "run --usage" "run -?"; do
		# shellcheck disable=SC2086 # words
		run -0 ocirt $words
		[ "${lines[0]}" = NAME: ]
	done
	for words in -v --version -version -V "list -v" version; do
		# shellcheck disable=SC2086 # words
		run -0 ocirt $words
		[[ ${lines[0]} == "ocirt version "* ]]
	done
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

# a daemon of a socket of its own; $1 is the socket, the record comes to the file got
listen_at() {
	exec 8< <(perl -MSocket -e 'my ($at) = @ARGV; my $s; socket($s, AF_UNIX, SOCK_DGRAM, 0) && bind($s, pack_sockaddr_un($at)) or die;
		print "ready\n"; close STDOUT; recv($s, my $got, 65536, 0); open my $f, ">", "got"; print $f $got; close $f;
		rename "got", "record"' "$1")
	read -r _ <&8
}

@test "a failure goes to journald and to syslog as they want it" {
	require_root
	# shellcheck disable=SC2016 # of the inner shell
	for how in 'journald:c1 /run/systemd/journal/socket' 'syslog:c1 /dev/log'; do
		read -r log socket <<<"$how"
		rm -f record
		run -1 --separate-stderr unshare -m bash -c '. "$1"; mount -t tmpfs run /run; mkdir -p /run/systemd/journal
			[ -e /dev/log ] || [ "$3" != /dev/log ] || { mkdir /run/dev; cp -a /dev/null /dev/urandom /run/dev; ln -s /proc/self/fd /run/dev/fd; mount --bind /run/dev /dev; }
			[ "$3" != /dev/log ] || rm -f /dev/log
			listen_at "$3"; exec "$OCIRT" --root "$STATE" --log "$2" --log-format json state nobody' _ <(declare -f listen_at) "$log" "$socket"
		[[ $stderr == *"does not exist"* ]]
		wait_for 10 test -s record
		grep -aq 'container "nobody" does not exist' record
		case $log in
		journald*) grep -aqx PRIORITY=3 record && grep -aqx SYSLOG_IDENTIFIER=c1 record ;;
		syslog*) grep -aqE '^<27>[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} c1\[[0-9]+\]: state nobody' record ;;
		esac
	done
}

@test "a log daemon that is not there, or has no name, is told" {
	require_root
	run -1 unshare -m sh -c 'mount -t tmpfs run /run; exec "$0" --log journald:c1 list' "$OCIRT"
	[[ $output == *"log journald:c1: connect to /run/systemd/journal/socket: No such file or directory"* ]]
	for log in journald: syslog: "syslog:a b"; do
		run -1 ocirt --log "$log" list
		[[ $output == *"log $log: "* ]]
	done
}

@test "a log in text has the record too" {
	run -1 ocirt --log log state "$id"
	grep -q 'level=error.*does not exist' log
	run -1 ocirt --log file:log2 state "$id"
	grep -q 'level=error.*does not exist' log2
}

@test "a limit of few descriptors does not stand in the way of a log" {
	run -1 bash -c 'ulimit -n 64 && exec "$@"' - "$OCIRT" --root "$BATS_TEST_TMPDIR/r" --log "$BATS_TEST_TMPDIR/log" state x
	[[ $output == *'container "x" does not exist' ]]
	grep -q 'does not exist' "$BATS_TEST_TMPDIR/log"
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

@test "root of a user namespace has its state below XDG_RUNTIME_DIR, unless USER says root" {
	require_root
	export XDG_RUNTIME_DIR=$PWD
	touch ocirt
	for user in --unset=USER USER= USER=somebody; do
		run -1 env "$user" unshare -Ur "$OCIRT" list
		[[ $output == *"$PWD/ocirt"* ]]
	done
	run -0 env USER=root unshare -Ur "$OCIRT" list
	run -0 "$OCIRT" list
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
