#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# hostile host: full and read-only disks, small limits, closed descriptors, odd callers: a command works or fails in words, and in either
# case leaves nothing behind
# limit: 300

load lib/ocirt

setup() {
	setup_container
	set_args sleep 1000
	id=$(new_id c)
}
teardown() {
	local rc=0
	[ -z "${MADE_MOUNT-}" ] || { ocirt delete --force "$id" && umount -l "$STATE" || rc=1; }
	ocirt_teardown && return $rc
}

# mount_state OPTIONS: the state root is a file system of its own
mount_state() {
	mount -t tmpfs -o "mode=700,$1" tmpfs "$STATE"
	MADE_MOUNT=1
}

# nothing_left: what a failed command may not leave, at once and without any delete
nothing_left() {
	local left
	left=$(find "$STATE" -mindepth 1; cgroup_dirs "$id"; _left_processes)
	[ -z "$left" ] || { echo "left: $left" && return 1; }
}

# fails PATTERN COMMAND...: in words that match, and leaves nothing
fails() {
	local pattern=$1 out rc=0
	shift
	out=$("$@" </dev/null 2>&1 3>&-) || rc=$?
	echo "$*: $rc: $out"
	case $rc in 0 | 12? | 13? | 14?) return 1 ;; esac
	# shellcheck disable=SC2053 # it is a pattern
	[[ $out == $pattern ]] && nothing_left
}

# whether a ps of ours can be asked for: in User-mode Linux ps(1) itself fails
can_ps() { ps -ef >/dev/null 2>&1; }

# every_verb [COMMAND...]: create, start, exec, kill and delete, each of them run by COMMAND
every_verb() {
	local verb
	for verb in "create $id" "state $id" "list" "start $id" "exec $id true" "pause $id" "resume $id" "ps $id" "kill $id KILL"; do
		[[ $verb != ps* ]] || can_ps || continue
		# shellcheck disable=SC2086 # words
		"$@" "$OCIRT" --root "$STATE" $verb </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- ||
			{ local rc=$? && echo "$verb: $rc" && cat "$BATS_TEST_TMPDIR/out" && return 1; }
	done
	wait_for 10 is_status "$id" stopped
	"$@" "$OCIRT" --root "$STATE" delete "$id" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- || { cat "$BATS_TEST_TMPDIR/out" && return 1; }
}
whole_life() { every_verb "$@" && nothing_left; }

# works_or_fails COMMAND...: the container runs and goes, or an error is told (by us, or by the dynamic linker before we are there), or
# its program cannot live with that at all and is killed by the kernel; nothing is left in any case
works_or_fails() {
	local out rc=0
	out=$("$@" "$OCIRT" --root "$STATE" run "$id" </dev/null 2>&1 3>&-) || rc=$?
	if [ $rc = 0 ]; then
		[ "$out" = well ] || { echo "$*: said $out" && return 1; }
	elif [ $rc = 139 ]; then
		! "$@" "$BUNDLE/rootfs/bin/busybox" true || { echo "$*: $rc: $out" && return 1; }
	else
		[[ $out == *ocirt*:* || $out == "cannot allocate TLS"* ]] || { echo "$*: $rc: $out" && return 1; }
	fi
	nothing_left
}

# --- disks ------------------------------------------------------------------------------------------------------------------

@test "the state root is full: create and run fail in words and leave nothing" {
	mount_state size=4k
	echo >"$STATE/.filler"
	truncate -s 4k "$STATE/.filler"
	dd if=/dev/zero of="$STATE/.filler" bs=4k count=1 status=none
	fill() { find "$STATE" -mindepth 1 ! -name .filler; }
	for verb in create 'run -d' run; do
		# shellcheck disable=SC2086 # words
		run ! ocirt $verb "$id"
		[[ $output == *"No space left on device"* ]]
		[ -z "$(fill)" ]
	done
	rm "$STATE/.filler"
}

@test "the state root has no inodes left: create fails in words and leaves nothing" {
	local n
	for n in 1 2 3; do
		mount_state nr_inodes=$n
		rc=0
		detached create "$id" || rc=$?
		if [ $rc != 0 ]; then
			[[ $(cat "$OUT") == *"No space left on device"* ]]
			nothing_left
		else
			ocirt delete "$id"
		fi
		umount "$STATE"
	done
	MADE_MOUNT=
}

