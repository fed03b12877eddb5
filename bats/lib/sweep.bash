# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# sweep.bash - commands hit at every system call they make:  load lib/sweep, after lib/ocirt
#
# sweep MODE CASE: one row of the table `cases` below, by the tool tests/sweep/sweep. MODE is kill, signal, fail or nomem.
#
#   OCIRT_SWEEP        seconds for a case (default 0.5): as many points as fit, in an order made by
#   OCIRT_SWEEP_SEED   a number (default 1); OCIRT_SWEEP=full: every point, in its own order: ten minutes a lane with two jobs
#   OCIRT_SWEEP_JOBS   how many share the points of a case (default 1)

# --- bundles: what a container may have that makes other calls ----------------------------------------------------------

# sweep_bundle NAME PART: makes it, once a file; each of those that share a case has one of its own, for what its hooks write
sweep_bundle() {
	BUNDLE=$BATS_FILE_TMPDIR/$1$2
	[ ! -d "$BUNDLE" ] || return 0
	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR setup_bundle "$1$2"
	set_args sleep 1000
	"bundle_$1"
}

bundle_plain() { :; }

# ends by itself
bundle_short() { set_args true; }

# whether there is a controller for it: the lane v2 of a hybrid machine has none
can_limit_pids() { [ -d /sys/fs/cgroup/pids ] || grep -qsw pids /sys/fs/cgroup/cgroup.controllers; }

# hooks of all kinds, a filter, limits, another user, mounts
bundle_rich() {
	mkdir -p "$BUNDLE/data"
	mkdir "$BUNDLE/traces"
	touch "$BUNDLE/traces/hooks"
	chmod 666 "$BUNDLE/traces/hooks" # the user of the container writes there, too
	update_config --arg data "$BUNDLE/data" --arg traces "$BUNDLE/traces" '
		.hooks = ([("prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop") | {key: .,
			value: [{path: "/bin/sh", args: ["sh", "-c", "echo \(.) >>\(if . == "startContainer" then "/traces" else $traces end)/hooks"]}]}]
			| from_entries) |
		.process.user = {uid: 1000, gid: 1000, additionalGids: [2000], umask: 18} |
		.process.noNewPrivileges = false | .process.oomScoreAdj = 100 |
		.process.rlimits = [{type: "RLIMIT_NOFILE", hard: 512, soft: 256}] |
		.mounts += [{destination: "/data", type: "bind", source: $data, options: ["rbind", "ro"]},
			{destination: "/traces", type: "bind", source: $traces, options: ["bind"]}] |
		.linux.sysctl = {"net.ipv4.ip_forward": "1"} |
		.linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438, uid: 0, gid: 0}] |
		.linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 229, access: "rwm"}] |
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
			syscalls: [{names: ["mkdirat", "kexec_load"], action: "SCMP_ACT_ERRNO"}]}'
	! can_limit_pids || update_config '.linux.resources.pids = {limit: 100}'
	case $OCIRT_LANE in
	v1 | hybrid) update_config '.linux.resources += {memory: {limit: 67108864}, cpu: {shares: 512}}' ;;
	esac
}

# what few ask for: another class of time, of input and output, of clock and machine, ambient rights, copies, maps, a cage
bundle_deep() {
	mkdir -p "$BUNDLE/data/below" rootfs/copied
	touch rootfs/copied/{one,two}
	ln -s one rootfs/copied/three
	update_config --arg data "$BUNDLE/data" '
		.process.user = {uid: 1000, gid: 1000} |
		.process.capabilities |= with_entries(.value = ["CAP_NET_BIND_SERVICE", "CAP_KILL"]) |
		.process.capabilities += {inheritable: ["CAP_NET_BIND_SERVICE"], ambient: ["CAP_NET_BIND_SERVICE"]} |
		.process.scheduler = {policy: "SCHED_BATCH", nice: 5} | .process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 7} |
		.domainname = "sweep" | .linux.personality = {domain: "LINUX32"} | .linux.rootfsPropagation = "slave" |
		.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {secs: 1000}} |
		.mounts += [{destination: "/copied", type: "tmpfs", source: "t", options: ["tmpcopyup"]},
			{destination: "/data", type: "bind", source: $data, options: ["rbind", "rro", "rnosuid"]},
			{destination: "/mapped", type: "bind", source: $data, options: ["bind", "idmap"],
				uidMappings: [{containerID: 0, hostID: 1000, size: 10}], gidMappings: [{containerID: 0, hostID: 1000, size: 10}]}] |
		.linux.devices = [{path: "/dev/pipe", type: "p", fileMode: 432, uid: 1000, gid: 1000}] |
		.linux.readonlyPaths += ["/data/below"] | .linux.maskedPaths += ["/copied/two"]'
}

