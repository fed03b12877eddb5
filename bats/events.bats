#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# events: statistics, once or each interval, running out of memory, the end

load lib/ocirt
load lib/cgroup

setup() {
	setup_container
	id=$(new_id)
	set_args sleep 100
}

# watch ARG...: `events ARG...` beside the test; its lines go to the file told, $watcher is its process
watch() {
	OCIRT_TEST_MARK=$TAG "$OCIRT" --root "$STATE" events "$@" >told 2>errors </dev/null 3>&- &
	watcher=$!
}
watches() { find "/proc/$watcher/fd" -lname '*pidfd*' | grep -q .; } # it has the container's process in its hands
has_ended() { ! kill -0 "$watcher" 2>/dev/null; }
lines_of() { [ "$(grep -c "\"type\":\"$1\"" told)" -ge "$2" ]; }
every_line_is_sound() {
	jq -es --arg id "$id" 'length > 0 and all(.[]; .id == $id and (.type == "stats" or .type == "oom") and
		([.. | numbers] | all(. >= 0)) and ((.type == "stats") == has("data")))' told
}

@test "--stats shows one line with the members that runc has" {
	detached run --detach "$id"
	ocirt exec "$id" /bin/sh -c 'for i in 1 2 3 4 5; do :; done'
	run -0 ocirt events --stats "$id"
	[ "${#lines[@]}" = 1 ]
	[[ $output == "{\"type\":\"stats\",\"id\":\"$id\",\"data\":{\"cpu\":{\"usage\":{"* ]]
	echo "$output" >told
	every_line_is_sound
	jq -e '.data | has("cpuset") and has("blkio") and has("hugetlb") and has("intel_rdt") and has("network_interfaces") and
		.cpu.usage.total > 0 and (.cpu.usage | has("kernel") and has("user")) and
		([.memory.usage, .memory.swap, .memory.kernel, .memory.kernelTCP] | all(has("limit") and has("failcnt")))' told
}

@test "--stats tells what the kernel tells" {
	require_controller memory pids
	update_config '.linux.resources += {memory: {limit: 67108864}, pids: {limit: 33}}'
	set_script 'sleep 100 & sleep 101'
	detached run --detach "$id"
	both() { [ "$(ocirt events --stats "$id" | jq .data.pids.current)" = 2 ]; }
	wait_for 10 both
	ocirt events --stats "$id" >told
	jq -e '.data.pids.limit == 33 and .data.memory.usage.limit == 67108864 and .data.memory.usage.usage > 0 and
		(.data.memory.raw | length) > 10' told
	ocirt update --pids-limit -1 --memory -1 "$id"
	ocirt events --stats "$id" >told
	jq -e '(.data.pids | has("limit") | not) and .data.memory.usage.limit > 9e18' told
	every_line_is_sound
}

@test "huge pages and pressure, where the kernel tells of them" {
	detached run --detach "$id"
	ocirt events --stats "$id" >told
	! has_controller hugetlb || jq -e '.data.hugetlb | length > 0 and all(.[]; has("failcnt"))' told
	if [ "$OCIRT_LANE" != v1 ] && [ -e /proc/pressure/cpu ]; then
		jq -e '.data.cpu.psi | [.some, .full] | all(has("avg10") and has("avg60") and has("avg300") and has("total"))' told
	fi
}

@test "a stream of statistics ends when the container is deleted" {
	detached run --detach "$id"
	watch --interval 100ms "$id"
	wait_for 20 lines_of stats 3
	ocirt delete --force "$id"
	wait_for 10 has_ended
	wait "$watcher"
	every_line_is_sound
	[ ! -s errors ]
}

@test "a stream ends when the program ends, whatever the interval" {
	set_script 'while [ ! -e /end ]; do sleep 0.1; done'
	detached run --detach "$id"
	watch "$id" --interval=1h
	wait_for 20 watches
	touch rootfs/end
	wait_for 20 has_ended
	wait "$watcher"
	[ ! -s told ]
}

@test "created and paused containers are told of, a stopped one is refused" {
	detached create "$id"
	ocirt events --stats "$id" | jq -e '.type == "stats"'
	watch --interval 50ms "$id"
	ocirt start "$id"
	ocirt pause "$id"
	ocirt events --stats "$id" | jq -e '.type == "stats"'
	ocirt resume "$id"
	wait_for 20 lines_of stats 1
	ocirt kill "$id" KILL
	wait_for 10 has_ended
	run ! ocirt events "$id"
	[[ $output == *"container not running"* ]]
	run ! ocirt events --stats "$id-none"
	[[ $output == *"does not exist"* ]]
}

@test "running out of memory is told" {
	require_controller memory
	update_config '.linux.resources += {memory: {limit: 33554432, swap: 33554432}}'
	detached run --detach "$id"
	watch --interval 200ms "$id"
	wait_for 20 lines_of stats 1
	run ! ocirt exec "$id" /bin/sh -c 'x=$(head -c 200000000 /dev/zero | tr "\0" x)'
	wait_for 20 lines_of oom 1
	grep -qxF "{\"type\":\"oom\",\"id\":\"$id\"}" told
	[ "$(status_of "$id")" = running ]
	ocirt delete --force "$id"
	wait_for 10 has_ended
	every_line_is_sound
}

@test "the end by running out of memory is told, too" {
	require_controller memory
	update_config '.linux.resources += {memory: {limit: 33554432, swap: 33554432}}'
	set_script 'while [ ! -e /go ]; do sleep 0.1; done; x=$(head -c 200000000 /dev/zero | tr "\0" x); exit 0'
	detached run --detach "$id"
	watch --interval 50ms "$id"
	wait_for 20 lines_of stats 1
	touch rootfs/go
	wait_for 30 has_ended
	lines_of oom 1
	every_line_is_sound
}

@test "deleting without want of memory is not told as such" {
	require_controller memory
	for _ in 1 2 3; do
		detached run --detach "$id"
		watch --interval 20ms "$id"
		wait_for 20 lines_of stats 1
		ocirt delete --force "$id"
		wait_for 10 has_ended
		run ! grep "\"oom\"" told
	done
}

@test "mistakes are told in words" {
	while IFS='|' read -r words text; do
		# shellcheck disable=SC2086
		run ! ocirt events $words "$id"
		[[ $output == *"$text" ]] || { echo "$words: $output" && return 1; }
	done <<-'END'
		--interval 0|option "--interval": the duration has to be more than 0
		--interval 5|option "--interval": expected a duration such as 5s or 100ms, found "5"
		--interval -5s|option "--interval": expected a duration such as 5s or 100ms, found "-5s"
		--stat|unknown option "--stat", did you mean "--stats"?
	END
}
