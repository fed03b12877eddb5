#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# process-limits: rlimits, oom_score_adj, scheduler, I/O priority, personality

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
}

@test "every kind of limit is set and seen by the program" {
	update_config '.process.rlimits = [
		{"type": "RLIMIT_AS", "soft": 1000000000, "hard": 2000000000},
		{"type": "RLIMIT_CORE", "soft": 0, "hard": 0},
		{"type": "RLIMIT_CPU", "soft": 60, "hard": 70},
		{"type": "RLIMIT_DATA", "soft": 500000000, "hard": 500000001},
		{"type": "RLIMIT_FSIZE", "soft": 1000000, "hard": 1000001},
		{"type": "RLIMIT_LOCKS", "soft": 10, "hard": 11},
		{"type": "RLIMIT_MEMLOCK", "soft": 4096, "hard": 8192},
		{"type": "RLIMIT_MSGQUEUE", "soft": 1000, "hard": 2000},
		{"type": "RLIMIT_NICE", "soft": 0, "hard": 0},
		{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200},
		{"type": "RLIMIT_NPROC", "soft": 300, "hard": 400},
		{"type": "RLIMIT_RSS", "soft": 12345, "hard": 12346},
		{"type": "RLIMIT_RTPRIO", "soft": 0, "hard": 0},
		{"type": "RLIMIT_RTTIME", "soft": 1000000, "hard": 1000001},
		{"type": "RLIMIT_SIGPENDING", "soft": 50, "hard": 60},
		{"type": "RLIMIT_STACK", "soft": 4194304, "hard": 8388608}]'
	set_args cat /proc/self/limits
	run -0 ocirt run "$id"
	has() { grep -qE "^$1 +$2 +$3 " <<<"$output" || { echo "no $* in: $output" && return 1; }; }
	has 'Max address space' 1000000000 2000000000
	has 'Max core file size' 0 0
	has 'Max cpu time' 60 70
	has 'Max data size' 500000000 500000001
	has 'Max file size' 1000000 1000001
	has 'Max file locks' 10 11
	has 'Max locked memory' 4096 8192
	has 'Max msgqueue size' 1000 2000
	has 'Max nice priority' 0 0
	has 'Max open files' 100 200
	has 'Max processes' 300 400
	has 'Max resident set' 12345 12346
	has 'Max realtime priority' 0 0
	has 'Max realtime timeout' 1000000 1000001
	has 'Max pending signals' 50 60
	has 'Max stack size' 4194304 8388608
}

@test "limits bind the program, not the runtime" {
	update_config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 3, "hard": 3},
		{"type": "RLIMIT_FSIZE", "soft": 0, "hard": 0}] | .process.env = ["PATH=/bin"]'
	set_args sh -c 'ulimit -n'
	exec 20</dev/null 21</dev/null 22</dev/null
	run -0 ocirt run "$id"
	[ "$output" = 3 ]
}

@test "a limit beyond our own is an error that says what is missing" {
	hard=$(ulimit -Hn)
	[ "$hard" != unlimited ] || skip_because "the hard limit of open files is unlimited"
	! has_capability Prm 24 || skip_because "limits can be raised here"
	update_config ".process.rlimits = [{\"type\": \"RLIMIT_NOFILE\", \"soft\": 1, \"hard\": $((hard + 1))}]"
	set_args true
	run -1 ocirt run "$id"
	[[ "$output" == *"/process/rlimits/0: "*"raise the hard RLIMIT_NOFILE from $hard to $((hard + 1)) (CAP_SYS_RESOURCE is missing)"* ]]
}

@test "limits that are unknown, twice there or upside down are refused" {
	set_args true
	update_config '.process.rlimits = [{"type": "RLIMIT_FOO", "soft": 1, "hard": 1}]'
	run -1 ocirt run "$id"
	[[ "$output" == *"/process/rlimits/0/type: "* ]]
	update_config '.process.rlimits = [{"type": "RLIMIT_CORE", "soft": 1, "hard": 1}, {"type": "RLIMIT_CORE", "soft": 1, "hard": 1}]'
	run -1 ocirt run "$id"
	[[ "$output" == *"/process/rlimits/1: RLIMIT_CORE is listed twice" ]]
	update_config '.process.rlimits = [{"type": "RLIMIT_CORE", "soft": 2, "hard": 1}]'
	run -1 ocirt run "$id"
	[[ "$output" == *"/process/rlimits/0: the soft RLIMIT_CORE 2 is above the hard one, 1" ]]
}

