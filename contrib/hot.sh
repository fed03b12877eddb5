#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# hot.sh - writes src/hot.ld anew, from what the small verbs and a start run:  contrib/hot.sh [BUILD-DIR]
#
# Builds for gcov in BUILD-DIR/hot (default: build) and lets that do, in the lanes of `make bench`, what is timed there. Of the
# functions that ran, those are written down that BUILD-DIR's objects still have as such. Needs root. To be run now and then: a
# function that is in no list is further away, nothing else.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=$(realpath "${1:-$top/build}")
export LC_ALL=C HOT_WORK

ocirt() { "$build/hot/ocirt" --root "$HOT_WORK/state" "$@" </dev/null; }
forget() { find "$build/hot" -name '*.gcda' -delete; }

# Three bundles: one ends at once, one waits, one has a filter.
make_bundles() {
	local name filter='{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": [ "bpf" ], "action": "SCMP_ACT_ERRNO" } ] }'
	mkdir -p "$HOT_WORK"/rootfs/{bin,dev,proc,sys} "$HOT_WORK"/{ends,waits,filter}
	cp "$(command -v busybox)" "$HOT_WORK/rootfs/bin/busybox"
	for name in ends waits filter; do
		"$build/ocirt" spec --bundle "$HOT_WORK/$name"
		sed -i 's/"terminal": *true/"terminal": false/; s|"path": *"rootfs"|"path": "'"$HOT_WORK"'/rootfs"|
			s|"sh"|"/bin/busybox", "true"|' "$HOT_WORK/$name/config.json"
	done
	sed -i 's|"true"|"sleep", "1000"|' "$HOT_WORK/waits/config.json"
	sed -i "s|\"linux\": *{|&\"seccomp\": $filter,|" "$HOT_WORK/filter/config.json"
}

begin() {
	ocirt create --bundle "$HOT_WORK/waits" hot-waits
	ocirt start hot-waits
	ocirt exec hot-waits /bin/busybox true
}

small() {
	ocirt state hot-waits
	ocirt kill hot-waits 0
	ocirt delete --force hot-nothing
	ocirt list -q
}

end() {
	local bundle
	for bundle in ends filter filter; do
		ocirt run --bundle "$HOT_WORK/$bundle" hot-runs | cat
	done
	ocirt kill hot-waits KILL
	ocirt delete --force hot-waits
}

# of_program OBJECT: what make(1) calls it that is linked into the program
of_program() {
	local own
	for own in "$build/${1%/*}"/*_own_a-"${1##*/}" "$build/${1%/*}/ocirt-${1##*/}"; do
		[ ! -e "$own" ] || { echo "$own" && return; }
	done
	echo "$build/$1"
}

# "OBJECT FUNCTION", a line each that ran since forget: by the name that it has in BUILD-DIR's object
ran() {
	local gcda object
	cd "$build/hot"
	find libocispec src -name '*.gcda' | while read -r gcda; do
		object=${gcda%.gcda}.o
		gcov -f -n "$object" 2>/dev/null | awk '
			/^File/ { exit }
			/^Function/ { name = substr($2, 2, length($2) - 2) }
			/^Lines executed/ && !/executed:0.00%/ { print name }' >"$HOT_WORK/names"
		object=${object/ocirt-/}
		nm "$(of_program "$object")" | awk -v object="$object" '
			NR == FNR { ran[$1]; next }
			{ name = $3; sub(/\..*/, "", name) }
			$2 ~ /[tT]/ && name in ran { print object, $3 }' "$HOT_WORK/names" -
	done
}

in_lane() {
	forget
	begin
	ran >>"$HOT_WORK/start"
	forget
	small
	ran >>"$HOT_WORK/small"
	forget
	end
	ran >>"$HOT_WORK/start"
}

# of lines of ran, sorted: one row an object, as ld has it
rows() {
	awk 'function row() { if (text != "") print "\t\t" file "(" substr(text, 2) ")" }
		$1 != object {
			row()
			object = $1
			n = split($1, part, "/")
			room = part[1] == "libocispec" ? "ocispec" : part[2]
			file = n == 2 && room != "ocispec" ? "*" part[n] : "*lib" room "*.a:*" part[n]
			text = ""
		}
		{ text = text " .text." ($2 == "main" ? "startup.main .text.main" : $2) }
		END { row() }'
}

if [ -n "${HOT_WORK-}" ]; then
	in_lane >/dev/null
	exit
fi
HOT_WORK=$(mktemp -d)
trap 'rm -rf "$HOT_WORK"' EXIT
mkdir -p "$build/hot" && cd "$build/hot"
[ -e Makefile ] || "$top/configure" -q --disable-tests --enable-coverage
make -s -j"$(nproc)" ocirt
make_bundles
for lane in v1 v2; do "$top/bats/lib/lane.sh" "$lane" "$top/contrib/hot.sh" "$build"; done
sort -u "$HOT_WORK/small" >"$HOT_WORK/first"
sort -u "$HOT_WORK/start" | comm -13 "$HOT_WORK/first" - >"$HOT_WORK/then"
{
	sed '/of small verbs/q' "$top/src/hot.ld"
	rows <"$HOT_WORK/first"
	printf '\t\t*libyajl*.a:*(.text)\n\n\t\t/* and what a start runs beyond these */\n'
	rows <"$HOT_WORK/then"
	printf '\t}\n}\nINSERT BEFORE .text;\n'
} >"$HOT_WORK/hot.ld"
mv "$HOT_WORK/hot.ld" "$top/src/hot.ld"
