#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# quickstart.sh - from a fresh machine to a running container: installs what building needs, builds ocirt, makes a bundle
# with busybox and runs it, showing beside each other what the host and what the container see. Leaves the packages, what
# autogen.sh makes, and build/, with the bundle in build/quickstart/bundle for more.
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
"$ocirt" --version | sed 's/^/  /'

title "3. A bundle: a folder with a root file system, here of one static busybox, and config.json"
work=$(mktemp -d)
bundle=$PWD/bundle
id=quickstart-$$
clean() {
	as_root "$ocirt" --root "$work/state" delete --force "$id" >/dev/null 2>&1 || :
	as_root rm -rf "$work"
}
trap clean EXIT
rm -rf "$bundle"
mkdir -p "$bundle"/rootfs/{bin,dev,etc,proc,sys,tmp}
cp "$(command -v busybox)" "$bundle/rootfs/bin/busybox"
for applet in $("$bundle/rootfs/bin/busybox" --list); do
	[ "$applet" = busybox ] || ln -s busybox "$bundle/rootfs/bin/$applet"
done
echo 'root:x:0:0:root:/root:/bin/sh' >"$bundle/rootfs/etc/passwd"
(cd "$bundle" && "$ocirt" spec)
printf '  %s\n' "rootfs/      $(du -sh "$bundle/rootfs" | cut -f1) of files" \
	"config.json  $(wc -l <"$bundle/config.json") lines, made by 'ocirt spec'" "in $bundle"

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
set -- /proc/[0-9]*
echo "processes in sight|$#"
echo "network devices|$(sed -n 's/^ *\([^ :]*\):.*/\1/p' /proc/net/dev | head -n 6 | tr '\n' ' ')"
echo "mounts|$(wc -l </proc/self/mountinfo)"
echo "things in /|$(ls / | wc -l)"
echo "user and group|$(id -u):$(id -g)"
echo "capabilities|$(bits "$(sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status)")"
echo "may gain privileges|$(grep -q '^NoNewPrivs:.*1' /proc/self/status && echo no || echo yes)"
echo "may write to /|$( (: >/.try) 2>/dev/null && rm -f /.try && echo yes || echo no)"
echo "may change /proc/sys|$( (: >>/proc/sys/kernel/hostname) 2>/dev/null && echo yes || echo no)"
EOF
chmod +x "$bundle/rootfs/bin/look-around"
cp "$bundle/config.json" "$work/spec.json"
# config SED-SCRIPT: the first config.json again, without a terminal, and changed
config() { sed "s/\"terminal\": *true/\"terminal\": false/; $1" "$work/spec.json" >"$bundle/config.json"; }
config 's|"sh"|"/bin/look-around"|'

title "4. The same look around, on this machine and in the container:  ocirt run $id"
as_root sh "$bundle/rootfs/bin/look-around" >"$work/host"
as_root "$ocirt" --root "$work/state" run --bundle "$bundle" "$id" >"$work/container" </dev/null
awk -F'|' 'NR == FNR { host[$1] = $2; next }
	FNR == 1 { printf "  %-26s %-28s %s\n", "", "this machine", "container" }
	{ printf "  %-26s %-28s %s\n", $1, host[$1], $2 }' "$work/host" "$work/container"

title "5. Its namespaces, seen from outside while it sleeps:  ocirt run --detach, state, kill, delete"
config 's|"sh"|"/bin/sleep", "60"|'
as_root "$ocirt" --root "$work/state" run --detach --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1
as_root "$ocirt" --root "$work/state" state "$id" >"$work/said"
pid=$(sed -n 's/.*"pid": *\([0-9]*\).*/\1/p' "$work/said")
echo "  ocirt state says: $(sed -n 's/^ *\("\(id\|status\|pid\)": .*\)/\1/p' "$work/said" | tr '\n' ' ')"
for ns in mnt pid net ipc uts cgroup user; do
	here=$(readlink "/proc/self/ns/$ns") there=$(as_root readlink "/proc/$pid/ns/$ns") own="its own"
	[ "$here" != "$there" ] || own="shared with this machine"
	printf '  %-8s %-22s %s\n' "$ns" "$there" "$own"
done
as_root "$ocirt" --root "$work/state" kill "$id" KILL
as_root "$ocirt" --root "$work/state" delete --force "$id"
echo "  killed and deleted; containers left: $(as_root "$ocirt" --root "$work/state" list -q | wc -l)"

title "6. A mistake is told with its place: cwd is made relative in config.json"
config 's|"cwd": *"/"|"cwd": "work"|'
if as_root "$ocirt" --root "$work/state" run --bundle "$bundle" "$id" </dev/null >"$work/mistake" 2>&1; then
	echo "quickstart.sh: a relative cwd was accepted" && exit 1
fi
sed 's/^/  /' "$work/mistake"
cp "$work/spec.json" "$bundle/config.json"

sudo=$([ "$(id -u)" = 0 ] || echo "sudo ")
title "Now you"
echo "  cd $bundle"
printf '  %-58s # %s\n' "$ocirt plan . | less" "what would be done, and which line of config.json asks for it" \
	"$sudo$ocirt run my" "a shell in the container; exit ends it" \
	"${sudo}make -C .. install" "then it is just 'ocirt', with manual pages: man ocirt"
echo "README.md tells how podman, containerd and Docker use it."
