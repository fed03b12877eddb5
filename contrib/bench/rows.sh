#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# rows.sh - the rows of bench.sh in one lane; run by it inside of the lane, with OCIRT TOOLS WORK STATE ROUNDS ROWS PEERS OCIRT_LANE
#
# Prints lines of tabs: lane, row, who, then median, p90, least and CPU in microseconds, or one figure in the unit that targets.tsv
# names. Each row is a function row_NAME; runtimes that cannot do a row in this lane are left out of it, with the reason on stderr.
set -eu
lane=${OCIRT_LANE:?} work=${WORK:?}/$OCIRT_LANE state=${STATE:?}/$OCIRT_LANE id=bench-$$
read -ra wanted <<<"${ROWS:-run life seccomp exec verbs limit waiting peak parallel thousand big size}"
read -ra peers <<<"${PEERS:-}"
mkdir -p "$work"
names=(ocirt) # runtimes, ours first
declare -A bin=([ocirt]=$OCIRT) env=([ocirt]=OCIRT_BENCH=1)

say() { printf '%s\t%s' "$lane" "$1" && shift && printf '\t%s' "$@" && echo; }

# rt NAME ARG...: the command line of a runtime in $command
rt() {
	local name=$1
	shift
	command=("${env[$name]}" "${bin[$name]}" --root "$state-$name" "$@")
}
call() { rt "$@" && env "${command[@]}"; }

clean() {
	local name c
	for name in "${names[@]}"; do
		for c in "$state-$name"/*/; do
			[ ! -d "$c" ] || call "$name" delete --force "$(basename "$c")" || :
		done
	done >/dev/null 2>&1
	# a peer that fails half-way leaves its cgroup
	find /sys/fs/cgroup -depth -type d -name "$id-*" -exec rmdir {} + 2>/dev/null || :
}
trap clean EXIT

# bundle NAME [SED-SCRIPT]: the default bundle with /bin/true, changed; all share one root file system
bundle() {
	mkdir -p "$work/$1"
	(
		cd "$work/$1"
		rm -f config.json
		"$OCIRT" spec
		# crun 1.8.1 (Debian 12) refuses newer versions than it knows, though it can do all that is in here
		sed -i 's/"ociVersion": *"[^"]*"/"ociVersion": "1.0.2"/; s/"terminal": *true/"terminal": false/; s|"sh"|"/bin/true"|; s|"path": *"rootfs"|"path": "'"$work"'/rootfs"|' config.json
		[ $# -lt 2 ] || sed -i "$2" config.json
	)
}

prepare() {
	mkdir -p "$work"/rootfs/{bin,dev,proc,sys,m}
	cp "$(command -v busybox)" "$work/rootfs/bin/true"
	cp "$TOOLS/idle" "$work/rootfs/bin/idle"
	bundle plain
	bundle idle 's|"/bin/true"|"/bin/idle", "wait"|'
	cd "$work/plain"
}

# A peer that cannot raise RLIMIT_MEMLOCK here is helped (memlock.c); one that does not work at all is left out.
choose_peers() {
	local p name
	for p in ocirt= "${peers[@]}"; do
		name=${p%%=*}
		[ "$name" = ocirt ] || bin[$name]=${p#*=} env[$name]=OCIRT_BENCH=1
		if ! call "$name" run "$id-$name" >"$work/say" 2>&1 </dev/null && grep -q RLIM_MEMLOCK "$work/say"; then
			call "$name" delete --force "$id-$name" >/dev/null 2>&1 || :
			env[$name]=LD_PRELOAD=$TOOLS/memlock.so
			echo "lane $lane: $name runs with its RLIMIT_MEMLOCK call answered for it" >&2
		fi
		if ! call "$name" run "$id-$name" >"$work/say" 2>&1 </dev/null; then
			echo "lane $lane: $name left out: $(head -n 1 "$work/say")" >&2
		elif [ "$name" != ocirt ]; then
			names+=("$name")
		fi
	done
}

# turns ROW ROUNDS WORDS...: pairs on the words, whose first command is what others are told as multiples of
turns() {
	local row=$1 n=$2
	shift 2
	[ "$n" -gt 0 ] || n=1
	"$TOOLS/pairs" --tsv "$lane	$row" -n "$n" "$@" || echo "lane $lane: $row failed" >&2
}

# each ARG...: words for turns: every runtime with these arguments
each() {
	local name
	words=()
	for name in "${names[@]}"; do
		rt "$name" "${@//NAME/$name}"
		words+=(::: "$name" "${command[@]}")
	done
}
floor() { floor=(floor "$TOOLS/floor" "$work/rootfs" /bin/true); }

row_run() {
	floor
	each run "$id-NAME"
	turns run "$ROUNDS" "${floor[@]}" "${words[@]}"
}

row_life() {
	local all=() name
	for name in "${names[@]}"; do
		rt "$name" create "$id-$name" && all+=(::: "$name" "${command[@]}")
		rt "$name" start "$id-$name" && all+=(';;' "${command[@]:1}")
		rt "$name" delete --force "$id-$name" && all+=(';;' "${command[@]:1}")
	done
	turns life $((ROUNDS / 2)) "${all[@]:1}"
}

# A profile as engines have them: an allowlist of nearly every system call there is, on three architectures, with arguments.
profile() {
	local names
	names=$(echo '#include <sys/syscall.h>' | ${CC:-cc} -dM -E - | sed -n 's/^#define __NR_\([a-z0-9_]*\) .*/\1/p' | sort |
		grep -vxE 'personality|clone|kexec_load|reboot|swapon|swapoff|init_module|delete_module|bpf|acct' | sed 's/.*/"&"/' | paste -sd,)
	cat <<JSON
