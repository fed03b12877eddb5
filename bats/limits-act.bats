#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: v2
# limit: 300
# linux.resources on a unified host: each field set, read back, changed by update, and seen to act. What a kernel lacks (User-mode
# Linux: cpuset, hugetlb, io.weight) is skipped there and tested in QEMU

load lib/ocirt
load lib/cgroup

setup() {
	require_root
	require_lane v2
	ocirt_setup
	setup_bundle
	id=$(new_id)
}

# start_it RESOURCES: a running container that has nothing to do; $group is its directory
start_it() {
	update_config ".linux.resources += $1"
	set_args sleep 1000
	detached run -d "$id"
	group=$(group_dir "$(pid_of "$id")" nothing)
}
value() { paste -sd, "$group/$1"; }
used_since() { [ "$(stat_of cpu.stat usage_usec)" -ge "$1" ]; } # USEC
# stat_of FILE KEY
stat_of() { sed -n "s/^$2 //p" "$group/$1"; }
seconds() { # COMMAND...: how long it took, in ms
	local began=${EPOCHREALTIME/./}
	"$@" >&2
	echo $(((${EPOCHREALTIME/./} - began) / 1000))
}

@test "each field is in its file, and update changes it" {
	local controllers file set want changed after
	start_it '{}'
	while IFS='|' read -r controllers file set want changed after; do
		[ "$controllers" = cgroup ] || has_controller "$controllers" || { echo "# no controller $controllers: $file is not looked at" >&3 && continue; }
		ocirt delete --force "$id"
		update_config '.linux.resources = {}'
		start_it "$set"
		[ "$(value "$file")" = "$want" ] || { echo "$set: $file is $(value "$file")" && false; }
		ocirt update -r - "$id" <<<"$changed"
		[ "$(value "$file")" = "$after" ] || { echo "$changed: $file is $(value "$file")" && false; }
	done <<-'END'
		memory|memory.max|{memory: {limit: 67108864}}|67108864|{"memory": {"limit": 134217728}}|134217728
		memory|memory.swap.max|{memory: {limit: 67108864, swap: 100663296}}|33554432|{"memory": {"limit": 67108864, "swap": 134217728}}|67108864
		memory|memory.low|{memory: {reservation: 33554432}}|33554432|{"memory": {"reservation": 16777216}}|16777216
		memory|memory.high|{unified: {"memory.high": "33554432"}}|33554432|{"unified": {"memory.high": "max"}}|max
		memory|memory.min|{unified: {"memory.min": "1M"}}|1048576|{"unified": {"memory.min": "0"}}|0
		memory|memory.oom.group|{unified: {"memory.oom.group": "1"}}|1|{"unified": {"memory.oom.group": "0"}}|0
		cpu|cpu.weight|{cpu: {shares: 512}}|59|{"cpu": {"shares": 2048}}|174
		cpu|cpu.max|{cpu: {quota: 50000, period: 100000}}|50000 100000|{"cpu": {"quota": 20000}}|20000 100000
		cpu|cpu.max.burst|{cpu: {quota: 50000, period: 100000, burst: 10000}}|10000|{"cpu": {"burst": 20000}}|20000
		cpu|cpu.idle|{cpu: {idle: 1}}|1|{"cpu": {"idle": 0}}|0
		pids|pids.max|{pids: {limit: 20}}|20|{"pids": {"limit": -1}}|max
		cpuset|cpuset.cpus|{cpu: {cpus: "0"}}|0|{"cpu": {"cpus": "0-1"}}|0-1
		cpuset|cpuset.mems|{cpu: {mems: "0"}}|0|{"cpu": {"mems": "0"}}|0
		hugetlb|hugetlb.2MB.max|{hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}|4194304|{"hugepageLimits": [{"pageSize": "2MB", "limit": 2097152}]}|2097152
		cgroup|cgroup.max.depth|{unified: {"cgroup.max.depth": "3"}}|3|{"unified": {"cgroup.max.depth": "4"}}|4
	END
}

@test "a memory limit kills inside of the group only, and events tells of it" {
	require_controller memory
	local other
	start_it '{memory: {limit: 33554432, swap: 33554432}}'
	other=$(new_id other)
	detached run -d "$other"
	(exec "$OCIRT" --root "$STATE" events "$id" >told 2>&1 3>&-) &
	local events=$!
	run ! ocirt exec "$id" dd if=/dev/zero of=/dev/null bs=100M count=1
	wait_for 20 grep -qF '"type":"oom"' told
	kill "$events"
	[ "$(stat_of memory.events oom_kill)" -ge 1 ]
	[ "$(status_of "$id") $(status_of "$other")" = "running running" ]
	grep -q '^oom_kill 0$' "$(group_dir "$(pid_of "$other")" nothing)/memory.events"
	ocirt update --memory 268435456 --memory-swap 268435456 "$id"
	ocirt exec "$id" dd if=/dev/zero of=/dev/null bs=100M count=1
}

