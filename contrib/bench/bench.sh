#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench.sh - what a container costs, beside the kernel's own cost and the peers: one command for all of it
#
#   bench.sh [--tools DIR] [--rounds N] [--lane LANE]... [--row ROW]... [--peer NAME=BINARY]... [--state DIR] [--out DIR] [--json]
#
# DIR of --tools has what `make bench` builds and gives. Default: 100 rounds, lanes v1 and v2, all rows (rows.sh), peers crun and
# runc as installed. Prints a table; --out leaves results.tsv, report.txt, report.json and report.svg in a directory; --json prints
# the JSON in place of the table. What is timed runs in turns, in one process's loop (pairs.c), on config.json's that $OCIRT wrote.
# State roots of all runtimes are on a tmpfs, as /run is, or below the DIR of --state. Needs root; leaves nothing behind but --out.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tools=$here rounds=100 lanes=() rows=() peers=() state='' out='' json=false
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
while [ $# -gt 0 ]; do
	case $1 in
	--tools) tools=$(realpath "$2") && shift ;;
	--rounds) rounds=$2 && shift ;;
	--lane) lanes+=("$2") && shift ;;
	--row) rows+=("$2") && shift ;;
	--peer) peers+=("$2") && shift ;;
	--state) state=$2 && shift ;;
	--out) mkdir -p "$2" && out=$(realpath "$2") && shift ;;
	--json) json=true ;;
	*) echo "bench.sh: what is $1?" >&2 && exit 2 ;;
	esac
	shift
done
if [ "$(id -u)" != 0 ]; then
	echo "bench.sh: needs root" >&2
	exit 77
fi
[ ${#lanes[@]} -gt 0 ] || lanes=(v1 v2)
[ ${#peers[@]} -gt 0 ] || for p in crun runc; do command -v "$p" >/dev/null && peers+=("$p=$(command -v "$p")"); done
: "${OCIRT:=$here/../../ocirt}"
OCIRT=$(realpath "$OCIRT")
if [ ! -x "$OCIRT" ]; then
	echo "bench.sh: no $OCIRT (make it, or set OCIRT)" >&2
	exit 2
fi

[ -n "$state" ] || for state in /run /dev/shm "${TMPDIR:-/tmp}"; do [ "$(stat -f -c %T "$state")" != tmpfs ] || break; done
work=$(mktemp -d) && state=$(mktemp -d -p "$state")
trap 'rm -rf "$work" "$state"' EXIT
lane_sh=$here/../../bats/lib/lane.sh
for lane in "${lanes[@]}"; do
	if reason=$("$lane_sh" --why "$lane"); then
		echo "lane $lane: skipped, $reason" >&2
		continue
	fi
	echo "lane $lane, $rounds rounds, load $(cut -d' ' -f1 /proc/loadavg)" >&2
	OCIRT=$OCIRT TOOLS=$tools WORK=$work STATE=$state ROUNDS=$rounds ROWS=${rows[*]-} PEERS=${peers[*]-} \
		"$lane_sh" "$lane" "$here/rows.sh" >>"$work/results.tsv"
done
for form in txt json svg; do
	awk -v form=$form -f "$here/report.awk" "$here/targets.tsv" "$work/results.tsv" >"$work/report.$form"
done
[ -z "$out" ] || cp "$work"/results.tsv "$work"/report.* "$out"
if $json; then cat "$work/report.json"; else cat "$work/report.txt"; fi
