#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# try-fresh.sh - runs a command in a clean clone on a minimal Debian that has nothing else installed
#
#   try-fresh.sh [--keep] [--suite bookworm | --root KEPT] [COMMAND...]     default command: contrib/quickstart.sh
#
# --keep leaves the Debian where it is and says where; --root runs another command in one that was kept, with the clone that is there.
# The Debian is made by mmdebstrap (which must be installed) in a temporary directory; it is the root (by pivot_root: a process in
# a chroot may make no user namespaces) of the command, in mount and pid namespaces of its own, so that nothing outlives it. Needs root. What is not committed is not tried.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
suite=bookworm keep="" root=""
while [ $# -gt 0 ]; do
	case $1 in
	--keep) keep=1 ;;
	--suite) suite=$2 && shift ;;
	--root) root=$2 keep=1 && shift ;;
	*) break ;;
	esac
	shift
done
[ $# -gt 0 ] || set -- contrib/quickstart.sh

clean() { if [ -n "$keep" ]; then echo "kept: $root"; else rm -rf --one-file-system "$root"; fi; }
make_root() {
	root=$(mktemp -d)
	trap clean EXIT
	mmdebstrap --quiet --variant=minbase "$suite" "$root"
	git clone -q "$top" "$root/src"
}
[ -n "$root" ] || make_root
cp /etc/resolv.conf "$root/etc/resolv.conf"

# shellcheck disable=SC2016
unshare --mount --propagation private --pid --fork --kill-child bash -c '
	root=$1; shift
	mount --bind "$root" "$root"
	mount -t proc proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount --rbind /dev "$root/dev"
	mount -t tmpfs tmpfs "$root/run"
	mount --make-rprivate "$root"
	mkdir -p "$root/mnt" && cd "$root" && pivot_root . mnt && umount -l mnt
	exec env -i HOME=/root TERM="${TERM-dumb}" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} sh -c "cd /src && exec \"\$@\"" sh "$@"
' sh "$root" "$@" </dev/null
