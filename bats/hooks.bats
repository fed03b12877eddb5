#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# hooks: when they run, where, with what, and what their failure does

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
	log=$BATS_TEST_TMPDIR/hooks.log
	set_args true
}

# hook POINT SCRIPT [JSON]: adds a shell hook; JSON is merged into it
hook() {
	local more=${3:-'{}'}
	update_config --arg point "$1" --arg script "$2" --argjson more "$more" \
		'.hooks[$point] += [{path: "/bin/sh", args: ["sh", "-c", $script], env: ["PATH=/usr/bin:/bin"]} + $more]'
}

@test "hooks run in the order of the lifecycle, each list in its own order" {
	for point in prestart createRuntime createContainer poststart poststop; do
		hook "$point" "echo $point 1 >>$log"
		hook "$point" "echo $point 2 >>$log"
	done
	detached create "$id"
	[ "$(tr '\n' ' ' <"$log")" = "prestart 1 prestart 2 createRuntime 1 createRuntime 2 createContainer 1 createContainer 2 " ]
	ocirt start "$id"
	wait_for 10 is_status "$id" stopped
	[ "$(tail -n 2 "$log" | tr '\n' ' ')" = "poststart 1 poststart 2 " ]
	ocirt delete "$id"
	[ "$(tail -n 2 "$log" | tr '\n' ' ')" = "poststop 1 poststop 2 " ]
	[ "$(wc -l <"$log")" = 10 ]
}

@test "a hook whose point is written with an escape is run like any other, by start and delete too" {
	hook poststart "echo poststart >>$log"
	hook poststop "echo poststop >>$log"
	sed -i 's/"poststart"/"post\\u0073tart"/; s/"poststop"/"\\u0070oststop"/' config.json
	detached create "$id"
	ocirt start "$id"
	wait_for 10 is_status "$id" stopped
	ocirt delete "$id"
	[ "$(tr '\n' ' ' <"$log")" = "poststart poststop " ]
}

@test "a hook gets the state on its standard input" {
	for point in prestart createRuntime createContainer startContainer poststart poststop; do
		hook "$point" "{ echo '{\"point\":\"$point\",\"state\":'; cat; echo '}'; } >>$log"
	done
	update_config 'del(.hooks.startContainer) | .annotations = {"a.b": "c d"}'
	set_args sleep 100
	detached create "$id"
	pid=$(pid_of "$id")
	ocirt start "$id"
	ocirt delete --force "$id"
	jq -es --arg id "$id" --arg bundle "$PWD" --argjson pid "$pid" '
		length == 5 and all(.[].state; .id == $id and .bundle == $bundle and .ociVersion == "1.3.0" and .annotations == {"a.b": "c d"})
		and (map(select(.point != "poststop")) | all(.[].state; .pid == $pid))
		and (map({(.point): .state.status}) | add) == {prestart: "created", createRuntime: "created",
			createContainer: "created", poststart: "running", poststop: "stopped"}' "$log"
}

@test "run tells its poststart hooks the state" {
	hook poststart "cat >$log"
	run -0 ocirt run "$id"
	jq -e --arg id "$id" --arg bundle "$PWD" '.id == $id and .bundle == $bundle and .status == "running" and .pid > 0' "$log"
}

@test "createRuntime runs in the runtime's namespaces, createContainer in the container's, startContainer in its root" {
	hook createRuntime "readlink /proc/self/ns/mnt /proc/self/ns/uts >$log.runtime"
	hook createContainer "readlink /proc/self/ns/mnt /proc/self/ns/uts >$log.container"
	update_config '.hooks.startContainer = [{path: "/bin/busybox", args: ["sh", "-c", "ls /proc/self/ns >/dev/null && pwd >/tmp/started && readlink /proc/self/ns/mnt >>/tmp/started"], env: ["PATH=/bin"]}]
		| .root.readonly = false'
	set_args sleep 100
	detached create "$id"
	pid=$(pid_of "$id")
	[ "$(cat "$log.runtime")" = "$(readlink /proc/self/ns/mnt /proc/self/ns/uts)" ]
	[ "$(cat "$log.container")" = "$(readlink "/proc/$pid/ns/mnt" "/proc/$pid/ns/uts")" ]
	[ ! -e rootfs/tmp/started ]
	ocirt start "$id"
	[ "$(tail -n 1 rootfs/tmp/started)" = "$(readlink "/proc/$pid/ns/mnt")" ]
}

@test "a hook has exactly the environment that config.json gives it" {
	hook createRuntime "/usr/bin/env >$log" '{"env": ["ONLY=this", "PATH=/usr/bin:/bin"]}'
	LEAK=yes detached create "$id"
	grep -qx ONLY=this "$log"
	run ! grep -E 'LEAK|OCIRT' "$log"
}

