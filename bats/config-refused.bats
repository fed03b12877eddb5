#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# limit: 300
# config-refused: bad configs by the hundred, a row each in refused/*.rows: what is said, of which place, and that nothing is left
#
# refused/text.rows:    TEXT => LINE:COLUMN: WORDS         the whole document, as printf %b has it
# refused/right.rows:   [{NEED}] EDIT => WORDS             what jq does to a good one, and what is said when it is still good
# the others:           [{NEED}] EDIT => POINTER: WORDS    the same when it is not, with a createRuntime hook
#
# " ..." among the words stands for whatever there is. POINTER is of the value that is wrong, or, when what is missing is
# what is wrong, of where it should be: its line and column are looked at in the text. A NEED is looked up in has_need; rows
# whose need is not met are left out, and counted. When the mistake could be told from config.json alone, the hook has not run:
# all else is told by somebody, "init", "cgroup", "network", who found that the host does not have it.

load lib/ocirt
load lib/cgroup

setup() {
	setup_container
	RAN=$BATS_TEST_TMPDIR/ran
	printf '#!/bin/sh\n: >%s\n' "$RAN" >hook
	chmod +x hook
	set_args true
	update_config --arg b "$BUNDLE" '.root.path = $b + "/rootfs" | .hooks.createRuntime = [{path: ($b + "/hook")}]'
}

# has_need WORD...
has_need() {
	local word
	for word; do
		case $word in
		v1) [ "$OCIRT_LANE" != v2 ] ;;
		v2) [ "$OCIRT_LANE" = v2 ] ;;
		cgroup2) [ "$OCIRT_LANE" != v1 ] ;;
		blockIO) if [ "$OCIRT_LANE" = v2 ]; then has_controller io; else has_controller blkio; fi ;;
		realtime) compgen -G "/sys/fs/cgroup/cpu*/cpu.rt_runtime_us" >/dev/null && [ "$OCIRT_LANE" != v2 ] ;;
		time) [ -e /proc/self/ns/time ] ;;
		numa) [ -e /proc/self/numa_maps ] ;;
		no-apparmor) [ ! -e /sys/kernel/security/apparmor ] ;;
		no-selinux) [ ! -e /sys/fs/selinux/enforce ] ;;
		no-resctrl) ! grep -q ' - resctrl ' /proc/self/mountinfo ;;
		no-*) ! has_controller "${word#no-}" ;;
		*) has_controller "$word" ;;
		esac || return
	done
}

# read_rows FILE: its rows whose need is met as $edits and $wants; $left_out counts the others
read_rows() {
	local row need
	declare -A met=()
	edits=() wants=() left_out=0
	while IFS= read -r row; do
		case $row in '' | '#'*) continue ;; esac
		if [[ $row =~ ^'{'([a-z0-9_A-Z\ -]+)'} ' ]] && need=${BASH_REMATCH[1]}; then
			row=${row#"{$need} "}
			# shellcheck disable=SC2086 # the words of a need
			[ -n "${met[$need]-}" ] || if has_need $need; then met[$need]=yes; else met[$need]=no; fi
			[ "${met[$need]}" = yes ] || { left_out=$((left_out + 1)) && continue; }
		fi
		edits+=("${row% => *}")
		wants+=("${row##* => }")
	done <"$BATS_TEST_DIRNAME/refused/$1.rows"
}

# make_documents: for each of $edits a directory of that number with the edited config.json, in one run of jq
make_documents() {
	mkdir "${!edits[@]}"
	printf '(%s),\n' "${edits[@]}" | sed '$ s/,$//' >edits.jq
	jq -f edits.jq config.json | awk '{ file = n + 0 "/config.json"; print >file } /^}/ { close(file); n++ }'
	[ -e "$((${#edits[@]} - 1))/config.json" ]
}

# says TEXT WANT: the words are those, " ..." being any
says() {
	local end=${2##* ...}
	case $2 in
	*' ...'*) [[ $1 == "${2%% ...*}"*"${end# }" ]] ;;
	*) [ "$1" = "$2" ] ;;
	esac
}

