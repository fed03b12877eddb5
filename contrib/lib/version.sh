#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# version.sh - which commit this tree is:  version.sh word TOP  |  version.sh date TOP  |  version.sh header TOP VERSION FILE
# From git in a checkout, from .tarball-commit and .tarball-date (seconds of the epoch) in a tarball, "unknown" and 0 elsewhere. FILE is rewritten only if it changes.
set -eu
commit_of() {
	if [ -e "$1/.git" ] && git -C "$1" describe --always --dirty --abbrev=12 --exclude='*' 2>/dev/null; then
		return
	fi
	cat "$1/.tarball-commit" 2>/dev/null || echo unknown
}
case $1 in
word) commit_of "$2" ;;
date)
	if [ ! -e "$2/.git" ] || ! git -C "$2" log -1 --format=%ct 2>/dev/null; then
		cat "$2/.tarball-date" 2>/dev/null || echo 0
	fi
	;;
header)
	printf '/* made by contrib/lib/version.sh */\n#define OCIRT_VERSION "%s"\n#define OCIRT_COMMIT "%s"\n' \
		"$3" "$(commit_of "$2")" >"$4.tmp"
	if cmp -s "$4.tmp" "$4"; then rm -f "$4.tmp"; else mv -f "$4.tmp" "$4"; fi
	;;
esac
