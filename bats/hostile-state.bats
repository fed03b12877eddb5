#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# hostile state: broken, foreign and stale entries of the state root never lose a container, and never touch anybody else's process
# or file

load lib/ocirt

setup() {
	setup_container
	set_args sleep 1000
	id=$(new_id c)
}

# a process that is nobody's container: its pid in $pid
innocent() {
	sleep 1000 3>&- >/dev/null 2>&1 &
	pid=$!
}
lives() { [ -e "/proc/$1" ] && ! grep -q '^State:.[ZX]' "/proc/$1/status"; }
is_dead() { ! lives "$1"; }

# groups_of ID: whether there are any
has_groups() { [ -n "$(cgroup_dirs "$1")" ]; }

# --- broken files ---------------------------------------------------------------------------------------------------------

f_empty() { : >"$1"; }
f_cut_line() { truncate -s 40 "$1"; }
f_cut_intent() { truncate -s 300 "$1"; }
f_cut_config() { truncate -s -1 "$1"; }
f_grown() { echo more >>"$1"; }
f_garbage() { head -c 5000 /dev/urandom >"$1"; }
f_zeros() { dd if=/dev/zero of="$1" bs=100 count=3 conv=notrunc status=none; }
f_huge() { truncate -s 1T "$1"; }
f_other_pid() { sed -i "1s/^ocirt 1 [0-9]* /ocirt 1 1 /" "$1"; }
f_gone() { rm "$1"; }
f_link() { ln -sf "$BATS_TEST_TMPDIR/outside" "$1"; }
f_loop() { ln -sf state "$1"; }
f_fifo() { rm "$1" && mkfifo "$1"; }
f_directory() { rm "$1" && mkdir "$1"; }
f_device() { rm "$1" && mknod "$1" c 1 5; }
ways='empty cut_line cut_intent cut_config grown garbage zeros huge other_pid gone link loop fifo directory device'

# broken WAY: a container, whose state file is then broken; nothing may be lost, and outside is not touched
broken() {
	local way=$1 process
	echo "--- $way"
	echo precious >"$BATS_TEST_TMPDIR/outside"
	process=$(pid_of "$id")
	"f_$way" "$STATE/$id/state"
	[ "$(status_of "$id")" = running ]
	[[ $(ocirt list) == *"$id"*running* ]]
	run ! ocirt kill "$id" KILL
	[[ $output == *"$id"*"is broken"*"delete --force"* ]]
	run ! ocirt exec "$id" true
	run ! ocirt start "$id"
	run ! ocirt delete "$id"
	[[ $output == *"not stopped"* ]]
	lives "$process"
	run -0 ocirt delete --force "$id"
	wait_for 10 is_dead "$process"
	[ ! -e "$STATE/$id" ]
	run ! has_groups "$id"
	[ "$(cat "$BATS_TEST_TMPDIR/outside")" = precious ]
}

@test "whatever happens to the state file, delete --force ends the container and takes all of it away" {
	local way
	for way in $ways; do
		detached run -d "$id"
		broken "$way"
	done
}

@test "the same with a cgroupsPath that the id does not tell" {
	local way
	update_config --arg p "/$TAG-other/place" '.linux.cgroupsPath = $p'
	for way in empty garbage gone; do
		detached run -d "$id"
		broken "$way"
		run ! has_groups "$TAG-other/place"
		cgroup_dirs "$TAG-other" | xargs -r rmdir
	done
}

@test "the same with a container that was created only, and one that is paused" {
	local way process
	for way in empty gone; do
		detached create "$id"
		broken "$way"
		detached run -d "$id"
		ocirt pause "$id"
		process=$(pid_of "$id")
		"f_$way" "$STATE/$id/state"
		ocirt delete --force "$id"
		wait_for 10 is_dead "$process"
	done
}

@test "kill --all reaches everybody when the state file is gone" {
	local process
	detached run -d "$id"
	process=$(pid_of "$id")
	rm "$STATE/$id/state"
	ocirt kill --all "$id" KILL
	wait_for 10 is_dead "$process"
	wait_for 10 is_status "$id" stopped
	ocirt delete "$id"
}

@test "a stage whose start socket is gone or something else is told of and can be deleted" {
	local what
	for what in gone file fifo link; do
		detached create "$id"
		rm "$STATE/$id/start"
		case $what in
		file) echo >"$STATE/$id/start" ;;
		fifo) mkfifo "$STATE/$id/start" ;;
		link) ln -s /run/dbus/system_bus_socket "$STATE/$id/start" ;;
		esac
		run ! ocirt start "$id"
		[ -n "$output" ]
		ocirt delete --force "$id"
	done
}

# --- whose it is ----------------------------------------------------------------------------------------------------------

