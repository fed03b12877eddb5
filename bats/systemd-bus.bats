#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# lanes: hybrid v2
# quick: hybrid
# a bus of systemd's that is not there, hangs up or never answers: an error in words after a bounded time. No systemd needed

load lib/ocirt

# a bus by itself: bus.pl SOCKET KIND; silent: takes what comes and never answers; greets: agrees to who we are and no more;
# hangs-up: ends each connection; full: does not even take one
setup() {
	ocirt_setup
	require_root
	require_program perl
	setup_bundle
	set_args sleep 1000
	bus=$BATS_TEST_TMPDIR/bus
	local said
	said=$(DBUS_SYSTEM_BUS_ADDRESS=unix:path=$bus ocirt --systemd-cgroup run "$(new_id)" 2>&1) ||
		[[ $said != *"need libsystemd"* ]] || skip_because "libsystemd is not installed"
	cat >"$BATS_TEST_TMPDIR/bus.pl" <<-'END'
		use strict; use Socket;
		my ($path, $kind) = @ARGV;
		socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die $!;
		bind($s, sockaddr_un($path)) && listen($s, $kind eq "full" ? 0 : 9) or die $!;
		my @all;
		if ($kind eq "full") {
			for (1 .. 2) { # one is taken beyond the backlog's length
				socket(my $c, AF_UNIX, SOCK_STREAM, 0) or die; push @all, $c;
				connect($c, sockaddr_un($path)) or die $! if $_ == 1;
			}
		}
		print "ready\n"; close STDOUT;
		sleep 1000 if $kind eq "full";
		while (accept(my $c, $s)) {
			$kind eq "hangs-up" ? close $c : push @all, $c;
			syswrite $c, "DATA\r\nOK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n" if $kind eq "greets";
		}
	END
}
teardown() {
	[ -z "${server-}" ] || kill "$server"
	ocirt_teardown
}

with_bus() { # KIND COMMAND...
	local said result=0
	exec {said}< <(exec perl "$BATS_TEST_TMPDIR/bus.pl" "$bus" "$1" 3>&-)
	server=$!
	read -r -t 20 -u "$said"
	shift
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=$bus "$@" || result=$?
	kill "$server"
	server=
	rm "$bus"
	exec {said}<&-
	return $result
}
refused() { # TEXT: within the time that ocirt() has
	id=$(new_id "$RANDOM")
	run -1 ocirt --systemd-cgroup run "$id"
	[[ $output == *"$1"* ]] || { echo "$output" && return 1; }
	[ ! -e "$STATE/$id" ]
}

@test "a bus that is not there" {
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=$bus refused "connect to the system's D-Bus (DBUS_SYSTEM_BUS_ADDRESS is 'unix:path=$bus'): No such file or directory"
}

@test "a bus that nobody listens at" {
	perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un(shift)) or die' "$bus"
	DBUS_SYSTEM_BUS_ADDRESS=unix:path=$bus refused "connect to the system's D-Bus (DBUS_SYSTEM_BUS_ADDRESS is 'unix:path=$bus'): Connection refused"
}

@test "a bus that hangs up" {
	with_bus hangs-up refused "connect to the system's D-Bus (DBUS_SYSTEM_BUS_ADDRESS is '"
}

@test "a bus that takes the connection and never answers" {
	with_bus silent refused "the system's D-Bus does not answer within 10 s"
}

@test "a bus that greets and never answers" {
	with_bus greets refused "the system's D-Bus does not answer within 10 s"
}

@test "a bus that takes no further connection" {
	with_bus full refused "connect to the system's D-Bus (DBUS_SYSTEM_BUS_ADDRESS is '"
}

@test "an address that is none is told with its variable" {
	local address
	for address in garbage '' unix: unix:path= tcp:host=127.0.0.1,port=1 unixexec:path=/bin/false unix:path=%zz; do
		DBUS_SYSTEM_BUS_ADDRESS=$address refused "connect to the system's D-Bus (DBUS_SYSTEM_BUS_ADDRESS is '$address'): "
	done
}
