#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# linux.resources.devices: v1's list and cgroup2's program deny and allow the same

load lib/ocirt
load lib/cgroup

setup() {
	setup_container
	id=$(new_id)
	# a container that may make nodes
	update_config '.root.readonly = false
		| .process.capabilities |= map_values((. // []) + ["CAP_MKNOD"] | unique)'
}

rules() { update_config ".linux.resources.devices = $1"; }

# inside SCRIPT: its output, errors too. `try ACCESS` opens a node of 1:250, which no driver has: "address" when that is
# allowed (No such device or address), "permitted" when it is not (Operation not permitted)
inside() {
	set_script 'try() {
			case $1 in r) exec 3</tmp/node ;; w) exec 3>/tmp/node ;; rw) exec 3<>/tmp/node ;; esac
		}
		mknod /tmp/node c 1 250; '"$1"
	ocirt run "$id" 2>&1
	rm -f rootfs/tmp/node
}

# allowed ACCESS...: each of r, w, rw
allowed() {
	local a
	for a; do [[ $(inside "try $a") == *"such device or address"* ]] || { echo "$a is denied" && return 1; }; done
}
denied() {
	local a
	for a; do [[ $(inside "try $a") == *"not permitted"* ]] || { echo "$a is allowed" && return 1; }; done
}

@test "without rules everything but the default devices is denied" {
	update_config 'del(.linux.resources)'
	inside 'head -c 1 /dev/zero >/dev/null && head -c 1 /dev/urandom >/dev/null && echo x >/dev/null && echo went' | grep -q went
	denied r w rw
}

@test "making a node of any device is allowed, opening it is not" {
	rules '[{allow: false, access: "rwm"}]'
	inside 'mknod /tmp/disk b 254 0 && echo made' | grep -q made
	denied r w rw
}

@test "an allowed device opens, for what it is allowed for" {
	rules '[{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 250, access: "r"}]'
	allowed r
	denied w rw
}

@test "a wildcard allows all minors, -1 too" {
	rules '[{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: -1, access: "rw"}]'
	allowed rw
	rules '[{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, access: "rw"}]'
	allowed rw
}

@test "a rule without a type is for both" {
	rules '[{allow: false, access: "rwm"}, {allow: true, major: 1, minor: 250, access: "rw"}]'
	allowed rw
}

@test "an access may come in parts" {
	rules '[{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 250, access: "r"},
		{allow: true, type: "c", major: 1, minor: 250, access: "w"}]'
	allowed rw
}

@test "a privileged container may open everything" {
	rules '[{allow: true, access: "rwm"}]'
	allowed r w rw
}

@test "rules apply in order: the last that fits wins" {
	rules '[{allow: true, type: "c", major: 1, minor: 250, access: "rwm"}, {allow: false, access: "rwm"}]'
	denied r w
	rules '[{allow: true, access: "rwm"}, {allow: false, type: "c", major: 1, minor: 250, access: "r"}]'
	denied r rw
	allowed w
}

@test "a hole in a wider rule is made on cgroup2 and refused on v1" {
	rules '[{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, access: "rwm"},
		{allow: false, type: "c", major: 1, minor: 250, access: "rw"}]'
	if [ "$OCIRT_LANE" = v2 ]; then
		denied r w
	else
		set_args true
		run ! ocirt run "$id"
		[[ $output == *"/linux/resources/devices"*"cgroup v1 cannot deny 'c 1:250 rw' out of the wider rule 'c 1:* rwm'"* ]]
	fi
}

@test "the configured rules come first in v1's list" {
	require_lane v1 hybrid
	rules '[{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 229, access: "rwm"},
		{allow: true, type: "b", major: 8, minor: 20, access: "rw"}]'
	set_args sleep 100
	detached run --detach "$id"
	[ "$(head -n 2 "$(group_dir "$(pid_of "$id")" devices)/devices.list" | paste -sd,)" = "c 10:229 rwm,b 8:20 rw" ]
}

@test "nodes are made once the rules are whole, however long those take: none is bound for want of a right" {
	require_lane v1 hybrid
	require_strace
	update_config '.process.args = ["grep", "-c", " /dev/[a-z]* .*devtmpfs", "/proc/self/mountinfo"]'
	run -1 strace -qq -e trace=write -e inject=write:delay_exit=20000 -P "/sys/fs/cgroup/devices/$id/devices.deny" \
		-o "$BATS_TEST_TMPDIR/trace" "$OCIRT" --root "$STATE" run "$id"
	[ "$output" = 0 ]
	grep -q 'write(.*"a"' "$BATS_TEST_TMPDIR/trace"
}

@test "exec is bound by the same rules" {
	set_args sleep 100
	detached run --detach "$id"
	run ocirt exec "$id" /bin/sh -c 'mknod /tmp/node c 1 250; exec 3</tmp/node'
	[ -c rootfs/tmp/node ]
	[[ $output == *"not permitted"* ]]
}