@test "the state root is read-only: nothing new, but what runs can be seen and killed" {
	mount_state size=1m
	detached run -d "$id"
	mount -o remount,ro "$STATE"
	run ! ocirt create "$id-2"
	[[ $output == *"Read-only file system"* ]]
	[ "$(status_of "$id")" = running ]
	run -0 ocirt list -q
	run -0 ocirt exec "$id" true
	run -0 ocirt kill "$id" KILL
	wait_for 10 is_status "$id" stopped
	run ! ocirt delete "$id"
	[[ $output == *"Read-only file system"* ]]
	mount -o remount,rw "$STATE"
	run -0 ocirt delete "$id"
}

@test "a read-only /run, where the state root cannot be made" {
	mkdir "$BATS_TEST_TMPDIR/ro"
	mount -t tmpfs -o ro tmpfs "$BATS_TEST_TMPDIR/ro"
	run ! "$OCIRT" --root "$BATS_TEST_TMPDIR/ro/ocirt" create "$id"
	[[ $output == *"Read-only file system"* ]]
	run -1 "$OCIRT" --root "$BATS_TEST_TMPDIR/ro/ocirt" list
	[[ $output == *"No such file or directory"* ]]
	umount "$BATS_TEST_TMPDIR/ro"
	nothing_left
}

@test "a pid file that cannot be written: create fails and leaves nothing" {
	mknod "$BATS_TEST_TMPDIR/full" c 1 7
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	ln -s full "$BATS_TEST_TMPDIR/link"
	fails "*full*No space left*" ocirt create --pid-file "$BATS_TEST_TMPDIR/full" "$id"
	fails "*link*No space left*" ocirt run -d --pid-file "$BATS_TEST_TMPDIR/link" "$id"
	fails "*fifo*" ocirt create --pid-file "$BATS_TEST_TMPDIR/fifo" "$id"
	fails "*nowhere/pid*No such file*" ocirt create --pid-file "$BATS_TEST_TMPDIR/nowhere/pid" "$id"
	fails "*pid file*" ocirt create --pid-file "$BATS_TEST_TMPDIR" "$id"
	[ -c "$BATS_TEST_TMPDIR/full" ]
	[ -p "$BATS_TEST_TMPDIR/fifo" ]
	[ -L "$BATS_TEST_TMPDIR/link" ]
}

@test "a standard output that is full is an error" {
	detached run -d "$id"
	for words in "state $id" list "ps $id" "events --stats $id" features --version --help plan; do
		[[ $words != ps* ]] || can_ps || continue
		# shellcheck disable=SC2086 # words
		run ! sh -c 'exec "$@" >/dev/full' _ "$OCIRT" --root "$STATE" $words
		[[ $output == *"No space left on device"* ]] || { echo "$words: $output" && return 1; }
	done
}

@test "a reader of standard output that has gone is an error, not a death by SIGPIPE" {
	local rc
	detached run -d "$id"
	for words in "state $id" "events --interval 1ms $id"; do
		rc=0
		# shellcheck disable=SC2086 # words
		{ OCIRT_TEST_MARK=$TAG timeout 20 "$OCIRT" --root "$STATE" $words 2>"$BATS_TEST_TMPDIR/err" || echo $? >"$BATS_TEST_TMPDIR/rc"; } |
			true
		rc=$(cat "$BATS_TEST_TMPDIR/rc" 2>/dev/null || echo 0)
		[ "$rc" = 0 ] || [ "$rc" = 1 ] || { cat "$BATS_TEST_TMPDIR/err" && return 1; }
	done
}

# --- the caller -------------------------------------------------------------------------------------------------------------

