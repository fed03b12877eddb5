#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
# cri.pl - one call to a CRI service, with nothing but perl:  cri.pl SOCKET [SERVICE/]METHOD MESSAGE [PATH...]
#
# SERVICE is runtime.v1.RuntimeService when it is left out. MESSAGE is written with the fields' numbers of CRI's api.proto:
#	1{1:"name" 3:"namespace" 4:0} 3:"/log"
# Prints what stands at each PATH of the answer (1.3: field 3 of field 1), a value a line, and nothing for what is not there.
# Exit status 1: the service refused (its log says why), 2: nobody there, or no sense in what it says.
#
# gRPC over HTTP/2 (RFC 9113), as much as one call takes: our headers are literals, its headers need not be understood, since
# only a call that went well is answered with a message.
use strict;
use warnings;
use IO::Socket::UNIX;

my ($socket, $method, $message, @paths) = @ARGV;
die "usage: cri.pl SOCKET METHOD MESSAGE [PATH...]\n" unless defined $message;
$method = "runtime.v1.RuntimeService/$method" unless $method =~ m{/};
$SIG{ALRM} = sub { print STDERR "cri: no answer\n"; exit 2 };
alarm($ENV{CRI_TIMEOUT} // 50);

# --- messages ---------------------------------------------------------------------------------------------------------
sub varint {
	my ($v, $out) = (shift, '');
	while ($v > 127) { $out .= chr($v & 127 | 128); $v >>= 7 }
	return $out . chr($v);
}

sub bytes { return varint($_[0] << 3 | 2) . varint(length $_[1]) . $_[1] }

# text at pos() of $_[0] -> message
sub encode {
	my $out = '';
	for ($_[0]) {
		while (/\G\s*(\d+)/gc) {
			my $n = $1;
			if (/\G:"((?:[^"\\]|\\.)*)"/gc) { my $t = $1; $t =~ s/\\(.)/$1/g; $out .= bytes($n, $t) }
			elsif (/\G:(\d+)/gc) { $out .= varint($n << 3) . varint($1) }
			elsif (/\G\{/gc) { $out .= bytes($n, encode($_[0])); /\G\s*\}/gc or die "cri: no } at " . substr($_, pos) . "\n" }
			else { die "cri: no value at " . substr($_, pos) . "\n" }
		}
	}
	return $out;
}

sub take_varint {
	my ($v, $shift) = (0, 0);
	while ($_[0] =~ s/^(.)//s) {
		$v |= (ord($1) & 127) << $shift;
		return $v if ord($1) < 128;
		$shift += 7;
	}
	die "cri: broken message\n";
}

# every value of field $n of message $m
sub field {
	my ($m, $n, @found) = @_;
	while (length $m) {
		my $key = take_varint($m);
		my $wire = $key & 7;
		my $v = $wire == 0 ? take_varint($m) : substr($m, 0, $wire == 1 ? 8 : $wire == 5 ? 4 : take_varint($m), '');
		push @found, $v if $key >> 3 == $n;
	}
	return @found;
}

# --- frames -----------------------------------------------------------------------------------------------------------
my $s = IO::Socket::UNIX->new(Type => SOCK_STREAM, Peer => $socket) or do { print STDERR "cri: $socket: $!\n"; exit 2 };

sub frame { my ($type, $flags, $stream, $data) = @_; return substr(pack('N', length $data), 1) . pack('CCN', $type, $flags, $stream) . $data }
sub header { my ($name, $value) = @_; return "\0" . chr(length $name) . $name . chr(length $value) . $value }

sub take {
	my ($n, $data) = (shift, '');
	while (length $data < $n) {
		sysread($s, $data, $n - length $data, length $data) or do { print STDERR "cri: the service went away\n"; exit 2 };
	}
	return $data;
}

my ($DATA, $HEADERS, $RESET, $SETTINGS, $PING, $GOAWAY) = (0, 1, 3, 4, 6, 7);
my ($END_STREAM, $ACK, $END_HEADERS) = (1, 1, 4);
my $body = encode($message);
my $headers = join '', header(':method', 'POST'), header(':scheme', 'http'), header(':path', "/$method"),
	header(':authority', 'localhost'), header('te', 'trailers'), header('content-type', 'application/grpc');

syswrite $s, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . frame($SETTINGS, 0, 0, '') . frame($HEADERS, $END_HEADERS, 1, $headers) .
	frame($DATA, $END_STREAM, 1, pack('CN', 0, length $body) . $body);

my ($answer, $over) = ('', 0);
until ($over) {
	my ($high, $low, $type, $flags, $stream) = unpack 'CnCCN', take(9);
	my $data = take($high << 16 | $low);
	$answer .= $data if $type == $DATA;
	syswrite $s, frame($SETTINGS, $ACK, 0, '') if $type == $SETTINGS && !($flags & $ACK);
	syswrite $s, frame($PING, $ACK, 0, $data) if $type == $PING && !($flags & $ACK);
	$over = 1 if $type == $GOAWAY || $stream == 1 && ($type == $RESET || $type <= $HEADERS && $flags & $END_STREAM);
}
if (length $answer < 5) { print STDERR "cri: $method was refused\n"; exit 1 }
$answer = substr $answer, 5;
for my $path (@paths) {
	my @values = ($answer);
	for my $n (split /\./, $path) { @values = map { field($_, $n) } @values }
	print "$_\n" for @values;
}
