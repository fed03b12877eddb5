# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# tap.sh - TAP of a shell script:  tap WHAT COMMAND..., one test each, and tap_end in the end
_tap_n=0 _tap_failed=0

# what the command prints is told when it fails
tap() {
	local what=$1 out
	shift
	_tap_n=$((_tap_n + 1))
	if out=$("$@" 2>&1); then
		echo "ok $_tap_n - $what"
	else
		echo "not ok $_tap_n - $what"
		printf '%s\n' "$out" | tail -n 40 | sed 's/^/# /'
		[ -z "${work-}" ] || [ ! -s "$work/out" ] || tail -n 20 "$work/out" | sed 's/^/# /'
		_tap_failed=1
	fi
}
tap_skip() { # WHAT WHY
	_tap_n=$((_tap_n + 1))
	echo "ok $_tap_n - $1 # SKIP $2"
}
tap_skip_all() { # WHY
	echo "1..0 # SKIP $1"
	exit 0
}
tap_end() {
	echo "1..$_tap_n"
	exit $_tap_failed
}
