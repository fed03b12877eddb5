#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# what engines call and read: their command lines word for word, and the words, numbers and files that they look for
# quick: hybrid

# shellcheck disable=SC2154 # stderr is bats'
load lib/ocirt

setup() {
	setup_container
	set_args sleep 1000
	id=$(new_id)
}

stopped() {
	ocirt kill "$id" KILL
	wait_for 10 is_status "$id" stopped
}

# fails_with TEXT COMMAND...: it fails, and one line on standard error has the text
fails_with() {
	local text=$1
	shift
	run ! --separate-stderr ocirt "$@"
	[[ $stderr == *"$text"* && $stderr != *$'\n'* && -z $output ]] || { echo "$stderr$output" && false; }
}

# --- command lines --------------------------------------------------------------------------------------------------------

# as go-runc, conmon, conmon-rs, buildah and runtime-tools build them; $1: words before the command, $2: after it
calls() {
	# shellcheck disable=SC2086 # words
	timeout 60 "$OCIRT" --root /nowhere $1 --root "$STATE" $2 </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- || {
		echo "$1 | $2" && cat "$BATS_TEST_TMPDIR/out" && return 1
	}
	[ "${3-}" = prints ] || [ ! -s "$BATS_TEST_TMPDIR/out" ] || { echo "$1 | $2" && cat "$BATS_TEST_TMPDIR/out" && return 1; }
}

@test "create as containerd, conmon, conmon-rs, buildah and runtime-tools call it" {
	n=0
	while IFS='|' read -r before after; do
		n=$((n + 1))
		calls "$before" "create $after $id-$n"
		[[ $(cat pid) =~ ^[1-9][0-9]*$ ]] # no newline: grep would not see it
		[ "$(wc -l <pid)" = 0 ]
		is_status "$id-$n" created
		calls "$before" "start $id-$n"
		calls "" "delete --force $id-$n"
		: >pid # CRI-O makes it first
	done <<-EOF
		--log log.json --log-format json|--bundle $BUNDLE --pid-file pid --no-pivot --no-new-keyring
		--log-format=json --log log.json --rootless=false|--bundle $BUNDLE --pid-file pid --preserve-fds 0
		--log=log.json --debug=false|--bundle $BUNDLE --pid-file pid --no-new-keyring -no-pivot
		--rootless=true --log-level=error --cgroup-manager cgroupfs|-b . -pid-file=pid --no-subreaper
		|--pid-file pid --bundle .
	EOF
	[ ! -s log.json ]
}

@test "run and exec as BuildKit, conmon and CRI-O call them" {
	set_script 'exit 3'
	run -3 ocirt --log l.json --log-format json run --bundle "$BUNDLE" --no-pivot --keep "$id"
	[ -n "$(cgroup_dirs "$id")" ] # memory.events is read there
	calls "--log l.json --log-format json" "delete $id"
	set_args sleep 1000
	detached run -d "$id"
	jq '.process | .args = ["sh", "-c", "exit 4"]' config.json >process.json
	run -4 ocirt exec --process process.json --pid-file pid "$id"
	run -4 ocirt --log l.json exec -p process.json "$id"
	jq '.process | .args = ["sleep", "100"]' config.json >process.json
	calls "--log l.json --log-format json" "exec --process process.json --detach --pid-file pid $id"
	calls "" "exec --pid-file=pid --process=process.json --detach --preserve-fds 0 $id"
	calls "--log-level=error" "exec -d --pid-file=pid $id tail -f /dev/null -n 1"
	kill -0 "$(cat pid)"
	run -0 ocirt ps --format json "$id"
	jq -e 'length == 4 and all(. > 0 and . == floor)' <<<"$output"
	ocirt ps --format table "$id" -o pid,args | grep -qx " *$(cat pid) tail -f /dev/null -n 1"
}

