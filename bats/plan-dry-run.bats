#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# plan: a dry run that changes nothing

load lib/ocirt

setup() {
	ocirt_setup
	setup_bundle
}

@test "plan shows each step with the place that asked for it" {
	run -0 --separate-stderr ocirt plan "$BUNDLE"
	[ -z "$stderr" ]
	line=$(grep -n '"/dev/shm"' config.json | cut -d: -f1)
	[[ $output =~ "mount tmpfs on /dev/shm"[^$'\n']*"config.json:$((line - 1)):"[0-9]+" /mounts/3" ]]
	[[ $output =~ "make /dev/null"[^$'\n']*default ]]
	[[ $output == *"execute sh"* ]]
}

@test "plan in JSON has the same steps" {
	steps=$(ocirt plan "$BUNDLE" | wc -l)
	ocirt plan --format json "$BUNDLE" | jq -e --argjson n "$steps" --arg b "$BUNDLE" \
		'.bundle == $b and (.steps | length) == $n and ([.steps[] | select(.pointer == "/mounts/0")][0].line > 1)'
}

@test "what has no effect, plan says after the steps, run before it runs and check at the same place" {
	update_config '.mounts += [{destination: "/x", type: "bind", source: "/tmp", options: ["bind", "size=5"]}]
		| .process.capabilities.bounding += ["CAP_OF_TOMORROW"]'
	local tell line
	run -0 --separate-stderr ocirt plan "$BUNDLE"
	line=$(grep -n '"CAP_OF_TOMORROW"' config.json | cut -d: -f1)
	[[ ${lines[-2]} == "  -  warning  "*"ignoring unknown or unavailable capabilities: [CAP_OF_TOMORROW]"*"config.json:$line:9 /process/capabilities/bounding/3" ]]
	[[ ${lines[-1]} == "  -  warning  "*'option "size=5" has no effect: '*"config.json:"*" /mounts/7" ]]
	ocirt plan -f json "$BUNDLE" | jq -e --argjson l "$line" '.warnings | length == 2 and .[0].line == $l and .[1].pointer == "/mounts/7"'
	run -2 ocirt check "$BUNDLE"
	for tell in "$line:9: risk: /process/capabilities/bounding/3: ignoring" 'note: /mounts/7: option "size=5" has no effect: '; do
		[[ $output == *"$tell"* ]]
	done
	[ "$(id -u)" = 0 ] || return 0
	set_args true
	run -0 --separate-stderr ocirt run "$(new_id)"
	# shellcheck disable=SC2154 # bats sets it
	[[ $stderr == *"warning: config.json:"*": /process/capabilities/bounding/3: ignoring"*"warning: config.json:"*': /mounts/7: option "size=5" has no effect'* ]]
}

@test "plan is about the current directory unless told otherwise" {
	[ "$(ocirt plan)" = "$(ocirt plan "$BUNDLE")" ]
	[ "$(ocirt plan -b "$BUNDLE")" = "$(ocirt plan "$BUNDLE")" ]
}

@test "plan needs no root and changes nothing" {
	require_root
	require_program setpriv
	# bats' own directory is for its user only
	local dir
	dir=$(mktemp -d /tmp/ocirt-plan-XXXXXX)
	chmod 755 "$dir"
	mkdir -m 755 "$dir/b"
	install -m 755 "$OCIRT" "$dir/ocirt"
	install -m 644 config.json "$dir/b/config.json"
	find "$dir" -printf '%p %T@ %i\n' | sort >before
	run --separate-stderr setpriv --reuid 12345 --regid 12345 --clear-groups "$dir/ocirt" plan "$dir/b"
	find "$dir" -printf '%p %T@ %i\n' | sort >after
	rm -r "$dir"
	[ "$status" = 0 ]
	cmp before after
	[ -z "$stderr" ]
	[[ $output == *"execute sh"* ]]
	[ -z "$(ls "$STATE")" ]
	[ -z "$(cgroup_dirs CONTAINER)" ]
}

@test "what create would refuse, plan refuses in the same words" {
	update_config '.process.cwd = "relative"'
	run -1 ocirt plan "$BUNDLE"
	[[ $output == *"config.json:"*"/process/cwd"* ]]
	why=${output#*config.json:}
	if [ "$(id -u)" = 0 ]; then
		run -1 ocirt create "$(new_id)"
		[[ $output == *"$why" ]]
	fi
}

@test "a bundle without config.json is told by its name" {
	run -1 ocirt plan /nowhere
	[[ $output == *"/nowhere/config.json"* ]]
}
