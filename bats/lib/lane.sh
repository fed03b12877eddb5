#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lane.sh - runs a command on another cgroup layout, in a mount namespace of its own:  lane.sh hybrid|v1|v2 CMD...
#
#   hybrid  the v1 controllers and /sys/fs/cgroup/unified, as the machine has them
#   v1      the same without the unified tree (on a tmpfs of its own: nothing is made below the machine's)
#   v2      only cgroup2 at /sys/fs/cgroup. On a hybrid machine its controllers stay with v1: freezing, killing and the
#           device program work there, cpu/memory/pids do not
# lane.sh --why LANE says why this machine cannot have that lane (and returns 0), or nothing (1).
#
# The machine's own mounts are never touched. Inside, mounts are shared (as under systemd), so that a mount that leaks
# out of a container is seen by the tests.
set -eu

unified() { [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; }

why_not() {
	case $1 in
	hybrid | v1 | v2) ;;
	*) echo "there is no lane '$1'" && return ;;
	esac
	[ "$(id -u)" = 0 ] || { echo "lane $1 needs root" && return; }
	unshare -m true 2>/dev/null || { echo "lane $1 needs a mount namespace, which may not be made here" && return; }
	if unified; then
		[ "$1" != v2 ] || return 1
		echo "this machine has only the unified cgroup tree"
	elif [ "$1" = hybrid ] && ! [ -e /sys/fs/cgroup/unified/cgroup.procs ]; then
		echo "this machine has no unified cgroup tree beside v1"
	elif ! grep -qw cgroup /proc/filesystems || ! grep -qw cgroup2 /proc/filesystems; then
		echo "this kernel lacks cgroup v1 or v2"
	else
		return 1
	fi
}

enter() { # LANE: in the new mount namespace
	mount --make-rprivate /
	case $1 in
	v1)
		mount -t tmpfs -o mode=755 lane /mnt
		for dir in /sys/fs/cgroup/*/; do
			[ "$(stat -f -c %T "$dir")" = cgroupfs ] || continue
			name=$(basename "$dir")
			if [ -L "${dir%/}" ]; then # cpu -> cpu,cpuacct
				cp -P "${dir%/}" "/mnt/$name"
				continue
			fi
			mkdir "/mnt/$name"
			mount --bind "$dir" "/mnt/$name"
		done
		umount -R -l /sys/fs/cgroup
		mount --move /mnt /sys/fs/cgroup
		;;
	v2)
		if ! unified; then
			umount -R -l /sys/fs/cgroup
			mount -t cgroup2 cgroup2 /sys/fs/cgroup
		fi
		;;
	esac
	mount --make-rshared /
}

case ${1-} in
--why) why_not "$2" ;;
--in)
	lane=$2
	shift 2
	enter "$lane"
	OCIRT_LANE=$lane exec "$@"
	;;
hybrid | v1 | v2)
	if reason=$(why_not "$1"); then
		echo "lane.sh: $reason" >&2
		exit 77
	fi
	exec unshare -m --propagation private "$0" --in "$@"
	;;
*)
	echo "usage: lane.sh hybrid|v1|v2 CMD..." >&2
	exit 2
	;;
esac
