#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# try-cross.sh - static builds for arm64 in a clean Debian, as README.md tells and linked to musl, and a first run under qemu-user (TAP):  try-cross.sh
# A user-mode emulator has no namespaces of its own: what is run there reads, plans and prints. Needs root and mmdebstrap.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
. "$top/contrib/lib/tap.sh"
root=""
trap 'rm -rf --one-file-system ${root:+"$root"}' EXIT

inside() { "$top/contrib/try-fresh.sh" --root "$root" "$@"; }
packages() {
	inside sh -c 'dpkg --add-architecture arm64 && apt-get -qq update && apt-get -y -q install --no-install-recommends make autoconf automake \
		pkg-config git gcc libc6-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross libyajl-dev:arm64 libseccomp-dev:arm64 musl-dev:arm64 qemu-user file'
}
build() {
	inside sh -c 'OCIRT_QUIET=1 ./autogen.sh && mkdir -p b && cd b &&
		../configure -q --host=aarch64-linux-gnu --enable-static-binary --enable-werror --disable-tests && make -s -j2 ocirt'
}
build_musl() {
	inside sh -c 'mkdir -p m && cd m &&
		../configure -q --host=aarch64-linux-gnu --with-musl=yes --enable-werror --disable-tests && make -s -j2 ocirt'
}
musl_runs() {
	inside sh -c 'file m/ocirt | grep -q "ARM aarch64.*static" && qemu-aarch64 m/ocirt --version && qemu-aarch64 m/ocirt plan bundle' |
		grep -q pivot_root
}
is_arm() { inside file b/ocirt | grep -q 'ARM aarch64.*static'; }
emulated() { inside qemu-aarch64 b/ocirt "$@"; }
version() { emulated --version | grep -q '^ocirt version'; }
spec() { inside sh -c 'mkdir -p bundle && qemu-aarch64 b/ocirt spec --bundle bundle && test -s bundle/config.json'; }
plans() { emulated plan bundle | grep -q pivot_root; }
features() { emulated features | grep -q SCMP_ARCH_AARCH64; }
mistake() { inside sh -c 'sed -i "s|\"cwd\": \"/\"|\"cwd\": \"x\"|" bundle/config.json; qemu-aarch64 b/ocirt plan bundle 2>&1' | grep -q 'config.json:[0-9]*:[0-9]*: /process/cwd'; }

[ "$(id -u)" = 0 ] || tap_skip_all "needs root"
command -v mmdebstrap >/dev/null || tap_skip_all "mmdebstrap is not installed"
root=$("$top/contrib/try-fresh.sh" --keep true | sed -n 's/^kept: //p')
[ -n "$root" ] || tap_skip_all "no Debian can be made here"
tap "a cross compiler and arm64's libraries are installed" packages
tap "it is built" build
tap "it is a static program for arm64" is_arm
tap "it runs: version" version
tap "spec writes a config.json" spec
tap "plan reads it" plans
tap "one that is linked to musl is built" build_musl
tap "and reads it, too" musl_runs
tap "features names the architecture" features
tap "a mistake is told with its place" mistake
tap_end
