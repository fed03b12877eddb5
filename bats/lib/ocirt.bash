# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# ocirt.bash - what every bats file uses:  load lib/ocirt
#
# A test makes a bundle, names its containers with new_id, calls the runtime as `ocirt ...`, and ends. teardown deletes
# all it made and FAILS the test when anything is left: a state directory, a process, a cgroup, a mount.
#
#   OCIRT       the binary under test (runc and crun work, too: their command line is the model)
#   OCIRT_LANE  hybrid, v1 or v2: set by bats/lib/lane.sh
#
# Header lines of a bats file, read by bats/run:
#   # lanes: v1 v2      the lanes it is for (default: all three); any: one that there is, where control groups do not matter
#   # quick: hybrid     of these the ones that do, unless all is asked for (OCIRT_ENGINES=full)
#   # limit: 300        seconds until it is stopped and counts as failed (default: 120)

bats_require_minimum_version 1.5.0

: "${OCIRT:=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)/ocirt}"
: "${OCIRT_LANE:=none}"

# --- the runtime ------------------------------------------------------------------------------------------------------

# ocirt ARG...: the runtime with this test's own state root; no call lasts longer than OCIRT_LIMIT seconds
ocirt() {
	OCIRT_TEST_MARK=$TAG timeout --foreground -k 5 "${OCIRT_LIMIT:-60}" "$OCIRT" --root "$STATE" "$@" 3>&-
}

# detached ARG...: the same for what leaves a container behind, which would keep bats' pipes open: output goes to $OUT
detached() {
	OUT=$BATS_TEST_TMPDIR/out
	ocirt "$@" </dev/null >"$OUT" 2>&1 || { local rc=$? && cat "$OUT" && return $rc; }
}

# status_of ID: created, running, stopped, ...
status_of() { ocirt state "$1" | jq -r .status; }

# is_status ID WORD, for wait_for
is_status() { [ "$(status_of "$1" 2>/dev/null)" = "$2" ]; }

# pid_of ID
pid_of() { ocirt state "$1" | jq -r .pid; }

# --- bundles ----------------------------------------------------------------------------------------------------------

