#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# bench.sh - how long `run` of /bin/true with the default bundle takes, beside the kernel's own cost and the peers
#
#   bench.sh [--tools DIR] [--rounds N] [--lane LANE]... [--peer NAME=BINARY]... [--json]
#
# DIR has floor and pairs (make bench builds and gives them). Default: 200 rounds, lanes v1 and v2, peers crun and runc as
# installed. All run in turns, in one process's loop (pairs.c), on the same config.json, which $OCIRT wrote. The first
# column is floor, so "x first" is the multiple of the floor. Needs root; leaves nothing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tools=$here rounds=200 lanes=() peers=() json=()
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
while [ $# -gt 0 ]; do
	case $1 in
	--tools) tools=$(realpath "$2") && shift ;;
	--rounds) rounds=$2 && shift ;;
	--lane) lanes+=("$2") && shift ;;
	--peer) peers+=("$2") && shift ;;
	--json) json=(--json) ;;
	*) echo "bench.sh: what is $1?" >&2 && exit 2 ;;
	esac
	shift
done
[ ${#lanes[@]} -gt 0 ] || lanes=(v1 v2)
[ ${#peers[@]} -gt 0 ] || for p in crun runc; do command -v "$p" >/dev/null && peers+=("$p=$(command -v "$p")"); done
: "${OCIRT:=$here/../../ocirt}"

work=$(mktemp -d)
clean() {
	rm -rf "$work"
	# a peer that fails half-way leaves its cgroup
	find /sys/fs/cgroup -depth -type d -name "bench-*-$$" -exec rmdir {} + 2>/dev/null || :
}
trap clean EXIT
mkdir -p "$work"/rootfs/{bin,dev,proc,sys}
cp "$(command -v busybox)" "$work/rootfs/bin/true"
cd "$work"
"$OCIRT" spec
# crun 1.8.1 (Debian 12) refuses newer versions than it knows, though it can do all that is in here
sed -i 's/"ociVersion": *"[^"]*"/"ociVersion": "1.0.2"/; s/"terminal": *true/"terminal": false/; s|"sh"|"/bin/true"|' config.json

# fits LANE COMMAND...: whether it works there at all, so that one peer's trouble does not end the comparison
fits() {
	"$here/../../bats/lib/lane.sh" "$1" env "${@:2}" >"$work/say" 2>&1 </dev/null
}

for lane in "${lanes[@]}"; do
	if reason=$("$here/../../bats/lib/lane.sh" --why "$lane"); then
		echo "lane $lane: skipped, $reason" >&2
		continue
	fi
	commands=(floor "$tools/floor" "$work/rootfs" /bin/true)
	for peer in "ocirt=$OCIRT" "${peers[@]}"; do
		name=${peer%%=*}
		run=("${peer#*=}" --root "$work/state" run "bench-$name-$$")
		if ! fits "$lane" "${run[@]}" && grep -q RLIM_MEMLOCK "$work/say" && [ -e "$tools/memlock.so" ]; then
			"${run[@]:0:3}" delete --force "bench-$name-$$" >/dev/null 2>&1 || :
			run=("LD_PRELOAD=$tools/memlock.so" "${run[@]}")
			name=$name+shim
		fi
		if fits "$lane" "${run[@]}"; then
			commands+=(::: "$name" "${run[@]}")
		else
			echo "lane $lane: $name left out: $(head -n 1 "$work/say")" >&2
		fi
	done
	[ ${#json[@]} -gt 0 ] || echo "lane $lane, $rounds rounds, load $(cut -d' ' -f1 /proc/loadavg):"
	"$here/../../bats/lib/lane.sh" "$lane" "$tools/pairs" "${json[@]}" -n "$rounds" "${commands[@]}"
done