@test "exec has its own limits" {
	update_config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}]'
	set_args sleep 100
	detached run -d "$id"
	run -0 ocirt exec "$id" sh -c 'ulimit -n'
	[ "$output" = 100 ]
	echo '{"args": ["sh", "-c", "ulimit -n"], "cwd": "/", "env": ["PATH=/bin"],
		"rlimits": [{"type": "RLIMIT_NOFILE", "soft": 50, "hard": 60}]}' >process.json
	run -0 ocirt exec --process process.json "$id"
	[ "$output" = 50 ]
}

@test "oom_score_adj is set only when asked for" {
	set_args cat /proc/self/oom_score_adj
	run -0 ocirt run "$id"
	[ "$output" = "$(cat /proc/self/oom_score_adj)" ]
	update_config '.process.oomScoreAdj = 500'
	run -0 ocirt run "$id"
	[ "$output" = 500 ]
	update_config '.process.oomScoreAdj = 1001'
	run -1 ocirt run "$id"
	[[ "$output" == *"/process/oomScoreAdj: "* ]]
}

@test "a lower oom_score_adj than allowed is an error, not a silent nothing" {
	! has_capability Prm 24 || skip_because "oom_score_adj can be lowered here"
	set_args true
	update_config '.process.oomScoreAdj = -1000'
	run -1 ocirt run "$id"
	[[ "$output" == *"/process/oomScoreAdj: "*"set oom_score_adj to -1000"* ]]
}

@test "scheduler and I/O priority" {
	set_args sh -c 'cut -d" " -f 19,41 /proc/self/stat; ionice'
	update_config '.process.scheduler = {"policy": "SCHED_BATCH", "nice": 7}
		| .process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 6}'
	run -0 ocirt run "$id"
	[ "${lines[0]}" = "7 3" ]
	[[ "${lines[1]}" == *"prio 6"* ]]
	update_config '.process.scheduler = {"policy": "SCHED_IDLE"} | .process.ioPriority = {"class": "IOPRIO_CLASS_IDLE"}'
	run -0 ocirt run "$id"
	[ "${lines[0]}" = "$(nice) 5" ] # the nice value is not one of that policy
	[[ "${lines[1]}" == *idle* ]]
	update_config '.process.scheduler = {"policy": "SCHED_BATCH", "priority": 4}'
	run -1 ocirt run "$id"
	[[ "$output" == *"/process/scheduler/priority: "* ]]
}

@test "exec has the scheduler and I/O priority of its process" {
	set_args sleep 100
	update_config '.process.scheduler = {"policy": "SCHED_BATCH", "nice": 7}
		| .process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 6}'
	detached run -d "$id"
	run -0 ocirt exec "$id" sh -c 'cut -d" " -f 19,41 /proc/self/stat; ionice'
	[ "${lines[0]}" = "7 3" ]
	[[ "${lines[1]}" == *"prio 6"* ]]
}

@test "personality is the container's, for exec too" {
	[ "$(uname -m)" = x86_64 ] || skip_because "the names are those of x86_64"
	[ "$(setarch i686 uname -m 2>/dev/null)" = i686 ] || skip_because "this kernel is x86_64 in every personality"
	set_args sh -c 'uname -m; exec sleep 100'
	update_config '.linux.personality = {"domain": "LINUX32"}'
	detached run -d "$id"
	wait_for 5 grep -q . "$OUT"
	[ "$(cat "$OUT")" = i686 ]
	run -0 ocirt exec "$id" uname -m
	[ "$output" = i686 ]
	ocirt delete --force "$id"
	update_config '.linux.personality.flags = ["ADDR_NO_RANDOMIZE"]'
	run -1 ocirt run "$id"
	[[ "$output" == *"/linux/personality/flags/0: "* ]]
}
