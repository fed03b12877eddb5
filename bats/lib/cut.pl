# SPDX-License-Identifier: Apache-2.0
# cut.pl - stands between a client and a bus and acts at one message:  cut.pl SOCKET BUS HOW N
#
# SOCKET is made, BUS is the bus's own. HOW: cut (the connection ends), helper (so does the client, by SIGKILL), kill (so does who
# started it: the runtime, whose helper the client is) or stall (nothing more goes through), then -before or -after the client's N-th message went on, or -reply: before the N-th of the bus does. Messages of all
# connections are counted together. Says "ready" when it listens, and "HOW" when it has acted.
use strict;
use warnings;
use IO::Select;
use Socket;

my ($path, $target, $how, $n) = @ARGV;
my ($what, $when) = split /-/, $how;
socket(my $listening, AF_UNIX, SOCK_STREAM, 0) or die $!;
bind($listening, sockaddr_un($path)) && listen($listening, 9) or die $!;
$| = 1;
print "ready\n";
my $all = IO::Select->new($listening);
my %side; # of each socket: its peer, the client's pid, whether it is the client's, what was not sent on yet
my $count = 0;

sub end_of {
	my ($socket) = @_;
	for my $one ($side{$socket}{peer}, $socket) {
		$all->remove($one);
		delete $side{$one};
		close $one;
	}
}

sub parent_of {
	my ($pid) = @_;
	open my $stat, "<", "/proc/$pid/stat" or die "$pid: $!";
	return (<$stat> =~ /.*\) \S (\d+)/)[0]; # proc(5)
}

sub act {
	my ($socket) = @_;
	print "$how\n";
	return $side{$socket}{stalled} = $side{ $side{$socket}{peer} }{stalled} = 1 if $what eq "stall";
	kill 9, $side{$socket}{pid} if $what eq "helper";
	kill 9, parent_of($side{$socket}{pid}) if $what eq "kill";
	end_of($socket);
	return 1;
}

sub take {
	accept(my $client, $listening) or die $!;
	socket(my $bus, AF_UNIX, SOCK_STREAM, 0) or die $!;
	connect($bus, sockaddr_un($target)) or die $!;
	my ($pid) = unpack "i", getsockopt($client, SOL_SOCKET, 17); # SO_PEERCRED
	$side{$client} = { peer => $bus, pid => $pid, is_client => 1, text => "" };
	$side{$bus} = { peer => $client, pid => $pid, is_client => 0, text => "" };
	$all->add($client, $bus);
}

# What both agree on before the first message is lines.
sub pass_greeting {
	my ($me) = @_;
	my $last = $me->{is_client} ? "BEGIN\r\n" : "AGREE_UNIX_FD\r\n";
	my $at = index $me->{text}, $last;
	return 0 if $at < 0;
	syswrite $me->{peer}, substr($me->{text}, 0, $at + length $last, "");
	return $me->{greeted} = 1;
}

sub pass {
	my ($socket) = @_;
	my $me = $side{$socket};
	return unless $me->{greeted} || pass_greeting($me);
	while (length $me->{text} >= 16) { # a message's fixed part: D-Bus specification, "Message Format"
		my ($body, undef, $fields) = unpack "x4 V V V", $me->{text};
		my $size = 16 + ($fields + 7 & ~7) + $body;
		return if length $me->{text} < $size;
		my $message = substr $me->{text}, 0, $size, "";
		my $is_it = $me->{is_client} == ($when ne "reply") && ++$count == $n;
		return if $is_it && $when ne "after" && act($socket);
		syswrite $me->{peer}, $message;
		return if $is_it && act($socket);
	}
}

while (my @ready = $all->can_read) {
	for my $socket (@ready) {
		if ($socket == $listening) {
			take();
		} elsif (my $me = $side{$socket}) {
			my $got = sysread $socket, $me->{text}, 65536, length $me->{text};
			if (!$got) { end_of($socket) }
			elsif (!$me->{stalled}) { pass($socket) }
		}
	}
}
