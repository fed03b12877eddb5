#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# try-recipes.sh - ocirt.spec by rpmbuild, and what abuild would run of APKBUILD, in one clean Debian (TAP):  try-recipes.sh
# Dependencies and %check, which are other distributions', are left out. Needs root and mmdebstrap. What is not committed is not in it.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/contrib/lib/tap.sh"
fresh=$top/contrib/try-fresh.sh root=""
trap 'rm -rf --one-file-system ${root:+"$root"}' EXIT

inside() { "$fresh" --root "$root" bash -euc "$@"; }
tarball() {
	inside '. contrib/lib/packages.sh && install_packages build && _install_apt rpm xz-utils git
		OCIRT_QUIET=1 ./autogen.sh && mkdir /t && cd /t && /src/configure -q --disable-tests && make -s dist'
}
rpm_built() { inside 'cd /t && rpmbuild -ta --nodeps --nocheck ocirt-*.tar.xz && cp /root/rpmbuild/RPMS/*/ocirt-[0-9]*.rpm /t/ocirt.rpm'; }
# shellcheck disable=SC2016 # expanded inside
rpm_used() {
	inside 'rpm --root /there --initdb && rpm --root /there -U --nodeps /t/ocirt.rpm && /there/usr/sbin/ocirt --version
		ls /there/usr/share/man/man8/ocirt-run.8* /there/usr/share/bash-completion/completions/ocirt
		find /there/usr/share/doc -path "*/examples/hello/run.sh" | grep -q .
		rpm --root /there -e ocirt && [ ! -e /there/usr/sbin/ocirt ]'
}
# shellcheck disable=SC2016
apk_built() {
	inside '. contrib/packaging/APKBUILD && cd /t && tar -xf "$source" && cd "$pkgname-$pkgver"
		CBUILD=$(gcc -dumpmachine) CHOST=$CBUILD pkgdir=/p
		build && package && /p/usr/sbin/ocirt --version && ls /p/usr/share/man/man8/ocirt-run.8'
}

[ "$(id -u)" = 0 ] || tap_skip_all "needs root"
command -v mmdebstrap >/dev/null || tap_skip_all "mmdebstrap is not installed"
root=$("$fresh" --keep true | sed -n 's/^kept: //p')
[ -n "$root" ] || tap_skip_all "no Debian can be made here"
tap "a tarball is made" tarball
tap "rpmbuild makes a package of it" rpm_built
tap "that installs, is there, and goes" rpm_used
tap "the recipe for Alpine builds and packs" apk_built
tap_end
