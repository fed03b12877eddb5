#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# try-deb.sh - the Debian package: built in one clean Debian, installed and used in another (TAP):  try-deb.sh
# Needs root and mmdebstrap. What is not committed is not in it.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/contrib/lib/tap.sh"
work=$(mktemp -d) || exit 1
fresh=$top/contrib/try-fresh.sh builder="" user=""
trap 'rm -rf --one-file-system "$work" ${builder:+"$builder"} ${user:+"$user"}' EXIT

new_root() { "$fresh" --keep true | sed -n 's/^kept: //p'; }
build() { "$fresh" --root "$builder" contrib/packaging/build-deb.sh /src/out; }
install() {
	cp "$builder"/src/out/ocirt_*.deb "$user/tmp/ocirt.deb" &&
		"$fresh" --root "$user" sh -c 'apt-get -qq update && apt-get -y -q install --no-install-recommends /tmp/ocirt.deb libseccomp2 busybox-static'
}
in_user() { "$fresh" --root "$user" "$@"; }
pages() { in_user sh -c 'dpkg -L ocirt | grep -c /man/' | grep -qE '^[2-9][0-9]'; }
runs() { in_user env OCIRT=/usr/sbin/ocirt /usr/share/doc/ocirt/examples/hello/run.sh | grep -q 'owner 1'; }
filters() { in_user env OCIRT=/usr/sbin/ocirt sh -c 'ocirt features | grep -q SCMP_ACT_NOTIFY'; }
removed() { in_user sh -c 'apt-get -y -q purge ocirt && ! ls /usr/sbin/ocirt 2>/dev/null && ! ls -d /usr/share/doc/ocirt 2>/dev/null'; }

[ "$(id -u)" = 0 ] || tap_skip_all "needs root"
command -v mmdebstrap >/dev/null || tap_skip_all "mmdebstrap is not installed"
{ builder=$(new_root) && user=$(new_root); } || tap_skip_all "no Debian can be made here"
tap "dpkg-buildpackage builds it, its tests pass, lintian has no complaint" build
tap "it installs on a minimal Debian" install
tap "its manual pages are there" pages
tap "an example runs with it" runs
tap "it finds libseccomp" filters
tap "it goes again without a trace" removed
tap_end
