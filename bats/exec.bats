#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# exec: one more process in a container

load lib/ocirt
load lib/cgroup

setup() {
	setup_container
	id=$(new_id)
	set_args sleep 1000
}

@test "exec runs a program in the container and ends with its exit code" {
	detached run -d "$id"
	run -0 ocirt exec "$id" hostname
	[ "$output" = "$(jq -r .hostname config.json)" ]
	run -7 ocirt exec "$id" sh -c 'exit 7'
	run -137 ocirt exec "$id" sh -c 'kill -KILL $$'
}

@test "exec is in all namespaces and control groups of the container" {
	detached run -d "$id"
	detached exec -d --pid-file pid "$id" sleep 50
	pid=$(cat pid)
	init=$(pid_of "$id")
	for kind in mnt pid net ipc uts cgroup; do
		[ "$(readlink "/proc/$pid/ns/$kind")" = "$(readlink "/proc/$init/ns/$kind")" ]
	done
	[ "$(sort "/proc/$pid/cgroup")" = "$(sort "/proc/$init/cgroup")" ]
	[ "$(readlink "/proc/$pid/root")" = / ]
}

@test "exec works in a created container" {
	detached create "$id"
	run -0 ocirt exec "$id" true
}

@test "words after the program are the program's" {
	detached run -d "$id"
	run -0 ocirt exec "$id" echo --cwd -e --help
	[ "$output" = "--cwd -e --help" ]
}

@test "cwd, env, user and groups are those of the command line" {
	detached run -d "$id"
	run -0 ocirt exec --cwd /tmp --env A=1 -e B=2 -e A=3 --user 1000:1000 --additional-gids 2000,2001 -g 2002 "$id" \
		sh -c 'pwd; echo $A $B; id -u; id -g; grep Groups /proc/self/status'
	[ "${lines[0]}" = /tmp ]
	[ "${lines[1]}" = "3 2" ]
	[ "${lines[2]}" = 1000 ]
	[ "${lines[3]}" = 1000 ]
	for gid in 2000 2001 2002; do [[ " ${lines[4]/Groups:/} " == *[[:blank:]]"$gid"[[:blank:]]* ]]; done
}

@test "user ids that are not plain numbers are refused" {
	detached run -d "$id"
	for user in root -1 4294967295 4294967296 ' 0' 0x0 '' 1000: 1000:users; do
		run -255 ocirt exec --user "$user" "$id" id
		[[ $output == *"--user"* ]]
	done
}

@test "exec has no more capabilities than the container, but for those asked for" {
	detached run -d "$id"
	run -0 ocirt exec "$id" grep CapEff /proc/self/status
	before=$output
	[ "$before" = "$(grep CapEff "/proc/$(pid_of "$id")/status")" ]
	run -0 ocirt exec --cap CAP_NET_ADMIN "$id" sh -c 'grep Cap /proc/self/status'
	[ $((0x$(awk '/CapEff/ { print $2 }' <<<"$output") & (1 << 12))) != 0 ]
	[ "$(awk '/CapInh/ { print $2 }' <<<"$output")" = 0000000000000000 ]
}

@test "a capability that is asked for is ambient where it is inheritable" {
	update_config '.process.capabilities |= (.bounding += ["CAP_SYSLOG"] | .inheritable = ["CAP_SYSLOG"])'
	detached run -d "$id"
	run -0 ocirt exec --cap CAP_SYSLOG --cap CAP_SYS_TIME "$id" sh -c 'grep Cap /proc/self/status'
	[ "$(awk '/CapAmb/ { print $2 }' <<<"$output")" = 0000000400000000 ]
}

@test "no_new_privs is config.json's, and can be asked for" {
	update_config '.process.noNewPrivileges = false'
	detached run -d "$id"
	run -0 ocirt exec "$id" grep NoNewPrivs /proc/self/status
	[[ $output == *0 ]]
	run -0 ocirt exec --no-new-privs "$id" grep NoNewPrivs /proc/self/status
	[[ $output == *1 ]]
}

