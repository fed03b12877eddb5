# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# lib.bash - what the engines' bats files share:  load lib
#
# A file calls `engine FUNCTION COMMAND:PACKAGE...` in setup_file and `engine_teardown` in teardown_file, and gets a frame
# (frame.sh) at $ENGINE, with the binary under test as $ENGINE/bin/ocirt and the image localhost/busy as
# $ENGINE/image.tar; FUNCTION then starts the engine, for which no runtime is needed yet. Where there is no such COMMAND, or
# the engine does not start, all of the file's tests are skipped with that reason. Each test is one line, `scenario FUNCTION`. The function runs under `set -eux` and calls the engine
# through `inside`; it takes the runtime's name from $RT and its path from $RT_PATH. If it fails, it is tried again with
# the machine's runc: where that fails as well, the engine cannot do it on this machine, and the test is skipped saying so.
#
#   OCIRT       the binary under test (./ocirt)
#   PEER        the runtime of the second try (the runc in PATH; empty: no second try)
#   LANE        the cgroup layout, see frame.sh (host)

bats_require_minimum_version 1.5.0

OUT=$BATS_TEST_TMPDIR/out
FRAME=$BATS_TEST_DIRNAME/frame.sh
: "${OCIRT:=$BATS_TEST_DIRNAME/../../ocirt}"
: "${PEER=$(PATH=$PATH:/usr/sbin command -v runc)}"

# inside COMMAND...: run it in the frame
inside() { "$FRAME" run "$ENGINE" "$@" 3>&- 7>&-; }

# inside_sh SCRIPT [ARG...]
inside_sh() { inside sh -euc "$@"; }

# lacks COMMAND:PACKAGE...: prints the packages to install; engines' helpers are not in PATH
lacks() {
	local need missing='' path=$PATH:/usr/sbin:/sbin:/usr/libexec/podman:/usr/lib/podman:/usr/lib/cni
	for need; do PATH=$path command -v "${need%%:*}" >/dev/null || missing="$missing ${need##*:}"; done
	[ -z "$missing" ] || echo "not installed:$missing"
}

# engine FUNCTION COMMAND:PACKAGE...
engine() {
	local start=$1 log=$BATS_FILE_TMPDIR/start; shift
	export ENGINE='' ENGINE_SKIP
	ENGINE_SKIP=$(lacks busybox:busybox-static "$@")
	[ -z "$ENGINE_SKIP" ] || return 0
	[ -x "$OCIRT" ] || { echo "no binary $OCIRT: set OCIRT" >&2; return 1; }
	ENGINE=$(mktemp -d /var/tmp/ocirt-bats.XXXXXX)
	FRAME_OWNER=$$ "$FRAME" start "$ENGINE" "${LANE:-host}" 1200 2>"$log" || {
		[ $? = 77 ] || { cat "$log" >&2; return 1; }
		ENGINE_SKIP=$(cat "$log")
		return 0
	}
	mkdir -p "$ENGINE/bin"
	cp "$OCIRT" "$ENGINE/bin/ocirt"
	"$BATS_TEST_DIRNAME/image.sh" "$ENGINE/image.tar"
	use_runtime ocirt
	_start "$start" "$log"
	wait $! && return
	tail -n 30 "$log" >&2
	ENGINE_SKIP="the engine does not start here: $(grep . "$log" | tail -n 1 | cut -c1-160)"
}

setup() { [ -z "${ENGINE_SKIP:-}" ] || skip "$ENGINE_SKIP"; }

engine_teardown() {
	[ ! -e "${ENGINE:-/nowhere}/name" ] || "$FRAME" stop "$ENGINE"
}

# use_runtime ocirt|runc: whom the next try is about. Engines that look for "runc" in their PATH find the same.
use_runtime() {
	RT=$1 RT_PATH=$ENGINE/bin/ocirt
	[ "$1" = ocirt ] || RT_PATH=$PEER
	ln -sfn "$RT_PATH" "$ENGINE/bin/runc"
}

