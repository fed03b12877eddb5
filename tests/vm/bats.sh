#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bats.sh - runs bats files in a guest, on its unified cgroup tree:  OCIRT=/path/to/ocirt bats.sh [-t SECONDS] LANE [ARG...]
#
# LANE is one of run.sh's; ARG as for bats/run (default: all of bats/*.bats; engines and their networks are not for a guest).
# Prints the TAP of bats/run; a guest that cannot be had is one skipped test with the reason, and status 77.
set -u
. "$(dirname "$0")/common.sh"
top=$(cd "$vm/../.." && pwd)
limit=900
[ "${1-}" != -t ] || { limit=$2 && shift 2; }
lane=$1
shift
: "${OCIRT:=$top/ocirt}"
OCIRT=$(realpath -e "$OCIRT") || exit 1
if [ $# = 0 ]; then
	for file in "$top"/bats/*.bats; do set -- "$@" "$(basename "$file")"; done
fi

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/ocirt/contrib"
cp -a "$top/contrib/lib" "$work/ocirt/contrib/"
cp -a "$top/bats" "$work/ocirt/"
cp "$OCIRT" "$work/ocirt/ocirt"

echo "# guest $lane, at most $limit s"
# copied to the guest's own /tmp, as a shared folder is slower
"$vm/run.sh" -t "$limit" -c "$work/ocirt" "$lane" -- /bin/bash -c \
	'cp -a /vm/ocirt /tmp/ && echo "# Linux $(uname -r), up in $(cat /vm/boot-seconds) s" && cd /tmp/ocirt && bats/run --lane v2 -j2 "$@"' \
	bats "$@" 2>"$work/why"
status=$?
cat "$work/why" >&2
case $status in
0 | 1) ;;
77)
	echo "ok 1 bats in the guest $lane # skip $(sed -n 's/^SKIP: //p' "$work/why")"
	echo 1..1
	;;
*) echo "not ok 0 the guest $lane ended with $status" ;;
esac
exit $status
