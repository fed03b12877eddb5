#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: hybrid v2
# check: all that is wrong or risky in a bundle, without running it

load lib/ocirt

setup() {
	ocirt_setup
	setup_bundle
}

# finds ID...: exactly these errors and unknown members, in their order
finds() {
	run ocirt check --format json
	[ "$(jq -r '.findings[] | select(.level == "error" or .id == "unknown-member") | .id' <<<"$output" | xargs)" = "$*" ]
}

@test "the default bundle has risks and no errors; nothing is made" {
	run -2 ocirt check
	[[ $output == *"0 errors"* ]]
	[[ $output == *"[no-seccomp]"* ]]
	[ -z "$(ls -A "$STATE")" ]
	run -2 ocirt check --host "$BUNDLE"
	[[ $output == *"0 errors"* ]]
}

@test "all mistakes are told at once, each with its place, and what follows from one is not" {
	update_config '.process.user.uid = -1 | .process.cwd = "tmp" | .process.rlimits[0].soft = 5000 | .hostnme = "x" 
		| .mounts += [{destination: "/b", type: "bind", source: "x", options: ["bind", "foo"]}]
		| .linux.namespaces += [{type: "nett"}] | .linux.sysctl = {"vm.swappiness": "1"} | .process.capabilities.bounding += ["CAP_FOO", "CAP_SYSADMIN"]
		| del(.ociVersion)'
	run -1 ocirt check
	for text in 'config.json:1:1: error: expected the member "ociVersion"' '/process/user/uid: expected an integer from 0' \
		'/process/cwd: cwd must be an absolute path' '/process/rlimits/0: the soft RLIMIT_NOFILE' '/hostnme: no member of the specification, did you mean "hostname"?' \
		'/mounts/7: option "foo"' '/linux/namespaces/6/type: expected mount, pid' '/linux/sysctl/vm.swappiness: sysctl' \
		'/process/capabilities/bounding/3: ignoring unknown or unavailable capabilities: [CAP_FOO]' \
		'/process/capabilities/bounding/4: "CAP_SYSADMIN" is no capability, did you mean "CAP_SYS_ADMIN"?'; do
		[[ $output == *"$text"* ]] || { echo "not told: $text" && return 1; }
	done
	[[ $output == *"8 errors, "* ]]
	line=$(grep -n '"vm.swappiness"' config.json | cut -d: -f1)
	[[ $output == *"config.json:$line:"*"/linux/sysctl/vm.swappiness"* ]]
}

@test "findings keep the indices of the document when an item before them is wrong" {
	update_config '.mounts = [{destination: "/a"}, {source: "no destination"}, 5, {destination: "/b", type: "bind", source: "/etc", options: ["bind"]}]'
	run -1 ocirt check
	[[ $output == *"/mounts/1: expected the member"* ]]
	[[ $output == *"/mounts/2: expected an object, found 5"* ]]
	[[ $output == *"/mounts/3: /etc of the host may be written through /b [writable-bind]"* ]]
}

@test "what is no JSON, no file or no bundle" {
	echo '{"ociVersion": "1.0.0",' >config.json
	finds syntax
	: >config.json
	finds syntax
	rm config.json
	run -1 ocirt check
	[[ $output == *"config.json: No such file or directory" ]]
	run -1 ocirt check /nowhere
	[[ $output == *"/nowhere/config.json: No such file or directory" ]]
	run -1 ocirt check --format yaml
}

@test "a root file system or a program that is not there" {
	set_args nonesuch
	finds program
	set_args /bin/nonesuch
	finds program
	set_args /tmp/../bin/sh
	finds ""
	update_config '.process.args = ["/v/prog"] | .mounts += [{destination: "/v", type: "bind", source: "x", options: ["bind"]}]'
	finds "" # a mount may bring it
	rm -rf rootfs
	finds rootfs
}

@test "--host tells what this host cannot do" {
	update_config '.mounts += [{destination: "/v", type: "bind", source: "/nowhere", options: ["bind", "ro"]}]'
	finds ""
	run -1 ocirt check --host
	[[ $output == *"/mounts/7: /nowhere: No such file or directory [mount-source]"* ]]
	update_config 'del(.mounts[-1])'
	if [ ! -e /sys/kernel/security/apparmor ]; then
		update_config '.process.apparmorProfile = "some-profile"'
		finds ""
		run -1 ocirt check --host
		[[ $output == *"/process/apparmorProfile: AppArmor is not active on this host"*"[host]"* ]]
	fi
}

@test "--host tells of a system call that libseccomp does not know, and which one may be meant" {
	"$OCIRT" features | jq -e '.linux.seccomp.enabled' >/dev/null || skip_because "built without seccomp"
	update_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
		{names: ["mount"], action: "SCMP_ACT_ERRNO"}, {names: ["umount2", "unshre", "nosuchcallatall"], action: "SCMP_ACT_ERRNO"}]}'
	run ocirt check --host
	[[ $output == *'/linux/seccomp/syscalls/1/names/1: libseccomp knows no system call "unshre", did you mean "unshare"? [unknown-call]'* ]]
	[[ $output == *'/linux/seccomp/syscalls/1/names/2: libseccomp knows no system call "nosuchcallatall" [unknown-call]'* ]]
	[[ $output != *"names/0: libseccomp"* ]]
}

