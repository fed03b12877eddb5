#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# annotations named run.oci.*: what they change, and what is refused

load lib/ocirt
load lib/cgroup
load lib/agent

setup() {
	setup_container
	id=$(new_id)
	set_args sleep 1000
}

teardown() {
	[ -z "${AGENT-}" ] || stop_agent
	ocirt_teardown
}

# annotate KEY VALUE
annotate() { update_config --arg k "$1" --arg v "$2" '.annotations[$k] = $v'; }

@test "a value that is none is refused with its place" {
	local key value
	while read -r key value; do
		setup_bundle "b$((++n))"
		annotate "run.oci.$key" "$value"
		run -1 ocirt run "$id"
		[[ $output == *"config.json:"*": /annotations/run.oci.$key: "* ]] || { echo "$key $value: $output" && false; }
	done <<-'END'
		keep_original_groups maybe
		hooks.stdout relative
		hooks.stderr relative
		mount_context_type xcontext
		seccomp.receiver agent.sock
		pidfd_receiver pid.sock
		systemd.subgroup a/b
		delegate-cgroup below
		timens_offset monotonic 5 0
	END
	setup_bundle both
	update_config '.annotations = {"run.oci.systemd.subgroup": "a", "run.oci.delegate-cgroup": "b", "org.ocirt.cgroup-leaf": "c"}'
	run -1 ocirt run "$id"
	[[ $output == *'/annotations/org.ocirt.cgroup-leaf: "c" is not for'* ]]
}

@test "one that is not known is told at debug level only" {
	annotate run.oci.nonsense 1
	set_args true
	run -0 --separate-stderr ocirt run "$id"
	[ -z "$stderr" ]
	run -0 --separate-stderr ocirt --debug run "$id"
	[[ $stderr == *"annotation run.oci.nonsense is not known"* ]]
}

@test "keep_original_groups: the caller's groups, in exec too" {
	annotate run.oci.keep_original_groups 1
	update_config '.process.user.additionalGids = [7]'
	setpriv --groups 4711,4712 "$OCIRT" --root "$STATE" run -d "$id" </dev/null >/dev/null 2>&1
	run -0 grep ^Groups "/proc/$(pid_of "$id")/status"
	[ "$(tr -d '\t ' <<<"$output")" = Groups:47114712 ]
	run -0 setpriv --groups 4713 "$OCIRT" --root "$STATE" exec "$id" grep Groups /proc/self/status
	[ "$(tr -d '\t ' <<<"$output")" = Groups:4713 ]
}

@test "hooks.stdout and hooks.stderr: the output of all hooks is appended" {
	annotate run.oci.hooks.stdout "$BATS_TEST_TMPDIR/out.log"
	annotate run.oci.hooks.stderr "$BATS_TEST_TMPDIR/err.log"
	for point in prestart createRuntime createContainer startContainer poststart poststop; do
		update_config --arg p $point '.hooks[$p] = [{path: "/bin/sh", args: ["sh", "-c", "echo out \($p); echo err \($p) >&2"]}]'
	done
	set_args true
	echo before >"$BATS_TEST_TMPDIR/out.log"
	run -0 ocirt run "$id"
	[ "$(cat "$BATS_TEST_TMPDIR/out.log")" = "$(printf '%s\n' before 'out prestart' 'out createRuntime' 'out createContainer' \
		'out startContainer' 'out poststart' 'out poststop')" ]
	grep -qx 'err startContainer' "$BATS_TEST_TMPDIR/err.log"
	annotate run.oci.hooks.stdout /nowhere/at/all
	run -1 ocirt run "$id"
	[[ $output == *"/annotations/run.oci.hooks.stdout: "*"open /nowhere/at/all: No such file or directory"* ]]
}

@test "a startContainer hook without an environment has the program's" {
	update_config '.process.env += ["FOO=bar"]
		| .hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "test $FOO = bar && test -n \"$HOME\""]},
		{path: "/bin/sh", args: ["sh", "-c", "test -z \"$FOO\""], env: ["X=y"]}]'
	set_args true
	run -0 ocirt run "$id"
}

@test "timens_offset: the clocks of the new namespace" {
	[ -e /proc/self/ns/time ] || skip_because "this kernel has no time namespaces"
	update_config '.linux.namespaces += [{type: "time"}]'
	annotate run.oci.timens_offset "$(printf 'boottime 86400 5\nmonotonic 7 0')"
	set_args cat /proc/self/timens_offsets
	run -0 ocirt run "$id"
	[[ $(tr -s ' \t' ' ' <<<"$output") == *"monotonic 7 0"*"boottime 86400 5"* ]]
	annotate run.oci.timens_offset "tai 1 0"
	run -1 ocirt run "$id"
	[[ $output == *'"tai 1 0": expected monotonic or boottime'* ]]
}

