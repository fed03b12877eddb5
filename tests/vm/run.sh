#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh - runs a command as root in a guest with a kernel of its own:  run.sh [OPTION...] LANE -- COMMAND [ARG...]
#
# LANE: uml, qemu (this machine's own file system, no init system), uml-systemd (Debian 12's 252, -257: Debian 13's), qemu-systemd; see `lanes` below. The
# guest's root file system is read-only below a tmpfs: nothing it writes stays. Its cgroup tree is unified, but for uml-hybrid
# and qemu-hybrid, where systemd keeps v1 hierarchies and a unified tree beside them. It has no network but lo. /vm is a folder shared with it.
#
#   -t SECONDS   hard limit of it all, kernel and root file system made before (default 300)
#   -m MIB       its memory (1536; only pages that are touched cost)
#   -k KERNEL    another kernel than the lane's: a NAME of kernel.sh
#   -a WORDS     more words for the kernel's command line: "lsm=yama,apparmor"
#   -e VAR=VALUE for the environment of the command
#   -c PATH      a copy of PATH is put into /vm
#   -o DIR       what is in /vm in the end is kept there
#   -v           the kernel's messages, too
#
# Needs root. Everything runs in one mount and pid namespace of its own, the machine's file system read-only in it; it all
# dies with the limit. Exit status: the command's; 124 the limit was hit, 125 the guest died or never came to the command,
# 77 there can be no such guest here (one line SKIP: says why), 2 usage.
set -u
. "$(dirname "$0")/common.sh"

#       lane           kernel     root file system  words for its kernel
lanes="
	uml            uml-6.12   host
	uml-new        uml-new    host
	uml-systemd    uml-6.12   systemd  lsm=yama,apparmor
	uml-systemd-257 uml-6.12  systemd-257
	uml-hybrid     uml-6.12   systemd  systemd.unified_cgroup_hierarchy=0
	qemu           6.12       host
	qemu-6.1       6.1        host
	qemu-new       new        host
	qemu-selinux   6.12       host     lsm=landlock,yama,selinux
	qemu-systemd   6.12       systemd
	qemu-hybrid    6.1        systemd  systemd.unified_cgroup_hierarchy=0
"

usage() {
	sed -n '3,/^set -u/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}
limit=300 mib=1536 kernel='' words='' out='' verbose='' env=() copies=()
while getopts t:m:k:a:e:c:o:v option; do
	case $option in
	t) limit=$OPTARG ;;
	m) mib=$OPTARG ;;
	k) kernel=$OPTARG ;;
	a) words="$words $OPTARG" ;;
	e) env+=("$OPTARG") ;;
	c) copies+=("$OPTARG") ;;
	o) out=$OPTARG ;;
	v) verbose=1 ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ "${2-}" = -- ] || usage
