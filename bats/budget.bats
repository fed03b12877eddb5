#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# budget: how many system calls a container may cost, counted by strace(1) so that load and noise do not matter
#
# A ceiling is what was counted when it was set (docs/performance.md) and a few for other kernels and libcs. Who goes beyond it looks
# for what the new calls give a container that did not ask for more; only a good answer moves the ceiling.

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
	set_args true
	require_strace
	! grep -qa __asan_init "$OCIRT" || skip_because "sanitizers make calls of their own"
}

# count ARG...: system calls of the runtime and its stage up to the program, into $calls
count() {
	timeout 60 strace -f -qq -e signal=none -o "$BATS_TEST_TMPDIR/calls" "$OCIRT" --root "$STATE" "$@" </dev/null
	# the program's own begin with its execve by the stage; what follows of that process is not ours
	calls=$(awk '
		/ execve\("\/bin\/true"|execve\("\/bin\/busybox"/ && !/resumed/ { theirs[$1] = 1; n++; next }
		/resumed>/ || theirs[$1] || /\+\+\+ / { next }
		{ n++ }
		END { print n }' "$BATS_TEST_TMPDIR/calls")
	echo "$calls system calls: $*"
	[ "$calls" -gt 30 ]
}

# loader: the system calls of ld.so and libc at a start, where libc is not linked in
loader() {
	local n=0
	[ "$(ldd "$OCIRT" 2>/dev/null | grep -c '=>')" = 0 ] || n=30
	echo $n
}

@test "a run makes no more system calls than it did" {
	# each v1 hierarchy has a directory to make, to set up, to join, to mount, to remove
	local most=$((500 + $(loader) + 18 * $(grep -c ' cgroup ' /proc/mounts || :)))
	count run "$id"
	# a stage that is executed, as User-mode Linux wants it, is loaded once more
	! grep -q execveat "$BATS_TEST_TMPDIR/calls" || most=$((most + 20 + $(loader)))
	[ "$calls" -le $most ]
}

@test "state, kill and delete of nothing make few" {
	detached create "$id"
	count state "$id"
	[ "$calls" -le $((50 + $(loader))) ]
	count kill "$id" 0
	[ "$calls" -le $((50 + $(loader))) ]
	timeout 60 strace -f -qq -o "$BATS_TEST_TMPDIR/calls" "$OCIRT" --root "$STATE" delete --force nothing
	[ "$(wc -l <"$BATS_TEST_TMPDIR/calls")" -le $((22 + $(loader))) ]
}

@test "without --trace there is no memory for one, and no clock is read for it" {
	count run "$id"
	run ! grep -E 'memfd_create\("trace"' "$BATS_TEST_TMPDIR/calls"
}

@test "the floor that a run is measured against masks and protects what the default bundle does" {
	"$OCIRT" spec --bundle "$BATS_TEST_TMPDIR"
	diff <(jq -r '.linux.maskedPaths[], .linux.readonlyPaths[]' "$BATS_TEST_TMPDIR/config.json" | sort) \
		<(sed -n '/ masked\[\] = /,/ read_only\[\] = .*;/p' "$BATS_TEST_DIRNAME/../contrib/bench/floor.c" | grep -o '"/[^"]*"' | tr -d '"' | sort)
}