@test "a process file is used as it is" {
	detached run -d "$id"
	cat >process.json <<-'EOF'
		{"args": ["sh", "-c", "pwd; id -u; echo $X"], "cwd": "/tmp", "user": {"uid": 5, "gid": 6}, "env": ["X=y", "PATH=/bin"]}
	EOF
	run -0 ocirt exec --process process.json "$id"
	[ "$output" = "/tmp"$'\n'5$'\n'y ]
}

@test "a process file may be a pipe" {
	detached run -d "$id"
	run -0 ocirt exec --process <(echo '{"args": ["echo", "hi"], "cwd": "/"}') "$id"
	[ "$output" = hi ]
	run -255 ocirt exec --process /tmp "$id"
	[[ $output == *"read /tmp: Is a directory"* ]]
}

@test "a mistake in a process file is told with its place" {
	detached run -d "$id"
	printf '{"args": ["true"],\n "cwd": 7, "user": {"uid": 0, "gid": 0}}' >process.json
	run -255 ocirt exec --process process.json "$id"
	[[ $output == *"process.json:2:"*"/cwd"*expected*string* ]]
}

@test "what the container refuses of a process file is told with its place there, and of a command line with none" {
	detached run -d "$id"
	printf '{"args": [\n"nope"],\n "cwd": "/"}' >process.json
	run -255 ocirt exec --process process.json "$id"
	[[ $output == 'ocirt: exec '"$id"': process.json:2:1: /args/0: init: exec: "nope": executable file not found'* ]]
	printf '{"args": ["true"],\n "cwd": "/nope"}' >process.json
	run -255 ocirt exec --process process.json "$id"
	[[ $output == *'process.json:2:9: /cwd: init: process: chdir to cwd ("/nope")'* ]]
	run -255 ocirt exec --cwd /nope "$id" true
	[[ $output == 'ocirt: exec '"$id"': init: process: chdir to cwd ("/nope")'* ]]
	run -255 ocirt exec "$id" nope
	[[ $output == 'ocirt: exec '"$id"': init: exec: "nope"'* ]]
}

@test "a program that is not there fails, without a pid file" {
	detached run -d "$id"
	run -255 ocirt exec --pid-file pid "$id" nope
	[[ $output == *'exec: "nope": executable file not found in $PATH'* ]]
	[[ $output == *"no such file or directory"* ]]
	[ ! -e pid ]
	run -255 ocirt exec "$id" /etc
	[[ $output == *"permission denied"* ]]
	run -255 ocirt exec "$id" /etc/passwd
	[[ $output == *"permission denied"* ]]
}

@test "a failed exec leaves no process in the container" {
	detached run -d "$id"
	run -255 ocirt exec "$id" nope
	[ "$(ocirt ps --format json "$id" | jq length)" = 1 ]
}

@test "the same environment protects an exec: seccomp" {
	update_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 95}]}'
	detached run -d "$id"
	run ! ocirt exec "$id" mkdir /tmp/x
	[[ $output == *"not supported"* ]]
}

@test "exec in a stopped, paused or unknown container says why not" {
	run -255 ocirt exec "$id" true
	[[ $output == *"does not exist"* ]]
	detached run -d "$id"
	ocirt pause "$id"
	run -255 ocirt exec "$id" true
	[[ $output == *paused* ]]
	ocirt resume "$id"
	ocirt kill "$id" KILL
	wait_for 10 is_status "$id" stopped
	run -255 ocirt exec "$id" true
	[[ $output == *"stopped"* ]]
}

@test "inherited descriptors stay outside, preserved ones go in" {
	detached run -d "$id"
	run -0 ocirt exec "$id" sh -c 'ls /proc/self/fd | wc -l' 5</dev/null 6</dev/null
	[ "$output" = 4 ]
	exec 4</etc/hostname
	OCIRT_TEST_MARK=$TAG "$OCIRT" --root "$STATE" exec --preserve-fds 2 "$id" sh -c 'ls /proc/self/fd' 3</etc/hosts >fds
	exec 4<&-
	grep -qx 3 fds
	grep -qx 4 fds
}

@test "the program's user can open its standard output again" {
	update_config '.process.user = {uid: 1000, gid: 1000}'
	set_script 'echo out >/dev/stdout; echo err >/dev/stderr'
	run -0 ocirt run "$id-a"
	[ "$output" = $'out\nerr' ]
	set_args sleep 100
	detached run -d "$id"
	run -0 ocirt exec --user 1234 "$id" sh -c 'echo again >/dev/stdout'
	[ "$output" = again ]
}

