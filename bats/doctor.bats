#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# doctor: what the host and the user can do, and how to mend what is missing

load lib/ocirt
load lib/cgroup

setup() {
	require_root
	ocirt_setup
}

# verdict NAME: what it is for one check; $output is the report as JSON
verdict() { jq -r --arg n "$1" '.checks[] | select(.name == $n).verdict' <<<"$output"; }
found() { jq -r --arg n "$1" '.checks[] | select(.name == $n).found' <<<"$output"; }

@test "each check has a verdict, and a way to mend it unless it is well" {
	run ocirt doctor --format json
	[ "$status" = 0 ] || [ "$status" = 2 ]
	jq -e '(.checks | length >= 16) and all(.checks[]; (.found | length > 0) and (.name | length > 0)
		and ((.verdict == "ok") or (.mend | length > 0)) and (.verdict | IN("ok", "absent", "limited", "broken")))' <<<"$output"
	jq -e '.verdict as $v | .checks | any(.verdict == $v)' <<<"$output"
	[ "$(verdict rights)" = ok ]
	[ "$(verdict state-root)" = ok ]
	run ocirt doctor
	grep -qE '^[a-z]+ +kernel +Linux' <<<"$output"
}

@test "the exit code tells scripts the worst of it" {
	run ocirt doctor --format json
	case $(jq -r .verdict <<<"$output") in
	ok | absent) [ "$status" = 0 ] ;;
	limited) [ "$status" = 2 ] ;;
	broken) [ "$status" = 1 ] ;;
	esac
	run -1 "$OCIRT" --root /etc/passwd/nowhere doctor -f json
	[ "$(verdict state-root)" = broken ]
}

@test "the layout of control groups and their controllers are the host's" {
	run ocirt doctor --format json
	case $OCIRT_LANE in
	v2) [[ $(found cgroup-layout) == "cgroup2 alone"* ]] ;;
	v1) [[ $(found cgroup-layout) == "version 1"* ]] ;;
	hybrid) [[ $(found cgroup-layout) == *"cgroup2 tree beside it" ]] ;;
	esac
	for c in cpu memory pids; do
		if has_controller "$c"; then
			[[ ", $(found controllers)" == *", $c"* ]]
		else
			[[ ", $(found controllers)" == *", no $c"* ]]
		fi
	done
}

@test "a user is told what a user lacks" {
	cp "$OCIRT" /tmp/"$TAG"
	chmod 755 /tmp/"$TAG"
	run env -u XDG_RUNTIME_DIR setpriv --reuid 64999 --regid 64999 --clear-groups /tmp/"$TAG" doctor --format json
	rm -f /tmp/"$TAG"
	[ "$status" = 1 ] # /run is not its own
	[ "$(verdict state-root)" = broken ]
	[ "$(verdict subids)" = limited ]
	[[ $(found rights) == "user 64999, without CAP_SYS_ADMIN" ]]
	[ "$(verdict delegation)" = limited ]
}

@test "user namespaces that cannot be made are found" {
	run unshare -U --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" --root "$1" doctor -f json' "$OCIRT" "$STATE"
	[ "$(verdict user-namespaces)" = broken ]
	[ "$status" = 1 ]
}

@test "the host is left as it was" {
	local before
	before=$(cat /proc/self/mountinfo /proc/self/cgroup)
	run ocirt doctor
	[ "$before" = "$(cat /proc/self/mountinfo /proc/self/cgroup)" ]
}
