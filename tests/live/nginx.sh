#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# nginx.sh [BUILD]: check_asyncos against a real nginx that serves the XML and JSON documents, with
# its certificates and its bad days. Speaks TAP.
. "$(dirname "$0")/common.sh"
needs nginx openssl jq python3

# -- Certificates: one that signs itself, and an authority with a bad one of each kind --------------
subject=subjectAltName=DNS:esa1.example.com,DNS:sma1.example.com
new_key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
mkdir -p "$work/www" "$work/tmp" "$work/ca"
make_certificates() {
    openssl req -x509 "${new_key[@]}" -days 2 -subj /CN=esa1.example.com -addext "$subject" \
        -keyout "$work/self.key" -out "$work/self.pem"
    openssl req -x509 "${new_key[@]}" -days 9 -subj /CN=authority -keyout "$work/ca.key" -out "$work/ca.pem"
    : >"$work/ca/index" && echo 01 >"$work/ca/serial"
    cat >"$work/ca.conf" <<END
[ca]
default_ca = here
[here]
new_certs_dir = $work/ca
database = $work/ca/index
serial = $work/ca/serial
certificate = $work/ca.pem
private_key = $work/ca.key
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
END
    while read -r name first last host; do
        openssl req "${new_key[@]}" -subj /CN=appliance -addext "subjectAltName=DNS:$host" \
            -keyout "$work/$name.key" -out "$work/$name.csr" &&
            openssl ca -batch -config "$work/ca.conf" -in "$work/$name.csr" -out "$work/$name.pem" -notext \
                -startdate "$(date -d "$first" +%Y%m%d%H%M%SZ)" -enddate "$(date -d "$last" +%Y%m%d%H%M%SZ)"
    done <<'END'
good -1day +9day sma1.example.com
expired -9day -1day sma1.example.com
early +1day +9day sma1.example.com
misnamed -1day +9day elsewhere.example.com
END
}
make_certificates >"$work/openssl.log" 2>&1
pin=sha256//$(openssl x509 -in "$work/self.pem" -pubkey -noout | openssl pkey -pubin -outform der |
    openssl dgst -sha256 -binary | base64)

