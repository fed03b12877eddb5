# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# packages.sh - the packages that ocirt needs, and how each distribution installs them; sourced by the scripts beside it
#
# One row a distribution: its ids in os-release, how to install, what building and the demonstration need, what the tests
# need on top, and the engines with their helpers: tests of an engine that cannot be had are skipped. A new distribution is
# one more row.

#       ids|tool|build|tests|engines|guests (of QEMU, out of Debian's archive)
PACKAGE_ROWS=(
	"debian ubuntu|apt|gcc libc6-dev make autoconf automake pkg-config libyajl-dev libseccomp-dev libselinux1-dev musl-dev busybox-static|git bats jq perl libcmocka-dev libcap-dev valgrind clang libclang-rt-dev clang-tidy clang-format cppcheck shellcheck binutils procps iproute2 strace uidmap mandoc xz-utils kmod patchelf mmdebstrap secilc zsh fish|crun runc podman conmon netavark aardvark-dns catatonit slirp4netns fuse-overlayfs containerd containernetworking-plugins docker.io buildah iptables|qemu-system-x86 virtiofsd"
	"fedora rhel centos|dnf|gcc glibc-devel make autoconf automake pkgconf-pkg-config yajl-devel libseccomp-devel libselinux-devel busybox|git bats jq perl libcmocka-devel libcap-devel valgrind clang compiler-rt clang-tools-extra cppcheck ShellCheck binutils procps-ng iproute strace shadow-utils mandoc xz libasan libubsan zsh fish|crun runc podman conmon netavark aardvark-dns catatonit slirp4netns fuse-overlayfs containerd containernetworking-plugins moby-engine buildah iptables"
	"alpine|apk|build-base linux-headers autoconf automake pkgconf yajl-dev yajl-static libseccomp-dev bash busybox-static|git bats jq perl cmocka-dev libcap-dev valgrind clang compiler-rt clang-extra-tools cppcheck shellcheck binutils procps iproute2 strace shadow-uidmap mandoc xz util-linux coreutils findutils grep gawk zsh fish|crun runc podman conmon netavark aardvark-dns catatonit slirp4netns fuse-overlayfs containerd cni-plugins docker buildah iptables"
	"arch|pacman|gcc make autoconf automake pkgconf yajl libseccomp musl busybox|git bats jq perl cmocka libcap valgrind clang compiler-rt cppcheck shellcheck binutils procps-ng iproute2 strace shadow mandoc xz zsh fish|crun runc podman conmon netavark aardvark-dns catatonit slirp4netns fuse-overlayfs containerd cni-plugins docker buildah iptables"
	"opensuse suse sles|zypper|gcc glibc-devel make autoconf automake pkgconf libyajl-devel libyajl-devel-static libseccomp-devel libselinux-devel busybox-static|git bats jq perl libcmocka-devel libcap-devel valgrind clang clang-tools cppcheck ShellCheck binutils procps iproute2 strace shadow mandoc xz zsh fish|crun runc podman conmon netavark aardvark-dns catatonit slirp4netns fuse-overlayfs containerd cni-plugins docker buildah iptables"
)

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "this needs root: $*" >&2
		return 1
	fi
}

# twice COMMAND...: mirrors hiccup
twice() { "$@" || { sleep 3 && "$@"; }; }

APT_ENVIRONMENT=()
_apt_get() {
	as_root env "${APT_ENVIRONMENT[@]}" DEBIAN_FRONTEND=noninteractive apt-get -y -q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@" </dev/null
}
_install_apt() {
	local p missing=()
	for p; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	echo "installing: ${missing[*]}"
	twice _apt_get update || echo "the package lists are not fresh; trying with those that are there" >&2
	twice _apt_get install --no-install-recommends "${missing[@]}"
}
_install_dnf() { twice as_root dnf -y install "$@" </dev/null; }
_install_apk() { twice as_root apk add --no-progress "$@" </dev/null; }
_install_pacman() { twice as_root pacman -Sy --noconfirm --needed "$@" </dev/null; }
_install_zypper() { twice as_root zypper --non-interactive install --no-recommends "$@" </dev/null; }

# _install_engines TOOL PACKAGE...: all at once, or else those that there are. No daemon is started by its package.
_install_engines() {
	local tool=$1 p
	shift
	APT_ENVIRONMENT=(RUNLEVEL=1 SYSTEMD_OFFLINE=1)
	"_install_$tool" "$@" && return
	for p; do "_install_$tool" "$p" || echo "not to be had here: $p" >&2; done
}

# install_packages build|test|guests
install_packages() {
	local row ids tool build tests engines guests id this
	# shellcheck source=/dev/null
	this=$(. /etc/os-release && echo "${ID-} ${ID_LIKE-}")
	for row in "${PACKAGE_ROWS[@]}"; do
		IFS='|' read -r ids tool build tests engines guests <<<"$row"
		for id in $this; do
			case " $ids " in *" $id "*) ;; *) continue ;; esac
			case $1 in
			build) tests='' engines='' ;;
			guests) # a guest that lacks one of them is a skip
				# shellcheck disable=SC2086 # list of words
				[ -z "$guests" ] || (_install_engines "$tool" $guests)
				return 0
				;;
			esac
			# shellcheck disable=SC2086 # lists of words
			"_install_$tool" $build $tests || return
			# shellcheck disable=SC2086
			[ -z "$engines" ] || (_install_engines "$tool" $engines)
			return 0
		done
	done
	echo "packages.sh has no row for this distribution ($this); going on with what is installed" >&2
}
