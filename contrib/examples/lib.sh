# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# (SC2034: its variables are the examples')
# lib.sh - what the examples share:  . "$(dirname "$0")/../lib.sh"
#
# Copies the example's config.json beside a root file system of one static busybox in a directory of its own ($work/bundle), goes
# there, and takes everything away at the end. $id is a name for the container. The runtime is $OCIRT, else the one built here, else
# the one installed. `show COMMAND...` prints a command and runs it.
set -eu
exec 2>&1
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)

find_ocirt() {
	local f
	for f in ${OCIRT:+"$OCIRT"} "$top"/{,build/,build/quickstart/,build/check/build/}ocirt "$(command -v ocirt)"; do
		[ ! -f "$f" ] || [ ! -x "$f" ] || { echo "$f" && return; }
	done
	echo "no ocirt is built or installed; contrib/quickstart.sh builds one" >&2
	return 1
}
ocirt=$(find_ocirt)
ocirt() { "$ocirt" --root "$work/state" "$@" </dev/null; }

say() { printf '\n%s\n' "$*"; }
show() {
	printf '$ %s\n' "$*"
	"$@"
}
# wait_until COMMAND...: at most 20 seconds
wait_until() {
	local end=$((SECONDS + 20))
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || { echo "waited in vain for: $*" && exit 1; }
		sleep 0.05
	done
}
is_status() { ocirt state "$1" | grep -q "\"status\": \"$2\""; } # ID WORD
cannot() { # WHY: what this machine lacks is no mistake of the example
	echo "cannot be shown here: $*" >&2
	exit 77
}
needs_root() { [ "$(id -u)" = 0 ] || { echo "this example needs root: sudo $0" >&2 && exit 1; }; }
needs() { command -v "$1" >/dev/null || cannot "$1 is not installed"; }

# make_rootfs DIR: every applet of busybox is a link to it
make_rootfs() {
	local busybox applet
	busybox=$(command -v busybox) || cannot "busybox is not installed (Debian: busybox-static)"
	mkdir -p "$1"/{bin,dev,etc,proc,sys,tmp}
	cp "$busybox" "$1/bin/busybox"
	for applet in sh $("$busybox" --list); do
		[ "${applet##*/}" = busybox ] || ln -sf busybox "$1/bin/${applet##*/}"
	done
	echo 'root:x:0:0:root:/:/bin/sh' >"$1/etc/passwd"
}

work=$(mktemp -d)
undo() { :; } # an example's own
leave() {
	local c
	for c in $(ocirt list -q 2>/dev/null); do ocirt delete --force "$c"; done
	undo
	rm -rf --one-file-system "$work"
}
trap leave EXIT
id=$(basename "$here")-$$
chmod 755 "$work"
mkdir "$work/bundle"
cd "$work/bundle"
make_rootfs rootfs
cp "$here/config.json" .
