#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# root.sh - makes the root file system of guest/NAME.list, a folder in the cache, and prints it:  root.sh NAME
#
# The first word of the list is the suite, the others are packages. Made again when the list or this script is another,
# and each week (security updates). Status 77: cannot be had here.
set -euo pipefail
. "$(dirname "$0")/common.sh"
name=$1
list=$vm/guest/$name.list
[ -f "$list" ] || { echo "root.sh: there is no list $list" >&2 && exit 2; }
need mmdebstrap flock
mapfile -t words < <(grep -v '^#' "$list" | tr ' ' '\n' | sed '/^$/d')
key=$({ printf '%s\n' "${words[@]}" && cat "$vm/root.sh" && date +%G-%V; } | sha256sum | cut -c1-12)
out=$cache/root/$name-$key
lock "root-$name"
if [ -d "$out" ]; then
	echo "$out"
	exit
fi
mkdir -p "$cache/root"
rm -rf "$cache/root/$name"-*

quiet_units="apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
fstrim.timer getty@tty1.service systemd-timesyncd.service systemd-pstore.service"
hooks=(
	'useradd --root "$1" -m -s /bin/bash user'
	'mkdir -p "$1/etc/systemd/system/user@.service.d"'
	'printf "[Service]\nDelegate=cpu cpuset io memory pids\n" >"$1/etc/systemd/system/user@.service.d/delegate.conf"'
	"for unit in $quiet_units; do ln -sfn /dev/null \"\$1/etc/systemd/system/\$unit\"; done"
	': >"$1/etc/fstab"; mkdir -p "$1/vm" "$1/lib/modules"; echo vm >"$1/etc/hostname"'
	'echo 5f3a1c6e8d2b4f709a1b3c5d7e9f0a2c >"$1/etc/machine-id"'
)
arguments=()
for hook in "${hooks[@]}"; do arguments+=(--customize-hook="$hook"); done
for dir in doc man locale; do arguments+=(--dpkgopt="path-exclude=/usr/share/$dir/*"); done
if ! timeout -k 10 600 mmdebstrap --quiet --mode=root --variant=minbase --include="$(IFS=, && echo "${words[*]:1}")" \
	--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Retries "3"' --dpkgopt=force-unsafe-io \
	"${arguments[@]}" "${words[0]}" "$out.new" >"$cache/root/$name.log" 2>&1 9>&-; then
	rm -rf "$out.new"
	cannot "the root file system '$name' cannot be made: $({ grep -m 1 '^E:' || echo "see $cache/root/$name.log"; } <"$cache/root/$name.log")"
fi
mv "$out.new" "$out"
echo "$out"
