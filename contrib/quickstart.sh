#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# quickstart.sh - from a fresh machine to a running container: installs what building needs, builds ocirt, makes a bundle
# with busybox and runs it, showing beside each other what the host and what the container see. Leaves only build/.
set -eu
export LC_ALL=C.UTF-8 PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/contrib/lib/packages.sh"

if [ -t 1 ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); else bold="" plain=""; fi
title() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
quietly() { # LOG COMMAND...: the end of the log only when it fails
	local log=$1
	shift
	"$@" >"$log" 2>&1 </dev/null || { tail -n 40 "$log" && echo "quickstart.sh: '$*' failed (all of it: $log)" && exit 1; }
}

mkdir -p "$top/build/quickstart"
cd "$top/build/quickstart"
build() {
	[ -x "$top/configure" ] || OCIRT_QUIET=1 "$top/autogen.sh"
	[ -e Makefile ] || "$top/configure" --disable-tests
	make -j"$(nproc)" ocirt
}

title "1. Packages (compiler, autotools, yajl, libseccomp, busybox)"
quietly packages.log install_packages build
title "2. Build"
quietly build.log build
ocirt=$PWD/ocirt
"$ocirt" --version | head -n 1

title "3. A bundle: a root file system of one static busybox, and config.json from 'ocirt spec'"
work=$(mktemp -d)
bundle=$work/bundle
id=quickstart-$$
clean() {
	as_root "$ocirt" --root "$work/state" delete --force "$id" >/dev/null 2>&1 || :
	as_root rm -rf "$work"
}
trap clean EXIT
mkdir -p "$bundle"/rootfs/{bin,dev,etc,proc,sys,tmp}
cp "$(command -v busybox)" "$bundle/rootfs/bin/busybox"
for applet in $("$bundle/rootfs/bin/busybox" --list); do
	[ "$applet" = busybox ] || ln -s busybox "$bundle/rootfs/bin/$applet"
done
echo 'root:x:0:0:root:/root:/bin/sh' >"$bundle/rootfs/etc/passwd"
(cd "$bundle" && "$ocirt" spec)
du -sh "$bundle/rootfs" | sed 's/\t.*/ of files/'
grep -c . "$bundle/config.json" | sed 's/$/ lines of config.json/'

# what a process can find out about the place it is in: one "what: value" a line; runs outside and inside
cat >"$bundle/rootfs/bin/look-around" <<'EOF'
#!/bin/sh
bits() { # how many bits of a hexadecimal number are set
	n=0
	for digit in $(echo "$1" | sed 's/./& /g'); do
		case $digit in [1248]) n=$((n + 1)) ;; [3569ac]) n=$((n + 2)) ;; [7bde]) n=$((n + 3)) ;; f) n=$((n + 4)) ;; esac
	done
	echo $n
}
echo "host name|$(hostname 2>/dev/null || cat /proc/sys/kernel/hostname)"
echo "process id of this shell|$$"
echo "processes in sight|$(ls -d /proc/[0-9]* | wc -l)"
echo "network devices|$(sed -n 's/^ *\([^ :]*\):.*/\1/p' /proc/net/dev | head -n 6 | tr '\n' ' ')"
echo "mounts|$(wc -l </proc/self/mountinfo)"
echo "things in /|$(ls / | wc -l)"
echo "user and group|$(id -u):$(id -g)"
echo "capabilities|$(bits "$(sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status)")"
echo "may gain privileges|$(grep -q '^NoNewPrivs:.*1' /proc/self/status && echo no || echo yes)"
echo "may write to /|$( (: >/.try) 2>/dev/null && rm -f /.try && echo yes || echo no)"
echo "may change /proc/sys|$([ -w /proc/sys/kernel/hostname ] && echo yes || echo no)"
EOF
chmod +x "$bundle/rootfs/bin/look-around"
sed -i 's/"terminal": *true/"terminal": false/; s|"sh"|"/bin/look-around"|' "$bundle/config.json"

title "4. The same look around, on this machine and in the container:  ocirt run $id"
as_root sh "$bundle/rootfs/bin/look-around" >"$work/host"
as_root "$ocirt" --root "$work/state" run --bundle "$bundle" "$id" >"$work/container" </dev/null
awk -F'|' 'NR == FNR { host[$1] = $2; next }
	FNR == 1 { printf "  %-26s %-28s %s\n", "", "this machine", "container" }
	{ printf "  %-26s %-28s %s\n", $1, host[$1], $2 }' "$work/host" "$work/container"

title "5. Its namespaces, seen from outside while it sleeps:  ocirt run --detach, state, kill, delete"
sed -i 's|"/bin/look-around"|"/bin/sleep", "60"|' "$bundle/config.json"
as_root "$ocirt" --root "$work/state" run --detach --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1
as_root "$ocirt" --root "$work/state" state "$id" | grep -E '"(id|status|pid)"' || :
pid=$(as_root "$ocirt" --root "$work/state" state "$id" | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p')
for ns in mnt pid net ipc uts cgroup user; do
	here=$(readlink "/proc/self/ns/$ns") there=$(as_root readlink "/proc/$pid/ns/$ns") own="its own"
	[ "$here" != "$there" ] || own="shared with this machine"
	printf '  %-8s %-22s %s\n' "$ns" "$there" "$own"
done
as_root "$ocirt" --root "$work/state" kill "$id" KILL
as_root "$ocirt" --root "$work/state" delete --force "$id"
echo "  killed and deleted; containers left: $(as_root "$ocirt" --root "$work/state" list -q | wc -l)"

title "Now you"
cat <<EOF
  mkdir -p /tmp/my/rootfs && cp -a A-ROOT-FILE-SYSTEM/. /tmp/my/rootfs && cd /tmp/my
  $ocirt spec                # writes config.json
  $ocirt plan .              # what would be done, and which line of config.json asks for it
  sudo $ocirt run my         # a shell in it
Install it with: sudo make -C $PWD install. README.md tells how podman, containerd and Docker use it.
EOF