# A busybox root file system and, beside it, the default config.json without a terminal: made once a file, copied for each bundle.
# Of busybox' four hundred applets it has those that are a word in the file or in bats/lib: to copy all of them, and to take them
# away again, would be most of a short test.
_template() {
	local dir=$BATS_RUN_TMPDIR/template busybox
	[ ! -e "$dir/config.json" ] || { echo "$dir/rootfs" && return; }
	busybox=$(command -v busybox) || { echo "busybox is missing" >&2 && return 1; }
	mkdir -p "$dir"/rootfs/{bin,sbin,usr/bin,usr/sbin,dev,etc,home,proc,root,sys,tmp,var,run,mnt}
	chmod 1777 "$dir/rootfs/tmp"
	cp "$busybox" "$dir/rootfs/bin/busybox"
	"$busybox" --list | perl -e '
		my ($bin, @texts) = @ARGV;
		my %applet = map { chomp; $_ => 1 } <STDIN>;
		@ARGV = grep { -f } @texts;
		while (<>) { delete $applet{$_} and symlink "busybox", "$bin/$_" for /[\w.-]+|\[+/g }
	' "$dir/rootfs/bin" "$BATS_TEST_FILENAME" "${BASH_SOURCE[0]%/*}"/*.bash
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home:/bin/sh\n' >"$dir/rootfs/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\nextra:x:2000:user\n' >"$dir/rootfs/etc/group"
	(cd "$dir" && "$OCIRT" spec 3>&-) || return
	jq '.process.terminal = false' "$dir/config.json" >"$dir/new" && mv "$dir/new" "$dir/config.json"
	echo "$dir/rootfs"
}

# setup_bundle [NAME]: makes $BUNDLE with a busybox root and the default config.json, without a terminal, and goes there
setup_bundle() {
	BUNDLE=$BATS_TEST_TMPDIR/${1:-bundle}
	mkdir -p "$BUNDLE"
	cp -a "$(_template)" "$BATS_RUN_TMPDIR/template/config.json" "$BUNDLE/" || return
	cd "$BUNDLE" || return
}

# update_config [JQ-OPTION...] FILTER: edits config.json of the bundle
update_config() {
	jq "$@" <"$BUNDLE/config.json" >"$BUNDLE/config.json.new" && mv "$BUNDLE/config.json.new" "$BUNDLE/config.json"
}

# set_args WORD...: process.args
set_args() { update_config '.process.args = $ARGS.positional' --args -- "$@"; }
# set_script TEXT: process.args is a shell with this text
set_script() { set_args /bin/sh -c "$1"; }

# add_userns [UID [GID [SIZE]]]: a user namespace, whose ids from 0 on are the host's from those on (100000)
add_userns() {
	local uid=${1:-100000}
	update_config --argjson u "$uid" --argjson g "${2:-$uid}" --argjson n "${3:-65536}" '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: $u, size: $n}] | .linux.gidMappings = [{containerID: 0, hostID: $g, size: $n}]'
}

# new_id [WORD]: a container id that no other test has
new_id() { echo "$TAG${1:+-$1}"; }

# setup_container [NAME]: as most files' setup begins, for who is root: a bundle, which the test is in
setup_container() {
	require_root
	ocirt_setup
	setup_bundle "$@"
}

# open_way: who is nobody here, as the root of a user namespace, may walk to the bundle's root file system
open_way() {
	local dir=$BUNDLE/rootfs
	while [ -n "$dir" ]; do
		chmod o+x "$dir" || return
		dir=${dir%/*}
	done
}

# compiled NAME [OPTION...]: the path of the program bats/lib/NAME.c, made once a bats process
compiled() {
	local program=$BATS_RUN_TMPDIR/$1
	[ -x "$program" ] || "${CC:-cc}" -D_GNU_SOURCE -O1 "${@:2}" -o "$program" "${BASH_SOURCE[0]%/*}/$1.c" || return
	echo "$program"
}

# --- waiting, skipping ------------------------------------------------------------------------------------------------

# wait_for SECONDS COMMAND...: until the command succeeds; fails, and says what it waited for, after that time and no fewer than
# fifty tries a second of it: on a busy machine, or one that stops everybody for a while, it is longer. A command that itself takes
# tenths of a second counts for more than one try, so that it is five times the seconds at most, but for ten tries at most
wait_for() {
	local seconds=$1 tries=$(($1 * 50)) began tenths
	shift
	until began=${EPOCHREALTIME/./} && "$@" >/dev/null 2>&1; do
		if [ "$tries" -le 0 ]; then
			echo "waited $seconds s in vain for: $*"
			return 1
		fi
		tenths=$(((${EPOCHREALTIME/./} - began) / 100000))
		tries=$((tries - 1 - (tenths < 10 ? tenths : 10)))
		sleep 0.02
	done
}

# is_program PID NAME: whether the process has become that program, for wait_for
is_program() { [ "$(cat "/proc/$1/comm")" = "$2" ]; }

skip_because() { skip "$*"; }
require_root() { [ "$(id -u)" = 0 ] || skip_because "needs root"; }

# require_lane LANE...
require_lane() {
	local lane
	for lane; do [ "$OCIRT_LANE" != "$lane" ] || return 0; done
	skip_because "for lane $*, this is $OCIRT_LANE"
}

# require_program NAME...
require_program() {
	local p
	for p; do command -v "$p" >/dev/null || skip_because "$p is not installed"; done
}

# require_sound_forks: a kernel that survives a fork which a fatal signal stops
require_sound_forks() {
	# "Kernel mode fault at addr 0x40e" in copy_process
	! grep -qs 'User Mode Linux' /proc/cpuinfo || skip_because "a kernel of User-mode Linux may panic of it"
}

# require_strace: one that works here
require_strace() {
	require_program strace
	strace -f -o /dev/null true 2>/dev/null || skip_because "this host does not let strace trace (ptrace)"
}

# has_capability SET NUMBER: whether we have it in that set, Bnd or Prm: capsh(1) is not everywhere
has_capability() { (((0x$(sed -n "s/^Cap$1:.//p" /proc/self/status) >> $2 & 1) == 1)); }

# cgroup_dirs ID: the directories of that name, in whatever hierarchies are mounted
cgroup_dirs() { find /sys/fs/cgroup -type d -name "*$1*" 2>/dev/null; }

# --- before and after each test -----------------------------------------------------------------------------------------

_next_tag() { TAG=ot${$}x$BATS_TEST_NUMBER${OCIRT_LANE:0:1}$RANDOM; }

ocirt_setup() {
	_next_tag
	STATE=$BATS_TEST_TMPDIR/state
	mkdir -m 700 "$STATE"
}

# _left_lines: processes that the test's containers left, PID and command line, one a line
_left_lines() { perl "${BASH_SOURCE[0]%/*}/left.pl" "${TAG:?}" "${BATS_TEST_TMPDIR:?}"; }
_left_processes() { _left_lines | cut -d' ' -f1; }
_is_zombie() { grep -qs '^State:.Z' "/proc/$1/status"; }
_no_processes() { [ -z "$(_left_lines)" ]; }

_left_mounts() { awk -v d="$BATS_TEST_TMPDIR/" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo; }

# what is left, one line a thing
_left_over() {
	find "$STATE" -mindepth 1 -maxdepth 1 -printf 'state: %f\n' 2>/dev/null
	_left_lines | sed 's/^/process: /'
	find /sys/fs/cgroup -type d -name "*$TAG*" -printf 'cgroup: %p\n' 2>/dev/null
	_left_mounts | sed 's/^/mount: /'
}

# takes away by hand what the runtime did not
_sweep() {
	local pid dir mnt
	: "${TAG:?}" "${BATS_TEST_TMPDIR:?}"
	for pid in $(_left_processes); do kill -KILL "$pid" 2>/dev/null; done
	wait_for 5 _no_processes
	cgroup_dirs "$TAG" | sort -r | while read -r dir; do rmdir "$dir" 2>/dev/null; done
	_left_mounts | sort -r | while read -r mnt; do umount -l "$mnt"; done
}

ocirt_teardown() {
	local dir left
	[ -n "${TAG-}" ] || return 0 # skipped before it had a name: an empty one would be everybody's
	cd /
	for dir in "$STATE"/*/; do
		dir=${dir%/}
		[ ! -d "$dir" ] || ocirt delete --force "${dir##*/}" || echo "delete --force of $dir failed"
	done
	left=$(_left_over)
	[ -n "$left" ] || return 0
	wait_for 5 _no_processes >/dev/null || :
	left=$(_left_over)
	[ -n "$left" ] || return 0
	echo "LEFT BEHIND:"
	echo "$left"
	_sweep
	return 1
}

# A file with its own setup or teardown calls these two from them.
setup() { ocirt_setup; }
teardown() { ocirt_teardown; }
