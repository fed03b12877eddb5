#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_house.sh - contrib/check-house finds each kind of violation, and nothing in a clean tree (TAP)
set -u
top=${OCIRT_SRCDIR:-$(cd "$(dirname "$0")/.." && pwd)}
tree=$(mktemp -d) || exit 99
trap 'rm -rf "$tree"' EXIT
n=0 other="" other_body=""

head() { printf '/* SPDX-License-Identifier: Apache-2.0\n *\n * %s - a file of this test\n */\n' "$1"; }
header() { # NAME BODY
	head "$1"
	printf '#ifndef T_%s\n#define T_%s\n%s\n#endif\n' "$1" "$1" "$2"
}
clean() {
	rm -rf "${tree:?}"/*
	mkdir -p "$tree"/{libocispec,src/{base,kernel,plan},tests}
	cp "$top/src/LAYERS" "$tree/src/LAYERS"
	header low '/* Does nothing. */
int low(void);' >"$tree/src/base/low.h"
	{ head low; printf '#include "base/low.h"\n\nint low(void)\n{\n\treturn 0; /* not mount() */\n}\n'; } >"$tree/src/base/low.c"
}
# more FILE.h BODY: the next trees have this header, too; more: they no longer do
more() {
	other=${1-} other_body=${2-}
}
# expect WHAT FILE BODY: after BODY is added as FILE, check-house says WHAT (nothing at all when WHAT is "")
expect() {
	local what=$1 file=$2 body=$3 name say
	n=$((n + 1))
	name=$(basename "$file")
	clean
	[ -z "$other" ] || header "$(basename "$other" .h)" "$other_body" >"$tree/$other"
	case $file in
	*.h) header "${name%.*}" "$body" >"$tree/$file" ;;
	*) { head "${name%.*}"; printf '%s\n' "$body"; } >"$tree/$file" ;;
	esac
	say=$("$top/contrib/check-house" "$tree")
	if [ -z "$what" ] && [[ $say == *"no violation"* ]] || { [ -n "$what" ] && [[ $say == *"$what"* ]]; }; then
		echo "ok $n - ${what:-a clean file}"
	else
		echo "not ok $n - $what"
		printf '%s\n' "$say" | sed 's/^/# /'
	fi
}
long() { printf 'int f(void)\n{\n'; for _ in {1..90}; do printf '\tlow();\n'; done; printf '\treturn 0;\n}\n'; }

if ! command -v "${CC:-cc}" >/dev/null || ! command -v objdump >/dev/null; then
	echo "1..0 # SKIP a compiler and objdump are needed"
	exit 0
fi
expect "" src/kernel/x.c $'#include "base/low.h"\nstatic const char *const t[] = { "mount(" };\nint mount(int);\nint f(void);\nint f(void)\n{\n\treturn mount(t[0][0]);\n}'
more src/kernel/k.h ''
expect "base includes kernel/" src/base/x.c '#include "kernel/k.h"'
more src/base/y.h '#include "base/x.h"'
expect "include cycle" src/base/x.h '#include "base/y.h"'
more
expect "mount() here" src/plan/x.c $'int mount(int);\nint f(void);\nint f(void)\n{\n\treturn mount(1);\n}'
expect "%5.1f is no conversion" src/base/x.c $'int g(const char *, ...);\nint f(void);\nint f(void)\n{\n\treturn g("%d %5.1f", 1, 2.5);\n}'
expect "%1\$d is no conversion" src/base/x.c $'int g(const char *, ...);\nint f(void);\nint f(void)\n{\n\treturn g("%1$d", 1);\n}'
expect "" src/base/x.c $'int g(const char *, ...);\nint f(void);\nint f(void)\n{\n\t/* "%f" */\n\treturn g("%d%% %#llx %-*.3s", 1, 2ULL, 3, "a");\n}'
expect "yajl_alloc() here" src/base/x.c $'int f(void)\n{\n\treturn yajl_alloc(1);\n}'
expect "fork() here" src/kernel/x.c $'int f(void)\n{\n\treturn fork();\n}'
expect "open() here (plan/ is pure)" src/plan/x.c $'int f(void)\n{\n\treturn open("x", 0);\n}'
expect "strcpy() here" src/base/x.c $'void f(char *a)\n{\n\tstrcpy(a, a);\n}'
expect "printf() here" src/base/x.c $'void f(void)\n{\n\tprintf("x");\n}'
expect "'seen' is mutable state" src/base/x.c $'int f(void)\n{\n\tstatic int seen;\n\treturn seen++;\n}'
expect "lines; a function has at most 80" src/base/x.c "$(long)"
expect "lines; a file has at most 800" src/base/x.c "$(seq -f '/* %g */' 900)"
expect "takes 6 parameters" src/base/x.c $'int f(int a, int b, int c, int d, int e, int g)\n{\n\treturn 0;\n}'
expect "does not compile alone" src/base/x.h $'/* Counts. */\nint f(size_t n);'
expect "g() has no docstring" src/base/x.h 'int g(int n);'
expect "which is not in the tree" src/base/x.c '#include "base/none.h"'
expect "typedef here" src/base/x.c 'typedef int num;'
echo "1..$n"
