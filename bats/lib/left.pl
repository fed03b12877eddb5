#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# left.pl - the processes that a test's containers left, a line each:  left.pl TAG DIRECTORY
#
# They are in a control group of its name, have a bundle below DIRECTORY for their root file system, or are still the runtime
# itself, which has the test's mark in its environment. One process reads all of /proc: this is done after each test.
use strict;
use warnings;

my ($tag, $dir) = @ARGV;

sub content {
	open(my $file, '<', shift) or return '';
	local $/;
	return <$file> // '';
}

# in the mount namespaces of this test and of the machine nobody has a bundle for his root
my %common = map { (readlink("/proc/$_/ns/mnt") // '') => 1 } ('self', 1);

sub in_bundle {
	my $ns = readlink("$_[0]/ns/mnt") // '';
	return !$common{$ns} && content("$_[0]/mountinfo") =~ m,^\S+ \S+ \S+ \S*\Q$dir\E/\S*/rootfs / ,m;
}
sub is_ours {
	my $proc = shift;
	return content("$proc/cgroup") =~ /\Q$tag\E/
		|| content("$proc/environ") =~ /(^|\0)OCIRT_TEST_MARK=\Q$tag\E(\0|$)/
		|| in_bundle($proc);
}

for my $proc (sort { substr($a, 6) <=> substr($b, 6) } glob '/proc/[0-9]*') {
	# in this order: it may be reaped in between
	next if !is_ours($proc) || content("$proc/status") =~ /^State:\tZ/m || !-e "$proc/cmdline";
	print substr($proc, 6), ' ', content("$proc/cmdline") =~ tr/\0/ /r, "\n";
}
