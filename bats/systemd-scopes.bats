#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: v2
# limit: 300
# with --systemd-cgroup systemd makes the groups: a transient scope, its properties, its end

load lib/ocirt
load lib/cgroup
load lib/systemd

setup() {
	systemd_setup
	id=$(new_id)
	unit=ot-$id.scope
	busctl --system list >/dev/null 2>&1 || skip_because "there is no system bus"
}
teardown() {
	busctl --system list >/dev/null 2>&1 || systemctl start dbus.socket dbus.service
	systemd_teardown
}

property() { property_of "${2-$unit}" "$1"; } # NAME [UNIT]
in_file() { cat "/sys/fs/cgroup/system.slice/$unit/$1"; }
is_gone() { [ "$(property LoadState "$@")" = not-found ]; } # [UNIT]

@test "the container is in a scope of that slice and name, delegated to it, and gone after delete" {
	detached --systemd-cgroup run -d "$id"
	[ "$(cut -d: -f3 <"/proc/$(pid_of "$id")/cgroup")" = "/system.slice/$unit" ] || in_file cgroup.procs
	[ "$(property ActiveState) $(property Delegate) $(property Slice)" = "active yes system.slice" ]
	ocirt exec "$id" true
	ocirt pause "$id"
	[ "$(status_of "$id")" = paused ]
	ocirt resume "$id"
	ocirt delete --force "$id"
	is_gone
	[ ! -e "/sys/fs/cgroup/system.slice/$unit" ]
}

@test "limits are in the unit and in the files, update changes both" {
	update_config '.linux.resources.memory = {"limit": 67108864, "swap": 134217728, "reservation": 33554432}
		| .linux.resources.pids.limit = 50 | .linux.resources.cpu = {"shares": 512, "quota": 50500, "period": 100000}'
	detached --systemd-cgroup run -d "$id"
	[ "$(property MemoryMax) $(property MemoryLow) $(property TasksMax)" = "67108864 33554432 50" ]
	[ "$(property CPUWeight) $(property CPUQuotaPerSecUSec)" = "59 510ms" ]
	[ "$(in_file memory.max) $(in_file pids.max) $(in_file cpu.weight)" = "67108864 50 59" ]
	[ "$(in_file cpu.max)" = "50500 100000" ]
	ocirt update --memory 100663296 --memory-swap 201326592 --pids-limit 77 --cpu-quota 20000 "$id"
	[ "$(property MemoryMax) $(property TasksMax) $(property CPUQuotaPerSecUSec)" = "100663296 77 200ms" ]
	[ "$(in_file memory.max) $(in_file pids.max) $(in_file cpu.max)" = "100663296 77 20000 100000" ]
	systemctl daemon-reload
	[ "$(in_file memory.max) $(in_file pids.max)" = "100663296 77" ]
}

@test "a limit that the kernel refuses changes neither" {
	update_config '.linux.resources.pids.limit = 50'
	detached --systemd-cgroup run -d "$id"
	ocirt update --pids-limit 60 "$id"
	run -1 ocirt update --pids-limit 70 --cpuset-cpus 0 --cpu-period 5 "$id"
	[ "$(property TasksMax) $(in_file pids.max)" = "60 60" ]
}

@test "annotations are properties, of every type" {
	update_config '.annotations = {
		"org.systemd.property.TimeoutStopUSec": "uint64 123456789",
		"org.systemd.property.CollectMode": "\u0027inactive-or-failed\u0027",
		"org.systemd.property.After": "[\u0027dbus.service\u0027, \"x.service\"]",
		"org.systemd.property.RuntimeMaxSec": "uint32 900",
		"org.systemd.property.AllowedCPUs": "[byte 0x01]",
		"org.systemd.property.IOWriteBandwidthMax": "@a(st) []",
		"org.systemd.property.SendSIGHUP": "true",
		"org.systemd.property.Wants": "@as []",
		"org.systemd.property.DeviceAllow": "[(\u0027/dev/null\u0027, \u0027rw\u0027), (\u0027/dev/zero\u0027, \u0027r\u0027)]"}'
	detached --systemd-cgroup run -d "$id"
	[ "$(property TimeoutStopUSec) $(property CollectMode)" = "2min 3.456789s inactive-or-failed" ]
	[[ " $(property After) " == *" dbus.service "* && " $(property After) " == *" x.service "* ]]
	[ "$(property RuntimeMaxUSec) $(property SendSIGHUP)" = "15min yes" ]
	[[ "$(property DeviceAllow)" == *"/dev/null rw"* ]]
}

