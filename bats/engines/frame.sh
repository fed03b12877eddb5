#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# frame.sh - one private frame of namespaces for an engine, or for anything else that leaves traces
#
#   frame.sh start DIR [LANE [SECONDS]]   make the frame; returns when it is ready
#   frame.sh run DIR COMMAND...           run a command inside, for at most $FRAME_TIMEOUT (60) seconds
#   frame.sh left DIR                     print what is left inside: cgroups, processes, mounts
#   frame.sh stop DIR                     end it, remove its cgroups and DIR
#   frame.sh once LANE COMMAND...         start, run, stop
#
# A frame has its own mount, network, IPC, UTS, pid and cgroup namespace. Inside: an empty /run, "lo" up, the machine's
# folders of the engines covered, DIR/work a tmpfs for roots, states, sockets and logs, and /sys/fs/cgroup as LANE says:
#   host     the layout the machine has (the default)      v1   version 1 controllers only
#   hybrid   version 1 controllers, cgroup2 in unified/    v2   cgroup2 only
# Each hierarchy is seen from a cgroup of the frame's own, so that nothing made inside can meet the machine's cgroups and
# whatever is left is found. The machine's own cgroups and mounts are not changed. The first process of the pid namespace
# reaps; when it ends, by `stop`, after SECONDS (900) or with the process $FRAME_OWNER, the kernel ends all others and drops
# every mount with them, and the keeper outside removes the cgroups.
# Status 77: this machine cannot show the lane or make a frame; the reason is on stderr.
set -eu

SELF=$(readlink -f "$0")
CGROUP=/sys/fs/cgroup
# What engines read or write on the machine whatever their options say; those that exist are covered.
COVERED="/run /etc/containers /etc/cni /etc/docker /etc/containerd /etc/buildkit /etc/netns /var/lib/containers
	/var/lib/containerd /var/lib/docker /var/lib/cni /opt/containerd /opt/cni /dev/shm"

die() { echo "frame: $*" >&2; exit 1; }
skip() { echo "frame: $*" >&2; exit 77; }

# Print "version|mount point|controllers" for each cgroup hierarchy of the machine.
hierarchies() {
	awk -v root="$CGROUP" '
		index($5, root) != 1 { next }
		{
			type = ""
			for (i = 7; i < NF; i++) if ($i == "-") { type = $(i + 1); words = $NF; break }
		}
		type == "cgroup2" { print "2|" $5 "|" }
		type == "cgroup" {
			gsub(/(^|,)(rw|ro|xattr|clone_children|release_agent=[^,]*)/, "", words)
			sub(/^,/, "", words)
			print "1|" $5 "|" words
		}' /proc/self/mountinfo
}

# What the machine shows, as a lane.
host_lane() {
	case $(hierarchies) in
	"2|$CGROUP|") echo v2 ;;
	*"2|"*) echo hybrid ;;
	*) echo v1 ;;
	esac
}

check_lane() {
	case $1 in
	v1) hierarchies | grep -q '^1|.*|.*memory' || skip "lane v1: no version 1 controllers on this machine" ;;
	v2) hierarchies | grep -q '^2|' || skip "lane v2: no cgroup2 on this machine" ;;
	hybrid) [ "$(host_lane)" = hybrid ] || skip "lane hybrid: this machine has the layout $(host_lane)" ;;
	*) die "unknown lane \"$1\"" ;;
	esac
}

# Make the frame's cgroup $1 in every hierarchy and go there.
make_cgroups() {
	local version point file
	while IFS='|' read -r version point _; do
		mkdir "$point/$1"
		if [ -e "$point/$1/cpuset.cpus" ] && [ "$version" = 1 ]; then
			for file in cpuset.cpus cpuset.mems; do cat "$point/$file" >"$point/$1/$file"; done
		fi
		echo "$BASHPID" >"$point/$1/cgroup.procs"
	done <<<"$(hierarchies)"
}

