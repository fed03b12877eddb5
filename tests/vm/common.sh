# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# common.sh - where the guests' kernels and root file systems are kept; sourced by the scripts beside it

# shellcheck disable=SC2034 # for those who source this
vm=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# never in the source tree: a cache outlives a checkout
cache=${OCIRT_VM_CACHE:-${XDG_CACHE_HOME:-/var/cache}/ocirt-vm}

# cannot REASON...: ends with 77, which says "there is no such guest here" and why, in one line
cannot() {
	echo "SKIP: $*" >&2
	exit 77
}

# need PROGRAM...
need() {
	local p
	for p; do command -v "$p" >/dev/null || cannot "no guest without $p, which is not installed"; done
}

# lock NAME: one at a time makes a thing in the cache; it is let go when the script ends
lock() {
	mkdir -p "$cache" 2>/dev/null || cannot "the cache $cache cannot be made (OCIRT_VM_CACHE says where)"
	exec 9>"$cache/.lock-$1"
	flock -w 600 9 || cannot "another run is making $1 in $cache and does not end"
}