@test "kill, pause, update, events, list and delete as engines call them, without PATH, HOME or a bus" {
	detached create "$id"
	env_less() { env -i XDG_RUNTIME_DIR= "$OCIRT" --root "$STATE" "$@" 3>&-; }
	env_less start "$id"
	if [ -n "$(cgroup_dirs "$id")" ]; then
		env_less pause "$id"
		env_less resume "$id"
	fi
	echo '{"pids": {"limit": 100}}' >r.json
	if [ -d /sys/fs/cgroup/pids ]; then
		env_less update --resources=- "$id" <r.json
		env_less update --resources - "$id" <r.json
		env_less update --resources=r.json "$id" </dev/null
	fi
	env_less events --stats "$id" | jq -e '.type == "stats" and .id == $id and ([.. | numbers | select(. < 0)] == [])' --arg id "$id"
	timeout 20 "$OCIRT" --root "$STATE" events --interval=1s "$id" 3>&- | head -n 1 | jq -e .data
	env_less list --format=json | jq -e '.[0].id == $id' --arg id "$id"
	env_less kill "$id" 0
	env_less kill "$id" KILL
	wait_for 10 is_status "$id" stopped
	env_less kill -a "$id" 9
	env_less kill --all "$id" 9
	env_less kill -all "$id" KILL
	env_less delete "$id"
	env_less delete --force "$id"
}

@test "checkpoint and restore take every option that engines give" {
	set_args sleep 1000
	detached run -d "$id"
	for words in \
		"--image-path i --work-path w --parent-path ../p --tcp-established --ext-unix-sk --shell-job --page-server 127.0.0.1:1 --file-locks --manage-cgroups-mode soft --empty-ns network --lazy-pages --status-fd 3 --leave-running --pre-dump" \
		"--image-path i --work-path w --leave-running --tcp-established --file-locks --pre-dump --parent-path ../pre-checkpoint" \
		"--auto-dedup --tcp-skip-in-flight --link-remap -image-path=i"; do
		# shellcheck disable=SC2086 # words
		run ocirt checkpoint $words no-such
		[[ $status = 1 && $output == *'container "no-such" does not exist'* ]] || { echo "$output" && false; }
	done
	for words in \
		"--image-path i --work-path w --detach --pid-file p --no-pivot -no-subreaper --bundle nowhere" \
		"--bundle nowhere --pid-file p --no-pivot --no-new-keyring --detach --image-path i --work-path w --tcp-established --tcp-close --file-locks --lsm-profile=selinux:a:b:c:d --lsm-mount-context=a:b:c:d --preserve-fds 0" \
		"-b nowhere --empty-ns network --auto-dedup --lazy-pages --manage-cgroups-mode ignore --ext-unix-sk --shell-job"; do
		# shellcheck disable=SC2086 # words
		run ocirt restore $words x
		[[ $status = 1 && $output != *option* ]] || { echo "$output" && false; }
	done
	run -0 ocirt checkpoint --help
	run ! ocirt restore --lsm-mount-context
	[[ $output == *"requires an argument"* ]]
}

# --- words ----------------------------------------------------------------------------------------------------------------

@test "an unknown id, one in use, one that cannot be" {
	for verb in state start kill ps pause resume update delete events; do
		fails_with 'does not exist' $verb no-such
	done
	fails_with 'does not exist' exec no-such true
	fails_with 'does not exist' kill --all no-such 9
	ocirt delete --force no-such
	detached create "$id"
	fails_with 'container with given ID already exists' create "$id"
	fails_with 'container with given ID already exists' run "$id"
	for bad in a/b .. '' 'a b' "$(printf 'x\ny')"; do
		run ! --separate-stderr ocirt create "$bad"
		[[ $stderr == *"container ID"* ]]
	done
}

@test "what the container's status does not allow" {
	detached create "$id"
	ocirt start "$id"
	fails_with 'cannot start an already running container' start "$id"
	fails_with "cannot delete a container that is not stopped" delete "$id"
	fails_with 'unknown signal "NOSIG"' kill "$id" NOSIG
	if [ -n "$(cgroup_dirs "$id")" ]; then
		fails_with 'container not paused' resume "$id"
		ocirt pause "$id"
		fails_with 'container not running' pause "$id"
		fails_with 'cannot exec in a paused container (use --ignore-paused to override)' exec "$id" true
		[ "$(status_of "$id")" = paused ]
	fi
	stopped
	for verb in kill pause update events checkpoint; do fails_with 'container not running' $verb "$id"; done
	fails_with 'cannot start a container that has stopped' start "$id"
	fails_with 'cannot exec in a stopped container' exec "$id" true
	[ "$(ocirt ps -f json "$id")" = '[]' ]
	[ "$(ocirt state "$id" | jq .pid)" = 0 ]
}

# podman: 126 for the first two anywhere, else 127 for these, else its own; Docker alike, without "operation not permitted"
meaning() {
	shopt -s nocasematch
	case $1 in
	*"permission denied"* | *"operation not permitted"*) echo 126 ;;
	*"executable file not found in"* | *"no such file or directory"* | *"open executable"*) echo 127 ;;
	*) echo other ;;
	esac
	shopt -u nocasematch
}