# cgroup2 allows no process beside children with controllers: ours wait in the leaf "host". Done once the cgroup
# namespace exists, whose root shall be the frame's cgroup.
make_leaf() {
	local version point pid words word
	while IFS='|' read -r version point _; do
		[ "$version" = 2 ] || continue
		mkdir "$point/$1/host"
		while read -r pid <"$point/$1/cgroup.procs"; do echo "$pid" >"$point/$1/host/cgroup.procs" || true; done
		read -r words <"$point/$1/cgroup.controllers" || true
		for word in $words; do echo "+$word" >"$point/$1/cgroup.subtree_control" || true; done
	done <<<"$(hierarchies)"
}

join_cgroups() {
	local version point
	while IFS='|' read -r version point _; do
		[ "$version" = 1 ] || point=$point/$1/host
		[ "$version" = 2 ] || point=$point/$1
		echo "$BASHPID" >"$point/cgroup.procs"
	done <<<"$(hierarchies)"
}

# Print the cgroups below the frame's own, deepest first.
cgroups_left() {
	local point
	while IFS='|' read -r _ point _; do
		[ ! -d "$point/$1" ] || find "$point/$1" -mindepth 1 -depth -type d ! -path "$point/$1/host"
	done <<<"$(hierarchies)"
}

# A cgroup stays busy for a moment after its last process.
remove_cgroups() {
	local point busy
	for _ in $(seq 400); do
		cgroups_left "$1" | while read -r point; do rmdir "$point" 2>/dev/null || true; done
		busy=
		while IFS='|' read -r _ point _; do
			[ ! -d "$point/$1/host" ] || rmdir "$point/$1/host" 2>/dev/null || true
			[ ! -d "$point/$1" ] || rmdir "$point/$1" 2>/dev/null || busy="$point/$1"
		done <<<"$(hierarchies)"
		[ -n "$busy" ] || return 0
		sleep 0.05
	done
	die "$busy is still busy"
}

