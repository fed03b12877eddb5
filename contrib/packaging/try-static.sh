#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# try-static.sh - builds a static ocirt and runs containers with it in a root where nothing else is (TAP):  try-static.sh [DIR]
#
# DIR keeps the build (default: a temporary one). The root has the binary, a bundle, /proc, /dev and /sys. Needs root and busybox.
set -u
export LC_ALL=C
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/contrib/lib/tap.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf --one-file-system "$work"' EXIT
build=${1:-$work/build}
root=$work/root

build() {
	[ -e "$top/configure" ] || OCIRT_QUIET=1 "$top/autogen.sh" || return
	mkdir -p "$build" && cd "$build" || return
	"$top/configure" -q --enable-static-binary --enable-werror --disable-tests && make -s -j"$(nproc)" ocirt
}
needs_nothing() { ! readelf -lW "$build/ocirt" | grep -q INTERP && ! readelf -d "$build/ocirt" | grep -q NEEDED; }
hardened() { readelf -h "$build/ocirt" | grep -q 'Type:.*DYN' && readelf -lW "$build/ocirt" | grep -q GNU_RELRO; }

make_root() {
	local bundle=$root/bundle
	mkdir -p "$root"/{proc,dev,sys,run} "$bundle"/rootfs/{bin,dev,proc,sys,tmp} || return
	cp "$build/ocirt" "$root/ocirt" && cp "$(command -v busybox)" "$bundle/rootfs/bin/sh" || return
	cat >"$bundle/config.json" <<-'EOF'
		{ "ociVersion": "1.3.0", "root": { "path": "rootfs" }, "hostname": "empty",
		  "process": { "cwd": "/", "args": ["/bin/sh", "-c", "hostname; mkdir /tmp/x; echo $$; echo *"], "noNewPrivileges": true },
		  "mounts": [{ "destination": "/proc", "type": "proc", "source": "proc" }],
		  "linux": { "namespaces": [{ "type": "mount" }, { "type": "pid" }, { "type": "uts" }, { "type": "network" }],
		    "seccomp": { "defaultAction": "SCMP_ACT_ALLOW",
		      "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38 }] } } }
	EOF
}
# inside COMMAND...: in that root, in a mount namespace of its own
inside() {
	# shellcheck disable=SC2016
	unshare --mount --propagation private sh -c 'root=$1; shift
		mount --bind "$root" "$root" && mount -t proc proc "$root/proc" && mount --rbind /sys "$root/sys" && mount --rbind /dev "$root/dev" &&
		mount -t tmpfs tmpfs "$root/run" && exec chroot "$root" "$@"' sh "$root" "$@" </dev/null
}
# the filter is there, too: without it mkdir would work
runs() {
	inside /ocirt --cgroup-manager disabled run --bundle /bundle c1 >"$work/out" 2>&1
	grep -q 'Function not implemented' "$work/out" && grep -qx 1 "$work/out" && grep -qx 'bin dev proc sys tmp' "$work/out"
}
plans() { inside /ocirt plan /bundle | grep -q pivot_root; }
refuses_systemd() {
	inside /ocirt --systemd-cgroup run --bundle /bundle c2 >"$work/out" 2>&1
	grep -qE 'statically linked|systemd' "$work/out"
}

[ "$(id -u)" = 0 ] || tap_skip_all "needs root"
command -v busybox >/dev/null || tap_skip_all "busybox is not installed"
tap "a static binary is built" build
tap "it needs no loader and no library" needs_nothing
tap "it is position-independent and its relocations are read-only" hardened
tap "a root with nothing else in it" make_root
tap "a plan is made there" plans
tap "a container with a seccomp filter runs there" runs
tap "systemd's D-Bus is refused in words" refuses_systemd
tap_end
