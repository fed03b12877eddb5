# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# (SC2154: $status and $output are those of bats' run)
# attack.bash - what the tests of bats/security/ share:  load ../lib/attack, after ../lib/ocirt and ../lib/mounts
#
# What an attacker wants is $HOST, a directory beside the bundle with a file `secret`; host_untouched holds it against what it
# was after guard_host. A control shows that the same attack would work on a program that does not defend itself.

# require_attack: the program bats/lib/attack.c is $ATTACK here and /attack in the bundle
require_attack() {
	require_program "${CC:-cc}"
	ATTACK=$(compiled attack -static)
	cp "$ATTACK" "$BUNDLE/rootfs/attack"
}

# evil_interpreter: what the kernel loads for a dynamic program in the image is the attacker's
evil_interpreter() {
	local interpreter
	require_program readelf
	[ "$(uname -m)" = x86_64 ] || skip_because "the attacker knows x86_64 only"
	interpreter=$(readelf -l "$OCIRT" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
	[ -n "$interpreter" ] || interpreter=/lib64/ld-linux-x86-64.so.2 # of what it has inside (src/libs/)
	mkdir -p "$BUNDLE/rootfs${interpreter%/*}"
	cp "$(compiled interpreter -static-pie -nostdlib -nostartfiles -fPIE -fno-stack-protector)" "$BUNDLE/rootfs$interpreter"
}

# swapping A B: the two names are exchanged all the time, until the test's end
swapping() {
	"$ATTACK" swap "$@" 3>&- &
	SWAPPER=$!
}
stop_swapping() { [ -z "${SWAPPER:-}" ] || kill -KILL "$SWAPPER" 2>/dev/null || :; }

guard_host() {
	HOST=$BUNDLE/host
	mkdir -m 755 "$HOST" "$HOST/dir"
	echo secret >"$HOST/secret"
	_host_looks >"$BATS_TEST_TMPDIR/host.before"
}
_host_looks() {
	find "$HOST" -printf '%p %y %m %U:%G %s %l\n' | sort
	cat "$HOST/secret"
	awk -v h="$HOST" 'index($5, h) == 1' /proc/self/mountinfo
}
host_untouched() { diff "$BATS_TEST_TMPDIR/host.before" <(_host_looks); }

# ways_to PATH: spellings that lead from the container's root to PATH of the host
ways_to() {
	local up
	printf -v up '../%.0s' {1..20}
	printf '%s\n' "$1" "$up$1" "/$up$1" "tmp/$up$1" "/proc/self/root$1" "/proc/1/root$1" "/proc/self/cwd/../host" "/oldroot$1"
}

# tries: runs the bundle's container, whatever comes of it but a hang; then the host is as it was
tries() {
	run ocirt run "$(new_id)"
	[ "$status" != 124 ] || { echo "it hung" && return 1; }
	host_untouched || { echo "after: $output" && return 1; }
}

# the mounts of config.json but for those at or below PATH
without_mounts() { update_config --arg p "$1" '.mounts |= map(select(.destination | startswith($p) | not))'; }

security_setup() {
	setup_container
	update_config '.root.readonly = false'
	guard_host
	require_attack
}
security_teardown() {
	stop_swapping
	ocirt_teardown
}