# Inside: show LANE at /sys/fs/cgroup; $2 is what the machine has.
mount_cgroups() {
	local lane=$1 version point words word
	if [ "$lane" = v2 ]; then
		mount -t cgroup2 cgroup2 "$CGROUP"
		return
	fi
	mount -t tmpfs -o mode=755,size=1m tmpfs "$CGROUP"
	while IFS='|' read -r version point words; do
		[ "$version" = 1 ] || [ "$lane" = hybrid ] || continue
		mkdir "$point"
		if [ "$version" = 2 ]; then
			mount -t cgroup2 cgroup2 "$point"
			continue
		fi
		mount -t cgroup -o "$words" cgroup "$point"
		for word in ${words//,/ }; do
			[ -e "$CGROUP/$word" ] || [ "$word" != "${word#name=}" ] || ln -s "${point##*/}" "$CGROUP/$word"
		done
	done <<<"$2"
}

# Inside, as the first process of the pid namespace: make the view, say so, reap until the end.
inside() {
	local dir=$1 lane=$2 all point
	all=$(hierarchies)
	mount -t sysfs sysfs /sys
	mount_cgroups "$lane" "$all"
	for point in $COVERED; do [ ! -d "$point" ] || mount -t tmpfs -o mode=755 tmpfs "$point"; done
	mount -t tmpfs -o mode=755 tmpfs "$dir/work"
	mount --make-rshared /
	chmod 1777 /dev/shm
	mkdir -p /run/lock "$dir"/work/{home,tmp}
	chmod 1777 "$dir/work/tmp"
	ip link set lo up
	hostname ocirt-frame
	mounts >"$dir/mounts"
	echo ready >"$dir/ready"
	while :; do
		sleep 3600 &
		wait $! || true
	done
}

mounts() { awk '{ print $5 }' /proc/self/mountinfo | LC_ALL=C sort; }

# Outside: hold the frame until it ends, its time is over, TERM comes, or the process that wanted it is gone; then take
# everything away.
keep() {
	local dir=$1 lane=$2 seconds=$3 owner=$4 name=$5 child end=
	(
		make_cgroups "$name"
		exec setpriv --pdeathsig KILL unshare -m -n -i -u -p -C -f --kill-child --mount-proc --propagation private \
			"$SELF" inside "$dir" "$lane"
	) &
	child=$!
	trap 'end=1' TERM INT
	while [ -z "$end" ] && [ $SECONDS -lt "$seconds" ] && kill -0 $child 2>/dev/null && kill -0 "$owner" 2>/dev/null; do
		sleep 1 &
		wait $! || true
	done
	kill -KILL $child 2>/dev/null || true
	wait $child 2>/dev/null || true
	remove_cgroups "$name"
	rm -rf --one-file-system "$dir"
}

start() {
	local dir=$1 lane=${2:-host} seconds=${3:-900} name keeper
	[ "$(id -u)" = 0 ] || skip "needs root"
	[ "$lane" != host ] || lane=$(host_lane)
	check_lane "$lane"
	mkdir -p "$dir/work"
	chmod 755 "$dir"
	name=ocirt-$(basename "$dir")
	echo "$name" >"$dir/name"
	: >"$dir/log"
	setsid "$SELF" keep "$dir" "$lane" "$seconds" "${FRAME_OWNER:-0}" "$name" </dev/null >"$dir/log" 2>&1 3>&- &
	keeper=$!
	exec 9<"$dir/log"
	for _ in $(seq 1000); do
		if [ -e "$dir/ready" ] || ! kill -0 $keeper 2>/dev/null; then break; fi
		sleep 0.05
	done
	[ -e "$dir/ready" ] || { kill $keeper 2>/dev/null || true; skip "cannot make a frame here: $(cat <&9)"; }
	echo $keeper >"$dir/keeper"
	# keeper -> unshare -> the first process inside
	pgrep -P "$(pgrep -P $keeper unshare)" >"$dir/init"
	make_leaf "$name"
}

run() {
	local dir=$1; shift
	join_cgroups "$(cat "$dir/name")"
	exec nsenter -t "$(cat "$dir/init")" -m -n -i -u -p -C -- timeout -k 2 "${FRAME_TIMEOUT:-60}" \
		env -u XDG_RUNTIME_DIR HOME="$dir/work/home" TMPDIR="$dir/work/tmp" PATH="$dir/bin:$PATH" "$@"
}

left() {
	local dir=$1
	cgroups_left "$(cat "$dir/name")"
	# Pid 1, its sleep and the three of this look do not count.
	(run "$dir" ps -e -o pid=,ppid=,args= | awk '$1 != 1 && $3 != "timeout" && $3 != "ps" && !($2 == 1 && $3 == "sleep" &&
		$4 == 3600)')
	(run "$dir" "$SELF" mounts) | LC_ALL=C comm -13 "$dir/mounts" -
}

stop() {
	local dir=$1 keeper
	keeper=$(cat "$dir/keeper")
	kill "$keeper" 2>/dev/null || true
	for _ in $(seq 1000); do [ -e "$dir" ] || return 0; sleep 0.05; done
	die "$dir does not end"
}

once() {
	local lane=$1 dir status=0; shift
	dir=$(mktemp -d /var/tmp/frame.XXXXXX)
	export FRAME_OWNER=$$
	FRAME_TIMEOUT=${FRAME_TIMEOUT:-3600}
	(start "$dir" "$lane" "$FRAME_TIMEOUT") || { status=$?; rm -rf "$dir"; return $status; }
	(run "$dir" "$@") || status=$?
	stop "$dir"
	return $status
}

verb=${1:-}
[ $# = 0 ] || shift
case $verb in
start | run | left | stop | once | keep | inside | mounts) "$verb" "$@" ;;
*) sed -n 's/^#   //p' "$0" >&2; exit 64 ;;
esac