"seccomp": { "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1,
 "architectures": [ "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32" ],
 "syscalls": [ { "names": [ $names ], "action": "SCMP_ACT_ALLOW" },
  { "names": [ "personality" ], "action": "SCMP_ACT_ALLOW", "args": [ { "index": 0, "value": 0, "op": "SCMP_CMP_EQ" } ] },
  { "names": [ "personality" ], "action": "SCMP_ACT_ALLOW", "args": [ { "index": 0, "value": 8, "op": "SCMP_CMP_EQ" } ] },
  { "names": [ "personality" ], "action": "SCMP_ACT_ALLOW", "args": [ { "index": 0, "value": 4294967295, "op": "SCMP_CMP_EQ" } ] },
  { "names": [ "clone" ], "action": "SCMP_ACT_ALLOW", "args": [ { "index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" } ] } ] },
JSON
}

row_seccomp() {
	bundle seccomp
	profile >"$work/profile" || return 0
	sed -i "/\"linux\": *{/r $work/profile" "$work/seccomp/config.json"
	floor
	each run --bundle "$work/seccomp" "$id-NAME"
	turns seccomp "$ROUNDS" "${floor[@]}" "${words[@]}"
}

# begin NAME ID: a container of that runtime that waits
begin() {
	call "$1" create --bundle "$work/idle" "$2" </dev/null >/dev/null 2>&1 && call "$1" start "$2" >/dev/null
}

row_exec() {
	local name
	for name in "${names[@]}"; do begin "$name" "$id-$name"; done
	each exec "$id-NAME" /bin/true
	turns exec "$ROUNDS" "${words[@]:1}"
	clean
}

row_verbs() {
	local name
	for name in "${names[@]}"; do begin "$name" "$id-$name"; done
	each state "$id-NAME"
	turns state $((ROUNDS * 3)) empty "$TOOLS/idle" "${words[@]}"
	each kill "$id-NAME" 0
	turns kill0 $((ROUNDS * 3)) empty "$TOOLS/idle" "${words[@]}"
	clean
	each delete --force "$id-nothing"
	turns nothing $((ROUNDS * 3)) empty "$TOOLS/idle" "${words[@]}"
}

# with_limit KIB: a bundle with that memory limit
with_limit() {
	bundle limited "s|\"resources\": *{|&\"memory\": { \"limit\": $(($1 * 1024)) },|"
}
fits() { # NAME KIB: whether three runs of three get by
	local i
	with_limit "$2"
	for i in 1 2 3; do
		if ! timeout 20 env "${env[$1]}" "${bin[$1]}" --root "$state-$1" run --bundle "$work/limited" "$id-$1" >/dev/null 2>&1 </dev/null; then
			call "$1" delete --force "$id-$1" >/dev/null 2>&1 || :
			return 1
		fi
	done
}

row_limit() {
	local name low high mid
	if [ "$lane" = v2 ] && ! grep -qw memory /sys/fs/cgroup/cgroup.controllers; then
		echo "lane v2: limit skipped, the memory controller of this machine is with v1" >&2
		return 0
	fi
	for name in "${names[@]}"; do
		low=0 high=32768
		fits "$name" $high || continue
		while [ $((high - low)) -gt 16 ]; do
			mid=$(((low + high) / 2 / 4 * 4))
			if fits "$name" $mid; then high=$mid; else low=$mid; fi
		done
		say limit "$name" "$high"
	done
}

# What is left once `create` has returned: the container's process, and whatever of the runtime names the container.
row_waiting() {
	local name pid sum
	for name in "${names[@]}"; do
		call "$name" create "$id-$name" </dev/null >/dev/null 2>&1
		sum=0
		for pid in $(call "$name" state "$id-$name" | sed -n 's/.*"pid": *\([0-9]*\).*/\1/p') $(pgrep -f -- "$id-$name" || :); do
			[ "$pid" = $$ ] || sum=$((sum + $(sed -n 's/^Pss: *\([0-9]*\).*/\1/p' "/proc/$pid/smaps_rollup" 2>/dev/null || echo 0)))
		done
		say waiting "$name" "$sum"
		call "$name" delete --force "$id-$name"
	done
}