@test "a property that is none, and a value that is none, are refused in words" {
	update_config '.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 x"}'
	run -1 ocirt --systemd-cgroup run "$id"
	[[ $output == *"/annotations/org.systemd.property.TimeoutStopUSec: "*"'uint64 x' is no value"* ]]
	local value
	while IFS='|' read -r name value; do
		update_config --arg n "org.systemd.property.$name" --arg v "$value" '.annotations = {($n): $v}'
		run -1 ocirt --systemd-cgroup run "$id"
		[[ $output == *"/annotations/org.systemd.property.$name: "* ]] || { echo "$name $value: $output" && false; }
	done <<-'END'
		TimeoutStopUSec|uint64 -1
		TimeoutStopSec|words 10
		After|['a.service', true]
		Slice|'user.slice'
	END
	update_config '.annotations = {"org.systemd.property.Nope": "true"}'
	run -1 ocirt --systemd-cgroup run "$id"
	[[ $output == *": /annotations/org.systemd.property.Nope: "*"start $unit: systemd: "*Nope* ]]
	update_config '.annotations = {"org.systemd.property.ExecStop": "@a(sasb) []"}'
	run -1 ocirt --systemd-cgroup run "$id"
	[[ $output == *": /annotations/org.systemd.property.ExecStop: "*"start $unit: systemd: "*ExecStop* ]]
	update_config '.annotations = {"org.systemd.property.SendSIGHUP": "int32 5"}'
	run -1 ocirt --systemd-cgroup run "$id"
	[[ $output == *": /annotations/org.systemd.property.SendSIGHUP: "*"start $unit: "*" has a value of another type: systemd: "* ]] || { echo "$output" && false; }
	is_gone
}

@test "slices are made as needed; without a path it is system.slice" {
	update_config --arg p "ot-a-b.slice:ot:$id" '.linux.cgroupsPath = $p'
	detached --systemd-cgroup run -d "$id"
	[ -d "/sys/fs/cgroup/ot.slice/ot-a.slice/ot-a-b.slice/$unit" ]
	ocirt delete --force "$id"
	is_gone
	update_config 'del(.linux.cgroupsPath)'
	detached --systemd-cgroup run -d "$id"
	[ -d "/sys/fs/cgroup/system.slice/ocirt-$id.scope" ]
	ocirt delete --force "$id"
	[ ! -e "/sys/fs/cgroup/system.slice/ocirt-$id.scope" ]
}

@test "what is not SLICE:PREFIX:NAME is refused" {
	local path
	for path in /a/b a:b x:y:z -.-slice:a:b --a.slice:a:b a--b.slice:a:b a.slice:b:c/d system-.slice:a:b -foo.slice:a:b -:a:b \
		.slice:a:b a.slice:b:c:d 'a.slice:b:c d' a@.slice:b:c a.slice:b:c@ a.slice:b:ü io.x.slice:a:b; do
		update_config --arg p "$path" '.linux.cgroupsPath = $p'
		run -1 ocirt --systemd-cgroup run "$id"
		[[ $output == *": /linux/cgroupsPath: "* ]] || { echo "$path: $output" && false; }
	done
}

@test "a name that ends in .slice is refused: systemd puts no process into a slice" {
	local path
	for path in "system.slice:ot:$id.slice" "::$id.slice" "a-b.slice::a-b-c.slice" ::.slice; do
		update_config --arg p "$path" '.linux.cgroupsPath = $p'
		run -1 ocirt --systemd-cgroup run "$id"
		[[ $output == *"config.json:"*": /linux/cgroupsPath: '"*".slice' would be a slice, which cannot hold a container's processes"* ]] || { echo "$path: $output" && false; }
	done
}

@test "the root slice, parts that are empty, and names like those of the kernel's files" {
	local path dir slice name
	while read -r path dir slice name; do
		update_config --arg p "$path" '.linux.cgroupsPath = $p'
		detached --systemd-cgroup run -d "$id"
		[ "$(cut -d: -f3 <"/proc/$(pid_of "$id")/cgroup") $(property Slice "$name")" = "$dir $slice" ] || { echo "$path" && false; }
		ocirt update --pids-limit 33 "$id"
		[ "$(property TasksMax "$name") $(cat "/sys/fs/cgroup$dir/pids.max")" = "33 33" ]
		ocirt delete --force "$id"
		is_gone "$name"
		[ ! -e "/sys/fs/cgroup$dir" ]
	done <<-END
		-.slice:ot:$id /ot-$id.scope -.slice ot-$id.scope
		:: /system.slice/$id.scope system.slice $id.scope
		cpu-ot.slice:_ot: /_cpu.slice/cpu-ot.slice/__ot-$id.scope cpu-ot.slice _ot-$id.scope
	END
}

