#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_cold.sh - src/cold.ld names sources that are there, each once, and the linker did as it says (TAP)
set -u
top=${OCIRT_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
ocirt=${OCIRT:-ocirt}
rows=$(sed -n 's/^\t\t\*lib\([a-z]*\)\.a:\(.*\)\.o(\.text \.text\.\*)$/\1 \2/p' "$top/src/cold.ld")
n=0

# is NAME TEXT: TEXT has to be empty
is() {
	n=$((n + 1))
	[ -z "$2" ] && echo "ok $n - $1" && return
	echo "not ok $n - $1"
	echo "# ${2//$'\n'/$'\n'# }"
}

gone() {
	local lib name
	while read -r lib name; do
		[ -e "$top/src/$lib/$name.c" ] || [ -e "$top/lib$lib/$name.c" ] || echo "$lib $name"
	done <<<"$rows"
}

is "each object has a source" "$(gone)"
is "in order, and each once" "$(LC_ALL=C sort -cu <<<"$rows" 2>&1)"
if grep -q 'src/cold.ld' Makefile 2>/dev/null && command -v readelf >/dev/null; then
	is "their code is a section of its own" "$(readelf -SW "$ocirt" | grep -q ' \.text_cold ' || echo "no .text_cold in $ocirt")"
else
	n=$((n + 1))
	echo "ok $n - their code is a section of its own # skip the linker takes no additions to its script, or there is no readelf"
fi
echo "1..$n"
