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

# all of them in one container; an idle group has no weight
@test "each field is in its file, and update changes it" {
	local controllers file set want changed after nodes all='{}' row rows=()
	nodes=$(cat /sys/devices/system/node/online 2>/dev/null || echo 0)
	while IFS= read -r row; do
		IFS='|' read -r controllers file set want changed after <<<"${row//NODES/$nodes}"
		[ "$controllers" = cgroup ] || has_controller "$controllers" || { echo "# no controller $controllers: $file is not looked at" >&3 && continue; }
		rows+=("$file|$want|$changed|$after")
		all="$all * $set"
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
		pids|pids.max|{pids: {limit: 20}}|20|{"pids": {"limit": -1}}|max
		cpuset|cpuset.cpus|{cpu: {cpus: "0"}}|0|{"cpu": {"cpus": "0-1"}}|0-1
		cpuset|cpuset.mems|{cpu: {mems: "0"}}|0|{"cpu": {"mems": "NODES"}}|NODES
		hugetlb|hugetlb.2MB.max|{hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}|4194304|{"hugepageLimits": [{"pageSize": "2MB", "limit": 2097152}]}|2097152
		cgroup|cgroup.max.depth|{unified: {"cgroup.max.depth": "3"}}|3|{"unified": {"cgroup.max.depth": "4"}}|4
	END
	start_it "($all)"
	for row in "${rows[@]}"; do
		IFS='|' read -r file want changed after <<<"$row"
		[ "$(value "$file")" = "$want" ] || { echo "$all: $file is $(value "$file")" && false; }
	done
	for row in "${rows[@]}"; do
		IFS='|' read -r file want changed after <<<"$row"
		ocirt update -r - "$id" <<<"$changed"
		[ "$(value "$file")" = "$after" ] || { echo "$changed: $file is $(value "$file")" && false; }
	done
	has_controller cpu || { echo "# no controller cpu: cpu.idle is not looked at" >&3 && return 0; }
	ocirt delete --force "$id"
	update_config '.linux.resources = {}'
	start_it '{cpu: {idle: 1}}'
	[ "$(value cpu.idle)" = 1 ]
	ocirt update --cpu-idle 0 "$id"
	[ "$(value cpu.idle)" = 0 ]
}