# -- The documents of the healthy scenario, and bad ones --------------------------------------------
for file in tests/scenarios/healthy/{esa1.example.com/https/*,sma1.example.com/https/config_appliances.json}; do
    to_now healthy <"$file" >"$work/www/$(basename "$file")"
done
printf 'postcheck:%s\n' "$(openssl passwd -apr1 correct-horse)" >"$work/users"
unauthorized='{"error": {"message": "Unauthorized.", "code": "401", "explanation": "401 = No permission"}}'
not_found='{"error": {"message": "Not Found.", "code": "404", "explanation": "404 = Nothing matches the given URI."}}'
token='{"data": {"userName": "postcheck", "is2FactorRedirectRequired": "false", "jwtToken": "abc.def.ghi"}}'
login_page='<!DOCTYPE html><html><form action="/login"><input name="password" type="password"></form></html>'
truncate -s 10M "$work/www/big.json"
gzip -c "$work/www/config_appliances.json" >"$work/www/packed.json"
echo "<html><body>$(seq -s ' ' 400)</body></html>" >"$work/www/page.html"

location() { # location PATH LINE…: an API document for those who have the token
    local path=$1
    shift
    echo "location $path { error_page 401 /401.json;"
    echo "if (\$http_jwttoken != \"abc.def.ghi\") { return 401; }"
    printf '%s\n' "$@" '}'
}
list=/sma/api/v2.0/config/appliances
server() { # server PORT KEY LINE…: with the login, and what the lines say
    local port=$1 key=$2
    shift 2
    echo "server { listen 127.0.0.1:$port ssl; ssl_certificate $work/$key.pem; ssl_certificate_key $work/$key.key;"
    echo "root $work/www; default_type application/json; types { } access_log $work/access.log seen;"
    echo "location ~ ^/(esa|sma)/api/v2.0/login\$ { return 200 '$token'; }"
    echo "location = /401.json { internal; return 401 '$unauthorized'; }"
    printf '%s\n' "$@" '}'
}
answering() { location $list "alias $work/www/config_appliances.json;"; }
xml() { # xml: /xml/status for those who know the passphrase
    echo 'location = /xml/status { auth_basic "IronPort Web Interface"; default_type text/xml;'
    echo "auth_basic_user_file $work/users; alias $work/www/xml_status.xml; }"
}

# Name, certificate, and lines of each server.
add() { # add NAME KEY LINE…
    local name=$1
    port[$name]=${ports[${#port[@]}]}
    shift
    server "${port[$name]}" "$@"
}
configuration() {
    local -a ports
    declare -gA port=()
    mapfile -t ports < <(free_ports 24)
    [ "$(id -u)" != 0 ] || echo 'user root;'
    cat <<END
daemon off;
pid $work/nginx.pid;
events {}
http {
    log_format seen '\$server_port|\$ssl_protocol|\$request|\$status|\$http_user_agent|\$http_accept_encoding|\$connection_requests';
    client_body_temp_path $work/tmp/a; proxy_temp_path $work/tmp/b; fastcgi_temp_path $work/tmp/c;
    uwsgi_temp_path $work/tmp/d; scgi_temp_path $work/tmp/e;
END
    add whole self "$(answering)" "$(xml)" \
        "$(location /esa/api/v2.0/health/system_status "alias $work/www/system_status.json;")"
    for key in good expired early misnamed; do
        add $key $key "$(answering)"
    done
    add tls12 self 'ssl_protocols TLSv1.2;' "$(answering)"
    add tls13 self 'ssl_protocols TLSv1.3;' "$(answering)"
    add chunked self 'gzip on; gzip_types application/json; gzip_min_length 1;' \
        "$(location $list "add_header Set-Cookie a=b; ssi on; ssi_types *; alias $work/www/config_appliances.json;")"
    add once self 'keepalive_timeout 0;' "$(answering)"
    add packed self "$(location $list 'add_header Content-Encoding gzip;' "alias $work/www/packed.json;")"
    add slow self "$(location $list 'limit_rate 20;' "alias $work/www/config_appliances.json;")"
    add big self "$(location $list "alias $work/www/big.json;")"
    add page self "$(location $list 'default_type text/html;' "alias $work/www/page.html;")"
    add lying self "$(location $list "alias $work/www/page.html;")"
    add redirect self "$(location $list 'return 302 /login;')" "location /login { default_type text/html; return 200 '$login_page'; }"
    add missing self 'location = /404.json { internal; return 404 '"'$not_found'; }" \
        "$(location $list 'error_page 404 /404.json;' 'return 404;')"
    add basic-only self "location /esa { auth_basic x; auth_basic_user_file $work/users; }" "$(xml)"
    add nothing self
    add broken self "$(location $list 'return 502;')"
    add empty self "$(location $list "return 200 '';")"
    add cut self "$(location $list "return 200 '{\"data\": [{\"attributes\"';")"
    add forbidden self "location $list { return 401 '$unauthorized'; }"
    port[plain]=${ports[${#port[@]}]}
    echo "server { listen 127.0.0.1:${port[plain]}; location / { return 200 plain; } }"
    echo '}'
}
for try in 1 2 3; do
    configuration >"$work/nginx.conf"
    nginx -c "$work/nginx.conf" -e "$work/error.log" >/dev/null 2>"$work/stderr.log" &
    until_true $! test -s "$work/nginx.pid" && break
    echo "# nginx did not start, try $try:" && sed 's/^/# /' "$work/stderr.log"
done
pids+=($!)

configure() { # configure NAME SERVER LINE…
    local file=$work/$1.ini at=${port[$2]}
    shift 2
    {
        printf '[defaults]\nuser = postcheck\ncredentials_file = %s\ncache_dir = %s\nknown_hosts = /dev/null\n' \
            "$work/credentials" "$work/cache"
        printf '%s\n' "$@"
        [[ $* == *timeout* ]] || echo 'timeout = 20'
        for node in esa1 sma1; do
            printf '[node %s.example.com]\nrole = %s\naddress = 127.0.0.1\nssh_port = 1\n' "$node" "${node%1}"
            printf 'https_port = %s\napi_port = %s\n' "$at" "$at"
        done
    } >"$file"
    rm -rf "$work/cache"
}
asked() { # asked NAME HOST OPTION…
    local name=$1 host=$2
    shift 2
    "$check" -f "$work/$name.ini" -H "$host.example.com" "$@"
}
services() { asked "$1" sma1 -C services; }
(umask 077 && echo '* postcheck correct-horse' >"$work/credentials")
pinned="tls_pin = $pin"
seen() { grep -c "|GET $1.*|$2|" "$work/access.log"; } # seen PATH STATUS: how many of them

# -- The documents. Nobody answers by SSH: what HTTPS tells must come through all the same ----------
configure pinned whole "$pinned"
recorded() { # recorded HOST WANTED
    asked pinned "$1" --record "$work/recorded-$1" >/dev/null
    same "$2" "$(jq -r '.documents[] | select(.id | startswith("https/")) | select(.fault == null) | .id' \
        "$work/recorded-$1/capture.json" | sort | tr '\n' ' ')" "$work/recorded-$1/capture.json"
}
rule "XML and API answers of a gateway, by public key pin" \
    recorded esa1 'https/system_status.json https/xml_status.xml '
rule "the answers are those that nginx has" cmp \
    "$work/recorded-esa1/esa1.example.com/https/xml_status.xml" "$work/www/xml_status.xml"
rule "the API answer of a manager" recorded sma1 'https/config_appliances.json '
rule "the services check judges it" expect 0 'SERVICES OK' services pinned
once() {
    rm -rf "$work/cache"
    : >"$work/access.log"
    asked pinned esa1 -C status >/dev/null
    asked pinned esa1 -C status >/dev/null
    same 1 "$(seen /xml/status 200)" "$work/access.log"
}
rule "/xml/status is asked once in a minute, whoever asks" once
one_client() {
    : >"$work/access.log"
    services pinned >/dev/null
    same 2 "$(wc -l <"$work/access.log")" "$work/access.log"
    same 'postcheck/[0-9.]*|-|1 postcheck/[0-9.]*|-|2' \
        "$(sed -E 's/.*\|[0-9]+\|(postcheck\/)[0-9.]+/\1[0-9.]*/' "$work/access.log" | tr '\n' ' ' | sed 's/ $//')" \
        "$work/access.log"
}
rule "one connection, one User-Agent for login and token, and gzip is not asked for" one_client