@test "a failing create hook fails create, says what it said, runs poststop and leaves nothing" {
	for point in prestart createRuntime createContainer; do
		update_config 'del(.hooks)'
		rm -f "$log"
		hook "$point" 'echo to-stdout; echo to-stderr >&2; exit 3'
		hook poststop "echo poststop >>$log"
		run ! ocirt create "$id"
		[[ $output == *"error running $point hook #0"*3* ]]
		[[ $output == *to-stderr* ]]
		[[ $output == *"config.json:"*":"*"/hooks/$point/0"* ]]
		run ! ocirt state "$id"
		grep -qx poststop "$log"
	done
}

@test "run: whatever fails once the container is made, poststop hooks run" {
	for point in startContainer poststart; do
		update_config --arg p "$point" '.hooks = {($p): [{path: "/bin/false"}]}'
		rm -f "$log"
		hook poststop "echo poststop >>$log"
		run ! ocirt run "$id"
		[[ $output == *"error running $point hook #0"* ]]
		grep -qx poststop "$log"
	done
	update_config 'del(.hooks.poststart) | .process.noNewPrivileges = true'
	printf '#!/no/such/interpreter\n' >rootfs/script
	chmod +x rootfs/script
	set_args /script
	rm -f "$log"
	run -1 ocirt run "$id"
	grep -qx poststop "$log"
}

@test "a hook that kills the init stage: it is told that this was killed, and by which signal" {
	local when
	for when in prestart createRuntime; do
		update_config 'del(.hooks)'
		hook "$when" 'kill -9 "$(tr , "\n" | sed -n "s/.*\"pid\": *//p")"'
		run -1 ocirt run "$id"
		[[ $output == *"the init stage was killed by signal 9"* ]]
		run -1 ocirt state "$id"
	done
}

@test "a failing startContainer hook fails start with its error" {
	update_config '.hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "exit 7"]}]'
	detached create "$id"
	run ! ocirt start "$id"
	[[ $output == *"startContainer hook #0"*7* ]]
	wait_for 10 is_status "$id" stopped
}

# mkdir(2) is refused; with an allowing default nothing else is, with a refusing one only what a shell needs is allowed
@test "startContainer hooks run under the container's seccomp filter and no_new_privs" {
	for nnp in true false; do
		update_config --argjson nnp $nnp '.process.noNewPrivileges = $nnp
			| .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_KILL"}]}
			| .hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "exec mkdir /dev/shm/made"]}]'
		run -1 ocirt run "$id"
		[[ $output == *"/hooks/startContainer/0: "*"error running startContainer hook #0: killed by signal 31 (bad system call)"* ]]
		update_config --argjson nnp $nnp '.hooks.startContainer[0].args[2] = "! mkdir /dev/shm/made && grep -E \"^(Seccomp|NoNewPrivs):\" /proc/self/status >/dev/shm/own"
			| .linux.seccomp.syscalls[0].action = "SCMP_ACT_ERRNO"'
		set_script 'tr -d "\n" </dev/shm/own'
		run -0 ocirt run "$id"
		[[ $output == *"NoNewPrivs:"?$([ $nnp = true ] && echo 1 || echo 0)"Seccomp:"?2 ]]
	done
}

@test "what starts a hook need not fit into the filter, what the hook does has to" {
	update_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["execve"], action: "SCMP_ACT_ERRNO", errnoRet: 13}]}
		| .hooks.startContainer = [{path: "/bin/true"}]'
	run -1 ocirt run "$id"
	[[ $output == *"error running startContainer hook #0: exec /bin/true: Permission denied"* ]]
	update_config '.linux.seccomp.syscalls[0].names = ["vfork", "clone", "clone3", "fork", "wait4", "poll", "ppoll", "pidfd_open", "pipe2", "memfd_create"]'
	run -0 ocirt run "$id"
}

@test "a failing poststart hook stops the container" {
	hook poststart 'exit 4'
	set_args sleep 100
	detached create "$id"
	run ! ocirt start "$id"
	[[ $output == *"poststart hook #0"*4* ]]
	wait_for 10 is_status "$id" stopped
}

@test "a failing poststop hook is a warning, the others run and delete succeeds" {
	hook poststop 'exit 5'
	hook poststop "echo second >>$log"
	detached create "$id"
	run -0 ocirt delete --force "$id"
	[[ $output == *warning*"poststop hook #0"*5* ]]
	grep -qx second "$log"
	run ! ocirt state "$id"
}