@test "another container's state file is not believed: neither of the two is harmed by the other's verbs" {
	local first second
	detached run -d "$id-1"
	detached run -d "$id-2"
	first=$(pid_of "$id-1")
	second=$(pid_of "$id-2")
	cp "$STATE/$id-1/state" "$STATE/$id-2/state"
	run ! ocirt kill "$id-2" KILL
	[[ $output == *"it is the record of"* ]]
	lives "$first"
	ocirt delete --force "$id-2"
	wait_for 10 is_dead "$second"
	lives "$first"
	[ "$(status_of "$id-1")" = running ]
}

@test "an entry of that name that holds nothing does not end the container of another state root" {
	local process
	detached run -d "$id"
	process=$(pid_of "$id")
	mkdir -m 700 "$BATS_TEST_TMPDIR/elsewhere" "$BATS_TEST_TMPDIR/elsewhere/$id"
	run -0 "$OCIRT" --root "$BATS_TEST_TMPDIR/elsewhere" delete --force "$id"
	[ ! -e "$BATS_TEST_TMPDIR/elsewhere/$id" ]
	lives "$process"
}

@test "an entry that is another user's, or that others may write to, is not believed" {
	detached run -d "$id"
	chown 1000 "$STATE/$id"
	for verb in 'state' 'kill' 'delete --force'; do
		# shellcheck disable=SC2086 # words
		run ! ocirt $verb "$id"
		[[ $output == *"belongs to user 1000"* ]]
	done
	chown 0 "$STATE/$id"
	chmod 722 "$STATE/$id"
	run ! ocirt delete --force "$id"
	[[ $output == *"can be written to by others"* ]]
	run -0 ocirt list
	chmod 700 "$STATE/$id"
}

@test "what else lies in the state root is left alone, and list works" {
	detached run -d "$id"
	echo a >"$STATE/file"
	mkdir -m 700 "$STATE/empty" "$STATE/full" "$STATE/a b"
	echo b >"$STATE/full/thing"
	ln -s /etc "$STATE/link"
	ln -s nowhere "$STATE/dangling"
	mkfifo "$STATE/fifo"
	run -0 ocirt list
	[[ $output == *"$id"*running* ]]
	run -0 ocirt list -q
	run -0 ocirt list --format json
	jq -e --arg id "$id" 'map(select(.id == $id)) | length == 1' <<<"$output"
	rm -r "$STATE"/{file,empty,full,"a b",link,dangling,fifo}
}

@test "an id that is a symbolic link leads nowhere" {
	mkdir -m 700 "$BATS_TEST_TMPDIR/outside"
	echo precious >"$BATS_TEST_TMPDIR/outside/state"
	ln -s "$BATS_TEST_TMPDIR/outside" "$STATE/$id"
	for verb in state start kill 'delete' 'delete --force'; do
		# shellcheck disable=SC2086 # words
		run ! ocirt $verb "$id"
		[ -n "$output" ]
	done
	run ! ocirt create "$id"
	[ "$(cat "$BATS_TEST_TMPDIR/outside/state")" = precious ]
	rm "$STATE/$id"
}

@test "files and directories that lie in an entry do not keep it, those with something in them are told of" {
	detached run -d "$id"
	touch "$STATE/$id/state.99.tmp" "$STATE/$id/other"
	mkdir "$STATE/$id/dir"
	ocirt delete --force "$id"
	detached run -d "$id"
	mkdir -p "$STATE/$id/dir/more"
	run ! ocirt delete --force "$id"
	[[ $output == *"state directory"* ]]
	rm -r "$STATE/$id/dir"
	ocirt delete --force "$id"
}

# --- under it -------------------------------------------------------------------------------------------------------------

@test "the state directory removed under a container in the foreground: its exit code is told, nothing is left" {
	local rc=0
	set_script 'while [ -e /tmp/here ]; do sleep 0.05; done; exit 7'
	touch rootfs/tmp/here
	ocirt run "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 &
	wait_for 20 is_status "$id" running
	rm -r "${STATE:?}/$id"
	run -1 ocirt state "$id"
	[[ $output == *"does not exist"* ]]
	run -0 ocirt list -q
	[ -z "$output" ]
	rm rootfs/tmp/here
	wait $! || rc=$?
	cat "$BATS_TEST_TMPDIR/out"
	[ $rc = 7 ]
	run ! has_groups "$id"
}

@test "the state root removed between two commands" {
	detached run -d "$id"
	ocirt delete --force "$id"
	rmdir "$STATE"
	run -1 ocirt list -q
	[[ $output == *"No such file or directory"* ]]
	run ! ocirt state "$id"
	[[ $output == *"does not exist"* ]]
	run -0 ocirt delete --force "$id"
	detached run -d "$id"
	[ "$(status_of "$id")" = running ]
	[ "$(stat -c %a "$STATE" "$STATE/$id" | sort -u)" = 700 ]
}

# --- stale ----------------------------------------------------------------------------------------------------------------