@test "any umask: what is made has the modes it should" {
	local mask
	for mask in 0000 0777 0077; do
		umask $mask
		detached create --pid-file "$BATS_TEST_TMPDIR/pid$mask" "$id" || { umask 022 && return 1; }
		umask 022
		[ "$(stat -c %a "$STATE/$id")" = 700 ]
		[ "$(stat -c %a "$STATE/$id/state")" = 600 ]
		[ "$(cat "$BATS_TEST_TMPDIR/pid$mask")" = "$(pid_of "$id")" ]
		ocirt start "$id"
		[ "$(ocirt exec "$id" sh -c umask)" = 0022 ]
		ocirt delete --force "$id"
	done
}

@test "closed standard input, output and error, each and together" {
	local how
	for how in '<&-' '>&-' '2>&-' '<&- >&-' '>&- 2>&-' '<&- 2>&-' '<&- >&- 2>&-'; do
		echo "--- $how"
		whole_life sh -c 'exec "$@" '"$how" _
	done
	set_script '[ -e /proc/self/fd/0 ] && [ -e /proc/self/fd/1 ] && [ -e /proc/self/fd/2 ] && [ ! -e /proc/self/fd/3 ]'
	run -0 sh -c 'exec "$@" <&- >&- 2>&-' _ "$OCIRT" --root "$STATE" run "$id"
}

@test "hundreds of open descriptors: none of them reaches the container" {
	set_script 'ls /proc/self/fd | sort -n | tr "\n" " "'
	# shellcheck disable=SC2016
	run -0 bash -c 'for ((i = 3; i < 600; i++)); do eval "exec $i</etc/passwd" || exit; done; exec "$@"' _ "$OCIRT" --root "$STATE" run "$id"
	[ "$output" = "0 1 2 3 " ]
}

@test "every small RLIMIT_NOFILE: it works or an error is told" {
	local n
	set_args echo well
	for n in {3..30}; do
		works_or_fails prlimit "--nofile=$n:$n"
	done
}

@test "RLIMIT_FSIZE of nothing and of little: it works or an error is told, no death by SIGXFSZ" {
	local n
	set_args echo well
	for n in 0 1 100 4096 20000; do
		works_or_fails prlimit "--fsize=$n:$n"
	done
	set_args sleep 1000
	detached run -d "$id"
	run -0 prlimit --fsize=0:0 "$OCIRT" --root "$STATE" kill "$id" TERM
	run -0 prlimit --fsize=0:0 "$OCIRT" --root "$STATE" delete --force "$id"
}

@test "small RLIMIT_AS, RLIMIT_STACK, RLIMIT_DATA, RLIMIT_MEMLOCK, RLIMIT_CORE, RLIMIT_SIGPENDING, RLIMIT_MSGQUEUE" {
	local n
	set_args echo well
	! grep -qs __asan_init "$OCIRT" || skip_because "AddressSanitizer needs terabytes of address space"
	for n in 1000000 $(seq 2700000 32768 3300000) 5000000 8000000 16000000; do # about 3 MB: where it just begins to suffice
		works_or_fails prlimit "--as=$n:$n"
	done
	for n in 40000 65536 73728 100000 131072 200000; do
		works_or_fails prlimit "--stack=$n:$n"
	done
	for n in 131072 200000; do
		works_or_fails prlimit "--data=$n:$n"
	done
	for limit in memlock core sigpending msgqueue locks; do
		works_or_fails prlimit "--$limit=0:0"
	done
}

@test "RLIMIT_NPROC of one, as a user whom it binds: it works or an error is told" {
	set_args echo well
	# root's children are bound too, once they are not the initial user any more
	update_config '.process.user = {uid: 1234, gid: 1234}'
	for n in 0 1 2; do
		works_or_fails prlimit "--nproc=$n:$n"
	done
}

@test "an empty, a huge and a hostile environment" {
	whole_life env -i
	whole_life env -i PATH= HOME= TMPDIR=/nowhere LANG=xx_YY LC_ALL=../../x TZ=:/etc/shadow LD_BIND_NOW=1 \
		MALLOC_ARENA_MAX=0 XDG_RUNTIME_DIR=/nowhere NOTIFY_SOCKET=/nowhere LISTEN_FDS=junk LISTEN_PID=junk SUDO_UID=-1
	whole_life env "HUGE=$(head -c 100000 /dev/zero | tr '\0' x)"
	whole_life env -i =x
}

