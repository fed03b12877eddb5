#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: v2
# limit: 300
# the bus goes away, or the runtime or its helper is killed, at each message between them: no unit, group or process is left

load lib/ocirt
load lib/systemd

setup() {
	systemd_setup
	id=$(new_id)
	unit=ot-$id.scope
	require_program perl
}
teardown() {
	[ -z "${between-}" ] || kill "$between"
	systemd_teardown
}

# at HOW N VERB...: its status is in $status, what it says in $said; fails when there is no such message
at() {
	local how=$1 n=$2 heard word socket=$BATS_TEST_TMPDIR/between
	shift 2
	rm -f "$socket"
	exec {heard}< <(exec perl "$BATS_TEST_DIRNAME/lib/cut.pl" "$socket" /run/dbus/system_bus_socket "$how" "$n" 3>&-)
	between=$!
	read -r -u "$heard"
	status=0
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=$socket ocirt "$@" </dev/null >said 2>&1 || status=$?
	said=$(<said)
	kill "$between"
	between=
	word=$(cat <&"$heard")
	exec {heard}<&-
	[ "$word" = "$how" ]
}
is_clean() {
	[ "$(property_of "$unit" LoadState)" = not-found ] || { systemctl status "$unit" && return 1; }
	[ ! -e "/sys/fs/cgroup/system.slice/$unit" ] && [ ! -e "$STATE/$id" ]
}
created() { [ -e "$STATE/$id" ] || detached --systemd-cgroup create "$id"; }
# each MESSAGES BEFORE VERB...: at each message, of which there are no fewer; BEFORE makes what the verb needs
each() {
	local messages=$1 before=$2 how n
	shift 2
	for how in cut-before cut-after cut-reply kill-before kill-after kill-reply helper-reply; do
		n=1
		while "$before" && at "$how" "$n" "$@"; do
			echo "$how $n: $status $said"
			[ "$status" = 0 ] || [[ $how = kill-* && $status = 137 ]] || [[ $how = cut-* && $status = 1 && -n $said ]] ||
				[[ $how = helper-* && $status = 1 && $said = *"what needs libsystemd has ended: killed by signal 9 (killed)"* ]]
			ocirt delete --force "$id" || [ ! -e "$STATE/$id" ]
			wait_for 10 is_clean || is_clean
			n=$((n + 1))
		done
		[ "$n" -gt "$messages" ]
		ocirt delete --force "$id"
		is_clean
	done
}

@test "a create that is cut off or killed at each message to or from the bus leaves no unit" {
	each 5 true --systemd-cgroup create "$id"
}

@test "a delete that is cut off or killed at each message leaves no unit" {
	each 5 created delete --force "$id"
}

@test "an update that is cut off or killed at each message leaves a container that delete takes away" {
	each 2 created update --pids-limit 44 "$id"
}

@test "a manager that goes silent at the start of the unit is an error after a bounded time, and leaves no unit" {
	local began=$SECONDS n
	for n in 3 5; do
		at stall-after "$n" --systemd-cgroup create "$id"
		echo "$n: $status $said"
		[ "$status" = 1 ]
		[[ $said == *"systemd does not answer over the system's D-Bus within 10 s"* ]]
		wait_for 10 is_clean || is_clean
	done
	[ $((SECONDS - began)) -lt 120 ]
}
