#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# join.pl [FILE]...: mail_logs in file style -> the core totals of postcheck.maillog/1 as JSON, in one
# pass with a hash per message, as pflogsumm does it for Postfix. It shares nothing with the
# generator, so it proves its truth file; and it is the script that an administrator would write.
use strict;
use warnings;

my %month = (Jan => 1, Feb => 2, Mar => 3, Apr => 4, May => 5, Jun => 6, Jul => 7, Aug => 8, Sep => 9, Oct => 10, Nov => 11, Dec => 12);
my (%total, %rcpt, %live, %class, %in, %out, %minute, %scan, %delivery);
my ($lines, $bytes, $continuations) = (0, 0, 0);
my ($now, $head, $offset) = (0, '', 0);
my ($gone, $gone_before) = ({}, {}); # finished a while ago: a late line is not another message

sub seconds {
    my ($year, $month, $day, $h, $m, $s) = @_;
    $year-- if $month < 3;
    my $days = 365 * $year + int($year / 4) - int($year / 100) + int($year / 400) +
        int((153 * ($month + ($month < 3 ? 9 : -3)) + 2) / 5) + $day - 719469;
    return $days * 86400 + $h * 3600 + $m * 60 + $s;
}

sub count { # a recipient's outcome; the same line twice counts once
    my ($mid, $list, $what) = @_;
    my $message = $live{$mid} //= {};
    my $n = 0;
    for my $rid (split /, /, $list) {
        next if $message->{rid}{$rid}++;
        $n++;
    }
    $rcpt{$what} += $n;
    $message->{$what} = 1 if $n;
    return $n;
}