# a user namespace whose root is nobody on the host
bundle_userns() {
	open_way
	add_userns
}

# a pid namespace that is there already: the stage has to fork
bundle_joined() {
	update_config '.linux.namespaces |= map(if .type == "pid" then .path = "/proc/1/ns/pid" else . end)'
}

# a terminal that goes to a socket
bundle_term() { update_config '.process.terminal = true'; }

# --- the table: name, bundle, options of the tool, the command; ID is the container's id, W a directory for files -------------
cases() {
	cat <<'ROWS'
create           | plain  | --makes --pid-file W/pid --after=start\ ID | create --pid-file W/pid ID
create-rich      | rich   | --traces=T --makes --after=start\ ID | create ID
run-deep         | deep   | --makes | run -d ID
create-userns    | userns | --makes --after=start\ ID | create ID
create-joined    | joined | --makes --after=start\ ID | create ID
create-term      | term   | --makes --after=start\ ID --console S | create --console-socket S ID
start            | plain  | --before=create\ ID | start ID
start-rich       | rich   | --traces=T --before=create\ ID | start ID
run              | short  | --makes | run ID
run-detached     | plain  | --makes --pid-file W/pid | run -d --pid-file W/pid ID
run-rich         | rich   | --traces=T --makes | run -d ID
exec             | plain  | --before=run\ -d\ ID | exec ID /bin/true
exec-detached    | plain  | --before=run\ -d\ ID --pid-file W/pid | exec -d --pid-file W/pid ID /bin/sleep 1000
exec-rich        | rich   | --traces=T --before=run\ -d\ ID --pid-file W/pid | exec -d --pid-file W/pid ID /bin/sleep 1000
exec-userns      | userns | --before=run\ -d\ ID --pid-file W/pid | exec -d --pid-file W/pid ID /bin/sleep 1000
exec-term        | plain  | --before=run\ -d\ ID --pid-file W/pid --console S | exec -d -t --console-socket S --pid-file W/pid ID /bin/sleep 1000
kill             | plain  | --before=run\ -d\ ID --after=@wait\ stopped | kill ID KILL
kill-paused      | plain  | --before=run\ -d\ ID --before=pause\ ID --after=@wait\ stopped | kill ID KILL
kill-all         | joined | --before=run\ -d\ ID --before=exec\ -d\ ID\ /bin/sleep\ 1000 --after=@wait\ stopped | kill --all ID KILL
pause            | plain  | --before=run\ -d\ ID --after=resume\ ID | pause ID
resume           | plain  | --before=run\ -d\ ID --before=pause\ ID | resume ID
update           | rich   | --traces=T --before=run\ -d\ ID | update --pids-limit 50 ID
delete-created   | plain  | --before=create\ ID | delete ID
delete-stopped   | short  | --before=run\ -d\ ID --before=@wait\ stopped | delete ID
delete-running   | plain  | --before=run\ -d\ ID | delete --force ID
delete-paused    | plain  | --before=run\ -d\ ID --before=pause\ ID | delete --force ID
delete-rich      | rich   | --traces=T --before=run\ -d\ ID | delete --force ID
state            | plain  | --before=run\ -d\ ID | state ID
list             | plain  | --before=run\ -d\ ID | list
events           | plain  | --before=run\ -d\ ID | events --stats ID
ps               | plain  | --before=run\ -d\ ID | ps --format json ID
ROWS
}

# --- one sweep ------------------------------------------------------------------------------------------------------------