# -- Trust ------------------------------------------------------------------------------------------
configure trusted whole "ca_file = $work/self.pem"
rule "a certificate as its own authority" expect 0 'SERVICES OK' services trusted
configure both whole "ca_file = $work/self.pem" "$pinned"
rule "authority and pin" expect 0 'SERVICES OK' services both
configure neither whole
rule "a self-signed certificate that nobody vouches for is UNKNOWN" \
    expect 3 'SERVICES UNKNOWN.*certificate.*self-signed: set ca_file' services neither
configure wrong whole 'tls_pin = sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='
rule "another pin is UNKNOWN" expect 3 'SERVICES UNKNOWN.*another key than tls_pin' services wrong
configure wrong-beside whole 'tls_pin = sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' "ca_file = $work/self.pem"
rule "another pin beside a good authority is UNKNOWN" expect 3 'UNKNOWN.*another key than tls_pin' services wrong-beside
for name in good expired early misnamed; do
    configure $name $name "ca_file = $work/ca.pem"
done
rule "a certificate of an authority" expect 0 'SERVICES OK' services good
rule "an expired certificate" expect 3 'UNKNOWN.*certificate.*has expired: renew it' services expired
rule "one that is not valid yet" expect 3 'UNKNOWN.*certificate.*not valid yet' services early
rule "one for another name" expect 3 'UNKNOWN.*certificate.*for another name' services misnamed
configure unknown-ca good "ca_file = $work/self.pem"
rule "one of another authority" expect 3 'UNKNOWN.*certificate.*authority that is not known' services unknown-ca
configure no-file whole "ca_file = $work/nothing.pem"
rule "an authority's file that is not there" expect 3 'UNKNOWN.*nothing\.pem' services no-file
no_login() { # who is not trusted is told no passphrase
    services good >/dev/null
    grep -q '|200|' "$work/access.log" || echo "the log shows nobody"
    : >"$work/access.log"
    for name in neither wrong wrong-beside expired early misnamed unknown-ca; do
        services $name >/dev/null
    done
    cat "$work/access.log"
}
rule "who is not trusted is asked nothing" no_login
for version in 2 3; do
    configure tls1$version tls1$version "$pinned"
    rule "TLS 1.$version only" expect 0 'SERVICES OK' services tls1$version
