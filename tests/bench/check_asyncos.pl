#!/usr/bin/perl
# SPDX-License-Identifier: GPL-3.0-or-later
# The neighbour of the benchmark: the checks of one ESA as a plugin in Perl with Monitoring::Plugin.
# It reads the same documents as check_asyncos and judges the same questions in a simpler way; for
# measuring only, not for use.
use strict;
use warnings;
use JSON::PP;
use Monitoring::Plugin;
use Time::Local qw(timegm);

my $p = Monitoring::Plugin->new(
    shortname => 'ASYNCOS',
    usage     => 'Usage: %s --replay DIR -H NODE',
);
$p->add_arg(spec => 'replay=s',     help => "--replay=DIR\n   recorded answers",  required => 1);
$p->add_arg(spec => 'hostname|H=s', help => "-H, --hostname=NODE\n   appliance", required => 1);
$p->add_arg(spec => 'warning|w=s',  help => "-w, --warning=RANGE\n   queue",     default  => '500');
$p->add_arg(spec => 'critical|c=s', help => "-c, --critical=RANGE\n   queue",    default  => '1000');
$p->getopts;
my ($dir, $node) = ($p->opts->replay, $p->opts->hostname);
my @lines;

my %month;
@month{qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec)} = 0 .. 11;

# The inventory: who is who, and which documents there are none of because asking failed.
my (%role, %cluster, %fault);

sub read_inventory {
    my $text = slurp('.', 'capture.json') // return;
    my $capture = eval { decode_json($text) };
    $p->plugin_exit(UNKNOWN, 'capture.json cannot be read') if ref $capture ne 'HASH';
    for my $entry (@{ $capture->{nodes} // [] }) {
        $role{ $entry->{name} }    = $entry->{role};
        $cluster{ $entry->{name} } = $entry->{cluster};
    }
    for my $document (@{ $capture->{documents} // [] }) {
        $fault{"$document->{node}/$document->{id}"} = 1 if $document->{fault};
    }
}

sub slurp {
    my ($name, $id) = @_;
    return if $fault{"$name/$id"};
    open my $file, '<:raw', "$dir/$name/$id" or return;
    local $/;
    my $text = <$file>;
    $text =~ s/\r//g;
    $text =~ s/-Press Any Key For More-\s{0,40}//g;
    return $text;
}

sub say_state {
    my ($state, $check, $text) = @_;
    $text =~ s/[\x00-\x1f\x7f]+/ /g;
    $text =~ s/\|/\xc2\xa6/g;
    $p->add_message($state, "$check: $text");
    push @lines, sprintf '[%s] %s: %s', (qw(OK WARNING CRITICAL UNKNOWN))[$state], $check, $text;
}

# Wall clock of the line LABEL: "Sun Mar 08 01:48:10 2026 CET" in seconds; of one appliance all zones are the same.
sub wall_clock {
    my ($text, $label) = @_;
    return if $text !~ /^$label:\s+\w+ (\w{3})\s+(\d+) (\d+):(\d+):(\d+) (\d{4})/m || !exists $month{$1};
    return timegm($5, $4, $3, $2, $month{$1}, $6);
}

sub parse_status {
    my ($name) = @_;
    my $text = slurp($name, 'cli/status.txt') // return;
    my %s;
    ($s{state}) = $text =~ /^System status:\s+(.+?)\s*$/m;
    $s{up}    = wall_clock($text, 'Up since');
    $s{as_of} = wall_clock($text, 'Status as of');
    while ($text =~ /^Feature - (.+?):\s+(.+?)\s*$/mg) { $s{features}{$1} = $2 }
    while ($text =~ /^\s+(\S.*?)\s{2,}([\d,]+)%?\s*$/mg) {
        my ($label, $value) = ($1, $2);
        $value =~ tr/,//d;
        $s{gauges}{$label} //= $value;
    }
    return \%s;
}

sub parse_xml {
    my ($name) = @_;
    my $text = slurp($name, 'https/xml_status.xml') // return;
    my %x;
    ($x{build}) = $text =~ /<status\b[^>]*\bbuild="\w+ ([^"]+)"/;
    ($x{state}) = $text =~ /<system\s+status="([^"]+)"/;
    while ($text =~ /<feature\s+name="([^"]+)"\s+time_remaining="([^"]+)"/g) { $x{features}{$1} = $2 }
    while ($text =~ /<(gauge|counter|rate)\s+name="([^"]+)"\s+([^>]*)/g) {
        my ($kind, $label, $rest) = ($1, $2, $3);
        my %values = $rest =~ /(\w+)="(-?[\d.]+)/g;
        $x{$kind}{$label} //= \%values;
    }
    ($x{oldest}) = $text =~ /<oldest_message\s+secs="(\d+)"/;
    return \%x;
}

