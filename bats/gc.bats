#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# gc: what crashed runs left is taken away and told; what lives, is busy or is not ours stays

load lib/ocirt
load lib/cgroup

setup() {
	setup_container
	id=$(new_id)
	set_args sleep 1000
}

# kill_init ID: the container's process dies without anybody's word to the runtime
kill_init() {
	kill -KILL "$(pid_of "$1")"
	wait_for 10 is_status "$1" stopped
}

@test "a container whose process died goes, with groups and state, and each is told" {
	detached run --detach "$id"
	local groups
	groups=$(cgroup_dirs "$id")
	kill_init "$id"
	run -0 ocirt gc --dry-run
	[[ $output == *"would take state $STATE/$id ($id: its process is gone)"* ]]
	[ -d "$STATE/$id" ]
	[ "$(cgroup_dirs "$id")" = "$groups" ]
	run -0 ocirt gc
	for g in $groups; do [[ $output == *"took cgroup $g ($id: "* ]]; done
	[[ $output == *"took state $STATE/$id ($id: "* ]]
	[ ! -e "$STATE/$id" ]
	[ -z "$(cgroup_dirs "$id")" ]
	run -0 ocirt gc
	[ -z "$output" ]
}

@test "what lives, waits or is paused stays" {
	detached run --detach "$id"
	detached create "$id-created"
	detached run --detach "$id-paused"
	ocirt pause "$id-paused"
	run -0 ocirt gc
	[ -z "$output" ]
	is_status "$id" running
	is_status "$id-created" created
	is_status "$id-paused" paused
	ocirt resume "$id-paused"
}

@test "a directory that a killed create left goes" {
	mkdir -m 700 "$STATE/$id"
	run -0 ocirt gc
	[ "$output" = "took state $STATE/$id ($id: it was never finished)" ]
	[ ! -e "$STATE/$id" ]
}

@test "a create that is killed in a hook, and what it had made by then" {
	# shellcheck disable=SC2016 # jq's
	update_config --arg f "$PWD/hooked" '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo $$ >" + $f + "; exec sleep 1000"]}]'
	OCIRT_TEST_MARK=$TAG "$OCIRT" --root "$STATE" create "$id" </dev/null >/dev/null 2>&1 3>&- &
	local creator=$!
	wait_for 10 test -s hooked
	run -0 ocirt gc
	[ -z "$output" ]
	[ -d "$STATE/$id" ]
	kill -KILL "$creator"
	wait "$creator" || :
	gone() { ocirt gc && [ ! -e "$STATE/$id" ]; } # the hook, then the stage see that it is gone
	kill -KILL "$(<hooked)" || :
	wait_for 10 gone
	[ -z "$(cgroup_dirs "$id")" ]
}

@test "of an earlier boot only the state is taken: groups of that name are not its own" {
	detached run --detach "$id"
	local pid
	pid=$(pid_of "$id")
	sed -i "s/$(cat /proc/sys/kernel/random/boot_id)/00000000-0000-0000-0000-000000000000/" "$STATE/$id/state"
	if ocirt list | grep -q "$id .*broken"; then
		ocirt gc
		[ -d "$STATE/$id" ]
	else
		run -0 ocirt gc
		[[ $output == "took state $STATE/$id ($id: it is from an earlier boot)" ]]
		[ ! -e "$STATE/$id" ]
	fi
	kill -0 "$pid"
	kill -KILL "$pid"
	wait_for 10 is_empty_group "$id"
	cgroup_dirs "$id" | sort -r | xargs -r rmdir
}
is_empty_group() { local d; for d in $(cgroup_dirs "$1"); do is_empty "$d" || return 1; done; }

@test "--keep-stopped leaves those that ended by themselves" {
	set_args true
	detached run --detach "$id"
	wait_for 10 is_status "$id" stopped
	mkdir -m 700 "$STATE/$id-half"
	run -0 ocirt gc --keep-stopped
	[ "$output" = "took state $STATE/$id-half ($id-half: it was never finished)" ]
	[ -d "$STATE/$id" ]
	run -0 ocirt gc
	[ ! -e "$STATE/$id" ]
}

