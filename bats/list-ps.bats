#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# list and ps

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
	set_script 'sleep 1000 & sleep 1001'
}

# procps wants to know when the machine was started, which User-mode Linux does not tell
require_ps() {
	require_program ps
	ps -ef >/dev/null 2>&1 || skip_because "ps -ef fails on this machine"
}

@test "list shows every container in its status, sorted by id" {
	detached run -d "$id-b"
	detached create "$id-a"
	run -0 ocirt list
	[[ ${lines[0]} =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER$ ]]
	[[ ${lines[1]} =~ ^$id-a\ +[0-9]+\ +created\ +"$BUNDLE"\ +20[0-9T:.-]+Z\ +root$ ]]
	[[ ${lines[2]} =~ ^$id-b\ +[0-9]+\ +running\  ]]
	[ ${#lines[@]} = 3 ]
	run -0 ocirt list -q
	[ "$output" = "$id-a"$'\n'"$id-b" ]
}

@test "list in JSON has what state has, and the owner" {
	run -0 ocirt list -f json
	[ "$output" = "[]" ]
	detached run -d "$id"
	ocirt list --format=json | jq -e --arg id "$id" --arg bundle "$BUNDLE" --argjson pid "$(pid_of "$id")" \
		'length == 1 and (.[0] | .id == $id and .bundle == $bundle and .pid == $pid and .status == "running" and
		 .owner == "root" and .rootfs == $bundle + "/rootfs" and (.created | fromdateiso8601? // true))'
}

@test "list shows a broken entry, and delete --force removes it" {
	mkdir -m 700 "$STATE/$id"
	run -0 ocirt list
	[[ $output == *"$id"* ]]
	ocirt list -f json | jq -e --arg id "$id" '.[0].id == $id'
	ocirt delete --force "$id"
	run -0 ocirt list -q
	[ -z "$output" ]
}

@test "list of a root that is asked for has to be there, the usual one need not" {
	run -1 ocirt --root "$STATE/none" list -q
	[[ $output == *"list: open $STATE/none: No such file or directory"* ]]
	[ ! -e "$STATE/none" ]
	run -0 env XDG_RUNTIME_DIR=/nowhere/at/all setpriv --reuid 12345 --clear-groups "$OCIRT" list -q
	[ -z "$output" ]
}

@test "ps in JSON has the host's numbers of all processes, also those of exec" {
	detached run -d "$id"
	detached exec -d --pid-file pid "$id" sleep 1002
	three() { [ "$(ocirt ps --format json "$id" | jq length)" -ge 3 ]; } # a shell may become the last of its commands
	wait_for 10 three
	ocirt ps --format json "$id" | jq -e --argjson a "$(pid_of "$id")" --argjson b "$(cat pid)" 'index($a) != null and index($b) != null'
}

@test "ps shows the header and the container's rows only" {
	require_ps
	detached run -d "$id"
	both_sleep() { [ "$(ocirt ps "$id" -e -o pid,comm | grep -c ' sleep$')" = 2 ]; } # from here on nobody is forked
	wait_for 10 both_sleep
	run -0 ocirt ps "$id"
	[[ ${lines[0]} == UID*PID* ]]
	[ "$(grep -c 'sleep 100[01]$' <<<"$output")" -ge 2 ]
	[ "$(ocirt ps -f json "$id" | jq length)" = $((${#lines[@]} - 1)) ]
}

@test "words after the id are ps's" {
	require_ps
	detached run -d "$id"
	run -0 ocirt ps --format table "$id" -e -o pid,args
	[[ ${lines[0]} =~ ^\ *PID\ +COMMAND ]]
	[[ $output == *"$(pid_of "$id") "* ]]
	run -1 ocirt ps "$id" -e -o args
	[[ $output == *PID* ]]
	run -1 ocirt ps "$id" --no-such-option
	[[ $output == *ps* ]]
}

@test "ps of an unknown container is 1" {
	run -1 ocirt ps "$id"
	[[ $output == *"does not exist"* ]]
}

@test "ps works without PATH" {
	require_ps
	detached run -d "$id"
	run -0 env -i "$OCIRT" --root "$STATE" ps "$id"
	[ ${#lines[@]} -ge 2 ]
}

@test "list shows control characters of a bundle's path in words" {
	local odd=$'odd\e[31m\nx'
	mkdir "$BATS_TEST_TMPDIR/$odd"
	cp -a . "$BATS_TEST_TMPDIR/$odd/b"
	detached run -d --bundle "$BATS_TEST_TMPDIR/$odd/b" "$id"
	run -0 ocirt list
	[ "${#lines[@]}" = 2 ]
	[[ $output == *'odd\u001b[31m\u000ax/b'* ]]
	[ "$(ocirt list --format json | jq -r '.[0].bundle')" = "$BATS_TEST_TMPDIR/$odd/b" ]
}
