#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: hybrid v1
# limit: 300
# --systemd-cgroup on a host whose controllers are v1: systemd's own words for limits, and the hierarchies that it leaves alone

load lib/ocirt
load lib/cgroup
load lib/systemd

setup() {
	systemd_setup
	id=$(new_id)
	unit=ot-$id.scope
}
teardown() { systemd_teardown; }

property() { property_of "$unit" "$1"; } # NAME
in_file() { cat "/sys/fs/cgroup/$1/system.slice/$unit/$2"; } # CONTROLLER FILE
is_gone() { [ "$(property LoadState)" = not-found ] && [ -z "$(cgroup_dirs "$id")" ]; }
# the hierarchies where a process is anywhere else
elsewhere() { grep -v ":/system.slice/$unit\$" "/proc/$1/cgroup" || :; } # PID

@test "the container is in the scope's group of every hierarchy, so is what is executed in it, and all are gone after delete" {
	detached --systemd-cgroup run -d "$id"
	[ -z "$(elsewhere "$(pid_of "$id")")" ] || { elsewhere "$(pid_of "$id")" && false; }
	[ "$(property ActiveState) $(property Delegate) $(property Slice)" = "active yes system.slice" ]
	ocirt exec -d --pid-file pid "$id" sleep 1000 </dev/null >/dev/null 2>&1 3>&-
	[ -z "$(elsewhere "$(cat pid)")" ]
	systemctl daemon-reload
	[ -z "$(elsewhere "$(cat pid)")" ]
	ocirt pause "$id"
	[ "$(status_of "$id") $(in_file freezer freezer.state)" = "paused FROZEN" ]
	ocirt resume "$id"
	ocirt delete --force "$id"
	is_gone
}

@test "limits are in the unit and in the files, update changes both, and a reload leaves them" {
	update_config '.linux.resources.pids.limit = 50 | .linux.resources.cpu = {"shares": 512, "quota": 50000, "period": 100000}'
	is_v2 memory || update_config '.linux.resources.memory.limit = 67108864'
	detached --systemd-cgroup run -d "$id"
	[ "$(property TasksMax) $(property CPUShares) $(property CPUQuotaPerSecUSec)" = "50 512 500ms" ]
	[ "$(in_file pids pids.max) $(in_file cpu cpu.shares) $(in_file cpu cpu.cfs_quota_us)" = "50 512 50000" ]
	ocirt update --pids-limit 77 --cpu-share 256 --cpu-period 50000 "$id"
	[ "$(property TasksMax) $(property CPUShares) $(property CPUQuotaPerSecUSec)" = "77 256 1s" ]
	ocirt update --cpu-quota 20000 "$id"
	[ "$(property CPUQuotaPerSecUSec) $(property CPUQuotaPeriodUSec)" = "400ms 50ms" ]
	systemctl daemon-reload
	[ "$(in_file pids pids.max) $(in_file cpu cpu.shares) $(in_file cpu cpu.cfs_quota_us)" = "77 256 20000" ]
	ocirt update --pids-limit -1 --cpu-quota -1 "$id"
	[ "$(property TasksMax) $(property CPUQuotaPerSecUSec)" = "infinity infinity" ]
	[ "$(in_file pids pids.max) $(in_file cpu cpu.cfs_quota_us)" = "max -1" ]
	! is_v2 memory || return 0
	[ "$(property MemoryLimit) $(in_file memory memory.limit_in_bytes)" = "67108864 67108864" ]
	ocirt update --memory 100663296 "$id"
	systemctl daemon-reload
	[ "$(property MemoryLimit) $(in_file memory memory.limit_in_bytes)" = "100663296 100663296" ]
}

@test "the list of devices stays through systemd's own changes" {
	detached --systemd-cgroup run -d "$id"
	[ "$(property DevicePolicy)" = strict ]
	ocirt exec --cap CAP_MKNOD "$id" sh -c ': </dev/null; mknod /dev/kmsg c 1 11'
	systemctl daemon-reload
	systemctl set-property --runtime "$unit" TasksMax=30
	ocirt exec "$id" sh -c ': </dev/null'
	run ! ocirt exec "$id" cat /dev/kmsg
	[[ $output == *"Operation not permitted"* ]]
}

@test "a unit that a crash left is taken over" {
	detached --systemd-cgroup run -d "$id"
	kill -KILL "$(pid_of "$id")"
	wait_for 10 is_status "$id" stopped
	rm -rf "${STATE:?}/$id"
	detached --systemd-cgroup run -d "$id"
	[ -z "$(elsewhere "$(pid_of "$id")")" ]
	[ "$(property ActiveState) $(property Delegate)" = "active yes" ]
}

@test "groups that somebody else lives in are refused, and he lives on" {
	systemd-run -q --scope --unit "$unit" --slice system.slice sleep 100 </dev/null >/dev/null 2>&1 3>&- &
	wait_for 10 test -e "/sys/fs/cgroup/systemd/system.slice/$unit/cgroup.procs"
	run -1 ocirt --systemd-cgroup run "$id"
	local said=$output alive
	alive=$(property ActiveState)
	systemctl kill -s KILL "$unit"
	wait_for 10 is_gone
	[ "$alive" = active ]
	[[ $said == *"is not empty: 1 process(es) found in "* ]] || { echo "$said" && false; }
}
