dnl SPDX-License-Identifier: Apache-2.0
dnl ocirt.m4 - the checks that configure.ac names

dnl OCIRT_TRY_FLAG(FLAG, WHERE(CFLAGS or LDFLAGS), IF-YES) - -Werror so that "unknown, ignored" counts as no
AC_DEFUN([OCIRT_TRY_FLAG], [
	ocirt_save_$2="$$2"
	$2="$$2 -Werror $1"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [ocirt_flag_ok=yes], [ocirt_flag_ok=no])
	$2="$ocirt_save_$2"
	AS_IF([test "$ocirt_flag_ok" = yes], [$3])
])

dnl OCIRT_CFLAGS(VARIABLE, FLAGS) and OCIRT_LDFLAGS - collect those that the compiler takes
AC_DEFUN([OCIRT_CFLAGS], [
	$1=
	AC_MSG_CHECKING([for compiler flags ($1)])
	for ocirt_flag in $2; do
		OCIRT_TRY_FLAG([$ocirt_flag], [CFLAGS], [$1="${$1:+$$1 }$ocirt_flag"])
	done
	AC_MSG_RESULT([$$1])
	AC_SUBST([$1])
])
AC_DEFUN([OCIRT_LDFLAGS], [
	$1=
	AC_MSG_CHECKING([for linker flags ($1)])
	ocirt_save_cflags="$CFLAGS"
	CFLAGS="$CFLAGS -fPIE"
	for ocirt_flag in $2; do
		OCIRT_TRY_FLAG([$ocirt_flag], [LDFLAGS], [$1="${$1:+$$1 }$ocirt_flag"])
	done
	CFLAGS="$ocirt_save_cflags"
	AC_MSG_RESULT([$$1])
	AC_SUBST([$1])
])

dnl Relocations by base address only, packed into a few bytes: what does not start with this libc (before 2.36) is not built so
AC_DEFUN([OCIRT_RELATIVE_RELOCATIONS], [
	AC_MSG_CHECKING([for packed relative relocations])
	OCIRT_RELR=-Wl,-z,pack-relative-relocs
	ocirt_save_cflags="$CFLAGS" ocirt_save_ldflags="$LDFLAGS"
	CFLAGS="$CFLAGS -fPIE" LDFLAGS="$LDFLAGS -Werror -pie $OCIRT_RELR"
	AC_RUN_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>
		static const char *volatile text[] = { "a", "b" };]], [[return text[1][0] != 'b';]])],
		[], [OCIRT_RELR=], [OCIRT_RELR=])
	CFLAGS="$ocirt_save_cflags" LDFLAGS="$ocirt_save_ldflags"
	AC_MSG_RESULT([${OCIRT_RELR:-no}])
])

AC_DEFUN([OCIRT_STD_GNU17], [
	OCIRT_STD=
	OCIRT_TRY_FLAG([-std=gnu17], [CFLAGS], [OCIRT_STD=-std=gnu17])
	AS_IF([test -z "$OCIRT_STD"], [AC_MSG_ERROR([the compiler does not know -std=gnu17])])
])

dnl _FORTIFY_SOURCE means nothing without optimisation (and warns): only with an -O of the user or of autoconf
AC_DEFUN([OCIRT_FORTIFY], [
	AS_CASE([" $CFLAGS "],
		[*" -O0 "*], [],
		[*" -O"*], [OCIRT_TRY_FLAG([-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3], [CFLAGS],
			[OCIRT_CPP="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"])])
])

