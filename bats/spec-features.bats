#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# spec and features

load lib/ocirt

setup() { ocirt_setup; }

@test "spec writes a configuration that is not changed afterwards" {
	cd "$BATS_TEST_TMPDIR"
	run -0 ocirt spec
	[ -z "$output" ]
	cp config.json before
	run -1 ocirt spec
	[[ $output == *"config.json exists"* ]]
	cmp config.json before
}

@test "the first configuration is tight" {
	cd "$BATS_TEST_TMPDIR"
	ocirt spec
	jq -e '.process.args == ["sh"] and .process.terminal and .process.noNewPrivileges and .root.readonly and .root.path == "rootfs"' config.json
	jq -e '[.process.capabilities | .bounding, .effective, .permitted | sort] | unique ==
		[["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]]' config.json
	jq -e '.process.capabilities | has("ambient") or has("inheritable") | not' config.json
	jq -e '.process.rlimits == [{type: "RLIMIT_NOFILE", soft: 1024, hard: 1024}]' config.json
	jq -e --arg lane "$OCIRT_LANE" '[.linux.namespaces[].type] | sort ==
		([if $lane == "v1" then empty else "cgroup" end, "ipc", "mount", "network", "pid", "uts"])' config.json
	jq -e '.linux.resources.devices == [{allow: false, access: "rwm"}]' config.json
	jq -e '.linux.maskedPaths | index("/proc/kcore") and index("/sys/firmware") and index("/sys/devices/virtual/powercap")' config.json
}

@test "spec -b writes elsewhere, and says when that is not there" {
	mkdir "$BATS_TEST_TMPDIR/b"
	ocirt spec -b "$BATS_TEST_TMPDIR/b"
	[ -s "$BATS_TEST_TMPDIR/b/config.json" ]
	run -1 ocirt spec --bundle "$BATS_TEST_TMPDIR/none"
	[[ $output == *none* ]]
}

@test "spec --file writes a file of that name, which --config takes" {
	require_root
	setup_bundle
	ocirt spec -b . -f other.json
	run -1 ocirt spec --file=other.json
	[[ $output == *"other.json exists in ."* ]]
	jq '.process.args = ["echo", "other"] | .process.terminal = false' other.json >third.json
	[ "$(ocirt run --config third.json "$(new_id)")" = other ]
}

@test "spec --rootless maps the caller and asks for nothing that needs root" {
	cd "$BATS_TEST_TMPDIR"
	ocirt spec --rootless
	jq -e --argjson uid "$(id -u)" --argjson gid "$(id -g)" \
		'.linux.uidMappings == [{containerID: 0, hostID: $uid, size: 1}] and .linux.gidMappings == [{containerID: 0, hostID: $gid, size: 1}]' config.json
	jq -e '[.linux.namespaces[].type] | index("user") and (index("network") | not)' config.json
	jq -e '.linux | has("resources") | not' config.json
	jq -e '[.mounts[].options // [] | .[] | select(startswith("gid="))] == []' config.json
}

@test "the first configuration runs" {
	require_root
	setup_bundle
	set_args echo there
	run -0 ocirt run "$(new_id)"
	[ "$output" = there ]
}

@test "features names the annotations that change what is done" {
	ocirt features | jq -e '.potentiallyUnsafeConfigAnnotations == ["org.criu.config", "org.ocirt.", "org.systemd.property.", "run.oci."]'
}

@test "all that features names is taken in config.json" {
	setup_bundle
	ocirt features >features.json
	update_config --slurpfile f features.json '$f[0] as $f | $f.linux.capabilities as $caps
		| .process.capabilities = {bounding: $caps, permitted: $caps, effective: $caps}
		| .linux.namespaces = [$f.linux.namespaces[] | {type: .}]
		| .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings
		| .hooks = ([$f.hooks[] | {(.): [{path: "/bin/true"}]}] | add)
		| .mounts += [$f.mountOptions[] | {destination: "/mnt/\(.)", source: "/tmp"}
			+ if . == "tmpcopyup" then {type: "tmpfs", options: [.]} else {type: "bind", options: ["bind", .]} end]
		| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: $f.linux.seccomp.archs,
			flags: $f.linux.seccomp.supportedFlags, listenerPath: "/tmp/agent",
			syscalls: ([$f.linux.seccomp.actions[] | {names: ["mknod"], action: .}]
				+ [$f.linux.seccomp.operators[] | {names: ["mknodat"], action: "SCMP_ACT_ERRNO",
					args: [{index: 0, value: 1, valueTwo: 1, op: .}]}])}'
	ocirt plan .
	for mode in $(jq -r '.linux.memoryPolicy.modes[]' features.json); do
		update_config --arg m "$mode" '.linux.memoryPolicy = {mode: $m} + if $m | test("DEFAULT|LOCAL") then {} else {nodes: "0"} end'
		ocirt plan . >/dev/null
	done
}

@test "features is one JSON document and nothing on standard error" {
	run -0 --separate-stderr ocirt features
	[ -z "$stderr" ]
	jq -e '.ociVersionMin == "1.0.0" and .ociVersionMax == "1.3.0"' <<<"$output"
	jq -e '.hooks | length == 6' <<<"$output"
	jq -e '.mountOptions | index("rro") and index("idmap") and index("ridmap") and index("tmpcopyup") and (index("defaults") // true)' <<<"$output"
	jq -e '.linux.mountExtensions.idmap.enabled' <<<"$output"
	jq -e '.linux.namespaces | index("user") and index("time") and length == 8' <<<"$output"
	jq -e '.linux.cgroup | .v1 and .v2' <<<"$output"
	jq -e '.linux.capabilities | length >= 41' <<<"$output"
	jq -e '.linux.seccomp.enabled' <<<"$output"
}
