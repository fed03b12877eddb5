#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# a container with a terminal in the foreground: the user's terminal is relayed, and given back as it was

load lib/ocirt
load lib/term

setup() {
	require_root
	ocirt_setup
	require_term
	setup_bundle
	update_config '.process.terminal = true'
	id=$(new_id)
}

# screen: what was shown, of the last on_terminal
expect_screen() {
	[[ $output == *"$1"* ]] || { echo "not shown: $1" && return 1; }
}

@test "run shows the container's terminal and ends with its exit code" {
	set_script 'tty; ls -l /dev/console; exit 7'
	run -7 on_terminal -- run "$id"
	expect_screen /dev/pts/0
	expect_screen "136,"
	[[ $output != *"modes changed"* ]]
}

@test "what is typed comes to the program" {
	set_script 'echo ready; read x; echo "got <$x>"'
	run -0 on_terminal see:ready 'type:a word\r' 'see:got <' -- run "$id"
	expect_screen "got <a word>"
}

@test "the window size is the user's, also after it changed" {
	set_script 'trap "stty size; exit 0" WINCH; stty size; echo ready; while :; do sleep 0.05; done'
	run -0 on_terminal see:ready size:44x111 'see:44 111' -- run "$id"
	expect_screen "33 99"
}

@test "control-C is the container's, not the runtime's" {
	set_script 'trap "echo INT; exit 4" INT; echo ready; while :; do sleep 0.05; done'
	run -4 on_terminal see:ready 'type:\003' see:INT -- run "$id"
	[[ $output != *"modes changed"* ]]
}

@test "a signal to the runtime goes to the container, and the terminal is given back" {
	set_script 'trap "echo TERM; exit 5" TERM; echo ready; while :; do sleep 0.05; done'
	run -5 on_terminal see:ready kill:15 see:TERM -- run "$id"
	[[ $output != *"modes changed"* ]]
}

@test "a program killed by a signal is 128 and its number" {
	update_config '.linux.namespaces -= [{"type": "pid"}]' # or nobody in there could kill it
	set_script 'kill -KILL $$'
	run -137 on_terminal -- run "$id"
	[[ $output != *"modes changed"* ]]
}

@test "much output arrives whole" {
	set_script 'i=0; while [ $i -lt 3000 ]; do echo "line $i of many"; i=$((i + 1)); done'
	run -0 on_terminal -- run "$id"
	[ "$(grep -c '^line [0-9]* of many$' <<<"$output")" = 3000 ]
}

@test "output that goes to a file has plain newlines" {
	set_script 'echo one; echo two'
	run -0 term run -- sh -c '"$0" --root "$1" run "$2" >out' "$OCIRT" "$STATE" "$id"
	[ "$(od -An -c out | tr -d ' ')" = 'one\ntwo\n' ]
}

@test "the end of a piped input is the end of the program's input" {
	set_args wc -c
	run -0 term run -- sh -c 'printf "abc\ndefg\n" | "$0" --root "$1" run "$2"' "$OCIRT" "$STATE" "$id"
	expect_screen 9
}

@test "without any terminal it is refused, and nothing is left" {
	set_args true
	run -1 setsid -w "$OCIRT" --root "$STATE" run "$id" </dev/null
	expect_screen "here is no terminal"
	[ -z "$(ls "$STATE")" ]
}

@test "consoleSize counts where no user's terminal says otherwise" {
	set_script 'stty size'
	update_config '.process.consoleSize = {height: 10, width: 20}'
	holder "$PWD/sock" 'see:10 20'
	detached run -d --console-socket "$PWD/sock" "$id"
	held
}

@test "exec -t gives a terminal of its own" {
	set_args sleep 1000
	update_config '.process.terminal = false'
	detached run -d "$id"
	run -3 on_terminal see:ready 'type:word\r' see:word -- exec -t "$id" sh -c 'tty; stty size; echo ready; read x; echo $x; exit 3'
	expect_screen /dev/pts/0
	expect_screen "33 99"
	[[ $output != *"modes changed"* ]]
}

@test "two execs have two terminals" {
	set_args sleep 1000
	update_config '.process.terminal = false'
	detached run -d "$id"
	holder "$PWD/sock" see:/dev/pts/0
	detached exec -d -t --console-socket "$PWD/sock" "$id" sh -c 'tty; while [ ! -e /tmp/end ]; do sleep 0.05; done'
	wait_for 10 grep -q pts "$HOLDER_SCREEN.err"
	run -0 on_terminal -- exec -t "$id" tty
	expect_screen /dev/pts/1
	touch rootfs/tmp/end
	held
}

@test "a background process of an exec does not hold its terminal's end up" {
	set_args sleep 1000
	update_config '.process.terminal = false'
	detached run -d "$id"
	run -0 on_terminal -- exec -t "$id" sh -c 'trap "" HUP; sleep 1000 & echo done'
	expect_screen "done"
}

@test "the container's terminal is owned by its user" {
	set_script 'stat -c "%u %t" $(tty)'
	update_config '.process.user = {uid: 1000, gid: 1000}'
	run -0 on_terminal -- run "$id"
	expect_screen "1000 88"
}