@test "after a boot the recorded pid is nobody's: stopped, never signalled, and delete works" {
	local process boot
	detached run -d "$id"
	process=$(pid_of "$id")
	boot=$(tr a-f0-9 0-9a-f </proc/sys/kernel/random/boot_id)
	sed -i "s/$(cat /proc/sys/kernel/random/boot_id)/$boot/" "$STATE/$id/state"
	[ "$(status_of "$id")" = stopped ]
	[ "$(pid_of "$id")" = 0 ]
	run ! ocirt kill "$id" KILL
	[[ $output == *"not running"* ]]
	run ! ocirt exec "$id" true
	run ! ocirt start "$id"
	ocirt delete "$id"
	lives "$process" # whoever has the number and the group now is somebody else
	kill -KILL "$process"
	wait_for 10 is_dead "$process"
	cgroup_dirs "$id" | sort -r | xargs -r rmdir
}

@test "a create that died long ago, whose pid is somebody else's now" {
	innocent
	detached create "$id"
	kill -KILL "$(pid_of "$id")"
	wait_for 10 is_status "$id" stopped
	# as if killed before the commit, by the creator's pid
	sed -i "s/\"creator\":[0-9]*/\"creator\":$pid/" "$STATE/$id/state"
	run -0 ocirt delete --force "$id"
	lives "$pid"
	kill "$pid"
}

@test "a pid that came again is not the container's: stopped, and whoever has it is not touched" {
	local rc=0
	unshare -pf --mount --propagation private "$BATS_TEST_DIRNAME/lib/pid-reuse.sh" "$OCIRT" "$STATE" "$id" || rc=$?
	[ $rc != 77 ] || skip_because "this kernel lets nobody choose a pid"
	[ $rc = 0 ]
}

# --- who else may write to the state root -----------------------------------------------------------------------------------

# refuses_root TEXT: nothing is made in $STATE, and that is told
refuses_root() {
	for verb in create "run -d"; do
		# shellcheck disable=SC2086 # words
		! ocirt $verb "$id" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 || return 1
		grep -qF "$1" "$BATS_TEST_TMPDIR/out" || { cat "$BATS_TEST_TMPDIR/out" && return 1; }
	done
	[ ! -e "$STATE/$id" ]
}

@test "a state root that belongs to somebody else, or that everybody may empty, is refused; by a link, too" {
	local own=$STATE
	set_args sleep 100
	chown 1000 "$STATE"
	refuses_root "state root $STATE belongs to user 1000"
	chmod 1777 "$STATE"
	refuses_root "belongs to user 1000"
	ln -s "$own" "$BATS_TEST_TMPDIR/link"
	STATE=$BATS_TEST_TMPDIR/link refuses_root "belongs to user 1000"
	chown 0 "$STATE"
	chmod 0777 "$STATE"
	refuses_root "everybody can write to state root $STATE (mode 0777)"
	# engines have such, and /tmp is one: others may add to it only
	for mode in 0700 0711 0755 0775 1777; do
		chmod "$mode" "$STATE"
		detached create "$id"
		[ "$(stat -c %a "$STATE/$id")" = 700 ]
		ocirt delete --force "$id"
	done
	chmod 700 "$STATE"
}

@test "in a state root that everybody may add to, what somebody else made is not taken for a container" {
	set_args sleep 100
	chmod 1777 "$STATE"
	mkdir -m 777 "$STATE/$id"
	chown 1000 "$STATE/$id"
	for words in "create $id" "state $id" "kill $id" "delete $id" "delete --force $id" "start $id"; do
		# shellcheck disable=SC2086 # words
		run ! ocirt $words
		[[ $output == *"already exists"* || $output == *"belongs to user 1000"* ]] || { echo "$words: $output" && false; }
	done
	[ -d "$STATE/$id" ]
	ocirt list
	rmdir "$STATE/$id"
	chmod 700 "$STATE"
}

@test "whoever owns the state root's parent gains nothing by swapping links while containers are made" {
	local mine=$BATS_TEST_TMPDIR/mine/root theirs=$BATS_TEST_TMPDIR/theirs made=0
	mkdir -p "$mine" "$theirs"
	chown 1000 "$theirs"
	cd "$BATS_TEST_TMPDIR"
	ln -s "$mine" link
	sh -c 'while :; do for to; do ln -s "$to" new && mv -T new link; done; done' - "$theirs" "$mine" </dev/null >/dev/null 2>&1 3>&- &
	local swapper=$!
	set_args true
	for ((n = 0; n < 20 || (made == 0 && n < 1000); n++)); do
		! STATE=$BATS_TEST_TMPDIR/link ocirt run --bundle "$BUNDLE" "$id-$n" </dev/null >>"$BATS_TEST_TMPDIR/out" 2>&1 || made=$((made + 1))
	done
	kill -KILL "$swapper"
	wait "$swapper" || :
	cat "$BATS_TEST_TMPDIR/out"
	[ -z "$(ls -A "$theirs")" ]
	for dir in "$mine"/*/; do
		[ ! -d "$dir" ] || STATE=$mine ocirt delete --force "$(basename "$dir")"
	done
	[ "$made" -gt 0 ]
}
