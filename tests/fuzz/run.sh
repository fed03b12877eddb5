#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh - builds the fuzz targets and runs each over its corpus and on:  tests/fuzz/run.sh [-t SECONDS] [-j N] [-d DIR] [TARGET...]
#
# A target is tests/fuzz/TARGET.c, its corpus tests/fuzz/corpus/TARGET/ and the configurations of other tests where it reads some.
# -t: how long each runs (default 4), -j: how many at once (default 2), -d: where it is built, new finds and crashers are kept
# (default build/fuzz). Prints TAP: a target is one test, with its figures behind it. 77: clang or its libFuzzer is missing.
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
seconds=4 jobs=2 dir=$top/build/fuzz
while getopts t:j:d: o; do
	case $o in
	t) seconds=$OPTARG ;;
	j) jobs=$OPTARG ;;
	d) dir=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(cd "$top/tests/fuzz" && printf '%s\n' *.c | sed 's/\.c$//')
cc=${FUZZ_CC:-clang}
mkdir -p "$dir" || exit 1
dir=$(cd "$dir" && pwd)

skip() {
	echo "ok 1 fuzzing # skip $*"
	echo "1..1"
	exit 77
}
command -v "$cc" >/dev/null || skip "clang is not installed"
echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' >"$dir/probe.c"
"$cc" -fsanitize=fuzzer,address,undefined -o "$dir/probe" "$dir/probe.c" 2>/dev/null || skip "clang has no libFuzzer here"

# all rooms, instrumented, ocirt-libs in the same process; what is on top of the flags of configure comes last
flags="-g -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined"
libs=(libcli.a liblife.a libinit.a libplan.a libcgroup.a libkernel.a liblibs.a libocispec.a libbase.a)
build() {
	cd "$dir" || return
	[ -e "$top/configure" ] || (cd "$top" && OCIRT_QUIET=1 ./autogen.sh) || return
	[ -e Makefile ] || "$top/configure" -q --enable-asan --disable-tests CC="$cc" CFLAGS="$flags" || return
	make -s -j"$(nproc)" version.h "${libs[@]}" || return
	read -ra yajl < <(sed -n 's/^YAJL_LIBS = //p' Makefile)
	printf '%s\n' "$@" | xargs -P"$(nproc)" -I{} "$cc" -std=gnu17 -D_GNU_SOURCE -I. -I"$top" -I"$top/src" -include config.h \
		-g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -o {} "$top/tests/fuzz/{}.c" "$top/src/kernel/libs_direct.c" "${libs[@]}" "${yajl[@]}"
}
build "${targets[@]}" >"$dir/build.log" 2>&1 || {
	tail -n 40 "$dir/build.log"
	echo "not ok 1 the fuzz targets are built"
	echo "1..1"
	exit 1
}

# more seeds: whole configurations that other tests have
more_seeds() {
	case $1 in
	config | plan | check) echo "$top/tests/golden $top/tests/fields" ;;
	esac
}
# words that no mutation would find: the members and values that the tables of libocispec know
grep -oh '"[A-Za-z0-9_]\{2,\}"' "$top"/libocispec/oci_*.[ch] | sort -u >"$dir/words.dict"

one() { # TARGET
	local name=$1 tmp
	tmp=$(mktemp -d) && mkdir -p "$dir/new/$name" || return
	# shellcheck disable=SC2046 # words
	(cd "$tmp" && FUZZ_TMP=$tmp exec "$dir/$name" -max_total_time="$seconds" -timeout=30 -rss_limit_mb=1024 -max_len=16384 -detect_leaks=0 \
		-print_final_stats=1 -dict="$dir/words.dict" -close_fd_mask=1 -artifact_prefix="$dir/crash-$name-" "$dir/new/$name" "$top/tests/fuzz/corpus/$name" $(more_seeds "$name")) \
		>"$dir/$name.log" 2>&1
	status=$?
	rm -rf "$tmp"
	return $status
}

n=0 failed=0
report() { # TARGET PID
	local runs features
	n=$((n + 1))
	if wait "$2"; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/$1.log")
		features=$(sed -n 's/.* cov: \([0-9]*\) ft: \([0-9]*\).*/\1 edges, \2 features/p' "$dir/$1.log" | tail -n 1)
		echo "ok $n fuzz $1"
		echo "# fuzz $1: ${runs:-0} runs in $seconds s, ${features:-no figures}"
	else
		failed=1
		tail -n 30 "$dir/$1.log" | sed 's/^/# /'
		echo "not ok $n fuzz $1 (the input that did it is $dir/crash-$1-*)"
	fi
}
names=() pids=()
for name in "${targets[@]}"; do
	one "$name" &
	names+=("$name") pids+=($!)
	[ ${#pids[@]} -lt "$jobs" ] || { report "${names[0]}" "${pids[0]}" && names=("${names[@]:1}") pids=("${pids[@]:1}"); }
done
for i in "${!names[@]}"; do report "${names[i]}" "${pids[i]}"; done
echo "1..${#targets[@]}"
exit $failed
