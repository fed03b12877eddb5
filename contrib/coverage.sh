#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# coverage.sh - which lines the tests run, by gcov:  contrib/coverage.sh [-d DIR] [-m PERCENT] [-1] [BATS-FILE...]
#
# Builds for gcov in DIR (default build/coverage), runs the unit tests and, as root, the bats files (default: all, in the lanes of
# each; -1: in the first that this machine has), and prints a line a room and those of its files that are below PERCENT (default
# 85). Exit status 1 when one of the rooms libocispec, plan or cgroup is below, or life, when all files were run and criu is there:
# checkpoint and restore are a seventh of it. What a test says does not count here: gcov's
# own words on standard error break some, and one more descriptor others. tests/gcov.c keeps the counts of the init stage; those of
# what is killed are lost.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
dir=$top/build/coverage least=85 lane=()
while getopts d:m:1 o; do
	case $o in
	1) lane=(--one-lane) ;;
	d) dir=$OPTARG ;;
	m) least=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
export LC_ALL=C.UTF-8 GCOV_ERROR_FILE=/dev/null
command -v gcov >/dev/null || { echo "coverage.sh: gcov is not installed" && exit 77; }
mkdir -p "$dir" && cd "$dir" || exit 1
[ -e "$top/configure" ] || (cd "$top" && OCIRT_QUIET=1 ./autogen.sh) || exit 1
[ -e Makefile ] || "$top/configure" -q --enable-coverage || exit 1
make -s -j"$(nproc)" check-programs >build.log 2>&1 || { tail -n 30 build.log && exit 1; }
find . -name '*.gcda' -delete
chmod -R a+rwX . # counts of users of the containers
make -s check -j"$(nproc)" TESTS='$(check_PROGRAMS)' >unit.log 2>&1
[ "$(id -u)" != 0 ] || OCIRT=$dir/ocirt BATS_PATIENCE=${BATS_PATIENCE:-3} "$top/bats/run" -j"$(nproc)" "${lane[@]}" "$@" >bats.log 2>&1

# "FILE PERCENT LINES", one line a source file of a room
lines_of() {
	local o
	for o in "$1"/*.gcno; do
		gcov -n -o "${o%/*}" "${o%.gcno}.o" 2>/dev/null
	done | awk -v room="$1/" '
		/^File/ { file = $2; gsub("\047", "", file) }
		/^Lines executed/ && index(file, room) && file ~ /\.c$/ { split($0, a, /[:% ]+/); print file, a[3], a[5] }'
}
failed=0 life=
[ $# -gt 0 ] || ! "$top/tests/vm/criu.sh" >/dev/null 2>&1 || life=src/life
for room in libocispec src/base src/libs src/kernel src/cgroup src/plan src/init src/life src/cli; do
	lines_of "$room" >lines
	percent=$(awk '{ all += $3; run += $2 * $3 / 100 } END { printf "%.1f", all ? 100 * run / all : 0 }' lines)
	printf '%-12s %5d lines, %5.1f %% run\n' "$room" "$(awk '{ n += $3 } END { print n + 0 }' lines)" "$percent"
	awk -v least="$least" '$2 < least { sub(".*/", "", $1); printf "    %-20s %5.1f %% of %d\n", $1, $2, $3 }' lines | sort -u
	case $room in
	libocispec | src/plan | src/cgroup | "$life") awk -v p="$percent" -v least="$least" 'BEGIN { exit p >= least }' && failed=1 ;;
	esac
done
exit $failed
