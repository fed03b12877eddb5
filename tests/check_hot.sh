#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_hot.sh - src/hot.ld names sources and functions that are there, and the linker did as it says (TAP)
set -u
top=${OCIRT_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
ocirt=${OCIRT:-ocirt}
# "SOURCE FUNCTION", of functions that the compiler made of others their first name
rows=$(sed -n 's/^\t\t\*\(lib\([a-z]*\)\*\.a:\*\)\{0,1\}\([a-z_0-9]*\)\.o(\(.*\))$/\2\/\3.c \4/p' "$top/src/hot.ld" |
	awk '{ for (i = 2; i <= NF; i++) if (split($i, part, ".") > 2 && part[2] == "text" && part[3] !~ /^(unlikely|startup)$/) print $1, part[3] }' | sed 's,^/,,; s,^ocispec/,../libocispec/,' | sort -u)
n=0

# is NAME TEXT: TEXT has to be empty
is() {
	n=$((n + 1))
	[ -z "$2" ] && echo "ok $n - $1" && return
	echo "not ok $n - $1"
	echo "# ${2//$'\n'/$'\n'# }"
}

gone() {
	local source name
	while read -r source name; do
		# a macro puts some together
		grep -qwE -- "$name|${name%%_*}_##.*" "$top/src/$source" "$top"/src/base/*.h 2>/dev/null || echo "$source $name"
	done <<<"$rows"
}

is "there are rows" "$([ "$(wc -l <<<"$rows")" -gt 100 ] || echo "$rows")"
is "each function is in its source (contrib/hot.sh writes the list anew)" "$(gone)"
if grep -q 'src/hot.ld' Makefile 2>/dev/null && command -v readelf >/dev/null; then
	is "their code is a section of its own" "$(readelf -SW "$ocirt" | grep -q ' \.text_hot ' || echo "no .text_hot in $ocirt")"
else
	n=$((n + 1))
	echo "ok $n - their code is a section of its own # skip the linker takes no additions to its script, or there is no readelf"
fi
echo "1..$n"