done
rule "by these versions indeed" same 'TLSv1.2 TLSv1.3' \
    "$(cut -d '|' -f 2 "$work/access.log" | sort -u | tr '\n' ' ' | sed 's/ $//')" "$work/access.log"
configure plain plain "$pinned"
rule "a server that speaks no TLS" expect 3 'SERVICES UNKNOWN.*does not speak TLS' services plain

# -- Answers ----------------------------------------------------------------------------------------
for name in chunked once packed slow big page lying redirect missing nothing broken empty cut forbidden; do
    configure $name $name "$pinned"
done
configure hurried slow "$pinned" 'timeout = 3'
rule "chunks, and compression on offer" expect 0 'SERVICES OK' services chunked
chunks() { # the positive control of the rule before
    python3 - "${port[chunked]}" "$list" <<'END' | grep -x chunked >/dev/null || echo "no chunks"
import http.client, ssl, sys
https = http.client.HTTPSConnection("127.0.0.1", int(sys.argv[1]), context=ssl._create_unverified_context())
https.request("GET", sys.argv[2], headers={"jwtToken": "abc.def.ghi"})
print(https.getresponse().getheader("Transfer-Encoding"))
END
}
rule "chunks indeed" chunks
rule "a connection for each request" expect 0 'SERVICES OK' services once
rule "a slow answer, when the time is over" expect 3 'UNKNOWN.*(not complete after|no answer before)' services hurried
rule "an answer that is too long" expect 3 'UNKNOWN.*longer than allowed' services big
rule "a page where JSON was expected" expect 3 'SERVICES UNKNOWN.*https/config_appliances.json' services page
rule "a page that calls itself JSON" expect 3 'SERVICES UNKNOWN.*https/config_appliances.json' services lying
rule "compressed bytes that nobody asked for" expect 3 'SERVICES UNKNOWN' services packed
rule "a redirect is not followed" expect 3 'SERVICES UNKNOWN.*https/config_appliances.json' services redirect
rule "indeed not" same 0 "$(grep -c 'GET /login' "$work/access.log")" "$work/access.log"
rule "404 with JSON: this release does not have it" expect 3 'UNKNOWN.*https/config_appliances.json' services missing
rule "404 without JSON: not the API" expect 3 'UNKNOWN.*404 without JSON: wrong port' services nothing
rule "status 502" expect 3 'UNKNOWN.*502' services broken
rule "an empty answer" expect 3 'UNKNOWN.*empty' services empty
rule "JSON that ends early" expect 3 'UNKNOWN.*https/config_appliances.json' services cut
rule "401 with a token that was given a moment ago is the role" expect 3 'UNKNOWN.*may not read' services forbidden

# -- A passphrase that is refused -------------------------------------------------------------------
(umask 077 && echo '* postcheck wrong' >"$work/credentials")
configure pinned basic-only "$pinned" 'api_login = basic'
refused() {
    : >"$work/access.log"
    asked pinned esa1 --record "$work/recorded-refused" >/dev/null
    same 1 "$(grep -c '|401|' "$work/access.log")" "$work/access.log"
    same '2' "$(jq '[.documents[] | select(.id | startswith("https/")) | select(.fault.text |
        test("was refused"))] | length' "$work/recorded-refused/capture.json")" "$work/recorded-refused/capture.json"
}
rule "it is tried once" refused
done_testing
