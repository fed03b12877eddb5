#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# org.ocirt.landlock: what of the file system the program may ever touch

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
	update_config '.root.readonly = false | .process.noNewPrivileges = true'
}

# rules TEXT
rules() { update_config --arg r "$1" '.annotations["org.ocirt.landlock"] = $r'; }

# landlocked: skips where the kernel has none
landlocked() { "$OCIRT" doctor | grep -q 'Landlock version' || skip_because "this kernel has no Landlock"; }

@test "the program reads, writes and executes where the rules say, and nowhere else" {
	landlocked
	rules 'rx:/;rw:/tmp'
	set_script 'echo x >/tmp/a && mkdir /tmp/d && cat /tmp/a && ! echo x >/home/a && ! mkdir /home/d && ! rm /etc/passwd && echo done'
	run -0 ocirt run "$id"
	[[ $output == x*done ]]
	[ ! -e rootfs/home/a ]
	[ -e rootfs/etc/passwd ]
	rules $'rx:/bin\nr:/etc/passwd\n'
	set_script 'cat /etc/passwd && ! cat /etc/group && ! ls / && ! ls /proc && echo done'
	run -0 ocirt run "$id"
	[[ $output == root:*done ]]
	rules 'r:/;x:/bin;w:/tmp'
	cp rootfs/bin/busybox rootfs/home/sh
	set_script '! /home/sh -c "echo ran" && echo done'
	run -0 ocirt run "$id"
	[[ $output == *done && $output != *ran* ]]
}

@test "the rules bind children, other users and exec, too" {
	landlocked
	rules 'rx:/;rw:/tmp'
	update_config '.process.user = {uid: 1000, gid: 1000}'
	set_script 'sleep 1000'
	detached run --detach "$id"
	run -0 ocirt exec "$id" sh -c 'echo x >/tmp/b && (! echo x >/dev/null/x) && sh -c "cat /etc/passwd >/tmp/c" && echo done'
	[[ $output == *done ]]
	run ocirt exec --user 0 "$id" sh -c 'echo x >/root/x'
	[ "$status" != 0 ]
	[ ! -e rootfs/root/x ]
}

@test "wrong rules are refused with their place" {
	for text in '/tmp' 'q:/tmp' ':/tmp' 'r:tmp' 'r:/a/../b' ' ; ' 'rw'; do
		rules "$text"
		run -1 ocirt create "$id"
		[[ $output == *"config.json:"*": /annotations/org.ocirt.landlock: "* ]]
	done
	rules 'r:/'
	update_config '.process.noNewPrivileges = false'
	run -1 ocirt create "$id"
	[[ $output == *"needs process.noNewPrivileges"* ]]
}

@test "a path that is not there makes create fail" {
	landlocked
	rules 'r:/nope'
	run -1 ocirt create "$id"
	[[ $output == *"/annotations/org.ocirt.landlock: "*"open /nope: No such file"* ]]
}

@test "a kernel without Landlock: create refuses in words" {
	require_program "${CC:-cc}"
	local deny
	deny=$(compiled deny)
	"$deny" landlock_create_ruleset true || skip_because "no seccomp filter can be set on oneself here"
	rules 'r:/'
	run -1 "$deny" landlock_create_ruleset "$OCIRT" --root "$STATE" create "$id"
	[[ $output == *"/annotations/org.ocirt.landlock: "*"this kernel has no Landlock"* ]]
	update_config 'del(.annotations)'
	set_args true
	run -0 "$deny" landlock_create_ruleset "$OCIRT" --root "$STATE" run "$id"
}

@test "features names what is ours, plan tells of the rules, hooks' output is logged" {
	ocirt features | jq -e '.annotations["org.ocirt.extensions"] | split(",") | index("landlock") != null and index("exec-limits") != null'
	ocirt features | jq -e '.potentiallyUnsafeConfigAnnotations | index("org.ocirt.") != null'
	rules 'r:/;x:/bin'
	run -0 ocirt plan
	[[ $output == *"confine the program by Landlock: r:/;x:/bin"* ]]
	update_config 'del(.annotations) | .hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo said; head -c 100000 /dev/zero | tr \"\\\\0\" a >&2"]}]'
	set_args true
	run -0 ocirt --log "$BATS_TEST_TMPDIR/log" --log-format json --log-level info run "$id"
	jq -es 'any(.[]; .level == "info" and .msg == "createRuntime hook #0: said") and all(.[]; .msg | length < 5000)
		and any(.[]; .msg | startswith("createRuntime hook #0: aaa"))' "$BATS_TEST_TMPDIR/log"
}
