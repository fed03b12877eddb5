#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_hardening.sh - how the binary is built: what SECURITY.md says of it (TAP)
set -u
ocirt=${OCIRT:?the binary}
n=0
is() { # NAME COMMAND...
	local name=$1
	shift
	n=$((n + 1))
	if "$@"; then echo "ok $n - $name"; else echo "not ok $n - $name"; fi
}
skip() {
	echo "1..0 # SKIP $*"
	exit 0
}
for tool in readelf objdump; do command -v $tool >/dev/null || skip "$tool is not installed"; done
symbols=$(readelf -W --dyn-syms "$ocirt") statically=false
# of a program that libc is linked into, its own table
readelf -Wl "$ocirt" | grep -q INTERP || { statically=true && symbols=$(readelf -W -s "$ocirt"); }
case $symbols in
*__asan_init* | *__gcov*) skip "this build is for finding mistakes, not for use" ;;
esac
case $(readelf -W -s "$ocirt") in *__gcov_*) skip "this build is for finding mistakes, not for use" ;; esac
headers=$(readelf -W -hld "$ocirt")
sections=$(readelf -W -S "$ocirt")

has() { grep -qE "$2" <<<"$1"; }
has_not() { ! grep -qE "$2" <<<"$1"; }
flags() { grep -qE -- "$1" "${ocirt%/*}/Makefile"; }
# in a program of hundreds of functions that others may call by address
has_landing_pads() { [ "$(objdump -d "$ocirt" | grep -c endbr64)" -gt 300 ]; }

is "it is position-independent" has "$headers" 'Type: +DYN|FLAGS_1.*PIE'
is "relocations are read-only after the start: RELRO" has "$headers" 'GNU_RELRO'
is "and all are made then: BIND_NOW" has "$headers" 'BIND_NOW|FLAGS_1.*NOW'
is "the stack is not executable" has "$headers" 'GNU_STACK +[0-9a-fx]+ +[0-9a-fx]+ +[0-9a-fx]+ +[0-9a-fx]+ +[0-9a-fx]+ +RW '
is "nothing is writable and executable" has_not "$headers" 'LOAD .* RWE '
is "the text needs no relocation" has_not "$headers" 'TEXTREL'
is "libraries are looked for where the system has them only" has_not "$headers" 'RPATH|RUNPATH'
is "the stack has a protector" has "$symbols" '__stack_chk_(fail|guard)'
is "no section is both written and executed" has_not "$sections" ' WAX '
if [ -e "${ocirt%/*}/Makefile" ]; then
	is "all locals are zeroed, frames are protected" flags '-fstack-protector-strong.*-ftrivial-auto-var-init=zero'
fi
case $(uname -m)-$symbols in
*GLIBC*)
	is "sizes are checked in libc: FORTIFY" has "$symbols" '__(vsnprintf|snprintf|memcpy|read|pread)_chk'
	[ ! -e "${ocirt%/*}/Makefile" ] || flags '^CFLAGS = .*-O0' || is "at its third level" flags '-D_FORTIFY_SOURCE=3'
	;;
esac
case $symbols in
*GLIBC*) ;;
*) [ ! -e "${ocirt%/*}/Makefile" ] || ! $statically || is "sizes are checked before musl is called" flags '^OWN_CPPFLAGS = .*-include own/fortify\.h' ;;
esac
! $statically || is "it loads nothing, and can be told to load nothing" has_not "$headers" 'INTERP|NEEDED'
case $(uname -m) in
x86_64) is "indirect jumps land where they may: -fcf-protection" has_landing_pads ;;
esac
echo "1..$n"
