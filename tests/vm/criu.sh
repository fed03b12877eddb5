#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# criu.sh - a criu that works here:  criu.sh
#
# Prints a directory with the program. The machine's own if `criu check` is content with it; else that of Debian's newest suite,
# unpacked into the cache with its libraries, never installed, and fetched again after a day if it does not work. Status 77:
# cannot be had here, or this kernel is not for criu.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/archive.sh"

works() { "$1" check >/dev/null 2>&1; }

own=$(PATH=$PATH:/usr/local/sbin:/usr/sbin command -v criu || :)
if [ -n "$own" ] && works "$own"; then
	dirname "$own"
	exit
fi
[ "$(id -u)" = 0 ] || cannot "criu needs root"
[ "$(uname -m)" = x86_64 ] || cannot "no working criu on this machine, and one is fetched on x86_64 only"
lock criu
out=$cache/criu
if [ ! -x "$out/criu" ] || { ! works "$out/criu" && [ -n "$(find "$out/criu" -mmin +1440)" ]; }; then
	archive forky
	[ -n "$(candidate criu)" ] || cannot "no criu: $(why_none)"
	rm -rf "$out" && mkdir -p "$out/root"
	# shellcheck disable=SC2046 # words
	unpack "$out/root" $(closure criu)
	cat >"$out/criu" <<-E
		#!/bin/sh
		exec $out/root/usr/lib64/ld-linux-x86-64.so.2 --library-path $out/root/usr/lib/x86_64-linux-gnu $out/root/usr/sbin/criu "\$@"
	E
	chmod +x "$out/criu" # the last thing to be done: what is executable is whole
fi
works "$out/criu" || cannot "criu check: $("$out/criu" check 2>&1 | tail -n 1)"
echo "$out"
