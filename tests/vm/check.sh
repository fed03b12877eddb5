#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check.sh - the bats files in all guests that a check is made of:  OCIRT=/path/to/ocirt check.sh [--quick | --full]
#
# Without a word the whole suite on a unified cgroup tree, and what needs systemd, in guests of User-mode Linux; --quick: of it
# what is other there than on the machine itself, for each run of CI; --full: the first, and guests of QEMU. Guests that cannot be had
# are skipped tests with their reason. Prints TAP; status 1 when a test failed or none ran.
set -u
. "$(dirname "$0")/common.sh"
. "$vm/../../contrib/lib/count.sh"

# Where they run, hard limit, guests that share the files, files. Those of one set run side by side, but for QEMU's, which have two CPUs.
# systemd-scopes is last: it stops the bus, and a user's manager does not come back to it.
quick="
	uml          540 2 cgroup-limits cgroup-paths cgroup-kill mount-cgroup limits-act rootless nested lsm-
	uml-systemd  540 1 systemd-user lsm-apparmor systemd-scopes
"
all="
	uml          3600 2
	uml-systemd  1200 1 systemd-user systemd-bus lsm- rootless systemd-scopes
	uml-hybrid   600 1 systemd-hybrid
	uml-new      1200 1 namespaces mount-idmap mount-options limits-act
"
qemu="
	qemu          3600 1 limits-act cgroup- update events checkpoint mount- seccomp- namespaces
	qemu-6.1      3000 1 limits-act cgroup- create-start exec mount- namespaces rootless
	qemu-new      3000 1 limits-act create-start exec mount- namespaces rootless
	qemu-systemd  3000 1 systemd-user systemd-bus lsm- limits-act rootless systemd-scopes
	qemu-hybrid   1200 1 systemd-hybrid
"
case ${1-} in
--quick) sets=("$quick") ;;
--full) sets=("$all" "$qemu") ;;
'') sets=("$all") ;;
*) sed -n '3,/^set -u/s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac

work=$(mktemp -d) || exit 1
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$work"' EXIT
trap 'exit 143' TERM INT
n=0
start() { # LANE LIMIT GUESTS FILE...
	local lane=$1 limit=$2 guests=$3
	shift 3
	setpriv --pdeathsig TERM "$vm/bats.sh" -t "$limit" -g "$guests" "$lane" "$@" >"$work/$n" 2>"$work/$n.err" &
	pids+=($!)
}
finish() { # those that were started
	local i
	wait "${pids[@]}"
	for ((i = n - ${#pids[@]}; i < n; i++)); do cat "$work/$i" "$work/$i.err"; done
	pids=()
}
for set in "${sets[@]}"; do
	while read -r lane words; do
		[ -n "$lane" ] || continue
		case $lane in qemu*) # criu is fetched here: a guest has no network
			"$vm/criu.sh" >/dev/null 2>&1
			;;
		esac
		# shellcheck disable=SC2086 # words
		start "$lane" $words
		n=$((n + 1))
		case $lane in qemu*) finish ;; esac
	done <<<"$set"
	finish
done
cat "$work"/[0-9] >"$work/all"
count_skips "$work/all"
count_tap "$work/all"
