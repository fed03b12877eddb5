#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# initrd.sh - makes KERNEL/initrd.img, a busybox and what reaches the real root file system:  initrd.sh KERNEL
#
# KERNEL is a directory that kernel.sh made. Made again only when the kernel or guest/initrd-init is another.
set -euo pipefail
. "$(dirname "$0")/common.sh"
kernel=$1
need busybox modprobe
lock "initrd-$(basename "$kernel")"
stamp=$(cat "$kernel/version" "$vm/guest/initrd-init" "$vm/initrd.sh" | sha256sum)
[ ! -f "$kernel/initrd.img" ] || [ "$(cat "$kernel/initrd.stamp" 2>/dev/null)" != "$stamp" ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{bin,proc,sys,dev,new,lower,rw,mod}
cp "$(command -v busybox)" "$work/bin/busybox"
install -m 755 "$vm/guest/initrd-init" "$work/init"

add_module() { # FILE
	local name=${1##*/}
	name=${name%.xz}
	name=${name%.zst}
	! grep -qsx "$name" "$work/mod/order" || return 0
	case $1 in
	*.xz) xz -dc "$1" >"$work/mod/$name" ;;
	*.zst) zstd -qdc "$1" >"$work/mod/$name" ;;
	*) cp "$1" "$work/mod/$name" ;;
	esac
	echo "$name" >>"$work/mod/order"
}
: >"$work/mod/order"
for module in virtio_pci virtio_mmio virtio_blk virtio_console virtio_rng virtiofs overlay squashfs fuse; do
	while read -r kind file _; do
		[ "$kind" != insmod ] || add_module "$file"
	done < <(modprobe -d "$kernel" -S "$(basename "$kernel"/modules/*)" --show-depends $module 2>/dev/null)
done
# not compressed: under emulation unpacking costs more than reading
(cd "$work" && find . | busybox cpio -o -H newc -R 0:0 2>/dev/null) >"$kernel/initrd.img.new"
mv "$kernel/initrd.img.new" "$kernel/initrd.img"
echo "$stamp" >"$kernel/initrd.stamp"
