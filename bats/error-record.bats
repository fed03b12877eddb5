#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# failures told to programs: exit codes, and the members of a JSON record
# lanes: any

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
}

# fails CODE ARG...: it ends with that exit code; the last record of the log is $record
fails() {
	local want=$1
	shift
	rm -f "$BATS_TEST_TMPDIR/log"
	run -"$want" ocirt --log "$BATS_TEST_TMPDIR/log" --log-format json "$@"
	record=$(tail -n 1 "$BATS_TEST_TMPDIR/log")
	jq -e '.level == "error" and (.msg | length > 0) and (.time | test("^[0-9-]+T[0-9:.]+Z$")) and (.code | type == "number")' <<<"$record"
	[[ $record == '{"level":"error","msg":"'*'","time":"'*'","code":'*'}' ]]
}
is() { jq -e "$@" <<<"$record"; }

@test "without a log file JSON records go to standard error, those of warnings too, as with runc" {
	run -1 --separate-stderr ocirt --log-format json state nobody
	# shellcheck disable=SC2154 # bats' own
	jq -e '.level == "error" and (.msg | test("does not exist")) and .code == 4' <<<"$stderr"
	[[ $stderr != *$'\n'* ]]
	update_config '.process.capabilities.ambient = ["CAP_SYS_ADMIN"] | .process.args = ["/nowhere"]'
	run -1 --separate-stderr ocirt --log-format=json --debug --log "" run "$id"
	jq -es '([.[] | .level] | unique) == ["debug", "error", "warning"] and (.[-1].msg | test("no such file or directory"))' <<<"$stderr"
	run -1 --separate-stderr ocirt --log-format=json --log "$BATS_TEST_TMPDIR/log" state nobody
	[[ $stderr == "ocirt: state nobody: "* ]]
}

@test "a mistake in config.json: code 2, its pointer and line" {
	update_config '.process.capabilities.bounding = ["CAP_KIL"]'
	fails 1 create "$id"
	is --argjson line "$(grep -n 'CAP_KIL"' config.json | cut -d: -f1)" \
		'.code == 2 and .op == "create" and .pointer == "/process/capabilities/bounding/0" and .line == $line and (has("errno") | not)'
	update_config '.process.capabilities.bounding = [] | .process.cwd = 7'
	fails 1 run "$id"
	is --argjson line "$(grep -n '"cwd"' config.json | cut -d: -f1)" \
		'.code == 2 and .op == "run" and .pointer == "/process/cwd" and .line == $line'
	printf '{"ociVersion": "1.0.2",\n"process": ]' >config.json
	fails 1 create "$id"
	is '.code == 2 and .line == 2'
}

@test "what the kernel refuses: errno, and who asked for it" {
	update_config '.mounts += [{destination: "/x", type: "bind", source: "/nope", options: ["bind"]}]'
	fails 1 create "$id"
	is '.errno == 2 and (.pointer | startswith("/mounts/")) and .line > 1'
	fails 1 --root "$STATE" run --bundle /nope "$id"
	is '.errno == 2 and .op == "run" and (has("pointer") | not) and (has("line") | not)'
}

@test "containers that are not there, are, or may not: codes 4, 5, 6" {
	fails 1 state "$id"
	is '.code == 4 and .op == "state"'
	fails 1 delete "$id"
	is '.code == 4'
	set_args sleep 1000
	detached create "$id"
	fails 1 create "$id"
	is '.code == 5'
	fails 255 exec "$id-none" true
	is '.code == 4 and .op == "exec"'
	ocirt start "$id"
	fails 1 start "$id"
	is '.code == 6'
}

@test "programs, hooks and the line: codes 7, 8, 1 and exit 3" {
	fails 1 kill "$id" NOSUCH
	is '.code == 1 and .op == "kill"'
	fails 3 nosuch
	is '.code == 1 and (has("op") | not)'
	set_args /nope
	fails 1 create "$id"
	is '.code == 7'
	set_args true
	update_config '.hooks.createRuntime = [{path: "/bin/false"}]'
	fails 1 create "$id"
	is '.code == 8 and .pointer == "/hooks/createRuntime/0"'
}

@test "what is missing, and what is in a file of its own, has pointer and line too" {
	update_config 'del(.process)'
	fails 1 run "$id"
	is '.code == 2 and .pointer == "/process" and .line == 1'
	setup_bundle other
	set_args sleep 1000
	detached run --detach "$id"
	printf '{"args": [\n"nope"], "cwd": "/"}' >process.json
	fails 255 exec --process process.json "$id"
	is '.code == 7 and .errno == 2 and .pointer == "/args/0" and .line == 2'
	fails 255 exec "$id" nope
	is '.code == 7 and .errno == 2 and (has("pointer") or has("line") | not)'
	printf '{"pids":\n{"limit": -7}}' >limits.json
	fails 1 update -r limits.json "$id"
	is '.code == 2 and .pointer == "/pids/limit" and .line == 2'
	printf '[{"type": "tmpfs",\n"destination": 7}]' >mounts.json
	fails 1 mounts add "$id" mounts.json
	is '.code == 2 and .pointer == "/0/destination" and .line == 2'
}

@test "odd bytes and a long pointer leave the record a line of JSON" {
	update_config --arg k "$(printf 'a%.0s' {1..600})" '.linux.sysctl = {($k + "\"\\\n"): "1"}'
	fails 1 create "$id"
	is '.code | . == 2 or . == 3 or . == 0'
	[ "$(wc -l <"$BATS_TEST_TMPDIR/log")" = 1 ]
}

@test "runc's two-letter swaps and the like get a suggestion" {
	for words in "lsit;list" "satrt x;start" "delete --froce x;--force" "kill x TREM;TERM" "run --bnudle x y;--bundle" \
		"ps --fromat json x;--format" "--log-lvele debug list;--log-level" "list --format jsn;json" "top --format JSON;json" \
		"--log-level wran list;warn" "--cgroup-manager sytemd list;systemd" "--rootless ture list;true" "run --detach=flase x;false" \
		"checkpoint --manage-cgroups-mode sfot x;soft"; do
		# shellcheck disable=SC2086 # several words
		run ocirt ${words%;*}
		[[ $output == *"did you mean \"${words#*;}\"?" ]] || { echo "$words: $output" && return 1; }
	done
	update_config '.hostnmae = "x"'
	run ocirt check
	[[ $output == *'did you mean "hostname"?'* ]]
	update_config 'del(.hostnmae) | .process.capabilities.effective = ["CAP_NET_ADMNI"]'
	run ocirt create "$id"
	[[ $output == *"did you mean \"CAP_NET_ADMIN\"?"* ]]
	set_args sleep 1000
	update_config '.process.capabilities.effective = []'
	detached run --detach "$id"
	run ocirt exec --cap CAP_KIL "$id" true
	[[ $output == *"did you mean \"CAP_KILL\"?"* ]]
	run ocirt nosuch
	[[ $output != *"did you mean"* ]]
}