@test "a controller that this host lacks" {
	grep -qs rdma /sys/fs/cgroup/cgroup.controllers /proc/self/cgroup && skip_because "this host has all controllers"
	update_config '.linux.resources.rdma = {mlx5_1: {hcaHandles: 3}}'
	finds ""
	run -1 ocirt check --host
	[[ $output == *"/linux/resources/rdma"*"[host]"* ]]
}

@test "what only cgroup v1 has is no mistake: only --host tells that it is missing" {
	update_config '.linux.resources += {network: {classID: 5, priorities: [{name: "eth0", priority: 5}]}, cpu: {realtimeRuntime: 1000},
		blockIO: {weightDevice: [{major: 8, minor: 0, leafWeight: 50}]}}'
	finds ""
	update_config '.linux.resources.blockIO.weightDevice[0].leafWeight = 5000'
	finds spec
	[[ $output == *"leafWeight 5000 is not within 10 to 1000"* ]]
	update_config 'del(.linux.resources.blockIO)'
	[ "$OCIRT_LANE" = v2 ] || return 0
	run -1 ocirt check --host
	[[ $output == *"/linux/resources/network/classID: cgroup v2 has nothing like it"*"[host]"* ]]
}

@test "the nearest name is told of a member with two letters that changed places" {
	update_config '.linxu = {} | .process.ragsv = 1 | .linux.resources.memory.limti = 1'
	run ocirt check
	[[ $output == *'/linxu: no member of the specification, did you mean "linux"?'* ]]
	[[ $output == *'/linux/resources/memory/limti: no member of the specification, did you mean "limit"?'* ]]
	[[ $output == *'/process/ragsv: no member of the specification'* ]]
}

@test "a member whose name is longer than most has its own place, too" {
	local name
	printf -v name 'x%.0s' {1..400}
	update_config --arg name "$name" '.process[$name] = 1'
	run ocirt check
	[[ $output == *"config.json:$(grep -n "$name" config.json | cut -d: -f1):"*" /process/$name: no member of the specification"* ]]
}

@test "an annotation of ours that is mistyped does nothing, and is told" {
	update_config '.annotations = {"org.ocirt.landlokc": "r:/", "run.oci.x/y": "1", "run.oci.hooks.stdout": "/x", "com.example": "1"}'
	run -2 ocirt check
	[[ $output == *'/annotations/org.ocirt.landlokc: no annotation of this runtime, did you mean "org.ocirt.landlock"? [unknown-annotation]'* ]]
	[[ $output == *'/annotations/run.oci.x~1y: no annotation of this runtime [unknown-annotation]'* ]]
	[ "$(grep -c unknown-annotation <<<"$output")" = 2 ]
}

@test "JSON for programs: levels, places and sums" {
	update_config '.process.noNewPrivileges = false'
	run -2 ocirt check --format json
	jq -e '.findings[] | select(.id == "new-privileges") | .level == "risk" and .pointer == "/process/noNewPrivileges" and .line > 1 and .column > 1' <<<"$output"
	[ "$(jq '.risks' <<<"$output")" = "$(jq '[.findings[] | select(.level == "risk")] | length' <<<"$output")" ]
}

@test "no risk and no error: exit code 0" {
	update_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [{names: ["read", "execve"], action: "SCMP_ACT_ALLOW"}]}
		| .process.user = {uid: 1000, gid: 1000}'
	run -0 ocirt check
	[[ $output == *"0 errors, 0 risks, "* ]]
}

@test "what a bundle says forges no line and moves no cursor, in check nor in plan" {
	local e=$'x\e[2J\n0 errors, 0 risks, 0 notes'
	update_config --arg e "$e" '.process.args = [$e] | .mounts += [{destination: ("/" + $e), type: "tmpfs", source: "t"}] | .hostname = "a\u001b"
		| .hooks = {poststop: [{path: ("/" + $e)}]} | .annotations = {($e): $e} | .[$e] = 1'
	for verb in check plan; do
		ocirt $verb >"$BATS_TEST_TMPDIR/says" || :
		output=$(<"$BATS_TEST_TMPDIR/says")
		! grep '^0 errors, 0 risks' <<<"$output" || false
		[[ $output != *$'\e'* && $output == *'\u001b[2J\u000a0 errors'* ]] || { echo "$output" && false; }
	done
}

@test "a bundle's links and dots that lead to the host are told of, and the host's own root as the container's" {
	local up
	printf -v up '../%.0s' {1..20}
	ln -s / everything
	ln -s /etc settings
	mkdir -p vol
	update_config --arg up "$up" '.mounts += [["everything", "settings", ($up + "etc/shadow"), "vol", "everything/usr"][] |
		{destination: "/a", type: "bind", source: ., options: ["bind", "ro"]}]'
	run ocirt check --format json
	[ "$(jq -r '[.findings[] | select(.id == "sensitive-bind").pointer] | sort | join(" ")' <<<"$output")" = "/mounts/11 /mounts/7 /mounts/8 /mounts/9" ]
	for root in / everything "$up" ./everything/.; do
		update_config --arg r "$root" '.root.path = $r | .mounts = []'
		run ocirt check
		[[ $output == *"risk: /root/path: $root is / of the host: "*"[sensitive-bind]"* ]] || { echo "$output" && false; }
	done
	update_config '.root.path = "rootfs"'
	run ocirt check
	[[ $output != *sensitive-bind* ]]
}
