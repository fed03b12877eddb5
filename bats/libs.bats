#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: any
# libs: what shared libraries do is done by a process of its own; how it fails, and that nothing of it is left

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
	set_args /bin/true
	# one that was never compiled before
	update_config --argjson n "${EPOCHREALTIME//[!0-9]/}" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["kill"], action: "SCMP_ACT_ERRNO", args: [{index: 1, value: $n, op: "SCMP_CMP_EQ"}]}]}'
	lib=$BATS_TEST_TMPDIR/lib
	mkdir "$lib"
	export LD_LIBRARY_PATH=$lib # libseccomp is looked for there first
}

# refused TEXT: run says it in its one line, at the filter
refused() {
	run ocirt run "$id"
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *"/linux/seccomp: seccomp: $1"* ]] || { echo "no '$1' in $output" && return 1; }
	run ocirt state "$id"
	[ "$status" -ne 0 ]
}

@test "without libseccomp a filter is refused, and what needs none is made" {
	: >"$lib/libseccomp.so.2"
	refused "a seccomp filter needs libseccomp.so.2, which cannot be loaded"
	run ocirt --debug run "$id"
	[[ $output == *"$lib/libseccomp.so.2"* ]]
	run -0 ocirt features
	[[ $output == *'"io.github.seccomp.libseccomp.version": "none"'* ]]
	update_config 'del(.linux.seccomp)'
	run -0 ocirt run "$id"
}

@test "a library that ends its process is an error of the container" {
	command -v gcc >/dev/null || skip_because "gcc is not installed"
	echo '#include <signal.h>
		__attribute__((constructor)) static void end(void) { raise(SIGKILL); }' >"$lib/end.c"
	gcc -shared -fPIC -o "$lib/libseccomp.so.2" "$lib/end.c"
	refused "what needs libseccomp has ended: killed by signal 9 (killed)"
	echo '#include <stdlib.h>
		__attribute__((constructor)) static void end(void) { _Exit(3); }' >"$lib/end.c"
	gcc -shared -fPIC -o "$lib/libseccomp.so.2" "$lib/end.c"
	refused "what needs libseccomp has ended: exit status 3"
}

@test "killed while a library is at work nothing goes on" {
	command -v gcc >/dev/null || skip_because "gcc is not installed"
	echo '#include <unistd.h>
		__attribute__((constructor)) static void wait(void) { for (;;) pause(); }' >"$lib/wait.c"
	gcc -shared -fPIC -o "$lib/libseccomp.so.2" "$lib/wait.c"
	local helper pid
	OCIRT_TEST_MARK=$TAG "$OCIRT" --root "$STATE" run "$id" 3>&- &
	pid=$!
	helper_is() { helper=$(pgrep -P "$pid" -f ocirt-libs); }
	wait_for 10 helper_is
	kill -KILL "$pid"
	is_gone() { ! [ -e "/proc/$helper" ]; }
	wait_for 10 is_gone
	wait "$pid" || true
}

@test "where no memory file may be executed a filter is refused, and what needs none is made" {
	[ -e /proc/sys/vm/memfd_noexec ] || skip_because "this kernel has no vm.memfd_noexec"
	# it counts for the pid namespace it is written in, and those below
	noexec() { unshare --pid --fork --mount-proc sh -c 'echo 2 >/proc/sys/vm/memfd_noexec && exec "$0" "$@"' "$OCIRT" --root "$STATE" "$@"; }
	run noexec run "$id"
	[ "$status" -eq 1 ]
	[[ $output == *"/linux/seccomp: seccomp: what needs libseccomp cannot be started: make a memory file of it: Permission denied" ]]
	update_config 'del(.linux.seccomp)'
	run -0 noexec run "$id"
}

@test "a filter that was compiled once needs no process, nor does a container without one" {
	command -v strace >/dev/null || skip_because "strace is not installed"
	local trace=$BATS_TEST_TMPDIR/trace
	started() { OCIRT_TEST_MARK=$TAG strace -f -o "$trace" -e trace=memfd_create "$OCIRT" --root "$STATE" run "$id" 3>&- && grep -c ocirt-libs "$trace"; }
	run started
	[ "$output" = 1 ]
	run started
	[ "$output" = 0 ]
	update_config 'del(.linux.seccomp)'
	run started
	[ "$output" = 0 ]
}