@test "systemd.subgroup and delegate-cgroup: groups below the container's" {
	annotate run.oci.systemd.subgroup payload
	annotate run.oci.delegate-cgroup mine
	update_config '.process.user = {uid: 1000, gid: 1000}'
	detached run -d "$id"
	dir=$(group_dir "$(pid_of "$id")" freezer)
	[[ $dir == */payload/mine ]]
	run -0 ocirt exec "$id" sh -c 'cat /proc/self/cgroup'
	if [ "$OCIRT_LANE" = v2 ]; then
		[ "$(stat -c %u "$dir" "$dir/cgroup.procs" "$dir/../cgroup.procs" | paste -sd,)" = 1000,1000,0 ]
		grep -qx 0::/ <<<"$output"
		run -0 cat "/proc/$(pid_of "$id")/cgroup"
		[[ $output == *"/payload/mine" ]]
	fi
	ocirt delete --force "$id"
	[ ! -e "${dir%/payload/mine}" ]
}

# a cgroup mount as config-linux.md#cgroup-ownership has it
writable_groups() {
	update_config '.mounts |= map(if .destination == "/sys/fs/cgroup" then .source = "cgroup" | .options = ["rw", "nosuid", "noexec", "nodev"] else . end)'
}
owners() { (cd "$1" && stat -c '%n %u:%g' . cgroup.procs cgroup.subtree_control cgroup.freeze | paste -sd' '); }

@test "cgroup-leaf: the payload has groups of its own beside the one it began in" {
	annotate org.ocirt.cgroup-leaf init
	if [ "$OCIRT_LANE" != v2 ]; then
		run -1 ocirt run "$id"
		[[ $output == *"/annotations/org.ocirt.cgroup-leaf: needs control groups, of cgroup2 alone"* ]]
		return
	fi
	run -1 ocirt run "$id"
	[[ $output == *'/annotations/org.ocirt.cgroup-leaf: needs a new cgroup namespace, and cgroup mounted'* ]]
	writable_groups
	update_config '.process.user = {uid: 12, gid: 34}'
	detached run -d "$id"
	dir=$(group_dir "$(pid_of "$id")" freezer)
	[[ $dir == *"/$id/init" ]]
	[ "$(owners "$dir")" = ". 12:34 cgroup.procs 12:34 cgroup.subtree_control 12:34 cgroup.freeze 0:0" ]
	[ -z "$(cat "$dir/../cgroup.procs")" ]
	run -0 ocirt exec "$id" sh -ec 'grep ^0: /proc/self/cgroup; cd /sys/fs/cgroup; mkdir job; echo $$ >job/cgroup.procs
		grep ^0: /proc/self/cgroup; echo 5 >job/cgroup.max.depth; ! echo 5 2>/dev/null >cgroup.max.depth'
	[ "$output" = $'0::/init\n0::/job' ] || { echo "$output" && return 1; }
	pid_of "$id" >"$dir/../job/cgroup.procs"
	rmdir "$dir"
	[ "$(ocirt exec "$id" grep -c . /proc/self/cgroup)" -ge 1 ] # where there is room for it
	ocirt pause "$id"
	[ "$(cat "${dir%/init}/cgroup.freeze")" = 1 ]
	ocirt resume "$id"
	ocirt delete --force "$id"
	[ -z "$(cgroup_dirs "$id")" ]
}

@test "pidfd_receiver and seccomp.receiver: sockets that are sent descriptors" {
	start_agent
	update_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]}'
	set_script 'mkdir /tmp/x; true'
	run -1 ocirt run "$id"
	[[ $output == *"needs a listenerPath"* ]]
	run -1 env RUN_OCI_SECCOMP_RECEIVER=relative "$OCIRT" --root "$STATE" run "$id"
	[[ $output == *'RUN_OCI_SECCOMP_RECEIVER: "relative" is not an absolute path'* ]]
	run -0 env RUN_OCI_SECCOMP_RECEIVER="$AGENT_SOCKET" "$OCIRT" --root "$STATE" run "$id"
	annotate run.oci.seccomp.receiver "$AGENT_SOCKET"
	run -0 ocirt run "$id"
	update_config 'del(.linux.seccomp)'
	annotate run.oci.pidfd_receiver /nowhere/at/all
	run -1 ocirt run "$id"
	[[ $output == *"/annotations/run.oci.pidfd_receiver: "* ]]
}