# the tool: what make built beside the runtime, or built here, once a run
sweep_tool() {
	local built=${OCIRT%/*}/tests/sweep/sweep top=$BATS_TEST_DIRNAME/.. tool=$BATS_RUN_TMPDIR/sweep
	[ ! -x "$built" ] || { echo "$built" && return; }
	[ -x "$tool" ] || command -v "${CC:-cc}" >/dev/null || return 77
	[ -x "$tool" ] || "${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -O1 -I"$top" -o "$tool" "$top"/tests/sweep/*.c || return
	echo "$tool"
}

# the row of a case, with ID, W and S filled in: $row_bundle, $row_options, $row_command
sweep_row() {
	local name options
	while IFS='|' read -r name row_bundle options row_command; do
		[ "${name// /}" = "$1" ] || continue
		row_bundle=${row_bundle// /}
		options=${options//'\ '/$'\x01'}
		read -ra row_options <<<"$options"
		row_options=("${row_options[@]//$'\x01'/ }")
		row_options=("${row_options[@]//ID/$id}")
		row_options=("${row_options[@]//W\//$work/}")
		row_options=("${row_options[@]/#S/$sock}")
		row_options=("${row_options[@]/#--traces=T/--traces=$BUNDLE/traces/hooks}")
		row_command=${row_command//ID/$id}
		row_command=${row_command//W\//$work/}
		row_command=${row_command// S / $sock }
		return 0
	done < <(cases)
	echo "there is no case $1"
	return 1
}

# one of $jobs that share the points of a case, in a place of its own
sweep_part() { # K MODE CASE [OPTION...]
	local part=$1 mode=$2 name=$3 id work sock root=$STATE/$1 row_options row_command
	shift 3
	id=$(new_id "$name$part")
	work=$BATS_TEST_TMPDIR/w$part
	sock=$BATS_TEST_TMPDIR/sock$part
	mkdir -p "$work" "$root"
	sweep_bundle "$row_bundle" "$part" && sweep_row "$name" || return
	# shellcheck disable=SC2086 # the command is words
	"$tool" --ocirt "$OCIRT" --root "$root" --bundle "$BUNDLE" --id "$id" --work "$work" --mode "$mode" --part "$part/$jobs" \
		"${bounds[@]}" "${row_options[@]}" "$@" -- $row_command 3>&-
}

# sweep MODE CASE [OPTION...]: 0 all is well, 1 something is bad, and what
sweep() {
	local mode=$1 name=$2 tool rc=0 worst=0 bounds=() id=ID work=W sock=S jobs=${OCIRT_SWEEP_JOBS:-1} part pids=()
	local row_bundle row_options row_command
	shift 2
	[ "$mode" = kill ] || [ "$mode" = signal ] || ! grep -qs __asan_init "$OCIRT" || skip_because "a program with AddressSanitizer does not survive this"
	! grep -qs 'User Mode Linux' /proc/cpuinfo || skip_because "the sweep's tool counts no system calls in User-mode Linux"
	[ "$name" != update ] || can_limit_pids || skip_because "no limit to change in lane $OCIRT_LANE"
	tool=$(sweep_tool) || { [ $? != 77 ] || skip_because "tests/sweep/sweep is not built, and there is no compiler" && return 1; }
	sweep_row "$name" || return
	[ "${OCIRT_SWEEP-}" = full ] || bounds=(--seconds "${OCIRT_SWEEP:-0.5}" --seed "${OCIRT_SWEEP_SEED:-1}")
	for ((part = 1; part <= jobs; part++)); do sweep_bundle "$row_bundle" "$part" || return; done
	for ((part = 1; part <= jobs; part++)); do
		sweep_part "$part" "$mode" "$name" "$@" &
		pids+=($!)
	done
	for part in "${pids[@]}"; do
		wait "$part" || rc=$?
		[ "$rc" -le "$worst" ] || worst=$rc
	done
	rmdir "$STATE"/*
	[ "$worst" != 77 ] || skip_because "no ptrace or no namespaces here"
	return "$worst"
}

# swept MODE CASE: the same as a test; the tool's last line, with the figures, goes into the TAP stream
swept() {
	local rc=0
	sweep "$@" >"$BATS_TEST_TMPDIR/swept" 2>&1 || rc=$?
	cat "$BATS_TEST_TMPDIR/swept"
	echo "# $(tail -n 1 "$BATS_TEST_TMPDIR/swept")" >&3
	return $rc
}
