#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# sshd.sh [BUILD]: check_asyncos against a real OpenSSH server whose forced command answers like an
# appliance. The client must not only work against its own simulator. Speaks TAP.
. "$(dirname "$0")/common.sh"
needs sshd ssh ssh-keygen ssh-agent ssh-add jq python3
sshd=$(command -v sshd) # it wants to be called by its whole path
me=$(id -un)
if getent shadow "$me" | grep -q '^[^:]*:!'; then
    skip "sshd" "the account $me is locked: sshd lets nobody in without PAM" && done_testing
fi
mkdir -p /run/sshd 2>/dev/null

# A stand-alone appliance: the healthy one's answers without its prompts, echoes, and cluster.
esa=$work/esa1.example.com
mkdir -p "$esa/cli"
for document in version status displayalerts workqueue; do
    sed -e '/^([A-Za-z]* [^)]*)> /d' "tests/scenarios/healthy/esa1.example.com/cli/$document.txt" |
        tr -d '\r' | to_now healthy >"$esa/cli/$document.txt"
done
mkfifo "$esa/told" "$esa/release"
for key in host other user stranger; do
    ssh-keygen -q -t ed25519 -N '' -f "$work/$key"
done
ssh-keygen -q -t rsa -b 2048 -N '' -f "$work/rsa"
ssh-keygen -q -t ecdsa -N '' -f "$work/ecdsa"
ssh-keygen -q -t ed25519 -N 'open sesame' -f "$work/locked"
cat "$work"/{user,locked,rsa,ecdsa}.pub >"$work/authorized"
forced="ForceCommand bash $PWD/tests/live/appliance.sh $esa"

serve() { # serve NAME HOSTKEY LINE…: an sshd with these lines; its port is in $port, its log in $log
    local name=$1 key=$2 tries
    shift 2
    log=$work/$name.log
    for tries in 1 2 3; do
        port=$(free_ports 1)
        {
            printf '%s\n' "$@"
            cat <<END
ListenAddress 127.0.0.1:$port
HostKey $work/$key
PidFile none
AuthorizedKeysFile $work/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
PrintMotd no
LogLevel VERBOSE
END
        } >"$work/$name.conf"
        : >"$log"
        "$sshd" -D -e -f "$work/$name.conf" >/dev/null 2>>"$log" &
        until_true $! grep -q 'Server listening' "$log" && break
        echo "# sshd did not start, try $tries:" && sed 's/^/# /' "$log"
    done
    server=$!
    pids+=("$server")
    known "$key" >>"$work/known"
}
known() { # known KEY [NAME]: a line of known_hosts for the last sshd
    echo "[${2-127.0.0.1}]:$port $(cut -d ' ' -f 1,2 "$work/$1.pub")"
}
print_of() { ssh-keygen -lf "$work/$1.pub" | grep -o 'SHA256:[^ ]*' | sed 's/[+/]/./g'; }
configure() { # configure NAME LINE…: a configuration for the last sshd
    local file=$work/$1.ini known=$work/known
    [ -e "$work/$1.known" ] && known=$work/$1.known
    shift
    {
        printf '[defaults]\nuser = %s\nknown_hosts = %s\ncache_dir = %s\n' "$me" "$known" "$work/cache"
        printf '[node esa1.example.com]\nrole = esa\naddress = 127.0.0.1\nssh_port = %s\n' "$port"
        printf '%s\n' "$@"
    } >"$file"
    grep -q '^timeout' "$file" || echo 'timeout = 20' >>"$file"
}
asked() { # asked NAME OPTION…
    local name=$1
    shift
    "$check" -f "$work/$name.ini" -H esa1.example.com "$@"
}
status() { asked "$1" -C status; }
mine="identity_file = $work/user"