sub parse_version {
    my ($name) = @_;
    my $text = slurp($name, 'cli/version.txt') // return;
    my %v = $text =~ /^(Model|Version|Install Date|RAID|RAID Status|Serial #): *(.*?)\s*$/mg;
    return \%v;
}

sub check_status {
    my ($status, $xml) = @_;
    return say_state(UNKNOWN, 'status', 'cli/status.txt: not captured')  if !$status;
    return say_state(UNKNOWN, 'status', 'no System status line')         if !defined $status->{state};
    return say_state(CRITICAL, 'status', "$node: $status->{state}")      if lc $status->{state} ne 'online';
    return say_state(WARNING, 'status', "$node: XML says $xml->{state}") if $xml && lc($xml->{state} // '') ne 'online';
    return say_state(OK, 'status', "$node is Online");
}

sub check_version {
    my ($version, $xml, @members) = @_;
    return say_state(UNKNOWN, 'version', 'cli/version.txt: not captured') if !$version || !$version->{Version};
    return say_state(WARNING, 'version', "$node: CLI $version->{Version}, XML $xml->{build}")
        if $xml && defined $xml->{build} && $xml->{build} ne $version->{Version};
    for my $member (@members) {
        my $other = parse_version($member) or next;
        return say_state(CRITICAL, 'version', "$member runs $other->{Version}, $node $version->{Version}")
            if ($other->{Version} // '') ne $version->{Version};
    }
    return say_state(OK, 'version', "$node runs $version->{Version}");
}

sub check_reboot {
    my ($status, $version) = @_;
    return say_state(UNKNOWN, 'reboot', 'no Up since line') if !$status || !$status->{up};
    my ($y, $mo, $d, $h, $mi, $s) = ($version->{'Install Date'} // '') =~ /^(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+)/
        or return say_state(UNKNOWN, 'reboot', 'no Install Date');
    my $delay = $status->{up} - timegm($s, $mi, $h, $d, $mo - 1, $y);
    $p->add_perfdata(label => 'restart_delay_s', value => $delay, uom => 's', warning => 2700, critical => 7200);
    return say_state(CRITICAL, 'reboot', "$node was not rebooted after the installation") if $delay < 0;
    return say_state($p->check_threshold(check => $delay, warning => 2700, critical => 7200), 'reboot',
        "$node rebooted $delay s after the installation");
}

sub check_alerts {
    my ($status, @starts) = @_;
    my $text = slurp($node, 'cli/displayalerts.txt')
        // return say_state(UNKNOWN, 'alerts', 'cli/displayalerts.txt: not captured');
    return say_state(UNKNOWN, 'alerts', 'not recognised') if $text !~ /^Date and Time Stamp/m;
    my ($new, $explained, $since) = (0, 0, $status && $status->{up} // 0);
    while ($text =~ /^(\d\d) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) [+-]\d{4}\s+(.*?)(?=^\d\d \w{3} \d{4} |\z)/msg) {
        my ($when, $what) = (timegm($6, $5, $4, $1, $month{$2} // 0, $3), $7);
        next if $when < $since;
        $what =~ s/\s+/ /g;
        my $cluster = $what =~ /^Error connecting to cluster machine .*(?:dropped|Connection failure|No route)/;
        if ($cluster && grep { $when >= $_ - 1200 && $when <= $_ + 600 } @starts) { $explained++; next }
        $new++;
        say_state($what =~ /work queue (?:paused|processing error)|resource conservation|degraded|failed/ ? CRITICAL : WARNING,
            'alerts', "$node: new alert: $what");
    }
    $p->add_perfdata(label => 'alerts_new',       value => $new);
    $p->add_perfdata(label => 'alerts_explained', value => $explained);
    say_state(OK, 'alerts', "$node: no new alert, $explained explained") if !$new;
}

sub check_connstatus {
    my (@members) = @_;
    my $text = slurp($node, 'cli/connstatus.txt') // return say_state(UNKNOWN, 'connstatus', 'not captured');
    my ($connected, $bad) = (0, 0);
    for my $member (@members) {
        for ([$node, $member, $text], [$member, $node, slurp($member, 'cli/connstatus.txt')]) {
            my ($from, $to, $said) = @$_;
            my ($words) = ($said // '') =~ /^\s*Machine \Q$to\E \(Serial #: [^)]*\):\s*(.*?)\s*$/m;
            next if defined $words && $words =~ /^connected/i && ++$connected;
            $bad++;
            say_state(defined $words ? CRITICAL : UNKNOWN, 'connstatus',
                "$from to $to: " . ($words // 'not told'));
        }
    }
    $p->add_perfdata(label => 'cluster_members', value => 1 + @members);
    say_state(OK, 'connstatus', "$node: all connected") if !$bad;
}

sub check_clustercheck {
    my $text = slurp($node, 'cli/clustercheck.txt') // return say_state(UNKNOWN, 'clustercheck', 'not captured');
    my @settings = $text =~ /^Inconsistency found!\n\s+(.+?):?\s*$/mg;
    $p->add_perfdata(label => 'inconsistencies', value => scalar @settings);
    return say_state(CRITICAL, 'clustercheck', "$node: " . @settings . " settings differ: @settings") if @settings;
    return say_state(OK, 'clustercheck', "$node: consistent") if $text =~ /^No inconsistencies found\./m;
    return say_state(UNKNOWN, 'clustercheck', 'not recognised');
}

sub check_workqueue {
    my ($status, $xml) = @_;
    my $text = slurp($node, 'cli/workqueue.txt') // return say_state(UNKNOWN, 'workqueue', 'not captured');
    my ($state)    = $text =~ /^Status:\s+(.+?)\s*$/m;
    my ($messages) = $text =~ /^Messages:\s+(-?\d+)/m;
    return say_state(UNKNOWN, 'workqueue', 'not recognised') if !defined $state || !defined $messages;
    my $json = slurp($node, 'https/system_status.json');
    my $health = defined $json ? eval { decode_json($json) } : undef;
    my $api = $health && $health->{data}{messages_in_workqueue};
    my $threshold = $p->set_thresholds(warning => $p->opts->warning, critical => $p->opts->critical);
    $p->add_perfdata(label => 'workqueue_messages', value => $messages, threshold => $threshold);
    $p->add_perfdata(label => 'oldest_message_s', value => $xml->{oldest}, uom => 's') if $xml && $xml->{oldest};
    return say_state(CRITICAL, 'workqueue', "$node: $state") if $state !~ /^operational$/i;
    return say_state($p->check_threshold($messages), 'workqueue',
        "$node: $messages messages" . (defined $api ? " ($api by API)" : ''));
}

sub check_licenses {
    my ($status, $xml) = @_;
    my ($worst, $count) = (OK, 0);
    for my $name (sort keys %{ $status->{features} // {} }) {
        my $life = $status->{features}{$name};
        $count++;
        next if $life =~ /^(?:Perpetual|Dormant)/;
        my ($days) = $life =~ /^(-?\d+) days?/;
        if (!defined $days) {
            say_state($life =~ /^Expired/ ? CRITICAL : UNKNOWN, 'licenses', "$name: $life");
            $worst = CRITICAL;
            next;
        }
        $p->add_perfdata(label => "license_days_$name", value => $days, warning => '30:', critical => '0:');
        my $state = $p->check_threshold(check => $days, warning => '30:', critical => '0:');
        next if $state == OK;
        $worst = $state;
        say_state($state, 'licenses', "$name: $days days left");
    }
    return say_state(UNKNOWN, 'licenses', 'no feature keys') if !$count;
    for my $name (grep { !exists $xml->{features}{$_} } keys %{ $status->{features} }) {
        say_state(WARNING, 'licenses', "$name is missing on the XML page") if $xml;
    }
    say_state(OK, 'licenses', "$node: $count feature keys") if $worst == OK;
}

sub check_raid {
    my ($version) = @_;
    my $raid = $version && ($version->{'RAID Status'} || $version->{RAID}) || '';
    return say_state(OK, 'raid', "$node is virtual") if ($version->{Model} // '') =~ /V$/;
    return say_state(OK, 'raid', "RAID is $raid")    if $raid =~ /^(?:optimal|ready)$/i;
    return say_state($raid ? CRITICAL : UNKNOWN, 'raid', "RAID is '$raid'");
}

read_inventory();
$p->plugin_exit(UNKNOWN, "no appliance $node") if !-d "$dir/$node" || ($role{$node} // 'esa') ne 'esa';
my ($status, $xml, $version) = (parse_status($node), parse_xml($node), parse_version($node));
my $list = slurp($node, 'cli/clusterlist.txt') // '';
my @members = $list =~ /^\s+Machine (\S+) \(Serial/mg;
@members = grep { ($cluster{$_} // '') eq ($cluster{$node} // '-') } sort keys %cluster if !@members;
@members = grep { $_ ne $node } @members;
my @starts = grep { defined } map { $_ && $_->{up} } $status, map { parse_status($_) } @members;
check_alerts($status, @starts);
check_clustercheck();
check_connstatus(@members);
check_licenses($status, $xml);
check_raid($version);
check_reboot($status, $version);
check_status($status, $xml);
check_version($version, $xml, @members);
check_workqueue($status, $xml);
if ($status && $status->{up} && $status->{as_of}) {
    $p->add_perfdata(label => 'uptime_s', value => $status->{as_of} - $status->{up}, uom => 's');
}
my ($code, $message) = $p->check_messages(join => '; ');
$p->plugin_exit($code, ($code == OK ? "$node: all checks passed" : $message) . "\n" . join("\n", @lines));
