#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# quick: hybrid
# contrib/examples: each shows what its README tells, and leaves nothing

load lib/ocirt
load lib/cgroup

EXAMPLES=$BATS_TEST_DIRNAME/../contrib/examples

setup() {
	ocirt_setup
	export OCIRT TMPDIR=$BATS_TEST_TMPDIR/tmp # they keep everything below it
	mkdir -m 1777 "$TMPDIR"
}

# example NAME: runs it; 77 is what it cannot show on this machine
example() {
	run timeout -k 5 100 "$EXAMPLES/$1/run.sh" 3>&-
	[ "$status" != 77 ] || skip_because "${output##*cannot be shown here: }"
	[ "$status" = 0 ] || { echo "$1 ended with $status: $output" && return 1; }
	rmdir "$TMPDIR" # nothing is left in it
}
# says TEXT...: each is in the output, in this order
says() {
	local text rest=$output
	for text; do
		[[ $rest == *"$text"* ]] || { echo "no \"$text\" in: $rest" && return 1; }
		rest=${rest#*"$text"}
	done
}

@test "hello: namespaces of its own, and a right given to one process" {
	require_root
	example hello
	says '"status": "created"' '"status": "running"' "    1 sh" "here: " "pid      its own" "net      its own" "user     ours" \
		"hello" " lo" "touch: /file: Read-only file system" "chown: /tmp/file: Operation not permitted" "--cap CAP_CHOWN" \
		"owner 1" "containers: 0"
	[[ $output != *"here: 1 "* ]]
}

@test "limits: of processes, memory and processor time, and a change of one" {
	require_root
	require_controller memory pids cpu
	example limits
	says "can't fork: Resource temporarily unavailable" "limit: 10" "exit status: 137" '"status": "running"' "held back: yes" "limit: 100"
}

@test "rootless: a user is root in there, and only there" {
	chmod 711 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"
	example rootless
	says "I am uid 0" "hostname mine: yes" "mount -t tmpfs tmpfs /tmp: yes" "touch /file: yes" "chown 1 /file: no" \
		"touch /host/passwd: no" "owner "
	[[ $output != *"owner 0"* ]]
}

@test "seccomp-listener: the agent makes one directory and refuses the other" {
	require_root
	example seccomp-listener
	says "mkdir: can't create directory '/never': Operation not permitted" "/wish" "done" "agent: mkdir /wish: made" \
		"agent: mkdir /never: Operation not permitted"
}

@test "overlay: changes are in the upper layer, a whiteout for what is gone" {
	require_root
	example overlay
	says "both: from tools" "only-base: from base" "made" "only-base: from base" "both: from base" "both: from tools" \
		"both: regular file, both: from tools, changed" "made: regular file, new" "only-base: character special file" "changed" "new"
}

@test "netns: two containers talk over a cable that nobody else sees" {
	require_root
	example netns
	says "10.99.0.1/24" "hello from the other side" "no route" "10.99.0.2/24"
	run ! ip netns exec "$(sed -n 's/.*netns \(right[0-9]*\)$/\1/p' <<<"$output")" true
}

@test "every example has a README that tells how it is run, and is named in the list" {
	local dir name
	for dir in "$EXAMPLES"/*/; do
		name=$(basename "$dir")
		grep -qF "contrib/examples/$name/run.sh" "$dir/README.md"
		grep -qF "($name/README.md)" "$EXAMPLES/README.md"
		grep -qF "example $name" "$BATS_TEST_FILENAME"
	done
}
