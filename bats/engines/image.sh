#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# image.sh - make a container image of the machine's static busybox, without any network
#
#   image.sh ARCHIVE [NAME [CMD...]]   NAME is localhost/busy:latest by default, CMD is sh
#   image.sh --rootfs DIR              only its root file system
#
# ARCHIVE is a tar that is an OCI layout (index.json; ctr, podman, buildah, skopeo) and at the same time what `docker save`
# writes (manifest.json; docker). It has one layer: busybox with a link for each applet, and /etc/passwd and /etc/group
# with root and "user" (1000:1000, also in the groups 10 wheel, 20 dialout and 44 video).
set -eu

# Make the root file system in folder $1.
rootfs() {
	local root=$1 busybox applet
	busybox=$(command -v busybox) || { echo "image: no busybox (Debian: busybox-static)" >&2; exit 77; }
	! ldd "$busybox" >/dev/null 2>&1 || { echo "image: $busybox is not static (Debian: busybox-static)" >&2; exit 77; }
	mkdir -p "$root"/{bin,dev,etc,proc,root,run,sys,tmp,var/tmp,home/user,data,usr/bin,sbin}
	cp "$busybox" "$root/bin/busybox"
	for applet in $("$busybox" --list); do
		[ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
	done
	chmod 1777 "$root/tmp" "$root/var/tmp"
	chmod 700 "$root/root"
	chown 1000:1000 "$root/home/user"
	printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'user:x:1000:1000:user:/home/user:/bin/sh' \
		'nobody:x:65534:65534:nobody:/:/bin/false' >"$root/etc/passwd"
	printf '%s\n' 'root:x:0:' 'wheel:x:10:user' 'dialout:x:20:user' 'video:x:44:user' 'user:x:1000:' \
		'nogroup:x:65534:' >"$root/etc/group"
	echo 'made for ocirt' >"$root/etc/motd"
}

# Move file $1 into the layout $2 under the name of its digest; print "DIGEST SIZE".
blob() {
	local digest
	digest=$(sha256sum "$1" | cut -d' ' -f1)
	stat -c "$digest %s" "$1"
	mv "$1" "$2/blobs/sha256/$digest"
}

image() {
	local archive=$1 name=${2:-localhost/busy:latest} work layer config manifest arch
	shift $(($# < 2 ? $# : 2))
	[ $# != 0 ] || set -- sh
	arch=$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
	work=$(mktemp -d)
	# shellcheck disable=SC2064
	trap "rm -rf '$work'" EXIT
	mkdir -p "$work/image/blobs/sha256"
	rootfs "$work/root"
	tar -C "$work/root" --sort=name --numeric-owner --mtime=@0 -cf "$work/blob" .
	read -r -a layer <<<"$(blob "$work/blob" "$work/image")"
	printf '{"architecture":"%s","os":"linux","created":"1970-01-01T00:00:00Z","config":{"Cmd":[%s],"Env":[%s]},
"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{"created":"1970-01-01T00:00:00Z"}]}' "$arch" \
		"$(printf ',"%s"' "$@" | cut -c2-)" '"PATH=/usr/sbin:/usr/bin:/sbin:/bin"' "${layer[0]}" >"$work/blob"
	read -r -a config <<<"$(blob "$work/blob" "$work/image")"
	printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%s},
"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:%s","size":%s}]}' \
		"${config[@]}" "${layer[@]}" >"$work/blob"
	read -r -a manifest <<<"$(blob "$work/blob" "$work/image")"
	printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s",
"size":%s,"platform":{"architecture":"%s","os":"linux"},"annotations":{"io.containerd.image.name":"%s",
"org.opencontainers.image.ref.name":"%s"}}]}' "${manifest[@]}" "$arch" "$name" "$name" >"$work/image/index.json"
	printf '[{"Config":"blobs/sha256/%s","RepoTags":["%s"],"Layers":["blobs/sha256/%s"]}]' \
		"${config[0]}" "$name" "${layer[0]}" >"$work/image/manifest.json"
	echo '{"imageLayoutVersion":"1.0.0"}' >"$work/image/oci-layout"
	tar -C "$work/image" --sort=name -cf "$archive" .
}

case ${1:-} in
--rootfs) rootfs "$2" ;;
"" | -*) sed -n 's/^#   //p' "$0" >&2; exit 64 ;;
*) image "$@" ;;
esac