@test "a container that others still live in is kept, and told" {
	update_config '.linux.namespaces |= map(select(.type != "pid")) | .process.args = ["sh", "-c", "sleep 1000 & sleep 1001"]'
	detached run --detach "$id"
	two() { [ "$(ocirt ps --format json "$id" | jq length)" -ge 2 ]; }
	wait_for 10 two
	kill_init "$id"
	run -0 ocirt gc
	[[ $output == "kept $STATE/$id ($id: "*" live in its control groups)" ]]
	[ -d "$STATE/$id" ]
	ocirt delete "$id"
}

@test "entries that are not ours stay, the others go" {
	mkdir -m 777 "$STATE/open" && chmod 777 "$STATE/open"
	mkdir -m 700 "$STATE/theirs" "$STATE/$id"
	chown 4711 "$STATE/theirs"
	echo x >"$STATE/file"
	run -1 ocirt gc
	[[ $output == *"failed $STATE/open (open: "*"can be written to by others)"* ]]
	[[ $output == *"failed $STATE/theirs (theirs: "*"belongs to user 4711)"* ]]
	[[ $output == *"took state $STATE/$id "* ]]
	[ -d "$STATE/open" ]
	[ -d "$STATE/theirs" ]
	[ -f "$STATE/file" ]
	[ ! -e "$STATE/$id" ]
	rm -r "${STATE:?}/open" "$STATE/theirs" "$STATE/file"
}

@test "what is mounted below a dead container's state goes" {
	update_config '.linux.namespaces |= map(select(.type != "mount" and .type != "pid")) | .mounts = [] | del(.linux.maskedPaths, .linux.readonlyPaths)'
	detached run --detach "$id" || skip_because "no container without a mount namespace here"
	grep -q " $STATE/$id/rootfs " /proc/self/mountinfo || skip_because "its root is not mounted in this namespace"
	kill_init "$id"
	run -0 ocirt gc
	[[ $output == *"took mount $STATE/$id/rootfs ($id: "* ]]
	run ! grep -q "$STATE/$id" /proc/self/mountinfo
}

@test "half-written filters of the cache go when their writer is gone" {
	mkdir -p run/user/ocirt-cache && chmod 700 run/user/ocirt-cache
	local dead dir=$PWD/run/user/ocirt-cache
	sh -c 'exit' & dead=$!
	wait "$dead"
	touch "$dir/0123456789abcdef.$dead.tmp" "$dir/0123456789abcdef.$$.tmp" "$dir/0123456789abcdef" "$dir/other.$dead.tmp"
	unshare -U --map-root-user true || skip_because "no user namespaces"
	# root of a user namespace has a cache of its own
	run -0 env -u USER XDG_RUNTIME_DIR="$PWD/run/user" unshare -U --map-root-user "$OCIRT" --root "$STATE" gc
	[ "$output" = "took filter $dir/0123456789abcdef.$dead.tmp (whoever wrote it is gone)" ]
	[ "$(find "$dir" -type f | wc -l)" = 3 ]
}

@test "json: an array of what was found" {
	mkdir -m 700 "$STATE/$id"
	ocirt gc -n --format json | jq -e --arg id "$id" 'length == 1 and .[0].kind == "state" and .[0].what == "found" and .[0].id == $id'
	ocirt gc -f json | jq -e '.[0].what == "taken"'
	[ "$(ocirt gc -f json)" = "[]" ]
}

@test "beside commands that make and delete, nothing is taken from them" {
	set_args true
	local end=$((SECONDS + 2)) n=0 collector
	(while [ ! -e stop ]; do ocirt gc >>collected || echo failed >>collected; done) 3>&- &
	collector=$!
	while [ $SECONDS -lt $end ]; do
		n=$((n + 1))
		ocirt run "$id-$n" || { touch stop; wait "$collector"; cat collected; return 1; }
	done
	touch stop
	wait "$collector"
	run ! grep failed collected
	[ -z "$(ls "$STATE")" ]
}
