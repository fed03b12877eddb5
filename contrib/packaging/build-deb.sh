#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# build-deb.sh - installs what it takes, builds the Debian package from the tarball of make dist, and asks lintian:  build-deb.sh [OUT]
# Everything comes to OUT (default: build/deb). Needs root only to install packages.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/contrib/lib/packages.sh"
out=$(mkdir -p "${1:-$top/build/deb}" && cd "${1:-$top/build/deb}" && pwd)
cd "$top"
version=$(sed -n 's/^AC_INIT(\[ocirt\], \[\(.*\)\], \[\].*/\1/p' configure.ac)

install_packages build
# shellcheck disable=SC2046 # a list of words
_install_apt build-essential debhelper lintian fakeroot git xz-utils mandoc procps jq \
	$(sed -n 's/^Build-Depends: //p' debian/control | tr ',' '\n' | sed 's/|.*//; s/[(<].*//; s/debhelper-compat//; s/pkgconf/pkg-config/')
[ -e configure ] || OCIRT_QUIET=1 ./autogen.sh
(mkdir -p "$out/make" && cd "$out/make" && "$top/configure" -q --disable-tests && make -s dist)
mv "$out/make/ocirt-$version.tar.xz" "$out/ocirt_$version.orig.tar.xz"
rm -rf "$out/make" "$out/ocirt-$version"
tar -C "$out" -xf "$out/ocirt_$version.orig.tar.xz"
cp -R debian "$out/ocirt-$version/"
cd "$out/ocirt-$version"
dpkg-buildpackage -us -uc
cd ..
# the tag of an upload to Debian itself
lintian --info --display-info --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs --allow-root ./*.changes
ls -l ./*.deb