dnl yajl is linked statically (two small files that every start would otherwise have to find, map and relocate);
dnl where a distribution has only the shared one, that is taken.
AC_DEFUN([OCIRT_YAJL], [
	AC_CHECK_HEADER([yajl/yajl_parse.h], [],
		[AC_MSG_ERROR([yajl is missing: install libyajl-dev (Debian) or yajl-devel (Fedora)])])
	AC_ARG_VAR([YAJL_LIBS], [how to link yajl, when the static one is not found by itself])
	AC_MSG_CHECKING([for a static yajl])
	yajl_how=given
	AS_IF([test -z "$YAJL_LIBS"], [
		YAJL_LIBS=-lyajl yajl_how="shared (no libyajl_s.a that can go into a PIE)"
		ocirt_save_libs="$LIBS" ocirt_save_cflags="$CFLAGS" ocirt_save_ldflags="$LDFLAGS"
		CFLAGS="$CFLAGS -fPIE" LDFLAGS="$LDFLAGS -pie"
		for ocirt_lib in libyajl_s.a libyajl.a; do
			ocirt_path=`$CC $CFLAGS -print-file-name=$ocirt_lib`
			AS_CASE([$ocirt_path], [/*], [], [continue])
			LIBS="$ocirt_path $ocirt_save_libs"
			AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stddef.h>
				#include <yajl/yajl_parse.h>]], [[return yajl_alloc(NULL, NULL, NULL) == NULL;]])],
				[YAJL_LIBS=$ocirt_path yajl_how="static ($ocirt_path)"; break])
		done
		LIBS="$ocirt_save_libs" CFLAGS="$ocirt_save_cflags" LDFLAGS="$ocirt_save_ldflags"
	])
	AC_MSG_RESULT([$yajl_how])
])

dnl OCIRT_HEADERS_ONLY(WORD, LIBRARY, HEADER) - a library that is dlopen'ed when it is used: only its header is
dnl needed to build. Defines HAVE_WORD.
AC_DEFUN([OCIRT_HEADERS_ONLY], [
	have_$1=no $1_how="no (--disable-$1)"
	AS_IF([test "x$enable_$1" != xno], [
		AC_CHECK_HEADER([$3], [have_$1=yes $1_how="yes (found and loaded at run time)"], [
			$1_how="no ($3 is missing)"
			AS_IF([test "x$enable_$1" = xyes], [AC_MSG_ERROR([--enable-$1 needs the headers of $2])])
		])
	])
	AS_IF([test "x$have_$1" = xyes],
		[AC_DEFINE(m4_toupper([HAVE_$1]), [1], [Define to 1 to build with $2 (headers now, dlopen later)])])
])

dnl OCIRT_ALL_STATIC - what would be loaded at run time is linked in: libseccomp's archive; there is none of libsystemd
AC_DEFUN([OCIRT_ALL_STATIC], [
	AS_CASE([$YAJL_LIBS], [*.a | *" "*], [], [AC_MSG_ERROR([--enable-static-binary needs a static yajl (libyajl_s.a) or YAJL_LIBS])])
	AC_ARG_VAR([SECCOMP_LIBS], [how to link libseccomp into a static binary, when its archive is not found by itself])
	AS_IF([test "x$have_seccomp" = xyes], [
		AS_IF([test -z "$SECCOMP_LIBS"], [SECCOMP_LIBS=`$CC $CFLAGS -print-file-name=libseccomp.a`])
		AS_CASE([$SECCOMP_LIBS], [libseccomp.a],
			[AC_MSG_ERROR([--enable-static-binary needs libseccomp.a, or --disable-seccomp])])
		seccomp_how="yes (static: $SECCOMP_LIBS)"
	])
])

dnl OCIRT_SAME_TARBALL - of one commit `make dist` makes one tarball, whenever, by whomever and with whatever umask it is made
AC_DEFUN([OCIRT_SAME_TARBALL], [
	AC_MSG_CHECKING([whether tar can make the same archive twice])
	ocirt_tar="--format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mode=u+rw,go=rX,a-st --mtime=@"
	AS_IF([${TAR-tar} ${ocirt_tar}0 -cf /dev/null "$srcdir/configure.ac" 2>/dev/null], [
		am__tar='$${TAR-tar} '"$ocirt_tar"'$$(cat "$$tardir/.tarball-date") -cf - "$$tardir"'
		AC_MSG_RESULT([yes])
	], [AC_MSG_RESULT([no])])
])

dnl OCIRT_OWN_LIBC - musl, to be linked into the program (docs/performance.md says what that gives): sets OCIRT_OWN_CPP, OCIRT_OWN_LINK
dnl and OCIRT_OWN_LIBS. Not for a program in which mistakes are looked for, nor where yajl cannot be linked in.
AC_DEFUN([OCIRT_OWN_LIBC], [
	AC_ARG_WITH([musl], [AS_HELP_STRING([--with-musl@<:@=DIR@:>@],
		[link musl into the program, its libc.a in DIR (looked for by default); --without-musl: the system's libc])],
		[], [with_musl=auto])
	OCIRT_OWN_CPP= OCIRT_OWN_LINK= OCIRT_OWN_LIBS= own_libc=
	AS_IF([test "$enable_asan$enable_coverage$enable_static_binary" = nonono], [], [with_musl=no])
	AS_CASE([$YAJL_LIBS], [*.a], [], [with_musl=no])
	AS_CASE([$with_musl], [no], [ocirt_dirs=], [auto | yes], [
		ocirt_dirs="/usr/lib/$host_cpu-linux-musl /usr/$host_cpu-linux-musl/lib64 /usr/$host_cpu-linux-musl/lib /usr/lib/musl/lib /usr/local/musl/lib /usr/lib"
	], [ocirt_dirs=$with_musl])
	AC_MSG_CHECKING([for a musl to link in])
	for ocirt_lib in $ocirt_dirs; do
		test -f "$ocirt_lib/rcrt1.o" && test -f "$ocirt_lib/libc.a" || continue
		for ocirt_include in "/usr/include/$host_cpu-linux-musl" "${ocirt_lib%/*}/include"; do
			test -f "$ocirt_include/features.h" && ! grep -q __GLIBC__ "$ocirt_include/features.h" || continue
			OCIRT_TRY_MUSL([$ocirt_lib], [$ocirt_include], [own_libc=$ocirt_lib])
		done
		test -z "$own_libc" || break
	done
	AC_MSG_RESULT([${own_libc:-no}])
	AS_CASE([$with_musl:$own_libc], [auto:* | no:*], [], [*:], [AC_MSG_ERROR([--with-musl: there is none to link with])])
	AC_SUBST([OCIRT_OWN_CPP])
	AC_SUBST([OCIRT_OWN_LINK])
	AC_SUBST([OCIRT_OWN_LIBS])
	AM_CONDITIONAL([OWN_LIBC], [test -n "$own_libc"])
])

dnl OCIRT_TRY_MUSL(LIBRARIES, HEADERS, IF-YES) - the compiler's own headers, musl's, then those of the system for the kernel's
AC_DEFUN([OCIRT_TRY_MUSL], [
	ocirt_compiler= ocirt_system=
	for ocirt_dir in `$CC -E -v -x c /dev/null 2>&1 >/dev/null | $SED -n '/^#include </,/^End/s/^ //p'`; do
		AS_CASE([$ocirt_dir], [*/gcc/* | */clang/*], [ocirt_compiler="$ocirt_compiler -isystem $ocirt_dir"],
			[ocirt_system="$ocirt_system -idirafter $ocirt_dir"])
	done
	OCIRT_OWN_CPP="-nostdinc -isystem $2$ocirt_compiler$ocirt_system"
	OCIRT_OWN_LINK="-static-pie -nostdlib -nostartfiles `echo "$OCIRT_LINK" | $SED 's/^-pie//'` $1/rcrt1.o $1/crti.o"
	OCIRT_OWN_LIBS="$1/libc.a -lgcc $1/libc.a $1/crtn.o"
	ocirt_save_cppflags="$CPPFLAGS" ocirt_save_cflags="$CFLAGS" ocirt_save_ldflags="$LDFLAGS" ocirt_save_libs="$LIBS"
	CPPFLAGS="$CPPFLAGS $OCIRT_OWN_CPP" CFLAGS="$CFLAGS -fPIE" LDFLAGS="$LDFLAGS $OCIRT_OWN_LINK" LIBS="$LIBS $OCIRT_OWN_LIBS"
	AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>
		#include <linux/openat2.h>
		#include <yajl/yajl_parse.h>]], [[return printf("%d", (int)sizeof(struct open_how)) < 0;]])],
		[$3], [OCIRT_OWN_CPP= OCIRT_OWN_LINK= OCIRT_OWN_LIBS=])
	CPPFLAGS="$ocirt_save_cppflags" CFLAGS="$ocirt_save_cflags" LDFLAGS="$ocirt_save_ldflags" LIBS="$ocirt_save_libs"
])