[ $# -ge 3 ] || usage
read -r lane_kernel root lane_words < <(awk -v lane="$1" '$1 == lane { print $2, $3, $4 }' <<<"$lanes") || usage
kernel=${kernel:-$lane_kernel}
shift 2

# --- what a guest is made of ----------------------------------------------------------------------------------------------
[ "$(id -u)" = 0 ] || cannot "guests need root"
unshare --mount --pid --fork true 2>/dev/null || cannot "guests need a mount and a pid namespace, which may not be made here"
need timeout setsid setpriv
kernel_dir=$("$vm/kernel.sh" "$kernel") || exit
"$vm/initrd.sh" "$kernel_dir" || exit
modules=$(echo "$kernel_dir"/modules/*)
case $root in
host) root_dir=/ ;;
*) root_dir=$("$vm/root.sh" "$root") || exit ;;
esac
case $kernel in
uml-*) boot=120 ;;
*)
	boot=180
	need qemu-system-x86_64
	for virtiofsd in /usr/lib/qemu/virtiofsd /usr/libexec/virtiofsd none; do [ ! -x "$virtiofsd" ] || break; done
	[ "$virtiofsd" != none ] || cannot "no QEMU guest without virtiofsd, which is not installed"
	;;
esac

# --- the job: what the guest sees as /vm -----------------------------------------------------------------------------------
work=$(mktemp -d "${TMPDIR:-/tmp}/ocirt-vm.XXXXXX") || exit 125
pid=''
# timeout takes the guest with it
trap '[ -z "$pid" ] || { kill $pid; wait; } 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
job=$work/job
mkdir "$job" "$work/private"
install -m 755 "$vm/guest/agent" "$job/agent"
printf '%s\0' "$@" >"$job/args"
[ ${#env[@]} = 0 ] || printf '%q\n' "${env[@]}" >"$job/env"
for path in "${copies[@]}"; do cp -a "$path" "$job/" || exit 125; done
words="panic=-1 vm.init=/vm/agent $lane_words$words"
if [ -e "$root_dir/lib/systemd/systemd" ] && [ "$root_dir" != / ]; then
	cp "$vm/guest/job.service" "$job/"
	words="$words vm.init=/lib/systemd/systemd systemd.show_status=0 systemd.mask=serial-getty@ttyS0.service systemd.mask=getty@tty1.service"
fi

# --- inside the namespaces -------------------------------------------------------------------------------------------------
enter() {
	set -e
	mount --make-rprivate /
	mount --bind "$job" "$job"
	mount -t tmpfs -o size=100% private "$work/private"
	mount -t tmpfs run /run
	mount -o remount,bind,ro /
	mount -t proc proc /proc
	if [ "$root_dir" = / ]; then # without what is mounted on it: /proc, /sys, control groups
		root_dir=$work/private/root
		mkdir "$root_dir"
		mount --bind / "$root_dir"
		mount -o remount,bind,ro "$root_dir"
	fi
	export TMPDIR=$work/private HOME=$work/private
}
uml() {
	# shellcheck disable=SC2086 # words
	exec "$kernel_dir/linux.uml" "mem=${mib}M" "initrd=$kernel_dir/initrd.img" root=/dev/ram0 \
		con=null con0=null,fd:1 console=tty0 ssl=null noreboot "uml_dir=$work/private" seccomp=on \
		"vm.root=hostfs:$root_dir" "vm.job=hostfs:$job" "vm.mods=hostfs:$modules" ${verbose:-quiet} $words
}
share() { # TAG DIR OPTION...: one virtiofsd
	local tag=$1 dir=$2 pid
	shift 2
	"$virtiofsd" --socket-path="$work/private/$tag.socket" -o source="$dir" -o sandbox=chroot "$@" --rlimit-nofile=0 \
		>"$work/private/$tag.log" 2>&1 &
	pid=$!
	until [ -S "$work/private/$tag.socket" ]; do
		kill -0 "$pid" 2>/dev/null || { cat "$work/private/$tag.log" && exit 125; }
		sleep 0.02
	done
	devices+=(-chardev "socket,id=$tag,path=$work/private/$tag.socket" -device "vhost-user-fs-pci,chardev=$tag,tag=$tag")
}
qemu() {
	local node
	devices=()
	share root "$root_dir" -o cache=always,xattr,readdirplus
	share job "$job" -o cache=none
	share mods "$modules" -o cache=always
	for node in 0 1; do # two CPUs, two memory nodes
		devices+=(-object "memory-backend-memfd,id=mem$node,size=$((mib / 2))M,share=on" -numa "node,memdev=mem$node,cpus=$node")
	done
	exec qemu-system-x86_64 -M q35 -cpu max -smp 2 -m "$((mib / 2 * 2))" -accel tcg,thread=multi -nodefaults -no-user-config \
		-display none -no-reboot \
		-serial stdio -device virtio-rng-pci "${devices[@]}" -kernel "$kernel_dir/vmlinuz" -initrd "$kernel_dir/initrd.img" \
		-append "console=ttyS0 ${verbose:-quiet} mitigations=off nokaslr no_timer_check audit=0 rcupdate.rcu_expedited=1 vm.root=virtiofs:root vm.job=virtiofs:job vm.mods=virtiofs:mods $words"
}
[ -z "$verbose" ] || verbose=ignore_loglevel
case $kernel in uml-*) machine=uml ;; *) machine=qemu ;; esac
export work job kernel_dir modules mib words verbose root_dir virtiofsd
export -f enter uml qemu share

# too long on the way to the command, or from its end to power off
watch() { # PID
	local booting=0 ending=0
	while kill -0 "$1" 2>/dev/null; do
		if [ -s "$job/rc" ]; then
			ending=$((ending + 1))
			[ $ending != 75 ] || kill -TERM "$1"
		elif [ ! -e "$job/started" ]; then
			booting=$((booting + 1))
			[ $booting != $((boot * 5)) ] || kill -TERM "$1"
		fi
		sleep 0.2
	done
}
for try in 1 2; do
	rm -f "$job/rc" "$job/started"
	setpriv --pdeathsig TERM timeout -k 1 "$limit" unshare --mount --pid --fork --kill-child bash -c "enter && $machine" </dev/null &
	pid=$!
	watch $pid &
	{ wait $pid; } 2>/dev/null # or bash tells that it was killed
	status=$?
	wait
	pid=
	[ ! -e "$job/started" ] || break
	echo "run.sh: try $try: the guest did not come to its command (status $status, it has $boot s)" >&2
done
[ -z "$out" ] || { mkdir -p "$out" && cp -a "$job/." "$out/"; }
[ ! -s "$job/rc" ] || exit "$(cat "$job/rc")"
[ -e "$job/started" ] || exit 125
case $status in
124 | 137) echo "run.sh: stopped after $limit s" >&2 && exit 124 ;;
esac
echo "run.sh: the guest ended without a result (status $status)" >&2
exit 125
