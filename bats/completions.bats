#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# completions: what the shells offer, asked of the shells themselves

load lib/ocirt

setup() {
	ocirt_setup
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p bin roots/state/c-one roots/state/c-two
	ln -s "$OCIRT" bin/ocirt
	PATH=$PWD/bin:$PATH
	# the lines, and in the same order the first of the words that are offered for each
	lines=("ocirt cr" "ocirt --log-format " "ocirt create --bu" "ocirt --root roots/state kill c-" "ocirt kill x TER"
		"ocirt list -f " "ocirt completion z" "ocirt spec --rootless --bu" "ocirt help sta" "ocirt --root ro"
		"ocirt update --root roots/state c-" "ocirt --debug exec --c" "ocirt events --int")
	offers=("create" "text|json" "--bundle" "c-one|c-two" "TERM" "table|json" "zsh" "--bundle" "start|state" "roots"
		"c-one|c-two" "--cwd|--cap|--console-socket|--cgroup|--cgroup-manager" "--interval")
}

# ask COMMAND...: runs it with each line; it prints what is offered, in any order and with what else may stand behind
ask() {
	local i got word
	for i in "${!lines[@]}"; do
		got=$("$@" "${lines[i]}" | tr -s ' ' '\n' | sed 's/[\t=/].*//' | sort -u)
		echo "${lines[i]} => $got"
		[ "$(grep -c . <<<"$got")" -ge "$(tr '|' '\n' <<<"${offers[i]}" | wc -l)" ]
		for word in ${offers[i]//|/ }; do grep -qxF -e "$word" <<<"$got"; done
		[[ $got != *nope* ]]
	done
}

@test "bash completes commands, options, their words, containers, signals and files" {
	ocirt completion bash >script
	cat >ask.bash <<-'END'
		compopt() { :; }
		. ./script
		read -r -a COMP_WORDS <<<"$1"
		[[ $1 != *' ' ]] || COMP_WORDS+=('')
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_ocirt
		echo "${COMPREPLY[@]}"
	END
	bash -n script
	ask bash ask.bash
}

@test "bash takes --option=WORD apart as it does itself" {
	ocirt completion bash >script
	# shellcheck disable=SC1091,SC2030,SC2034,SC2317 # made here; read by the script
	run -0 bash -c '. ./script; COMP_WORDS=(ocirt --root=x list --format = j); COMP_WORDS=(ocirt --root = x list --format = j)
		COMP_CWORD=7; _ocirt; echo "${COMPREPLY[@]}"; COMP_WORDS=(ocirt list --format =); COMP_CWORD=3; _ocirt; echo "${COMPREPLY[@]}"'
	[ "$output" = $'json\ntable json' ]
}

@test "fish completes the same" {
	command -v fish >/dev/null || skip "there is no fish here"
	ocirt completion fish >script
	fish --no-execute script
	# shellcheck disable=SC2016 # fish's
	ask env HOME="$PWD" fish --no-config -c 'source script; complete -C $argv[1]'
}

@test "zsh completes the same" {
	command -v zsh >/dev/null || skip "there is no zsh here"
	mkdir functions
	ocirt completion zsh >functions/_ocirt
	zsh -n functions/_ocirt
	ask timeout 60 zsh -f "$BATS_TEST_DIRNAME/lib/zsh-offers.zsh" functions
}

@test "no script for a shell that is not known" {
	run -1 ocirt completion tcsh
	[[ $output == *'expected one of bash zsh fish, found "tcsh"' ]]
	run -1 ocirt completion bsh
	[[ $output == *'expected one of bash zsh fish, found "bsh", did you mean "bash"?' ]]
}
