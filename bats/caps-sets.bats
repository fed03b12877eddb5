#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# caps-sets: the five capability sets of the program

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
	set_args grep ^Cap /proc/self/status
}

# caps JSON: process.capabilities; all JSON: the same list in all sets
caps() { update_config ".process.capabilities = $1"; }
all_sets() { caps "{bounding: $1, effective: $1, inheritable: $1, permitted: $1, ambient: $1}"; }
# set_is NAME HEX
set_is() {
	local is
	is=$(awk -v n="Cap$1:" '$1 == n { print $2 }' <<<"$output")
	[ $((16#$is)) = $((16#$2)) ] || { echo "Cap$1 is $is, not $2" && return 1; }
}

@test "each set is what config.json says" {
	caps '{bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"], permitted: ["CAP_CHOWN", "CAP_KILL"], effective: ["CAP_KILL"],
		inheritable: ["CAP_CHOWN"], ambient: ["CAP_CHOWN"]}'
	run -0 ocirt run "$id"
	set_is Bnd a1
	set_is Inh 1
	set_is Amb 1
}

@test "root has what bounding leaves" {
	caps '{bounding: ["CAP_CHOWN", "CAP_KILL"], permitted: ["CAP_CHOWN", "CAP_KILL"], effective: ["CAP_CHOWN", "CAP_KILL"]}'
	run -0 ocirt run "$id"
	for set in Bnd Prm Eff; do set_is $set 21; done
	for set in Inh Amb; do set_is $set 0; done
}

@test "a user without ambient ones has none, whatever is permitted" {
	list='["CAP_CHOWN", "CAP_NET_RAW"]'
	caps "{bounding: $list, permitted: $list, effective: $list}"
	update_config '.process.user = {"uid": 1000, "gid": 1000}'
	run -0 ocirt run "$id"
	set_is Bnd 2001
	for set in Prm Eff Inh Amb; do set_is $set 0; done
}

@test "a user keeps ambient ones over the change of ids" {
	all_sets '["CAP_NET_RAW", "CAP_SYS_ADMIN"]'
	update_config '.process.user = {"uid": 1000, "gid": 1000}'
	run -0 ocirt run "$id"
	for set in Bnd Prm Eff Inh Amb; do set_is $set 202000; done
}

@test "no capabilities in config.json: none at all" {
	update_config 'del(.process.capabilities)'
	run -0 ocirt run "$id"
	for set in Bnd Prm Eff Inh Amb; do set_is $set 0; done
	caps '{}'
	run -0 ocirt run "$id"
	for set in Bnd Prm Eff Inh Amb; do set_is $set 0; done
}

@test "names in any case, an unknown one is refused and the nearest known one named" {
	caps '{bounding: ["cap_chown", "Cap_Kill"]}'
	run -0 ocirt run "$id"
	set_is Bnd 21
	caps '{bounding: ["CAP_CHOWN", "CAP_SYSADMIN"]}'
	run -1 ocirt run "$id"
	[[ "$output" == *'/process/capabilities/bounding/1: "CAP_SYSADMIN" is no capability, did you mean "CAP_SYS_ADMIN"?' ]]
}

@test "what cannot be given is warned about, and the rest is given" {
	! has_capability Bnd 24 || skip_because "we have all capabilities here"
	caps '{bounding: ["CAP_CHOWN", "CAP_SYS_RESOURCE"], permitted: ["CAP_CHOWN", "CAP_SYS_RESOURCE"], effective: ["CAP_CHOWN"]}'
	run -0 --separate-stderr ocirt run "$id"
	set_is Bnd 1
	set_is Eff 1
	# shellcheck disable=SC2154 # bats sets it
	[[ "$stderr" == *"config.json:"*": /process/capabilities: ignoring unknown or unavailable capabilities: [CAP_SYS_RESOURCE]"* ]]
}

@test "ambient ones that are not inheritable, effective ones that are not permitted: left out with a warning, as in the specification" {
	caps '{bounding: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"], effective: ["CAP_CHOWN"], ambient: ["CAP_CHOWN"]}'
	run -0 --separate-stderr ocirt run "$id"
	set_is Amb 0
	set_is Eff 1
	[[ "$stderr" == *"can't raise ambient capability CAP_CHOWN: not both permitted and inheritable"* ]]
	caps '{bounding: ["CAP_CHOWN"], inheritable: ["CAP_CHOWN"], permitted: [], effective: ["CAP_CHOWN"], ambient: ["CAP_CHOWN"]}'
	run -0 --separate-stderr ocirt run "$id"
	set_is Amb 0
	set_is Prm 0
	[[ "$stderr" == *"can't raise effective capability CAP_CHOWN: not permitted"* ]]
	[[ "$stderr" == *"can't raise ambient capability CAP_CHOWN: not both permitted and inheritable"* ]]
	caps '{bounding: ["CAP_CHOWN"], inheritable: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"], effective: [], ambient: ["CAP_CHOWN"]}'
	run -0 --separate-stderr ocirt run "$id"
	set_is Amb 1
	[ -z "$stderr" ]
}

@test "spec and exec give no inheritable capabilities" {
	[ "$(jq -r '.process.capabilities.inheritable | length' config.json)" = 0 ]
	[ "$(jq -r '.process.capabilities.ambient | length' config.json)" = 0 ]
	set_args sleep 100
	detached run -d "$id"
	run -0 ocirt exec "$id" grep ^Cap /proc/self/status
	set_is Inh 0
	set_is Amb 0
	run -0 ocirt exec --cap CAP_NET_ADMIN "$id" grep ^Cap /proc/self/status
	set_is Inh 0
	set_is Amb 0
	[ $((16#$(awk '$1 == "CapEff:" { print $2 }' <<<"$output") & 0x1000)) != 0 ]
}

@test "the sets hold while the container waits to be started" {
	caps '{bounding: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"], effective: ["CAP_CHOWN"]}'
	update_config '.process.user = {"uid": 1000, "gid": 1000} | .process.noNewPrivileges = true'
	set_args sleep 100
	detached create "$id"
	run -0 grep -E '^(Cap|Uid)' "/proc/$(pid_of "$id")/status"
	set_is Bnd 1
	set_is Prm 1
	grep -q '^Uid:.1000.1000.1000.1000' <<<"$output"
}
