#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# try-dist.sh - makes the tarball of HEAD twice, as two people would, and compares (TAP):  try-dist.sh
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/contrib/lib/tap.sh"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# tarball NAME UMASK TOUCH ENVIRONMENT...: $work/NAME.tar.xz
tarball() (
	umask "$2"
	git clone -q "$top" "$work/$1" && cd "$work/$1" || exit
	OCIRT_QUIET=1 ./autogen.sh || exit
	find . -path ./.git -prune -o -type f -exec touch -d "$3" {} +
	mkdir b && cd b || exit
	env "${@:4}" sh -c '../configure -q --disable-tests && make -s dist' && mv ocirt-*.tar.xz "$work/$1.tar.xz"
)
same() { cmp "$work/one.tar.xz" "$work/two.tar.xz"; }
modest() { ! tar -tvf "$work/one.tar.xz" | grep -vE '^(-rw-r--r--|-rwxr-xr-x|drwxr-xr-x|l.*) 0/0 '; }
complete() {
	(cd "$top" && git ls-files) | grep -vE '^(\.ci/|\.gitignore|debian/)' | sort >"$work/tracked"
	tar -tf "$work/one.tar.xz" | sed 's,^[^/]*/,,' | sort | comm -23 "$work/tracked" - >"$work/missing"
	[ ! -s "$work/missing" ] || { cat "$work/missing" && return 1; }
}

[ -e "$top/.git" ] || tap_skip_all "this is not a checkout"
tap "a tarball is made" tarball one 022 2001-01-01 TZ=UTC LC_ALL=C
tap "another one, by somebody else" tarball two 077 2011-11-11 TZ=Asia/Tokyo LC_ALL=C.UTF-8
tap "they are the same, byte for byte" same
tap "files belong to nobody special and are readable" modest
tap "all that is in the repository is in it, but debian" complete
tap_end