row_peak() {
	local name i most one
	for name in "${names[@]}"; do
		most=0
		for ((i = 0; i < 10; i++)); do
			rt "$name" run "$id-$name"
			one=$("$TOOLS/peak" "$work/rootfs/bin/true" env "${command[@]}" 2>/dev/null) || continue
			[ "$one" -le "$most" ] || most=$one
		done
		say peak "$name" "$most"
	done
}

row_parallel() {
	local all=() name
	for name in "${names[@]}"; do
		rt "$name" run "$id-$name-%"
		all+=(::: "$name" "${command[0]}" "$TOOLS/many" 64 "${command[@]:1}")
	done
	floor
	all+=(::: floor "$TOOLS/many" 64 "${floor[@]:1}")
	turns parallel $((ROUNDS / 10)) -w 1 "${all[@]:1}"
}

# made COUNT: ocirt containers that wait for their start, from the last made on
made() {
	while [ "$have" -lt "$1" ]; do
		have=$((have + 1))
		call ocirt create "$id-n$have" </dev/null >/dev/null
	done
}

row_thousand() {
	local have=0 count us verb names_were=("${names[@]}")
	names=(ocirt)
	for count in 10 1000; do
		made "$count"
		for verb in state kill; do
			rt ocirt "$verb" "$id-n5"
			[ "$verb" != kill ] || command+=(0)
			turns "$verb-$count" "$ROUNDS" "$verb-$count" "${command[@]}"
		done
		rt ocirt list -q
		turns "list-$count" $((ROUNDS / 5)) "list-$count" "${command[@]}" >"$work/list"
		cat "$work/list"
		rt ocirt create "$id-d" && words=("${command[@]}")
		rt ocirt delete --force "$id-d"
		# only the delete counts: what a create takes is told by another row
		us=$(for ((i = 0; i < 15; i++)); do
			env "${words[@]}" </dev/null
			"$TOOLS/pairs" --tsv x -w 0 -n 1 d "${command[@]}"
		done | cut -f 3 | sort -n | sed -n 8p)
		say "delete-$count" "delete-$count" "$us"
	done
	say list-1000 each "$(awk -F '\t' '{ print $4 / 1000 }' "$work/list")"
	clean
	names=("${names_were[@]}")
}

# big_config PARTS: a config.json with PARTS/100 of 500 mounts, 2,000 words, 64 devices, 300 masked paths
big_config() {
	local i n=$1 mounts='' text='' nodes='' masked=''
	for ((i = 0; i < 5 * n; i++)); do mounts+=",{\"destination\":\"/m/$i\",\"type\":\"bind\",\"source\":\"$work/plain\",\"options\":[\"bind\",\"ro\"]}"; done
	for ((i = 0; i < 20 * n; i++)); do text+=",\"WORD_$i=a value of some length, as they are\""; done
	for ((i = 0; i < 64 * n / 100; i++)); do nodes+="${nodes:+,}{\"path\":\"/dev/d$i\",\"type\":\"c\",\"major\":1,\"minor\":3,\"fileMode\":438,\"uid\":0,\"gid\":0}"; done
	for ((i = 0; i < 3 * n; i++)); do masked+="\"/m/$i\","; done
	bundle "big$n"
	awk -v mounts="$mounts" -v words="$text" -v devices="\"devices\": [$nodes]," -v masked="$masked" '
		/"TERM=xterm"/ { sub(/"TERM=xterm"/, "&" words) }
		/"maskedPaths": *\[/ { sub(/"maskedPaths": *\[/, "&" masked) }
		/"linux": *\{/ { sub(/"linux": *\{/, "&" devices) }
		/^\t"mounts": *\[/ { inside = 1 }
		inside && /^\t\]/ { $0 = mounts "\n" $0; inside = 0 }
		{ print }' "$work/big$n/config.json" >"$work/big$n/new" && mv "$work/big$n/new" "$work/big$n/config.json"
	"$OCIRT" plan "$work/big$n" >/dev/null
}

row_big() {
	big_config 100 && big_config 50
	each run --bundle "$work/big100" "$id-NAME"
	rt ocirt run --bundle "$work/big50" "$id-half"
	turns big $((ROUNDS / 5)) "${words[@]:1}" ::: half "${command[@]}"
}

row_size() {
	cp "$OCIRT" "$work/stripped"
	strip "$work/stripped" 2>/dev/null || :
	say size ocirt "$(awk -v n="$(stat -c %s "$work/stripped")" 'BEGIN { print n / 1024 }')"
	say libraries ocirt "$(ldd "$OCIRT" | awk '/=>/ { printf "%s%s", n++ ? " " : "", $1 }')"
}

prepare
choose_peers
for row in "${wanted[@]}"; do
	echo "lane $lane: $row" >&2
	"row_$row"
done