@test "pids.max refuses a fork" {
	require_controller pids
	start_it '{pids: {limit: 10}}'
	run ! ocirt exec "$id" sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 9 & done; sleep 0'
	[[ $output == *"can't fork"* ]]
	[ "$(stat_of pids.events max)" -ge 1 ]
	ocirt update --pids-limit 50 "$id"
	ocirt exec "$id" sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0 & done; wait'
}

@test "cpu.max throttles, update lets go" {
	require_controller cpu
	start_it '{cpu: {quota: 10000, period: 100000}}'
	local before
	ocirt exec -d "$id" sh -c 'while :; do :; done' >/dev/null 2>&1 3>&-
	wait_for 20 eval '[ "$(stat_of cpu.stat nr_throttled)" -ge 3 ]'
	ocirt update --cpu-quota -1 "$id"
	before=$(stat_of cpu.stat nr_throttled)
	wait_for 20 used_since "$(($(stat_of cpu.stat usage_usec) + 300000))"
	[ "$(stat_of cpu.stat nr_throttled)" -le $((before + 1)) ]
}

@test "cpu.weight divides a CPU" {
	require_controller cpu
	local light heavy_group light_group
	start_it '{cpu: {shares: 20000}}'
	light=$(new_id light)
	update_config '.linux.resources.cpu.shares = 512' # with less its end takes long, too
	detached run -d "$light"
	heavy_group=$group light_group=$(group_dir "$(pid_of "$light")" nothing)
	for one in "$id" "$light"; do "$OCIRT" --root "$STATE" exec -d "$one" taskset 1 sh -c 'while :; do :; done' >/dev/null 2>&1 3>&-; done
	wait_for 30 eval 'grep -qE "^usage_usec [0-9]{7,}" "$heavy_group/cpu.stat"'
	local a b
	a=$(sed -n 's/^usage_usec //p' "$heavy_group/cpu.stat") b=$(sed -n 's/^usage_usec //p' "$light_group/cpu.stat")
	echo "heavy $a, light $b"
	[ "$a" -gt $((b * 2)) ]
}

# a loop device of 8 MiB: $loop, $major, $minor; teardown lets it go
need_disk() {
	require_controller io
	modprobe loop 2>/dev/null || :
	truncate -s 8M "$BATS_TEST_TMPDIR/disk"
	loop=$(losetup --direct-io=off -f --show "$BATS_TEST_TMPDIR/disk" 2>/dev/null) || skip_because "there is no loop device here"
	echo "$loop" >"$BATS_TEST_TMPDIR/loop"
	major=$((0x$(stat -c %t "$loop"))) minor=$((0x$(stat -c %T "$loop")))
}

@test "each throttle is a key of the device's line in io.max, and update changes one and leaves the others" {
	need_disk
	local line="$major:$minor"
	one() { echo "{\"major\": $major, \"minor\": $minor, \"rate\": $1}"; }
	start_it "{blockIO: {throttleReadBpsDevice: [$(one 1048576)], throttleWriteBpsDevice: [$(one 2097152)],
		throttleReadIOPSDevice: [$(one 100)], throttleWriteIOPSDevice: [$(one 200)]}}"
	[ "$(value io.max)" = "$line rbps=1048576 wbps=2097152 riops=100 wiops=200" ]
	ocirt update -r - "$id" <<<"{\"blockIO\": {\"throttleReadBpsDevice\": [$(one 4194304)], \"throttleWriteIOPSDevice\": [$(one 0)]}}"
	[ "$(value io.max)" = "$line rbps=4194304 wbps=2097152 riops=100 wiops=max" ]
	run -1 ocirt update -r - "$id" <<<"{\"blockIO\": {\"throttleReadBpsDevice\": [$(one 1048576), {\"major\": 4095, \"minor\": 0, \"rate\": 1}]}}"
	[[ $output == *"/blockIO/throttleReadBpsDevice/1"* ]] || { echo "$output" && false; }
	[ "$(value io.max)" = "$line rbps=4194304 wbps=2097152 riops=100 wiops=max" ]
}