@test "a current directory that was removed" {
	local verb
	mkdir "$BATS_TEST_TMPDIR/gone"
	cd "$BATS_TEST_TMPDIR/gone"
	rmdir "$BATS_TEST_TMPDIR/gone"
	fails "*current directory*" ocirt create "$id"
	detached create -b "$BUNDLE" "$id"
	for verb in state start 'exec' pause resume ps; do
		[ "$verb" = exec ] && { run -0 ocirt exec "$id" true; continue; }
		[ "$verb" != ps ] || can_ps || continue
		run -0 ocirt $verb "$id"
	done
	run -0 ocirt list
	run -0 ocirt delete --force "$id"
	cd /
}

@test "ignored and blocked signals of the caller" {
	# shellcheck disable=SC2016
	whole_life perl -MPOSIX -e '
		$SIG{$_} = "IGNORE" for grep { !/^(KILL|STOP|CHLD|CLD)$/ && !/^(NUM|RT)/ && !/^__/ } keys %SIG;
		sigprocmask(SIG_BLOCK, POSIX::SigSet->new(1 .. 31)); exec @ARGV or die'
	# shellcheck disable=SC2016
	whole_life perl -e '$SIG{CHLD} = "IGNORE"; exec @ARGV or die'
}

@test "no /proc: a clear error, nothing left" {
	local out rc=0
	# shellcheck disable=SC2016
	out=$(unshare -m sh -c 'umount -l /proc && exec "$@"' _ "$OCIRT" --root "$STATE" create "$id" 2>&1 3>&-) || rc=$?
	echo "$out"
	[ $rc = 1 ]
	[[ $out == *"/proc"* ]]
	nothing_left
}

@test "no control groups in view: a clear error or a container without" {
	local out rc=0
	set_args echo well
	# shellcheck disable=SC2016
	out=$(unshare -m sh -c 'umount -l /sys/fs/cgroup; exec "$@"' _ "$OCIRT" --root "$STATE" run "$id" 2>&1 3>&-) || rc=$?
	echo "$rc: $out"
	[ "$out" = well ] || { [ $rc = 1 ] && [[ $out == *cgroup* || $out == *"control group"* ]]; }
	nothing_left
}

@test "a time namespace whose clocks are other" {
	unshare -T true 2>/dev/null || skip_because "no time namespaces here"
	set_args echo well
	works_or_fails unshare -T --monotonic 1000000 --boottime 1000000
	works_or_fails unshare -T --monotonic -1 --boottime -1
}

# --- file systems -----------------------------------------------------------------------------------------------------------

# a mount that answers nobody, until descriptor 8 is closed
mount_stuck() {
	mkdir "$1"
	[ -c /dev/fuse ] || skip_because "no /dev/fuse here"
	exec 8<>/dev/fuse || skip_because "/dev/fuse cannot be opened"
	mount -i -t fuse -o fd=8,rootmode=40000,user_id=0,group_id=0 stuck "$1" || skip_because "no FUSE here"
}

@test "a file system that never answers: no verb waits for it but the create that asks for it, and that can be ended" {
	local stuck=$BATS_TEST_TMPDIR/stuck
	mount_stuck "$stuck"
	OCIRT_LIMIT=20 whole_life timeout 20
	update_config '.mounts += [{destination: "/data", type: "bind", source: $dir, options: ["bind"]},
		{destination: "/more", type: "bind", source: ($dir + "/file"), options: ["bind"]}]' --arg dir "$stuck"
	OCIRT_TEST_MARK=$TAG "$OCIRT" --root "$STATE" create "$id" </dev/null >/dev/null 2>&1 3>&- 8>&- &
	wait_for 20 test -e "$STATE/$id/state"
	[ "$(OCIRT_LIMIT=10 status_of "$id")" = creating ]
	OCIRT_LIMIT=10 run -0 ocirt list
	[[ $output == *"$id"* ]]
	update_config '.mounts |= .[:-2]'
	id=$id-2 every_verb timeout 20
	OCIRT_LIMIT=20 run -0 ocirt delete --force "$id"
	wait $! || :
	run ! ocirt state "$id"
	umount -l "$stuck"
	exec 8>&-
}