@test "the reason of a failure is read out of it as of runc's" {
	detached run -d "$id"
	touch rootfs/etc/plain
	while IFS='|' read -r code text program; do
		run -255 --separate-stderr ocirt exec "$id" "$program"
		[[ $stderr == *"$text"* && $(meaning "$stderr") = "$code" ]] || { echo "$stderr" && false; }
		set_args "$program"
		run -1 --separate-stderr ocirt create "$id-2"
		[[ $stderr == *"$text"* && $(meaning "$stderr") = "$code" ]] || { echo "$stderr" && false; }
	done <<-'EOF'
		127|exec: "nonono": executable file not found in $PATH|nonono
		127|exec: "/nonono": stat /nonono: no such file or directory|/nonono
		126|exec: "/etc/plain": permission denied|/etc/plain
		126|is a directory|/etc
	EOF
	run -255 --separate-stderr ocirt exec --cwd /nodir "$id" true
	[ "$(meaning "$stderr")" = 127 ]
	set_args true
	update_config '.hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo OUT; echo ERR >&2; exit 3"]}]'
	fails_with 'error running createContainer hook #0: exit status 3, stdout: OUT, stderr: ERR' run "$id-3"
	[ "$(meaning "$stderr")" = other ]
}

@test "a failure is at most 8191 bytes and one record of the log that is valid JSON" {
	set_args "/$(head -c 100000 /dev/zero | tr '\0' '\033')"
	run -1 --separate-stderr ocirt --log l.json --log-format json create "$id"
	[ "${#stderr}" -lt 8191 ]
	[ "$(wc -l <l.json)" = 1 ]
	jq -e '.level == "error" and (.msg | length > 0) and (.time | sub("\\.[0-9]+"; "") | fromdate > 0)' l.json
}

@test "a failure is told in one write" {
	require_strace
	set_args nonono
	strace -f -qq -e trace=write -e write=2 -o writes "$OCIRT" --root "$STATE" create "$id" 3>&- 2>&1 >/dev/null | grep -q nonono
	[ "$(grep -c 'write(2, ' writes)" = 1 ]
}

@test "a container of a caller that does not wait is stopped when its process is dead, and can be deleted" {
	[ "$(uname -m)" = x86_64 ] || skip_because "the number of prctl(2) is that of x86_64"
	mkfifo fifo
	exec 9<>fifo
	# PR_SET_CHILD_SUBREAPER
	perl -e 'syscall(157, 36, 1, 0, 0, 0); system(@ARGV); open(my $f, ">", "made"); print $f "made\n"; close($f); <STDIN>' \
		"$OCIRT" --root "$STATE" run -d "$id" <fifo >out 2>&1 3>&- 9>&- &
	caller=$!
	wait_for 10 grep -q made made
	pid=$(pid_of "$id")
	[ "$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status")" = "$caller" ] # nobody stays between
	ocirt kill "$id" KILL
	wait_for 10 is_status "$id" stopped
	_is_zombie "$pid"
	fails_with 'container not running' kill "$id"
	ocirt delete "$id"
	echo >&9
	exec 9>&-
	wait "$caller"
}

# --- documents ------------------------------------------------------------------------------------------------------------

@test "state has the members that engines decode and none that they would take for their own" {
	update_config '.annotations = {a: "b"} | .root.path = "rootfs"'
	detached run -d "$id"
	run -0 ocirt state "$id"
	jq -e --arg id "$id" --arg b "$BUNDLE" '.id == $id and .bundle == $b and .rootfs == $b + "/rootfs" and (.pid | floor == .) and .pid > 0
		and .status == "running" and .ociVersion == "1.3.0" and .annotations == {a: "b"}
		and (.created | sub("\\.[0-9]+"; "") | fromdate > 0)
		and (keys - ["annotations", "bundle", "created", "id", "ociVersion", "owner", "pid", "rootfs", "status"] == [])' <<<"$output"
}

@test "environment of a monitor does not come to the program or to hooks" {
	export _OCI_SYNCPIPE=3 _OCI_STARTPIPE=4 _OCI_ATTACHPIPE=5 CRI_O_EXTERNAL=1
	set_script 'env; cat /tmp/hook'
	update_config '.root.readonly = false | .hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "env >rootfs/tmp/hook"]}]'
	run -0 ocirt run "$id"
	[[ $output == *PATH=* && $output != *OCI* && $output != *CRI_O* ]]
}