@test "io.max slows a write" {
	need_disk
	local slow fast
	update_config --argjson major $major --argjson minor $minor '.linux.devices = [{"path": "/dev/disk", "type": "b", "major": $major, "minor": $minor, "fileMode": 438}]
		| .linux.resources.devices += [{"allow": true, "type": "b", "major": $major, "minor": $minor, "access": "rw"}]'
	start_it "{blockIO: {throttleWriteBpsDevice: [{major: $major, minor: $minor, rate: 1048576}]}}"
	[[ "$(value io.max)" == "$major:$minor rbps=max wbps=1048576 "* ]]
	slow=$(seconds ocirt exec "$id" dd if=/dev/zero of=/dev/disk bs=256k count=8 oflag=direct)
	ocirt update -r - "$id" <<<"{\"blockIO\": {\"throttleWriteBpsDevice\": [{\"major\": $major, \"minor\": $minor, \"rate\": 0}]}}"
	fast=$(seconds ocirt exec "$id" dd if=/dev/zero of=/dev/disk bs=256k count=8 oflag=direct)
	echo "slow: $slow ms, fast: $fast ms"
	[ "$slow" -ge 1000 ]
	[ "$fast" -lt "$slow" ]
}

@test "io.weight is on cgroup2's scale" {
	require_controller io
	[ -e "$(find /sys/fs/cgroup -mindepth 2 -maxdepth 2 \( -name io.weight -o -name io.bfq.weight \) -print -quit)" ] ||
		skip_because "this kernel has no io.weight"
	start_it '{blockIO: {weight: 500}}'
	[[ "$(cat "$group"/io.{bfq.,}weight 2>/dev/null)" == *"default "* ]]
	if [ ! -e "$group/io.bfq.weight" ]; then
		[ "$(value io.weight)" = "default 4950" ]
		ocirt update --blkio-weight 1000 "$id"
		[ "$(value io.weight)" = "default 10000" ]
	fi
}

@test "cpuset pins, update moves" {
	require_controller cpuset
	[ "$(nproc)" -gt 1 ] || skip_because "there is one CPU"
	start_it '{cpu: {cpus: "1", mems: "0"}}'
	[ "$(ocirt exec "$id" grep Cpus_allowed_list /proc/self/status | cut -f2)" = 1 ]
	grep -q $'^Cpus_allowed_list:\t1$' "/proc/$(pid_of "$id")/status"
	ocirt update --cpuset-cpus 0 "$id"
	grep -q $'^Cpus_allowed_list:\t0$' "/proc/$(pid_of "$id")/status"
}

@test "huge pages beyond the limit are refused" {
	require_controller hugetlb
	echo 8 >/proc/sys/vm/nr_hugepages
	[ "$(cat /proc/sys/vm/nr_hugepages)" -ge 4 ] || skip_because "there is no memory for huge pages"
	update_config '.mounts += [{"destination": "/huge", "type": "hugetlbfs", "source": "none", "options": ["pagesize=2M"]}]'
	start_it '{hugepageLimits: [{pageSize: "2MB", limit: 2097152}]}'
	ocirt exec "$id" fallocate -l 2097152 /huge/one
	run ! ocirt exec "$id" fallocate -l 2097152 /huge/two
	[ "$(value hugetlb.2MB.current)" = 2097152 ]
	[ "$(stat_of hugetlb.2MB.events max)" -ge 1 ]
	ocirt update -r - "$id" <<<'{"hugepageLimits": [{"pageSize": "2MB", "limit": 6291456}]}'
	ocirt exec "$id" fallocate -l 2097152 /huge/two
	ocirt delete --force "$id"
	echo 0 >/proc/sys/vm/nr_hugepages
}

@test "the device program refuses a node" {
	start_it '{devices: [{allow: false, access: "rwm"}]}'
	run ! ocirt exec --cap CAP_MKNOD "$id" sh -c 'mknod /dev/kmsg c 1 11 && cat /dev/kmsg'
	[[ $output == *"Operation not permitted"* ]]
	ocirt exec "$id" sh -c 'cat /dev/null; head -c 1 /dev/zero >/dev/null'
}

@test "a frozen container's counter stands still" {
	set_script 'i=0; while :; do i=$((i + 1)); echo $i >/dev/shm/count; sleep 0.01; done'
	detached run -d "$id"
	local file first
	file=/proc/$(pid_of "$id")/root/dev/shm/count
	wait_for 10 test -s "$file"
	ocirt pause "$id"
	grep -q '^frozen 1$' "$(group_dir "$(pid_of "$id")" nothing)/cgroup.events"
	first=$(cat "$file") # empty, if it was frozen between the two steps of >
	run ! timeout 0.5 sh -c "until [ \"\$(cat $file)\" != '$first' ]; do sleep 0.05; done"
	ocirt resume "$id"
	wait_for 10 eval "[ \"\$(cat $file)\" != '$first' ]"
}

teardown() {
	ocirt_teardown
	local status=$?
	[ ! -e "$BATS_TEST_TMPDIR/loop" ] || losetup -d "$(cat "$BATS_TEST_TMPDIR/loop")" 2>/dev/null || :
	return $status
}