sub leave {
    my ($mid, $word) = @_;
    my $m = $word eq '' ? $live{$mid} : delete $live{$mid};
    $total{older}++ unless $m->{born};
    if ($m->{spam}) {
        my $known = keys %{$m->{rid} // {}};
        my $held = ($m->{to} // 0) - $known;
        $rcpt{quarantined} += $held if $held > 0;
    }
    my ($ready, $queued, $done) = @$m{qw(ready queued done)};
    if ($queued) {
        $scan{$queued - $ready}++ if $ready && $queued >= $ready;
        $delivery{$done - $queued}++ if $done && $done >= $queued;
    }
    return if $word eq '';
    $total{finished}++;
    $class{
        $word eq 'aborted' ? 'aborted'
        : $m->{delivered} ? 'delivered'
        : $m->{quarantined} || $m->{spam} || ($m->{held} && !$m->{released}) ? 'quarantined'
        : $m->{dropped} ? 'dropped'
        : $m->{bounced} ? 'bounced'
        : $m->{handed_on} ? 'handed_on'
        : 'other'
    }++;
}

# The third word of lines about a message that say nothing of its fate: most of all lines.
my %idle = map { $_ => 1 } qw(Message-ID Subject interim using antivirus AMP Outbreak attachment URL DLP
    SPF: DKIM: DMARC: SDR: masquerading Custom Virus Threat);

sub delayed {
    my ($mid, $list) = @_;
    my $message = $live{$mid} //= {};
    $message->{delayed}{$_}++ || $rcpt{delayed}++ for $list =~ /\d+/g;
}

sub seldom_mid { # what becomes of few messages
    my ($mid, $word, $rest) = @_;
    if ($word eq 'was' && $rest =~ /^split creating MID (\d+) due to / ||
        $word eq 'rewritten' && $rest =~ /^to (?:MID )?(\d+) by /) {
        my $child = $live{$1} //= {};
        my $parent = $live{$mid} //= {};
        $total{$word eq 'was' ? 'split' : 'rewritten'}++;
        $parent->{handed_on} = $child->{born} = 1;
        $child->{ready} //= $parent->{ready};
    } elsif ("$word $rest" =~ /^(?:was )?generated (?:based on|for bounce of) MID /) {
        ($live{$mid} //= {})->{born} = 1;
    } elsif ("$word $rest" =~ /^(?:quarantined to|enqueued for transfer to centralized quarantine) "/) {
        ($live{$mid} //= {})->{held} = 1;
    } elsif ($word eq 'released' && $rest =~ /^(?:\(attachments stripped\) )?from /) {
        ($live{$mid} //= {})->{released} = 1;
    } elsif ($word eq 'deleted' && $rest =~ /^from /) {
        my $message = $live{$mid} //= {};
        $message->{released} = $message->{dropped} = 1;
    } elsif ($word eq 'was' && $rest =~ /^(dropped|bounced) by /) {
        ($live{$mid} //= {})->{$1} = 1;
    } elsif ($word eq 'to' && $rest =~ /^(?:RID )?\[([\d, ]+)\] pending till /) {
        delayed($mid, $1);
    }
}

sub seldom { # other first words
    my ($text) = @_;
    if ($text =~ /^Bounced: DCID:? \d+ (?:MID|Message) (\d+) (?:to (?:RID )?|From: <[^>]*> To: <[^>]*> RID )(\d+) - / ||
        $text =~ /^Double bounce: (?:MID|Message) (\d+) to (?:RID )?(\d+) - /) {
        $minute{int($now / 60)}{bounced} += count($1, $2, 'bounced');
    } elsif ($text =~ /^Delayed: DCID:? \d+ (?:MID|Message) (\d+) (?:to (?:RID )?|From: <[^>]*> To: <[^>]*> RID )(\d+) - /) {
        delayed($1, $2);
    } elsif ($text =~ /^(?:EUQ|ISQ): Quarantined MID (\d+)/ || $text =~ /^RPC Message done RCID \d+ MID (\d+)/) {
        ($live{$1} //= {})->{spam} = 1;
    } elsif ($text =~ /^RPC Delivery start RCID \d+ MID (\d+)/) {
        $live{$1} //= {};
    } elsif ($text =~ /^Connection Error: /) {
        $out{errors}++;
    } elsif ($text =~ /^Time offset from UTC: (-?\d+) seconds/) {
        $offset = $1;
    }
}

while (<>) {
    $lines++;
    $bytes += length;
    my $text;
    if (substr($_, 0, 31) eq $head) {
        $text = substr $_, 31;
    } elsif (/^(\w{3} (\w{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4}) (?:Info|Warning|Critical|Debug|Trace): )(.*)/s) {
        $now = seconds($7, $month{$2}, $3, $4, $5, $6);
        $text = $8;
        $head = $1 if length $1 == 31;
    } else {
        $continuations++;
        next;
    }
    substr($text, 0, 1, '') if ord($text) == 32; # lines of AMP
    my $first = substr $text, 0, index($text, ' ');
    if ($first eq 'MID') {
        my $at = index $text, ' ', 5;
        my $end = index $text, ' ', $at + 1;
        my ($mid, $word) = (substr($text, 4, $at - 4), substr($text, $at + 1, $end - $at - 1));
        next if $idle{$word} || $mid =~ /\D/;
        my $rest = substr $text, $end + 1;
        if ($word eq 'ICID') {
            if ($rest =~ /^\d+ RID \d+ To: </) {
                $rcpt{accepted}++;
                $live{$mid}{to}++;
            } elsif ($rest =~ /^\d+ From: </) {
                $live{$mid} //= {};
            } elsif ($rest =~ /^\d+ To: <[^>]*> Rejected by /) {
                $live{$mid} //= {};
                $rcpt{refused}++;
            }
        } elsif ($word eq 'RID' || $word eq 'matched') {
            $live{$mid} //= {};
        } elsif ($word eq 'ready') {
            if ($rest =~ /^(\d+) bytes from </) {
                $total{ready}++;
                $total{bytes} += $1;
                $live{$mid}{ready} = $now;
            }
        } elsif ($word eq 'queued') {
            $live{$mid}{queued} //= $now;
        } else {
            seldom_mid($mid, $word, $rest);
        }
    } elsif ($first eq 'Message') {
        my $end = index $text, ' ', 8;
        my ($word, $rest) = (substr($text, 8, $end - 8), substr $text, $end + 1);
        if ($word eq 'done') {
            next unless $rest =~ /^DCID \d+ MID (\d+) to (?:RID )?\[([\d, ]+)\]( \(external quarantine\))?/;
            my $message = $live{$1} //= {};
            my $off = $3 || $message->{offbox};
            my $n = count($1, $2, $off ? 'quarantined' : 'delivered');
            if (!$off && $n) {
                $message->{done} = $now;
                $minute{int($now / 60)}{delivered} += $n;
            }
        } elsif ($word eq 'finished') {
            next unless $rest =~ /^MID (\d+) (\w+)/;
            $live{$1} //= {};
            $gone->{$1} = 1;
            leave($1, $2);
            ($gone, $gone_before) = ({}, $gone) if keys %$gone > 20_000;
        } elsif ($word eq 'aborted') {
            next unless $rest =~ /^MID (\d+) (\w+)/ && ($live{$1} || !($gone->{$1} || $gone_before->{$1}));
            my $message = $live{$1} //= {};
            $message->{dropped} = 1 if $2 eq 'Dropped';
            $message->{bounced} = 1 if $2 eq 'Bounced';
        } elsif ($text =~ /^Message (\d+) to (?:RID )?\[([\d, ]+)\] pending till /) {
            delayed($1, $2);
        }
    } elsif ($first eq 'Delivery') {
        next unless $text =~ /^Delivery start DCID \d+ MID (\d+) to (?:RID )?\[[\d, ]+\]( to offbox IronPort Spam Quarantine)?/;
        my $message = $live{$1} //= {};
        $message->{offbox} = 1 if $2;
    } elsif ($first eq 'ICID') {
        $in{$1}++ if $text =~ /^ICID \d+ (ACCEPT|RELAY|REJECT|TCPREFUSE|TLS success|TLS failed|TLS was required)\b/;
    } elsif ($first eq 'DCID') {
        $out{$1}++ if $text =~ /^DCID \d+ (TLS success|TLS failed|IP)\b/;
    } elsif ($first eq 'Start') {
        next unless $text =~ /^Start MID (\d+) ICID (\d+)/;
        my $message = $live{$1} //= {};
        $message->{born} = 1;
        $total{$2 ? 'received' : 'generated'}++;
        $minute{int($now / 60)}{received}++ if $2;
    } elsif ($first eq 'New') {
        ($1 eq 'I' ? \%in : \%out)->{opened}++ if $text =~ /^New (?:SMTP|smtp) ([ID])CID \d+ interface /;
    } else {
        seldom($text);
    }
}

my $open = keys %live;
leave($_, '') for keys %live;

sub latency {
    my ($samples) = @_;
    my $count = 0;
    $count += $_ for values %$samples;
    my @text = ("\"count\": $count");
    for my $p (50, 95, 99, 100) {
        my ($seen, $value) = (0, 0);
        for my $seconds (sort { $a <=> $b } keys %$samples) {
            $value = $seconds;
            last if ($seen += $samples->{$seconds}) * 100 >= $p * $count;
        }
        push @text, ($p == 100 ? '"max"' : "\"p$p\"") . ": $value";
    }
    return '{' . join(', ', @text) . '}';
}

sub object {
    my ($hash, @names) = @_;
    return join ', ', map { my ($name, $key) = @$_; sprintf '"%s": %d', $name, $hash->{$key} // 0 } map { ref ? $_ : [$_, $_] } @names;
}

sub iso_minute {
    my @t = gmtime($_[0] * 60 - $offset);
    return sprintf '%04d-%02d-%02dT%02d:%02d', $t[5] + 1900, $t[4] + 1, @t[3, 2, 1];
}

$in{'TLS failed'} = ($in{'TLS failed'} // 0) + ($in{'TLS was required'} // 0);
$out{'TLS failed'} = ($out{'TLS failed'} // 0) + ($out{IP} // 0);
$total{open} = $open;
$total{$_} = $class{$_} for keys %class;
print "{\"lines\": $lines, \"bytes\": $bytes, \"continuations\": $continuations,\n";
print '"connections": {"in": {', object(\%in, 'opened', [accepted => 'ACCEPT'], [relayed => 'RELAY'], [rejected => 'REJECT'], [refused => 'TCPREFUSE'], [tls_ok => 'TLS success'], [tls_failed => 'TLS failed']),
    '}, "out": {', object(\%out, 'opened', [tls_ok => 'TLS success'], [tls_failed => 'TLS failed'], 'errors'), "}},\n";
print '"messages": {', object(\%total, qw(received generated split rewritten ready bytes finished delivered quarantined dropped bounced handed_on other aborted older open)), "},\n";
print '"recipients": {', object(\%rcpt, qw(accepted refused delivered delayed bounced quarantined)), "},\n";
print '"latency_s": {"scan": ', latency(\%scan), ', "delivery": ', latency(\%delivery), "},\n";
print '"per_minute": [', join(",\n", map { sprintf '{"minute": "%s", %s}', iso_minute($_), object($minute{$_}, qw(received delivered bounced)) } grep { my $m = $minute{$_}; grep { $_ } values %$m } sort { $a <=> $b } keys %minute), "]}\n";