# -- Ways to ask ------------------------------------------------------------------------------------
serve full host "$forced"
full_port=$port full_log=$log
checks=status,version,workqueue,raid
configure shell "$mine" 'cli = shell'
configure batch "$mine" 'cli = batch'
configure auto "$mine"
rule "a shell on a terminal" expect 0 'ASYNCOS OK' asked shell -C $checks
rule "batch commands" expect 0 'ASYNCOS OK' asked batch -C $checks
rule "by itself" expect 0 'ASYNCOS OK' asked auto -C $checks
rule "cluster checks do not apply to a stand-alone appliance" \
    expect 0 '\[N/A\] connstatus: .*in no cluster' asked shell -C status,connstatus,clustercheck
same_verdict() {
    local live replayed
    live=$(asked shell -C $checks --record "$work/recorded")
    replayed=$("$check" --replay "$work/recorded" -H esa1.example.com -C $checks)
    diff <(echo "$live") <(echo "$replayed")
}
rule "a recorded run replays to the same output" same_verdict
same_bytes() { # the terminal adds prompt and echo around the answer, and nothing in it
    asked batch -C workqueue --record "$work/recorded-batch" >/dev/null
    diff "$esa/cli/workqueue.txt" "$work/recorded-batch/esa1.example.com/cli/workqueue.txt"
    grep -v '^esa1.example.com> ' "$work/recorded/esa1.example.com/cli/workqueue.txt" | tr -d '\r' |
        diff "$esa/cli/workqueue.txt" -
}
rule "the answers are those that were given" same_bytes
one_session() {
    : >"$full_log"
    asked auto -C $checks >/dev/null
    same '1 1' "$(grep -c 'Connection from' "$full_log") $(grep -c 'Accepted publickey' "$full_log")" "$full_log"
}
rule "one connection and one login for all of it" one_session
sed -i 's/Online/Receiving suspended/' "$esa/cli/status.txt"
rule "a suspended listener is found" expect 2 'STATUS CRITICAL.*receiving is suspended' status batch
sed -i 's/Receiving suspended/Online/' "$esa/cli/status.txt"
for key in rsa ecdsa; do
    configure $key "identity_file = $work/$key"
    rule "logged in with a key of type $key" expect 0 'STATUS OK' status $key
done
serve single host "ForceCommand cat $esa/cli/status.txt"
configure single "$mine"
rule "a forced command that prints one answer, whatever is asked" expect 0 'STATUS OK' status single
configure single-batch "$mine" 'cli = batch'
rule "the same as a batch command" expect 0 'STATUS OK' status single-batch
yes 'authorized use only: password has expired]> ' | head -n 200 >"$work/banner"
serve chatty host "$forced chatty" "Banner $work/banner"
configure chatty "$mine"
rule "a banner, and a long message that looks like prompts" expect 0 'STATUS OK' status chatty

# -- Host keys --------------------------------------------------------------------------------------
port=$full_port
configure pinned "$mine" "host_key = $(ssh-keygen -lf "$work/host.pub" | grep -o 'SHA256:[^ ]*')"
sed -i '/^known_hosts/d' "$work/pinned.ini"
rule "a host key by fingerprint" expect 0 'STATUS OK' status pinned
configure mispinned "$mine" "host_key = $(ssh-keygen -lf "$work/other.pub" | grep -o 'SHA256:[^ ]*')"
rule "another fingerprint is CRITICAL, with both" \
    expect 2 "STATUS CRITICAL.*$(print_of host).*$(print_of other)" status mispinned
knowing() { # knowing NAME KEY HOST…: configuration NAME knows KEY for each HOST, and nothing else
    local name=$1 key=$2 host
    shift 2
    : >"$work/$name.known"
    for host in "$@"; do
        known "$key" "$host" >>"$work/$name.known"
    done
    configure "$name" "$mine"
}
knowing by-name host esa1.example.com
rule "known by the appliance's name" expect 0 'STATUS OK' status by-name
knowing hashed host 127.0.0.1 elsewhere.example.com
ssh-keygen -q -H -f "$work/hashed.known" >/dev/null 2>&1
rule "the entry is hashed indeed" expect 1 '^0$' grep -c '127.0.0.1' "$work/hashed.known"
rule "a hashed entry by address" expect 0 'STATUS OK' status hashed
knowing hashed-name host esa1.example.com
ssh-keygen -q -H -f "$work/hashed-name.known" >/dev/null 2>&1
rule "a hashed entry by name" expect 0 'STATUS OK' status hashed-name
knowing stranger host
rule "an unknown host key is UNKNOWN, with the fingerprint" \
    expect 3 "STATUS UNKNOWN.*not known: ssh-ed25519 $(print_of host)" status stranger
