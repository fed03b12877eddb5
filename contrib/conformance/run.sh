#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh - run the OCI runtime-tools validation programs against a runtime and say what passed
#
#   RUNTIME_TOOLS_DIR=DIR contrib/conformance/run.sh [RUNTIME [LANE [PROGRAM...]]]
#
# RUNTIME is a path ($OCIRT or ./ocirt by default), LANE one of host (default), hybrid, v1, v2 as in bats/engines/frame.sh;
# PROGRAMs are names, all by default. DIR holds what README.md lists. Each program runs as root in a mount and a pid
# namespace of its own with an empty /run, for at most $SECONDS_EACH (60) seconds; its output stays in $KEEP if that is set.
#
# One line each: program, result, assertions "ok" and "not ok" and skipped, and "left" if cgroups remained. Results:
#   PASS    one "ok" at least, no "not ok", the plan met, status 0
#   PASS0   ended well, but asserted nothing
#   DIAG    asserted nothing and told an error in a comment
#   FAIL    anything else
# The last line is "N PASS, N PASS0, N DIAG, N FAIL (ok/not ok)". Status 0 when all ran, 77 when it cannot run here.
set -eu

here=$(dirname "$(readlink -f "$0")")
frame=$here/../../bats/engines/frame.sh

# Print "RESULT OK NOTOK SKIP" for the output $1 of a program that ended with status $2.
judge() {
	awk -v status="$2" '
		/^ok .*# (SKIP|skip)/ { skip++; total++; next }
		/^ok / { ok++; total++ }
		/^not ok/ { notok++; total++ }
		/^1\.\.[0-9]+/ { sub(/^1\.\./, ""); if ($1 + 0 >= plan) plan = $1 + 0; planned = 1 }
		/^ *"error": / { told = 1 }
		END {
			if (notok || status != 0 || (planned && plan != total) || (!planned && total)) result = "FAIL"
			else if (ok) result = "PASS"
			else result = told ? "DIAG" : "PASS0"
			print result, ok + 0, notok + 0, skip + 0
		}' "$1"
}

# Inside the frame: one program $1 in namespaces of its own; its output goes to $2.
one() {
	local status=0
	# shellcheck disable=SC2016
	timeout -k 2 "${SECONDS_EACH:-60}" unshare -m -p -f --kill-child --mount-proc --propagation private \
		sh -c 'mount -t tmpfs -o mode=755 tmpfs /run && exec "$0"' "$1" </dev/null >"$2" 2>&1 || status=$?
	return $status
}

# Inside the frame: take away the cgroups a program left; status 0 if there were any.
sweep() {
	local found
	found=$(find /sys/fs/cgroup -mindepth 1 -depth -type d ! -name host -exec rmdir {} \; -print 2>/dev/null)
	[ -n "$found" ]
}

inside() {
	local keep=$1 program name status note words; shift
	declare -A count=([PASS]=0 [PASS0]=0 [DIAG]=0 [FAIL]=0 [ok]=0 [notok]=0)
	export TMPDIR=$keep/tmp
	mkdir -p "$TMPDIR"
	cd "$RUNTIME_TOOLS_DIR"
	for program in "$@"; do
		name=$(basename "$program" .t) status=0 note=
		one "$program" "$keep/$name.out" || status=$?
		[ $status -lt 124 ] || note="status $status"
		sleep 0.1
		! sweep || note="$note left"
		read -r -a words <<<"$(judge "$keep/$name.out" $status)"
		printf '%-34s %-5s %s/%s/%s %s\n' "$name" "${words[@]}" "$note"
		count[${words[0]}]=$((count[${words[0]}] + 1))
		count[ok]=$((count[ok] + words[1])) count[notok]=$((count[notok] + words[2]))
	done
	echo "${count[PASS]} PASS, ${count[PASS0]} PASS0, ${count[DIAG]} DIAG, ${count[FAIL]} FAIL" \
		"(${count[ok]}/${count[notok]})"
}

if [ "${1:-}" = --inside ]; then
	shift
	inside "$@"
	exit
fi

runtime=${1:-${OCIRT:-./ocirt}}
lane=${2:-host}
shift $(($# < 2 ? $# : 2))
: "${RUNTIME_TOOLS_DIR:?set it to the folder of the built programs, see contrib/conformance/README.md}"
RUNTIME=$(readlink -f "$runtime") RUNTIME_TOOLS_DIR=$(readlink -f "$RUNTIME_TOOLS_DIR")
[ -x "$RUNTIME" ] || { echo "no runtime at $runtime" >&2; exit 64; }
[ -x "$RUNTIME_TOOLS_DIR/runtimetest" ] || { echo "no runtimetest in $RUNTIME_TOOLS_DIR" >&2; exit 77; }
export RUNTIME RUNTIME_TOOLS_DIR

programs=()
for program in "$RUNTIME_TOOLS_DIR"/validation/*/*.t "$RUNTIME_TOOLS_DIR"/*.t; do
	[ -x "$program" ] || continue
	[ $# = 0 ] || [[ " $* " == *" $(basename "$program" .t) "* ]] || continue
	programs+=("$program")
done
[ ${#programs[@]} != 0 ] || { echo "no programs in $RUNTIME_TOOLS_DIR" >&2; exit 77; }

keep=${KEEP:-}
if [ -z "$keep" ]; then
	keep=$(mktemp -d /var/tmp/conformance.XXXXXX)
	trap 'rm -rf --one-file-system "$keep"' EXIT
fi
mkdir -p "$keep"
chmod 755 "$keep"
"$frame" once "$lane" "$(readlink -f "$0")" --inside "$(readlink -f "$keep")" "${programs[@]}"
