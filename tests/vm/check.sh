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

# Where they run, hard limit of each guest, guests that share the files, which of their tests, files. Those of one set run side by
# side, but for QEMU's, which have two CPUs; a share is some minutes on an idle machine.
# systemd-scopes is last: it stops the bus, and a user's manager does not come back to it.
quick="
	uml          540 3 . cgroup-limits cgroup-paths cgroup-kill mount-cgroup limits-act lsm-
	uml          540 1 delegated|limits.hold rootless nested
	uml-systemd  540 1 . systemd-user lsm-apparmor systemd-scopes
"
whole="
	uml          1800 10 .
"
others="
	uml-systemd  1200 1 . systemd-user systemd-bus lsm- rootless systemd-cut systemd-scopes
	uml-systemd-257 1200 1 . systemd-user systemd-scopes
	uml-hybrid   600 1 . systemd-hybrid
	uml-new      1200 2 . namespaces mount-idmap mount-options limits-act
"
qemu="
	qemu          1800 6 . limits-act cgroup- update events checkpoint mount- seccomp- namespaces
	qemu-6.1      1800 6 . limits-act cgroup- create-start exec mount- namespaces rootless
	qemu-new      1800 6 . limits-act create-start exec mount- namespaces rootless
	qemu-systemd  1800 3 . systemd-user systemd-bus lsm- limits-act rootless systemd-scopes
	qemu-hybrid   1200 1 . systemd-hybrid
	qemu-selinux  600 1 . lsm-selinux
"
case ${1-} in
--quick) sets=("$quick") ;;
--full) sets=("$whole" "$others" "$qemu") ;;
'') sets=("$whole" "$others") ;;
*) sed -n '3,/^set -u/s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
esac

work=$(mktemp -d) || exit 1
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$work"' EXIT
trap 'exit 143' TERM INT
n=0
start() { # LANE LIMIT GUESTS TESTS FILE...
	local lane=$1 limit=$2 guests=$3 tests=$4
	shift 4
	setpriv --pdeathsig TERM "$vm/bats.sh" -t "$limit" -g "$guests" -f "$tests" "$lane" "$@" >"$work/$n.tap" 2>"$work/$n.err" &
	pids+=($!)
}
finish() { # those that were started
	local i
	wait "${pids[@]}"
	for ((i = n - ${#pids[@]}; i < n; i++)); do cat "$work/$i.tap" "$work/$i.err"; done
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
cat "$work"/*.tap >"$work/all"
count_skips "$work/all"
count_failures "$work/all"
count_tap "$work/all"