knowing other-port host 127.0.0.1
sed -i "s/]:$port/]:1/" "$work/other-port.known"
rule "an entry for another port does not count" expect 3 "STATUS UNKNOWN.*not known" status other-port
knowing changed other 127.0.0.1
rule "a changed host key is CRITICAL, with both fingerprints" \
    expect 2 "STATUS CRITICAL.*$(print_of host).*$(print_of other)" status changed
knowing revoked host 127.0.0.1
sed -i 's/^/@revoked /' "$work/revoked.known"
rule "a revoked key is CRITICAL, with the fingerprint" \
    expect 2 "STATUS CRITICAL.*is revoked in known_hosts: ssh-ed25519 $(print_of host)" status revoked
known host >>"$work/revoked.known"
rule "also when another line still trusts it" expect 2 'STATUS CRITICAL.*is revoked' status revoked
knowing replaced other 127.0.0.1
sed -i 's/^/@revoked /' "$work/replaced.known"
rule "a revoked key is no known one" expect 3 "STATUS UNKNOWN.*not known: ssh-ed25519 $(print_of host)" \
    status replaced
known host >>"$work/replaced.known"
rule "of two keys the one that is not revoked is trusted" expect 0 'STATUS OK' status replaced
mkdir "$work/folder.known"
configure folder "$mine"
rule "a known_hosts that is no file is named" \
    expect 3 "UNKNOWN.*known_hosts $work/folder.known: is not a regular file" status folder
no_login() { # whoever is not verified is told no name and no secret
    : >"$full_log"
    for name in stranger changed mispinned other-port revoked; do
        status $name >/dev/null
    done
    ! grep -E 'Accepted|Failed|user ' "$full_log"
}
rule "who is not verified is told nothing" no_login
for key in rsa ecdsa; do
    serve host-$key $key "$forced"
    configure host-$key "$mine"
    rule "a host key of type $key" expect 0 'STATUS OK' status host-$key
    knowing only-$key host 127.0.0.1
    rule "only a $key host key, where another type is known, is UNKNOWN" \
        expect 3 "STATUS UNKNOWN.*type that known_hosts lacks.*$(print_of $key)" status only-$key
done
serve both rsa "$forced" "HostKey $work/host"
knowing both rsa 127.0.0.1
rule "of two host keys the known one is asked for" expect 0 'STATUS OK' status both

# -- Logins -----------------------------------------------------------------------------------------
port=$full_port
configure refused "identity_file = $work/stranger"
rule "a key that is refused is UNKNOWN" expect 3 'STATUS UNKNOWN.*refused' status refused
one_attempt() {
    : >"$full_log"
    status refused >/dev/null
    same '1 1' "$(grep -c 'Connection from' "$full_log") $(grep -c 'Failed publickey' "$full_log")" "$full_log"
}
rule "it is tried once" one_attempt
configure locked "identity_file = $work/locked" "credentials_file = $work/credentials"
: >"$work/credentials" && chmod 600 "$work/credentials"
rule "a key with a passphrase that nobody tells" \
    expect 3 'UNKNOWN.*locked has a passphrase: .*agent = yes, or add a line' status locked
