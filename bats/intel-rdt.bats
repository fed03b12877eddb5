#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# intel-rdt: what a host without resctrl says; the rules themselves are tested against a stand-in by tests/test_rdt.c

load lib/ocirt

setup() {
	setup_container
	set_args true
	! grep -q ' - resctrl ' /proc/self/mountinfo || skip_because "this host has resctrl"
}

@test "intelRdt on a host without resctrl is refused in words and leaves nothing" {
	for rdt in '{}' '{"closID": "/"}' '{"enableMonitoring": true}' '{"closID": "a", "schemata": ["L3:0=f"]}'; do
		update_config --argjson rdt "$rdt" '.linux.intelRdt = $rdt'
		for verb in create run; do
			id=$(new_id)
			run -1 ocirt "$verb" "$id"
			[[ $output == *"config.json:"*": /linux/intelRdt: no resctrl file system is mounted"* ]]
			[ ! -e "$STATE/$id" ]
		done
	done
}

@test "the plan tells what would be done" {
	update_config '.linux.intelRdt = {closID: "a", l3CacheSchema: "L3:0=f", schemata: ["L2:0=1"], enableMonitoring: true}'
	run -0 ocirt plan
	[[ $output == *"make, or compare with, the class of service a"*"give it the schemata L3:0=f"*"give it the schemata L2:0=1"*"make the monitoring group"* ]]
}
