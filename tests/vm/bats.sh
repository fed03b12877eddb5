#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bats.sh - runs bats files in guests:  OCIRT=/path/to/ocirt bats.sh [-t SECONDS] [-g N] [-f RE] LANE [FILE...]
#
# LANE is one of run.sh's. FILE: the beginning of a name in bats/ (default: all; engines and their networks are not for a
# guest). -g: so many guests share the files, and as many of them as there are CPUs run side by side, of QEMU's, which have two, one: one that
# dies or meets its limit (-t, 900 s each) takes few with it. -f: tests with such a name only. Prints the TAP of bats/run; a guest
# that cannot be had is one skipped test with the reason, and status 77.
set -u
. "$(dirname "$0")/common.sh"
top=$(cd "$vm/../.." && pwd)
. "$top/contrib/lib/count.sh"
limit=900 guests=1 filter=.
while getopts t:g:f: option; do
	case $option in
	t) limit=$OPTARG ;;
	g) guests=$OPTARG ;;
	f) filter=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
lane=$1
shift
: "${OCIRT:=$top/ocirt}"
OCIRT=$(realpath -e "$OCIRT") || exit 1
[ $# != 0 ] || set -- ""
files=()
for word; do
	for file in "$top/bats/$word"*.bats; do
		[ -e "$file" ] || { echo "bats.sh: there is no ${file##*/}" >&2 && exit 2; }
		files+=("${file##*/}")
	done
done

work=$(mktemp -d) || exit 1
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$work"' EXIT
trap 'exit 143' TERM INT
mkdir -p "$work/ocirt/tests"
cp -a "$top/bats" "$top/contrib" "$top/man" "$work/ocirt/"
cp -a "$vm" "$top/tests/sweep" "$work/ocirt/tests/" # what tests ask of them, as criu.sh
cp "$OCIRT" "$work/ocirt/ocirt"

# in the guest; copied to its own /tmp, as a shared folder is slower
in_guest='cp -a /vm/ocirt /tmp/ && cd /tmp/ocirt || exit
echo "# Linux $(uname -r), up in $(cat /vm/boot-seconds) s"
export BATS_PATIENCE=4 jobs=2
if [ -d /run/systemd/system ]; then
	jobs=1 # tests stop the bus that others use
	# before the lane makes its mount namespace, which would not see his /run/user
	loginctl enable-linger user
	for ((i = 0; i < 900; i++)); do [ ! -S /run/user/1000/bus ] || break; sleep 0.1; done
fi
lane=v2
[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || lane=hybrid
bats/run --lane $lane -j$jobs --filter "$@"'
has_panicked() { grep -qs '^Kernel panic' "$work/out$1"; }
# A kernel of User-mode Linux that panics goes on for ever.
once() { # N FILE...
	local n=$1 pid
	shift
	setpriv --pdeathsig TERM "$vm/run.sh" -t "$limit" -c "$work/ocirt" "$lane" -- /bin/bash -c "$in_guest" bats "$filter" "$@" 2>"$work/why$n" &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		! has_panicked "$n" || kill "$pid"
		sleep 1
	done
	wait "$pid"
}
guest() { # N FILE...: its output is out$N
	local n=$1 status tries=0 panic
	shift
	echo "# guest $n: $lane, at most $limit s"
	while
		once "$n" "$@"
		status=$?
		has_panicked "$n" && ((++tries < 3))
	do # no program may do that to a kernel: it is the kernel's own fault, seen once in some dozen runs
		panic=$(grep -A 1 '^Kernel panic' "$work/out$n" | tr '\n' ' ')
		: >"$work/out$n"
		echo "# guest $n: $lane, once more after: $panic"
	done
	cat "$work/why$n" >&2
	case $status in
	0 | 1) ;;
	77)
		echo "ok 1 bats in the guest $lane # skip $(sed -n 's/^SKIP: //p' "$work/why$n")"
		echo 1..1
		;;
	*) echo "not ok 0 the guest $lane ended with $status" ;;
	esac
	return $status
}

case $lane in qemu*) at_once=1 ;; *) at_once=$(nproc) ;; esac
# every n-th file for each guest
status=0 running=0 n=0
while ((n < guests && n < ${#files[@]})); do
	share=()
	for ((i = n; i < ${#files[@]}; i += guests)); do share+=("${files[i]}"); done
	[ "$running" -lt "$at_once" ] || { wait -n || status=$?; running=$((running - 1)); }
	n=$((n + 1)) running=$((running + 1))
	guest "$n" "${share[@]}" >>"$work/out$n" &
done
while ((running-- > 0)); do wait -n || status=$?; done
for ((i = 1; i <= n; i++)); do cat "$work/out$i"; done
[ "$guests" = 1 ] || { cat "$work"/out* >"$work/all" && count_tap "$work/all"; }
exit $status
