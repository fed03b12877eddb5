#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# rootless - a user without any right is root in his container, and only there; README.md tells what to look at. Run by root, it
# makes itself nobody first.
if [ "$(id -u)" = 0 ]; then
	umask 022 # nobody may not reach this directory, nor the binary: both are copied
	dir=$(cd "$(dirname "$0")" && pwd) run=$(mktemp -d) || exit
	trap 'rm -rf "$run"' EXIT
	for ocirt in ${OCIRT:+"$OCIRT"} "$dir"/../../../{,build/,build/quickstart/,build/check/build/}ocirt "$(command -v ocirt)"; do
		[ ! -f "$ocirt" ] || [ ! -x "$ocirt" ] || break
	done
	mkdir -p "$run/a/b" "$run/home" && cp -R "$dir/.." "$run/a/b/examples" && cp "$ocirt" "$run/ocirt" && chmod 755 "$run" && chown 65534:65534 "$run/home" || exit
	env OCIRT="$run/ocirt" HOME="$run/home" TMPDIR="$run/home" XDG_RUNTIME_DIR="$run/home" \
		setpriv --reuid 65534 --regid 65534 --clear-groups "$run/a/b/examples/rootless/run.sh"
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