# _start FUNCTION LOG: output to LOG, what was called to LOG.trace. In the background, and waited for by _end, because
# errexit is off in whatever is called as a condition.
_start() {
	(
		trap - ERR DEBUG EXIT
		set +ET
		BASH_XTRACEFD=7
		set -eux -o pipefail
		"$1"
	) >"$2" 2>&1 </dev/null 3>&- 7>"$2.trace" &
}

# _end LOG: its status in $TRIED; then the engine is emptied
_end() {
	TRIED=0
	wait $! || TRIED=$?
	clean_up >>"$1" 2>&1
}

# scenario FUNCTION; the file's clean_up is called after each try and must leave the engine empty
scenario() {
	local log=$BATS_TEST_TMPDIR/log
	use_runtime ocirt
	_start "$1" "$log"
	_end "$log"
	[ $TRIED != 0 ] || return 0
	tail -n 30 "$log.trace" "$log"
	[ -n "$PEER" ] || return 1
	use_runtime runc
	_start "$1" "$log.peer"
	_end "$log.peer"
	use_runtime ocirt
	[ $TRIED != 0 ] || return 1
	skip "fails with runc too: $(_why "$log.peer" | tr -d '\n')"
}

# _why LOG: the last command of the scenario's own, and the engine's last words
_why() {
	sed -n 's/^++* //p' "$1.trace" | grep -vE '^(return|inside|as_user|eventually|has|status_is|cut|grep|tail|[^ ]*frame\.sh) ' | tail -n 1 | cut -c1-110
	grep -E '^Error|[Ee]rror:|level=(error|fatal)' "$1" | tail -n 1 | cut -c1-160 | sed 's/^/: /'
}

# with_criu: a criu that works here, in the frame's PATH; else the test is skipped
with_criu() {
	local dir
	dir=$("$BATS_TEST_DIRNAME/../../tests/vm/criu.sh" 2>"$OUT.criu") || skip "$(tail -n 1 "$OUT.criu")"
	ln -sfn "$dir/criu" "$ENGINE/bin/criu"
}

# knows VERB: whether the binary under test has it; else the test is skipped
knows() { "$OCIRT" --help | has -E "^ +$1( |\$)" || skip "ocirt has no \"$1\" yet"; }

# nothing_left PATTERN: no process, mount or cgroup is left but the engine's own, whose lines match PATTERN, and no
# state of a runtime
nothing_left() {
	local left
	for _ in $(seq 50); do
		left=$("$FRAME" left "$ENGINE" | grep -Ev "$1" || true
			inside_sh 'for d in /run/ocirt /run/runc; do [ ! -d $d ] || find $d -mindepth 2; done')
		[ -n "$left" ] || return 0
		sleep 0.1
	done
	echo "left behind:"
	echo "$left"
	return 1
}

# eventually SECONDS COMMAND...: until it succeeds; on a busy machine longer, until it was tried three times a second
eventually() {
	local end=$((SECONDS + $1)) tries=$(($1 * 3)); shift
	until "$@"; do
		[ $SECONDS -lt $end ] || [ $((tries--)) -gt 0 ] || { echo "never: $*" >&2; return 1; }
		sleep 0.1
	done
}

# has ARG...: grep that reads to the end, so that whoever writes to it is not killed
has() { grep "$@" >/dev/null; }

# status_is N COMMAND...
status_is() {
	local want=$1 got=0; shift
	"$@" || got=$?
	[ $got = "$want" ] || { echo "status $got instead of $want: $*"; return 1; }
}

# says TEXT COMMAND...: its output has TEXT
says() { local text=$1; shift; { "$@" 2>&1 || true; } | has -F -- "$text"; }

# controller NAME: true if limits of that kind can be set in this lane
controller() {
	inside_sh '[ -d /sys/fs/cgroup/$0 ] || grep -qw $0 /sys/fs/cgroup/cgroup.controllers' "$1" 2>/dev/null
}

# in_terminal COMMAND...: run it in the frame with a terminal of 24 x 80
in_terminal() {
	inside script -qec "stty rows 24 cols 80; $(printf '%q ' "$@")" /dev/null
}
# what a container says of its size, which engines tell it once it runs: in ten seconds, or what it is then
STTY_SIZE='i=0; until [ "$(stty size)" = "24 80" ] || [ $i = 100 ]; do i=$((i + 1)); sleep 0.1; done; stty size'