@test "a memory limit kills inside of the group only, and events tells of it" {
	require_controller memory
	local other
	start_it '{memory: {limit: 33554432, swap: 33554432}}'
	other=$(new_id other)
	detached run -d "$other"
	OCIRT_TEST_MARK=$TAG "$OCIRT" --root "$STATE" events --interval 200ms "$id" >told 2>&1 </dev/null 3>&- &
	local events=$!
	wait_for 20 grep -qF '"type":"stats"' told # it listens
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
	run ! ocirt exec "$id" sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1000 >/dev/null 2>&1 & done; sleep 0'
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
need_disk() { # [SIZE]
	require_controller io
	modprobe loop 2>/dev/null || :
	truncate -s "${1:-8M}" "$BATS_TEST_TMPDIR/disk"
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

# the disk in the container, for the containers that start after it
give_disk() {
	update_config --argjson major "$major" --argjson minor "$minor" '.linux.devices = [{"path": "/dev/disk", "type": "b", "major": $major, "minor": $minor, "fileMode": 438}]
		| .linux.resources.devices += [{"allow": true, "type": "b", "major": $major, "minor": $minor, "access": "rw"}]'
}
# ticks COMMAND...: how long it takes in the container, in hundredths of a second, without the way there
ticks() {
	ocirt exec "$id" sh -c 'now() { read -r up idle </proc/uptime; echo "${up%.*}${up#*.}"; }
		began=$(now); "$@" 2>/dev/null || exit; echo $(($(now) - began))' sh "$@" </dev/null
}

@test "io.max slows reads and writes, by bytes and by number, and lets go" {
	need_disk
	give_disk
	start_it '{}'
	local key slow fast rate words copy
	while read -r key rate words; do
		read -ra copy <<<"dd $words"
		ocirt update -r - "$id" <<<"{\"blockIO\": {\"$key\": [{\"major\": $major, \"minor\": $minor, \"rate\": $rate}]}}"
		slow=$(ticks "${copy[@]}")
		ocirt update -r - "$id" <<<"{\"blockIO\": {\"$key\": [{\"major\": $major, \"minor\": $minor, \"rate\": 0}]}}"
		fast=$(ticks "${copy[@]}")
		echo "$key: $slow, without $fast"
		[ "$slow" -ge 60 ]
		[ "$fast" -lt "$slow" ]
	done <<-'END'
		throttleReadBpsDevice 2097152 if=/dev/disk of=/dev/null iflag=direct bs=256k count=8
		throttleWriteBpsDevice 2097152 if=/dev/zero of=/dev/disk oflag=direct bs=256k count=8
		throttleReadIOPSDevice 20 if=/dev/disk of=/dev/null iflag=direct bs=4k count=20
		throttleWriteIOPSDevice 20 if=/dev/zero of=/dev/disk oflag=direct bs=4k count=20
	END
}

# each reads a region of its own, as a page is its first reader's
read_much() { ocirt exec "$1" sh -c 'for i in 1 2 3; do dd if=/dev/disk of=/dev/null bs=1M skip=16 2>/dev/null; done'; }
@test "memory.low keeps a group's pages while its neighbour reads" {
	require_controller memory
	# reclaim begins at the node of who reads, and there is enough for it; that an unprotected group's pages go was not seen
	[ ! -d /sys/devices/system/node/node1 ] || skip_because "there are two memory nodes, this is for one"
	need_disk 48M
	give_disk
	local parent=/sys/fs/cgroup/$id other kept open n
	exec {open}<"$loop" # the pages of a device that nobody has open are let go
	update_config --arg p "/$id/low" '.linux.cgroupsPath = $p'
	start_it '{memory: {reservation: 33554432}}'
	other=$(new_id other)
	update_config --arg p "/$id/other" '.linux.cgroupsPath = $p | .linux.resources.memory = {}'
	detached run -d "$other"
	echo 40M >"$parent/memory.max"
	ocirt exec "$id" dd if=/dev/disk of=/dev/null bs=1M count=16
	read_much "$other"
	kept=$(stat_of memory.stat file)
	echo "kept $kept"
	[ "$kept" -ge 16000000 ]
	ocirt update --memory-reservation 4096 "$id"
	for ((n = 0; n < 10 && $(stat_of memory.stat file) >= kept / 2; n++)); do read_much "$other"; done
	[ "$(stat_of memory.stat file)" -lt $((kept / 2)) ]
	exec {open}<&-
	ocirt delete --force "$id"
	ocirt delete --force "$other"
	rmdir "$parent"
}

@test "swap is what is given beyond the memory" {
	require_controller memory
	[ -e /vm/agent ] || skip_because "only a guest gets swap of its own for a test"
	need_disk 64M
	# or whoever swaps has the file's pages counted as its own, where the file is in memory
	dd if=/dev/zero of="$loop" bs=1M count=64 conv=fsync 2>/dev/null
	mkswap "$loop" >/dev/null
	swapon "$loop" || skip_because "this kernel cannot swap to a loop device"
	start_it '{memory: {limit: 33554432, swap: 100663296}}'
	ocirt exec "$id" dd if=/dev/zero of=/dev/null bs=48M count=1
	ocirt update --memory 33554432 --memory-swap 33554432 "$id"
	run ! ocirt exec "$id" dd if=/dev/zero of=/dev/null bs=48M count=1
	[ "$(stat_of memory.events oom_kill)" -ge 1 ]
	swapoff "$loop"
}

@test "a burst is time saved up" {
	require_controller cpu
	start_it '{cpu: {quota: 20000, period: 100000, burst: 20000}}'
	grep -q nr_bursts "$group/cpu.stat" || skip_because "this kernel has no cpu.max.burst"
	wait_for 20 eval 'ocirt exec "$id" sh -c "i=0; while [ \$i -lt 20000 ]; do i=\$((i + 1)); done" && [ "$(stat_of cpu.stat nr_bursts)" -ge 1 ]'
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

# a device that takes 2 MB in a second by its cost model, whatever it could do
@test "io.weight and a device's own weight divide a device" {
	need_disk
	[ -e /sys/fs/cgroup/io.cost.qos ] || skip_because "this kernel has no io.cost, so no io.weight that acts"
	give_disk
	local light light_group read_light read_heavy
	echo "$major:$minor enable=1 ctrl=user min=100.00 max=100.00" >/sys/fs/cgroup/io.cost.qos
	echo "$major:$minor ctrl=user model=linear rbps=2000000 rseqiops=400 rrandiops=400 wbps=2000000 wseqiops=400 wrandiops=400" >/sys/fs/cgroup/io.cost.model
	start_it "{blockIO: {weight: 100, weightDevice: [{major: $major, minor: $minor, weight: 1000}]}}"
	[ "$(value io.weight)" = "default 910,$major:$minor 10000" ]
	light=$(new_id light)
	update_config '.linux.resources.blockIO = {weight: 100}'
	detached run -d "$light"
	light_group=$(group_dir "$(pid_of "$light")" nothing)
	for one in "$id" "$light"; do
		"$OCIRT" --root "$STATE" exec -d "$one" sh -c 'while dd if=/dev/disk of=/dev/null bs=64k count=64 iflag=direct; do :; done' >/dev/null 2>&1 3>&-
	done
	read_bytes() { sed -n "s/^$major:$minor .*rbytes=\([0-9]*\).*/\1/p" "$1/io.stat"; }
	wait_for 60 eval '[ "$(read_bytes "$group")" -ge 8000000 ]'
	read_heavy=$(read_bytes "$group") read_light=$(read_bytes "$light_group")
	echo "$major:$minor enable=0" >/sys/fs/cgroup/io.cost.qos
	echo "heavy $read_heavy, light $read_light"
	[ "$read_heavy" -gt $((read_light * 3)) ]
	ocirt update -r - "$id" <<<"{\"blockIO\": {\"weightDevice\": [{\"major\": $major, \"minor\": $minor, \"weight\": 500}]}}"
	[ "$(value io.weight)" = "default 910,$major:$minor 4950" ]
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

# the last: once this scheduler is loaded its files are the ones that are written
@test "where there is BFQ the weights are its own" {
	need_disk
	[ -e /vm/agent ] || skip_because "only a guest gets a scheduler for a test"
	modprobe bfq 2>/dev/null && echo bfq >"/sys/block/${loop#/dev/}/queue/scheduler" && [ -e "$(find /sys/fs/cgroup -mindepth 2 -maxdepth 2 -name io.bfq.weight -print -quit)" ] ||
		skip_because "this kernel has no BFQ with groups"
	start_it "{blockIO: {weight: 300, weightDevice: [{major: $major, minor: $minor, weight: 800}]}}"
	[ "$(value io.bfq.weight)" = "default 300,$major:$minor 800" ]
	ocirt update -r - "$id" <<<"{\"blockIO\": {\"weight\": 200, \"weightDevice\": [{\"major\": $major, \"minor\": $minor, \"weight\": 400}]}}"
	[ "$(value io.bfq.weight)" = "default 200,$major:$minor 400" ]
}

teardown() {
	ocirt_teardown
	local status=$? loop
	! loop=$(cat "$BATS_TEST_TMPDIR/loop" 2>/dev/null) || { swapoff "$loop" 2>/dev/null; losetup -d "$loop" 2>/dev/null || :; }
	return $status
}