@test "exec --cgroup: a group below the container's, of some controllers or of all" {
	require_root
	[ "$OCIRT_LANE" = v2 ] || require_controller freezer pids
	detached run -d "$id"
	pid=$(pid_of "$id")
	mkdir -p "$(group_dir "$pid" pids)/below" "$(group_dir "$pid" freezer)/below"
	if [ "$OCIRT_LANE" != v2 ]; then
		run -0 ocirt exec --cgroup pids:below "$id" cat /proc/self/cgroup
		grep -q ':pids:/.*below$' <<<"$output"
		grep ':freezer:/' <<<"$output" | grep -qv below
		run -0 ocirt exec --cgroup=pids:/below --cgroup freezer:below/. "$id" cat /proc/self/cgroup
		grep -q ':pids:/.*below$' <<<"$output"
		grep -q ':freezer:/.*below$' <<<"$output"
		run -255 ocirt exec --cgroup below --cgroup pids:/ "$id" true
		[[ $output == *"each needs its CONTROLLER"* ]]
		run -255 ocirt exec --cgroup pids:below --cgroup pids:/ "$id" true
	fi
	run -0 ocirt exec --cgroup / "$id" true
	for bad in .. pids:.. below/../.. nonexistent; do
		run -255 ocirt exec --cgroup "$bad" "$id" true
	done
	[[ $output == *"--cgroup nonexistent: adding pid to cgroups "*"/nonexistent: No such file or directory" ]]
	run -255 ocirt exec --cgroup .. "$id" true
	[[ $output == *"--cgroup ..: bad sub cgroup path"* ]]
	run -255 ocirt exec --cgroup whaaat:/ "$id" true
	[[ $output == *'unknown controller "whaaat"'* ]]
}

@test "an exec follows the container's process to another group of cgroup2" {
	require_root
	require_lane v2
	update_config '.linux.namespaces -= [{"type": "cgroup"}]'
	detached run -d "$id"
	pid=$(pid_of "$id")
	dir=$(group_dir "$pid" freezer)
	mkdir "$dir/moved"
	echo "$pid" >"$dir/moved/cgroup.procs"
	controller=$(cut -d' ' -f1 <"$dir/cgroup.controllers")
	run -0 ocirt exec "$id" cat /proc/self/cgroup
	[[ $output != *moved* ]]
	[ -n "$controller" ] || skip_because "no controller of cgroup2 can be given to a group here"
	echo "+$controller" >"$dir/cgroup.subtree_control"
	run -0 ocirt exec "$id" cat /proc/self/cgroup
	[[ $output == *"/moved" ]]
	run -255 ocirt exec --cgroup / "$id" true
	[[ $output == *" adding pid "*" to cgroups"*"Device or resource busy"* ]]
	run -0 ocirt exec --cgroup moved "$id" true
}

@test "debug records are lines of the log with their time, on standard error too" {
	detached run -d "$id"
	run -0 --separate-stderr ocirt --debug exec "$id" true
	[[ $stderr == *'level=debug msg="nsexec container setup'* && $stderr == *'level=debug msg="child process in init()'* ]]
	run -0 --separate-stderr ocirt --debug --log log --log-format json exec "$id" true
	[ -z "$stderr" ]
	jq -es 'any(.[]; .level == "debug" and (.msg | test("setns_init: about to exec")))' log
}

@test "what an option says is not looked for in config.json" {
	detached run -d "$id"
	run -255 ocirt exec --cwd etc "$id" true
	[[ $output == *"exec $id: --cwd: cwd must be an absolute path, \"etc\" is not" ]]
	run -255 ocirt exec --env A=b --env A "$id" true
	[[ $output == *"exec $id: --env: the environment word \"A\" has no \"=\"" ]]
	[ -e /sys/fs/selinux/enforce ] && return 0
	run -255 ocirt exec --process-label a:b:c:s0 "$id" true
	[[ $output == *"exec $id: --process-label: SELinux is not active on this host"* ]]
}