@test "a group that somebody else lives in is refused, and he lives on" {
	systemd-run -q --scope --unit "$unit" --slice system.slice sleep 100 </dev/null >/dev/null 2>&1 3>&- &
	wait_for 10 test -e "/sys/fs/cgroup/system.slice/$unit/cgroup.procs"
	run -1 ocirt --systemd-cgroup run "$id"
	local said=$output alive
	alive=$(property ActiveState)
	systemctl kill -s KILL "$unit"
	wait_for 10 is_gone
	[ "$alive" = active ]
	[[ $said == *"is not empty: 1 process(es) found in /sys/fs/cgroup/system.slice/$unit"* ]] || { echo "$said" && false; }
}

# a unit's name is one for all slices
@test "a unit of that name in another slice is refused while somebody lives in it, and he lives on" {
	local first=$id-first
	update_config --arg p "user.slice:ot:$id" '.linux.cgroupsPath = $p'
	detached --systemd-cgroup run -d "$first"
	update_config --arg p "system.slice:ot:$id" '.linux.cgroupsPath = $p'
	run -1 ocirt --systemd-cgroup run "$id"
	[[ $output == *"start $unit: there is a unit of that name, which process $(pid_of "$first") lives in" ]] || { echo "$output" && false; }
	[ "$(property ActiveState) $(property Slice) $(status_of "$first")" = "active user.slice running" ]
	ocirt delete --force "$first"
	is_gone
	detached --systemd-cgroup run -d "$id"
	[ "$(property Slice)" = system.slice ]
}

@test "a bus that is down is an error in words, and nothing is left" {
	systemctl stop dbus.socket dbus.service 2>/dev/null
	run -1 ocirt --systemd-cgroup run "$id"
	systemctl start dbus.socket dbus.service
	[[ $output == *"connect to the system's D-Bus: "* ]]
	is_gone
}

@test "delete removes the groups when the bus is down, too" {
	detached --systemd-cgroup run -d "$id"
	systemctl stop dbus.socket dbus.service 2>/dev/null
	run -0 ocirt delete --force "$id"
	systemctl start dbus.socket dbus.service
	[[ $output == *"stop $unit: "* ]]
	wait_for 10 is_gone
}

# left by a runtime that was killed: no state of ours knows of it
@test "a unit that a crash left is taken over: failed, or active and empty" {
	systemd-run -q --scope --unit "$unit" --slice system.slice -p RuntimeMaxSec=1 sleep 100 </dev/null >/dev/null 2>&1 3>&- || :
	has_failed() { [ "$(property ActiveState)" = failed ]; }
	wait_for 20 has_failed
	detached --systemd-cgroup run -d "$id"
	[ "$(property ActiveState) $(property Delegate)" = "active yes" ]
	kill -KILL "$(pid_of "$id")"
	wait_for 10 is_status "$id" stopped
	systemctl kill -s STOP "$unit" 2>/dev/null || :
	rm -rf "${STATE:?}/$id"
	detached --systemd-cgroup run -d "$id"
	[ "$(property ActiveState) $(cat "/sys/fs/cgroup/system.slice/$unit/cgroup.procs")" = "active $(pid_of "$id")" ]
}

@test "a runtime that is killed while it creates leaves nothing that delete does not take away" {
	local n
	for n in 1 2 3 4 5 6; do
		OCIRT_TEST_MARK=$TAG timeout -s KILL "0.$n" "$OCIRT" --root "$STATE" --systemd-cgroup create "$id" </dev/null >/dev/null 2>&1 3>&- || :
		ocirt delete --force "$id" || [ ! -e "$STATE/$id" ]
		wait_for 10 is_gone
		[ ! -e "/sys/fs/cgroup/system.slice/$unit" ]
	done
}

