#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# kernel.sh - fetches and unpacks, never installs, a guest's kernel from Debian's archive:  kernel.sh NAME
#
# NAME: uml-6.1 uml-6.12 uml-new (user-mode-linux of bookworm, trixie, forky), 6.1 6.12 new (linux-image-cloud-amd64 for
# QEMU). Prints a directory of the cache: linux.uml or vmlinuz, modules/VERSION, config, version. Kept until the archive
# has another version; what is there is used when the archive cannot be reached. Status 77: cannot be had here.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/archive.sh"
name=$1
case $name in
uml-6.1) suite=bookworm package=user-mode-linux ;;
uml-6.12) suite=trixie package=user-mode-linux ;;
uml-new) suite=forky package=user-mode-linux ;;
6.1) suite=bookworm package=linux-image-cloud-amd64 ;;
6.12) suite=trixie package=linux-image-cloud-amd64 ;;
new) suite=forky package=linux-image-cloud-amd64 ;;
*) echo "kernel.sh: there is no kernel '$name'" >&2 && exit 2 ;;
esac
[ "$(uname -m)" = x86_64 ] || cannot "guests are made on x86_64 only"
lock "kernel-$name"
archive "$suite"
out=$cache/kernel/$name

get_uml() {
	unpack "$new/x" user-mode-linux
	mv "$new/x/usr/bin/linux.uml" "$new/linux.uml"
	mv "$new/x/usr/lib/uml/modules" "$new/modules"
	zcat "$new/x/usr/share/doc/user-mode-linux/config.gz" >"$new/config"
	! "$new/linux.uml" --version >/dev/null 2>&1 || return 0
	# built for a newer libc than the machine's: give it its own
	need patchelf
	mkdir "$new/libc"
	unpack "$new/x/libc" libc6
	cp -L "$new"/x/libc/usr/lib/x86_64-linux-gnu/{ld-linux-x86-64.so.2,libc.so.6} "$new/libc/"
	patchelf --set-interpreter "$out/libc/ld-linux-x86-64.so.2" --set-rpath "$out/libc" "$new/linux.uml"
}
get_qemu() {
	local image packages word found
	need depmod
	image=$(depends "$package" 'linux-image-[0-9].*')
	[ -n "$image" ] || cannot "$package of $suite depends on no image"
	packages=("$image")
	for word in linux-base linux-binary linux-modules; do # the newer suites split the image
		found=$(depends "$image" "$word-[0-9].*")
		[ -z "$found" ] || packages+=("$found")
	done
	unpack "$new/x" "${packages[@]}"
	found=$(find "$new/x" -type d -path '*lib/modules' | sed -n 1p)
	mv "$found" "$new/modules"
	cp "$(find "$new/x/boot" "$new/modules" -name 'vmlinuz*' | sed -n 1p)" "$new/vmlinuz"
	cp "$(find "$new/x/boot" "$new/modules" -name 'config*' -type f | sed -n 1p)" "$new/config"
	depmod -b "$new" "$(basename "$new"/modules/*)"
}

version=$(candidate "$package")
if [ -f "$out/version" ] && { [ -z "$version" ] || [ "$(cat "$out/version")" = "$version" ]; }; then
	echo "$out"
	exit
fi
[ -n "$version" ] || cannot "no $package of $suite: $(why_none)"
new=$out.new
rm -rf "$new" && mkdir -p "$new/x" "$new/lib"
ln -s ../modules "$new/lib/modules" # as depmod -b and modprobe -d want it
case $name in
uml-*) get_uml ;;
*) get_qemu ;;
esac
rm -rf "$new/x"
echo "$version" >"$new/version"
rm -rf "$out"
mv "$new" "$out"
echo "$out"
