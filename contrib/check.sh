#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check.sh - everything that is tested, on a machine with nothing installed:  contrib/check.sh [--full] [PART...]
#
# Parts: packages build unit asan valgrind fuzz bats bats-asan coverage vm lint, and with --full also vm-full, distcheck, packaging and
# sweep: every kill and every fault at every system call, in all lanes, of which the part bats does a sample. What runs
# under ASan and for the figure of coverage are some bats files in one lane, with --full all of them; and the engines in all
# lanes (OCIRT_ENGINES=full). Each prints one line, ok or FAILED; the whole output is in build/check/PART.log. The last line is
# "N passed, N failed, N skipped", counted over the TAP of all unit tests (each time they run) and all bats files; a part without
# TAP that fails counts as one failure. Before it what was skipped is told, with its reason, and what failed. Exit status 1 on any
# failure, or when no test ran.
set -u
export LC_ALL=C.UTF-8 CI=${CI:-true} PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
exec </dev/null
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top" || exit 1
. contrib/lib/packages.sh
. contrib/lib/count.sh

parts="packages build unit asan valgrind fuzz bats bats-asan coverage vm lint"
# those that go through most of what reads, decides and undoes; each some seconds
few=(--one-lane check. create-start exec. gc hostile-state terminal-foreground)
few_counted=(annotations cgroup-kill check. checkpoint create-start doctor events exec. exec-limits gc hooks hostile-state inspect-top list-ps
	mount-userns mounts-live net-dev notify plan-dry rootless-maps seccomp-notify terminal- trace update)
if [ "${1-}" = --full ]; then
	parts="$parts vm-full distcheck packaging sweep"
	few=() few_counted=()
	export OCIRT_ENGINES=full
	shift
fi
[ $# = 0 ] || parts=$*

out=${CHECK_DIR:-$top/build/check}
mkdir -p "$out" && rm -rf "$out"/*.log "$out"/*.tap "$out"/*.says || exit 1
jobs=$(nproc)
broken=0

# --- parts: each is a function do_PART, whose output is the log; TAP that it wants counted goes to $tap ----------------
do_packages() { install_packages test; }

build_in() { # DIR CONFIGURE-ARGUMENT...
	local dir=$out/$1
	shift
	[ -e configure ] || OCIRT_QUIET=1 ./autogen.sh || return
	mkdir -p "$dir" && (cd "$dir" && "$top/configure" --enable-werror "$@") && make -C "$dir" -j"$jobs" check-programs
}
do_build() { build_in build && make -C "$out/build" -j"$jobs" bench-programs && "$out/build/ocirt" --version; }

# for the parts that want no more of it
built() { [ -x "$out/build/ocirt" ] || do_build; }

unit_in() { # DIR MAKE-ARGUMENT...
	local dir=$out/$1 status
	shift
	[ -e "$dir/Makefile" ] || build_in "${dir##*/}" || return
	find "$dir/tests" -name '*.log' -delete
	make -C "$dir" check -j"$jobs" "$@"
	status=$?
	find "$dir/tests" -name '*.log' -exec cat {} + >"$tap"
	return $status
}
do_unit() { unit_in build; }
do_asan() {
	build_in asan --enable-asan &&
		UBSAN_OPTIONS=print_stacktrace=1 unit_in asan 'TESTS=$(check_PROGRAMS)'
}
do_valgrind() {
	TEST_CANNOT=$top/contrib/lib/valgrind.txt TEST_WRAPPER="valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect --track-fds=no --child-silent-after-fork=yes" \
		unit_in build 'TESTS=$(check_PROGRAMS)'
}

# every target over its corpus and some seconds on; without a libFuzzer it is a skip with its reason
do_fuzz() {
	local status
	tests/fuzz/run.sh -d "$out/fuzz" -j "$jobs" -t 3 | tee "$tap"
	status=${PIPESTATUS[0]}
	[ "$status" = 77 ] || return "$status"
}

# one more at a time than there are CPUs: half of a test is waiting
bats_with() { # OCIRT FILE...
	local ocirt=$1
	shift
	OCIRT=$ocirt bats/run -j"$((jobs + 1))" "$@" | tee "$tap"
	return "${PIPESTATUS[0]}"
}
do_bats() { built && bats_with "$out/build/ocirt"; }
do_bats-asan() { ASAN_OPTIONS=detect_leaks=0 BATS_PATIENCE=3 bats_with "$out/asan/ocirt" "${few[@]}"; }
do_sweep() { built && OCIRT_SWEEP=full OCIRT_SWEEP_JOBS=2 BATS_PATIENCE=20 bats_with "$out/build/ocirt" killed-anywhere faults; }

# unified cgroups, systemd, AppArmor and SELinux in guests; one that cannot be had is a skip with its reason, not a failure
vm_with() { # SECONDS WORD...
	local limit=$1
	shift
	built || return
	OCIRT=$out/build/ocirt timeout -k 20 "$limit" tests/vm/check.sh "$@" | tee "$tap"
	return "${PIPESTATUS[0]}"
}
do_vm() { vm_with 900 --quick; }
do_vm-full() { install_packages guests && vm_with 18000 --full; }

# but for gcc -Werror, which is the part build
do_lint() { contrib/lint house docs clang analyzer tidy cppcheck format shell; }
# the figures of the rooms are printed, too
do_coverage() {
	local status
	contrib/coverage.sh -1 -d "$out/coverage" "${few_counted[@]}" | tee "$out/coverage.rooms"
	status=${PIPESTATUS[0]}
	grep '% run$' "$out/coverage.rooms" >"$out/coverage.says"
	return "$status"
}
# the tarball, the static binary, the Debian package and the one for arm64, each in clean roots
do_packaging() {
	local t status=0
	for t in contrib/packaging/try-*.sh; do
		"$t" | tee -a "$tap"
		[ "${PIPESTATUS[0]}" = 0 ] || status=1
	done
	return $status
}
do_distcheck() { built && make -C "$out/build" distcheck; }

# --- the frame ------------------------------------------------------------------------------------------------------------
# what of a log a reader needs when its part failed
why_failed() {
	if [ -s "$out/$1.tap" ]; then
		awk '/^(not )?ok |^1\.\./ { on = /^not / } on' "$out/$1.tap" | head -n 300
	else
		tail -n 80 "$out/$1.log"
	fi
}

part() {
	local name=$1 began=$SECONDS status numbers=""
	tap=$out/$name.tap
	("do_$name") >"$out/$name.log" 2>&1
	status=$?
	[ ! -e "$tap" ] || numbers=": $(count_tap "$tap")" || status=1
	if [ $status = 0 ]; then
		echo "ok      $name$numbers ($((SECONDS - began)) s)"
		[ ! -e "$out/$name.says" ] || sed 's/^/        /' "$out/$name.says"
		return
	fi
	why_failed "$name"
	echo "FAILED  $name$numbers ($((SECONDS - began)) s, build/check/$name.log)"
	# a part that failed without a failed test in its TAP is a failure by itself
	[ -e "$tap" ] && ! count_numbers "$tap" | grep -qE '^[0-9]+ 0 ' || broken=$((broken + 1))
}

for p in $parts; do
	part "$p"
done

cat "$out"/*.tap >"$out/all" 2>/dev/null
[ "$broken" = 0 ] || for ((i = 0; i < broken; i++)); do echo "not ok 0 a part failed"; done >>"$out/all"
count_skips "$out/all"
count_failures "$out/all"
count_tap "$out/all"