echo "* $work/locked wrong" >"$work/credentials"
rule "a passphrase that does not open the key" expect 3 'UNKNOWN.*does not open the key' status locked
echo "* $work/locked open sesame" >"$work/credentials"
rule "a passphrase in the credentials" expect 0 'STATUS OK' status locked
configure missing "identity_file = $work/nothing"
rule "a key that is not there" expect 3 'UNKNOWN.*nothing cannot be read' status missing
configure agent 'agent = yes'
rule "no agent" expect 3 'UNKNOWN.*no SSH agent answers' status agent
export SSH_AUTH_SOCK=$work/agent.sock
ssh-agent -D -a "$SSH_AUTH_SOCK" >/dev/null 2>&1 &
pids+=($!)
until_true $! test -S "$SSH_AUTH_SOCK" || echo "# ssh-agent did not start"
rule "an agent without a key" expect 3 'UNKNOWN.*holds no key' status agent
ssh-add -q "$work/user"
rule "an agent's key" expect 0 'STATUS OK' status agent
ssh-add -q "$work/other"
rule "an agent with two keys, each an attempt" expect 3 'UNKNOWN.*holds 2 keys' status agent
ssh-add -q -d "$work/other"
no_key=("$forced" 'PubkeyAuthentication no' 'KbdInteractiveAuthentication yes')
serve no-key host "${no_key[@]}"
configure no-key "$mine"
rule "a server that takes no keys" expect 3 'UNKNOWN.*cannot be used: .*offers' status no-key
serve second host "$forced" 'AuthenticationMethods publickey,publickey'
configure second "$mine"
rule "a second factor" expect 3 'UNKNOWN.*second factor' status second
serve grace host "$forced" 'LoginGraceTime 1' 'AuthorizedKeysCommand /usr/bin/sleep 20' \
    'AuthorizedKeysCommandUser root' 'AuthorizedKeysFile none'
configure grace "$mine"
rule "a login that the server gives up" expect 3 'UNKNOWN.*lost during the login' status grace

# -- Ways there -------------------------------------------------------------------------------------
serve jump host 'ForceCommand false'
jump_port=$port jump_log=$log
serve no-way host 'AllowTcpForwarding no'
no_way_port=$port
serve target other "$forced"
through="ssh -F none -o UserKnownHostsFile=$work/known -o BatchMode=yes -o StrictHostKeyChecking=yes"
configure proxy-command "$mine" "proxy_command = $through -p $jump_port -W %h:%p %r@127.0.0.1"
configure proxy-jump "$mine" "proxy_jump = $me@127.0.0.1:$jump_port"
configure proxy-denied "$mine" "proxy_jump = $me@127.0.0.1:$no_way_port"
configure proxy-false "$mine" 'proxy_command = echo no way to %h today >&2; exit 1'
over_it() {
    : >"$jump_log"
    status "$1"
    grep -q 'Accepted publickey' "$jump_log" || cat "$jump_log" >&2
}
rule "through a proxy command" expect 0 'STATUS OK' over_it proxy-command
rule "through a jump host" expect 0 'STATUS OK' over_it proxy-jump
rule "a jump host that does not forward says so" \
    expect 3 "no connection.*through the proxy: '.*(prohibited|forwarding failed)" status proxy-denied
rule "a proxy command's own words" expect 3 "no connection.*through the proxy: 'no way to 127.0.0.1 today'" \
    status proxy-false
ssh-add -q -D
rule "a jump host that lets nobody in" \
    expect 3 "no connection.*through the proxy: '.*Permission denied" status proxy-jump
: >"$work/proxy-stranger.known"
known other >>"$work/proxy-stranger.known"
configure proxy-stranger "$mine" "proxy_jump = $me@127.0.0.1:$jump_port"
rule "a jump host that is not known" \
    expect 3 "no connection.*through the proxy: '.*Host key verification failed" status proxy-stranger
unset SSH_AUTH_SOCK