@test "a bus that never answers does not keep delete" {
	detached --systemd-cgroup run -d "$id"
	local began=$SECONDS silent
	# connections are taken by the kernel, up to the backlog
	exec {silent}< <(exec perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un(shift)); listen(S, 9); syswrite STDOUT, "\n"; sleep 100' "$BATS_TEST_TMPDIR/bus" 3>&-)
	local server=$!
	read -r -u "$silent"
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=$BATS_TEST_TMPDIR/bus run -0 ocirt delete --force "$id"
	kill "$server"
	[[ $output == *"stop $unit: the system's D-Bus does not answer within 10 s"* ]]
	[ $((SECONDS - began)) -lt 30 ]
	[ ! -e "/sys/fs/cgroup/system.slice/$unit" ]
	wait_for 10 is_gone
}

@test "every limit that a unit knows is said to systemd, update too" {
	local disk='"major": 7, "minor": 0'
	[ -b /dev/loop0 ] || modprobe loop 2>/dev/null || :
	update_config '.linux.resources.cpu = {"shares": 2048, "idle": 0} | .linux.resources.memory = {"limit": -1, "swap": -1} | .linux.resources.pids.limit = -1'
	detached --systemd-cgroup run -d "$id"
	[ "$(property CPUWeight) $(property MemoryMax) $(property TasksMax)" = "174 infinity infinity" ]
	ocirt update -r - "$id" <<<"{\"unified\": {\"memory.high\": \"50000000\", \"pids.max\": \"20\"}}"
	[ "$(in_file memory.high) $(in_file pids.max)" = "49999872 20" ]
	if [ -b /dev/loop0 ]; then
		ocirt update -r - "$id" <<<"{\"blockIO\": {\"throttleReadBpsDevice\": [{$disk, \"rate\": 1048576}], \"throttleWriteIOPSDevice\": [{$disk, \"rate\": 100}]}}"
		[[ "$(property IOReadBandwidthMax) $(property IOWriteIOPSMax)" == *"/dev/block/7:0 1048576"*"/dev/block/7:0 100" ]]
		[[ "$(in_file io.max)" == "7:0 rbps=1048576 wbps=max riops=max wiops=100" ]]
	fi
	if grep -qw cpuset /sys/fs/cgroup/cgroup.controllers; then
		ocirt update --cpuset-cpus 0 --cpuset-mems 0 "$id"
		[ "$(property AllowedCPUs) $(property AllowedMemoryNodes) $(in_file cpuset.cpus)" = "0 0 0" ]
	fi
	systemctl daemon-reload
	systemctl set-property --runtime "$unit" CPUWeight=50
	[ "$(property MemoryHigh) $(property TasksMax)" = "50000000 20" ] # as given; the kernel's are whole pages
	[ "$(in_file memory.high) $(in_file pids.max) $(in_file cpu.weight)" = "49999872 20 50" ]
	ocirt update -r - "$id" <<<'{"unified": {"cpu.weight.nice": "5"}}'
	[ ! -e "/sys/fs/cgroup/system.slice/$unit/memory.zswap.max" ] || ocirt update -r - "$id" <<<'{"unified": {"memory.zswap.max": "8388608"}}'
	systemctl daemon-reload
	systemctl set-property --runtime "$unit" TasksMax=21
	[ "$(property CPUWeight) $(in_file cpu.weight.nice)" = "33 5" ]
	[ ! -e "/sys/fs/cgroup/system.slice/$unit/memory.zswap.max" ] || [ "$(in_file memory.zswap.max)" = 8388608 ]
	ocirt update --cpu-idle 1 "$id"
	systemctl daemon-reload
	[ "$(in_file cpu.idle)" = 1 ]
}

@test "the device program stays through systemd's own changes" {
	set_script 'cat </dev/null; exec sleep 1000'
	detached --systemd-cgroup run -d "$id"
	[ "$(property DevicePolicy)" = strict ]
	[[ "$(property DeviceAllow)" == *"char-pts rwm"* && "$(property DeviceAllow)" == *"/dev/char/1:3 rwm"* ]]
	ocirt exec --cap CAP_MKNOD "$id" sh -c ': </dev/null; mknod /dev/kmsg c 1 11; mknod /dev/disk b 7 0'
	run ! ocirt exec "$id" cat /dev/kmsg
	systemctl daemon-reload
	systemctl set-property --runtime "$unit" TasksMax=30
	ocirt update --pids-limit 40 "$id"
	ocirt exec "$id" sh -c ': </dev/null'
	run ! ocirt exec "$id" cat /dev/kmsg
	[[ $output == *"Operation not permitted"* ]]
	run ! ocirt exec "$id" cat /dev/disk
	[[ $output == *"Operation not permitted"* ]]
}
