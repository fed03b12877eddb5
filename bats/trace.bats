#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# trace: --trace tells of every step of both processes

load lib/ocirt

setup() {
	setup_container
	id=$(new_id)
	file=$BATS_TEST_TMPDIR/trace.json
	set_args true
}

# has_steps FILE STEP...: the file is what it should be and has these steps, each with a time
has_steps() {
	local file=$1 step
	shift
	jq -e '[.traceEvents[] | select(.ph == "X")] | length > 0 and all(.dur >= 0 and .ts > 0 and .pid > 0)' "$file"
	for step in "$@"; do
		jq -e --arg step "$step" 'any(.traceEvents[]; .name == $step and .ph == "X")' "$file" || { echo "no $step" && return 1; }
	done
}

# two_processes FILE: both have a name and steps
two_processes() {
	jq -e '([.traceEvents[] | select(.ph == "M") | .pid] | unique | length) == 2 and
		([.traceEvents[] | select(.ph == "X") | .cat] | unique) == ["runtime", "stage"]' "$1"
}

@test "run: the steps of both processes, from the bundle to the end" {
	run -0 ocirt run --trace "$file" "$id"
	[ -z "$output" ]
	two_processes "$file"
	has_steps "$file" read_config make_plan make_state launch serve_stage record_process start_stage wait_for_the_end delete \
		init_wait_go init_fs_mounts init_fs_pivot init_self_identity init_execute program
}

@test "create, start and exec have their own" {
	set_args sleep 100
	detached create --trace "$file" "$id"
	two_processes "$file"
	has_steps "$file" record_process init_fs_mounts init_wait_start
	ocirt start --trace "$file.start" "$id"
	two_processes "$file.start"
	has_steps "$file.start" check_status wake_stage init_execute
	ocirt exec --trace "$file.exec" "$id" true
	two_processes "$file.exec"
	has_steps "$file.exec" resolve_process launch init_join_container init_execute
}

@test "a stage that is executed tells of its steps as well" {
	add_userns 0
	run -0 ocirt run --trace "$file" "$id"
	two_processes "$file"
	has_steps "$file" write_maps init_fs_mounts init_execute
}

@test "what fails is in it, with the failure" {
	set_args /bin/nothing-there
	run ! ocirt run --trace "$file" "$id"
	[[ "$output" == *"no such file or directory"* ]]
	jq -e '[.traceEvents[] | select(.args.failed) | .name] | index("init_find_program") != null and index("serve_stage") != null' "$file"
}

@test "a dash is a summary of one screen on standard output" {
	run -0 ocirt run --trace - "$id"
	[ "${#lines[@]}" -le 24 ]
	[[ "${lines[0]}" =~ ^run:\ .*ms.*runtime\ [0-9]+\ steps.*stage\ [0-9]+\ steps ]]
	[[ "$output" == *" stage "* && "$output" == *" runtime "* ]]
	for line in "${lines[@]}"; do [ "${#line}" -le 100 ]; done
}

@test "a file that cannot be written fails before anything is done" {
	run -1 ocirt run --trace /nope/trace "$id"
	[[ "$output" == *"open trace file /nope/trace: No such file or directory"* ]]
	run ! ocirt state "$id"
}