# -- Algorithms of older generations ----------------------------------------------------------------
# All are asked at the same time, each of its own server.
algorithms=() asking=()
while IFS='|' read -r name key line wanted text; do
    which=algorithm-${#algorithms[@]}
    serve "$which" "$key" "$forced" "$(printf %b "$line")"
    configure "$which" "$mine"
    { expect "$wanted" "$text" status "$which"; } >"$work/$which.out" 2>&1 </dev/null &
    asking+=($!) algorithms+=("only $name")
done <<'END'
key exchange group14-sha256|host|KexAlgorithms diffie-hellman-group14-sha256|0|STATUS OK
key exchange group-exchange-sha256|host|KexAlgorithms diffie-hellman-group-exchange-sha256|0|STATUS OK
key exchange ecdh-nistp256|host|KexAlgorithms ecdh-sha2-nistp256|0|STATUS OK
cipher aes256-ctr|host|Ciphers aes256-ctr|0|STATUS OK
cipher aes256-gcm|host|Ciphers aes256-gcm@openssh.com|0|STATUS OK
hash hmac-sha2-256|host|Ciphers aes256-ctr\nMACs hmac-sha2-256|0|STATUS OK
host key signatures rsa-sha2-256|rsa|HostKeyAlgorithms rsa-sha2-256|0|STATUS OK
host key signatures ssh-rsa|rsa|HostKeyAlgorithms ssh-rsa|0|STATUS OK
key exchange group14-sha1 is named|host|KexAlgorithms diffie-hellman-group14-sha1|3|UNKNOWN.*no common SSH algorithm.*offers diffie-hellman-group14-sha1
key exchange group1-sha1 is named|host|KexAlgorithms diffie-hellman-group1-sha1|3|UNKNOWN.*no common SSH algorithm.*offers diffie-hellman-group1-sha1
cipher 3des-cbc is named|host|Ciphers 3des-cbc|3|UNKNOWN.*no common SSH algorithm.*offers 3des-cbc
hash hmac-sha1 is named|host|Ciphers aes256-ctr\nMACs hmac-sha1|3|UNKNOWN.*no common SSH algorithm.*offers hmac-sha1
END
wait "${asking[@]}"
for which in "${!algorithms[@]}"; do
    rule "${algorithms[which]}" cat "$work/algorithm-$which.out"
done

# -- Limits and losses ------------------------------------------------------------------------------
serve no-session host "$forced" 'MaxSessions 0'
configure no-session "$mine"
rule "no session is left" expect 3 'UNKNOWN.*no further session' status no-session
serve one-session host "$forced" 'MaxSessions 1'
configure one-session "$mine" 'cli = batch'
rule "batch commands where one session is allowed at a time" \
    expect 0 'ASYNCOS OK' asked one-session -C $checks
serve no-terminal host "$forced" 'PermitTTY no'
configure no-terminal "$mine"
rule "without a terminal, commands are used" expect 0 'ASYNCOS OK' asked no-terminal -C $checks
serve full-up host "$forced" 'MaxStartups 1'
configure full-up "$mine"
crowded() {
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    head -n 1 <&9 >/dev/null # it was taken: the next one is too many
    expect 3 'UNKNOWN.*too many SSH sessions' status full-up
    exec 9>&-
}
rule "too many logins at a time" crowded
serve hang host "$forced hang"
for cli in shell batch; do
    configure hang-$cli "$mine" "cli = $cli"
    configure slow-$cli "$mine" "cli = $cli" 'timeout = 4'
done
killed() { # the server dies when half of an answer was given
    local victim output
    status "hang-$1" >"$work/output" &
    read -rt 15 victim <>"$esa/told"
    kill -KILL "$victim"
    wait $!
    same 3 $?
    : <>"$esa/release"
    output=$(<"$work/output")
    grep -qE 'UNKNOWN.*connection was lost during' <<<"$output" || echo "$output"
}
late() { # half of an answer, and nothing more
    status "slow-$1" >"$work/output" &
    read -rt 15 _ <>"$esa/told"
    wait $!
    same 3 $?
    : <>"$esa/release"
    grep -qE 'UNKNOWN.*(no complete answer to|no answer before)' "$work/output" || cat "$work/output"
}
rule "the server dies in the middle of an answer (shell)" killed shell
rule "the server dies in the middle of an answer (batch)" killed batch
rule "it stops in the middle of an answer" late shell
kill "$server" && wait "$server" 2>/dev/null
rule "nobody listens" expect 2 'STATUS CRITICAL.*no connection to 127.0.0.1 port' status hang-shell
done_testing
