#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# a detached container's terminal goes to whoever holds the console socket

load lib/ocirt
load lib/term

setup() {
	require_root
	ocirt_setup
	require_term
	setup_bundle
	update_config '.process.terminal = true'
	id=$(new_id)
	socket=$BATS_TEST_TMPDIR/sock
}

@test "create sends one message with one descriptor, and the program works at that terminal" {
	set_script 'tty; read x; echo "got <$x>"'
	holder "$socket" see:/dev/pts/0 'type:word\r' 'see:got <word>'
	detached create --console-socket "$socket" "$id"
	[ "$(status_of "$id")" = created ]
	ocirt start "$id"
	held
	[[ $output == *"name /dev/pts/0"* ]]
}

@test "run -d and exec -d do so too" {
	set_script 'echo ready; sleep 1000'
	holder "$socket" see:ready
	detached run -d --console-socket "$socket" "$id"
	wait_for 10 grep -q 'name /dev/pts/0' "$HOLDER_SCREEN.err"
	# sleep holds the terminal: the holder waits for no end
	kill "$HOLDER"
	holder "$socket.2" see:second
	detached exec -d -t --console-socket "$socket.2" "$id" echo second
	held
}

@test "create returns before anybody accepts, and keeps none of its output open" {
	set_args sleep 1000
	cat >listen.pl <<-'END'
		use IO::Socket::UNIX;
		my $s = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $ARGV[0], Listen => 1) or die;
		open my $f, '>', "$ARGV[0].ready"; close $f;
		sleep 60;
	END
	perl listen.pl "$socket" 3>&- &
	local listener=$!
	wait_for 10 test -e "$socket.ready"
	run -0 timeout 20 sh -c '"$0" --root "$1" create --console-socket "$2" "$3" 2>&1 | cat' "$OCIRT" "$STATE" "$socket" "$id"
	[ -z "$output" ]
	[ "$(status_of "$id")" = created ]
	kill "$listener"
}

@test "newlines are as the program writes them" {
	set_script 'echo one; echo two'
	holder "$socket" see:two
	detached run -d --console-socket "$socket" "$id"
	held
	[ "$(od -An -c "$HOLDER_SCREEN" | tr -d ' ')" = 'one\ntwo\n' ]
}

@test "a socket path longer than an address holds works" {
	local dir=$BATS_TEST_TMPDIR/a-directory-with-a-long-name/and-another-one-in-it-so-that-108-bytes-are-too-few-for-it/and-one-more
	mkdir -p "$dir"
	set_args echo there
	(cd "$dir" && term recv sock see:there >"$BATS_TEST_TMPDIR/shown" 2>/dev/null) &
	wait_for 10 test -e "$dir/sock.ready"
	detached run -d --console-socket "$dir/sock" "$id"
	wait $!
}

@test "what cannot work is refused before anything is made" {
	set_args true
	run -1 ocirt create "$id"
	[[ $output == *"--console-socket"* ]]
	run -1 ocirt run -d "$id"
	[[ $output == *"--console-socket"* ]]
	run -1 ocirt create --console-socket "$PWD/nobody" "$id"
	[[ $output == *"$PWD/nobody"* ]]
	update_config '.process.terminal = false'
	run -1 ocirt create --console-socket "$PWD/nobody" "$id"
	[[ $output == *"process.terminal"* ]]
	[ -z "$(ls "$STATE")" ]
	[ -z "$(cgroup_dirs "$id")" ]
}

@test "a devpts that is none is refused" {
	set_args true
	update_config '.mounts |= map(select(.destination != "/dev/pts"))'
	mkdir -p rootfs/dev
	run -1 on_terminal -- run "$id"
	[[ $output == *devpts* ]]
	[[ $output != *"modes changed"* ]]
}

@test "a fake multiplexer in the container is not opened" {
	set_args true
	update_config '.mounts |= map(select(.destination | startswith("/dev") | not))'
	mkdir -p rootfs/dev/pts
	ln -s /dev/../../../../../../dev/ptmx rootfs/dev/pts/ptmx
	run -1 on_terminal -- run "$id"
	rm rootfs/dev/pts/ptmx
	touch rootfs/dev/pts/ptmx
	run -1 on_terminal -- run "$id"
	[[ $output == *devpts* ]]
}