# is_place LINE COLUMN POINTER: there is the value of that pointer, in jq's layout; or of the object that should have it
is_place() {
	local before key=${3##*/}
	before=${lines[$1 - 1]:0:$2 - 1}
	key=${key//'~1'/'/'} key=${key//'~0'/'~'}
	case $key in
	'') [[ $1:$2 = 1:1 || $before =~ ^' '*'"": '$ ]] ;;
	[0-9]*) [[ $before =~ ^' '+$ ]] ;;
	*) [[ $before =~ ^' '*'"'(.*)'": '$ && ${BASH_REMATCH[1]} = "$key" ]] ;;
	esac && return
	[ -n "$3" ] || return
	[[ ${lines[*]} != *"\"$key\": "* ]] && is_place "$1" "$2" "${3%/*}"
}

# check_row I: runs document I; complains of everything that is not as its row wants it
check_row() {
	local out rc=0 rest want=${wants[$1]}
	out=$(OCIRT_TEST_MARK=$TAG "$OCIRT" --root "$STATE" run --bundle "$1" "$TAG-$1" 2>&1 </dev/null) || rc=$?
	rest=${out#"ocirt: run $TAG-$1: "}
	[ "$rc" = 1 ] || echo "ended with $rc"
	if [ "$table" = text ]; then
		says "${rest#config.json:}" "$want" || echo "said \"$rest\", not \"$want\""
	elif [[ $rest =~ ^config.json:([0-9]+):([0-9]+):' '(.*)$ ]]; then
		says "${BASH_REMATCH[3]}" "$want" || echo "said \"${BASH_REMATCH[3]}\", not \"$want\""
		mapfile -t lines <"$1/config.json"
		[[ $want == /* ]] && want=${want%%: *} || want=
		is_place "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "$want" || echo "$want is not at ${rest%%: *}"
	else
		says "$rest" "$want" || echo "said \"$rest\", not \"$want\""
	fi
	[[ $rest == *': '*(init|cgroup|network|hook)': '* || $rest == 'init: '* || $rest == *'error running '* ]] || [ ! -e "$RAN" ] ||
		echo "the createRuntime hook has run"
	rm -f "$RAN"
	compgen -G "$STATE/*" | sed 's/^/left /'
}

# check_right I: runs document I, which ends well
check_right() {
	local out rc=0
	out=$(OCIRT_TEST_MARK=$TAG "$OCIRT" --root "$STATE" run --bundle "$1" "$TAG-$1" 2>&1 </dev/null) || rc=$?
	[ "$rc" = 0 ] || echo "ended with $rc"
	if [[ $out =~ ^'ocirt: warning: config.json:'([0-9]+):([0-9]+):' '([^$'\n']*)$ ]]; then # which has its place, too
		out="ocirt: warning: ${BASH_REMATCH[3]}"
		mapfile -t lines <"$1/config.json"
		is_place "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" "${BASH_REMATCH[3]%%: *}" || echo "it is not at that place"
	fi
	says "${out:-nothing}" "${wants[$1]}" || echo "said \"$out\", not \"${wants[$1]}\""
	compgen -G "$STATE/*" | sed 's/^/left /'
}

# check_table NAME LEAST: all rows of a table, which are at least so many
check_table() {
	local i faults bad=0 lines check=check_row
	table=$1
	[ "$table" != right ] || check=check_right
	shopt -s extglob
	if [ "$table" != text ]; then
		read_rows "$1"
		make_documents
	fi
	[ "${#edits[@]}" -ge "$2" ] || { echo "only ${#edits[@]} rows" && return 1; }
	for i in "${!edits[@]}"; do
		faults=$($check "$i")
		[ -z "$faults" ] || { bad=$((bad + 1)) && printf '%s\n%s\n\n' "${edits[$i]}" "$faults"; }
	done
	echo "# $table: ${#edits[@]} configs, $left_out rows left out for what this host or lane lacks" >&3
	[ "$bad" = 0 ]
}

@test "texts that are no JSON document of ours" {
	local i
	require_lane hybrid v2
	read_rows text
	mkdir "${!edits[@]}"
	for i in "${!edits[@]}"; do printf '%b' "${edits[$i]}" >"$i/config.json"; done
	check_table text 70
}

@test "the top level, root, mounts and hooks" { require_lane hybrid v2 && check_table top 60; }
@test "process" { require_lane hybrid v2 && check_table process 90; }
@test "linux without its resources" { require_lane hybrid v2 && check_table linux 160; }
@test "linux.resources" { check_table limits 50; }

@test "what is odd, but right, is taken, and only what is left out is told" {
	require_lane hybrid v2
	update_config 'del(.hooks)'
	check_table right 80
}
