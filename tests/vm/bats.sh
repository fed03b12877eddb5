#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bats.sh - runs bats files in guests:  OCIRT=/path/to/ocirt bats.sh [-t SECONDS] [-g N] [-f RE] LANE [FILE...]
#
# LANE is one of run.sh's. FILE: the beginning of a name in bats/ (default: all; engines and their networks are not for a
# guest). -g: that many guests side by side share the files, as one guest of User-mode Linux has one CPU. -t: hard limit of each
# (900). -f: tests with such a name only. Prints the TAP of bats/run; a guest that cannot be had is one skipped test with the
# reason, and status 77.
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
	for file in "$top/bats/$word"*.bats; do files+=("${file##*/}"); done
done

work=$(mktemp -d) || exit 1
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$work"' EXIT
trap 'exit 143' TERM INT
mkdir -p "$work/ocirt/contrib"
cp -a "$top/contrib/lib" "$work/ocirt/contrib/"
cp -a "$top/bats" "$work/ocirt/"
mkdir "$work/ocirt/tests"
cp -a "$vm" "$work/ocirt/tests/" # what tests ask of it, as criu.sh
cp "$OCIRT" "$work/ocirt/ocirt"

# in the guest; copied to its own /tmp, as a shared folder is slower
in_guest='cp -a /vm/ocirt /tmp/ && cd /tmp/ocirt || exit
echo "# Linux $(uname -r), up in $(cat /vm/boot-seconds) s"
export BATS_PATIENCE=4 jobs=2
if [ -d /run/systemd/system ]; then
	jobs=1 # tests stop the bus that others use
	# before the lane makes its mount namespace, which would not see his /run/user
	loginctl enable-linger user
	for ((i = 0; i < 300; i++)); do [ ! -S /run/user/1000/bus ] || break; sleep 0.1; done
fi
lane=v2
[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || lane=hybrid
bats/run --lane $lane -j$jobs --filter "$@"'
guest() { # N FILE...
	local n=$1 status
	shift
	echo "# guest $n: $lane, at most $limit s"
	setpriv --pdeathsig TERM "$vm/run.sh" -t "$limit" -c "$work/ocirt" "$lane" -- /bin/bash -c "$in_guest" bats "$filter" "$@" 2>"$work/why$n"
	status=$?
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

# every n-th file for each guest
status=0
for ((n = 1; n <= guests; n++)); do
	share=()
	for ((i = n - 1; i < ${#files[@]}; i += guests)); do share+=("${files[i]}"); done
	[ ${#share[@]} -gt 0 ] || continue
	guest "$n" "${share[@]}" >"$work/out$n" &
	pids+=($!)
done
for ((n = 1; n <= ${#pids[@]}; n++)); do
	wait "${pids[n - 1]}" || status=$?
	cat "$work/out$n"
done
pids=()
[ "$guests" = 1 ] || { cat "$work"/out* >"$work/all" && count_tap "$work/all"; }
exit $status
