#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# rootless - a user without any right is root in his container, and only there; README.md tells what to look at. Run by root, it
# makes itself nobody first.
if [ "$(id -u)" = 0 ]; then
	run=$(mktemp -d) && chown 65534:65534 "$run" || exit
	trap 'rm -rf "$run"' EXIT
	env HOME="$run" TMPDIR="$run" XDG_RUNTIME_DIR="$run" setpriv --reuid 65534 --regid 65534 --clear-groups "$0"
	exit
fi
. "$(dirname "$0")/../lib.sh"
unshare --user true 2>/dev/null || cannot "users may not make user namespaces"

sed -i "s/\"hostID\": 65534/\"hostID\": $(id -u)/; /gid/s/: $(id -u)/: $(id -g)/" config.json
cp "$here/look" rootfs/look

say "Outside I am uid $(id -u), with capabilities $(sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status)."
show ocirt run "$id"

say "The file that root made in the container is mine here:"
show stat -c 'owner %u' rootfs/file
