#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# director.sh [BUILD]: does the Icinga Director take its basket, and Icinga 2 what the Director makes of it? A
# MariaDB of its own, on a socket in a private folder. Speaks TAP.
. "$(dirname "$0")/common.sh"
. tests/icinga.sh
needs jq icinga2 icingacli php mariadbd mariadb mariadb-install-db
modules=/usr/share/icingaweb2/modules
[ -d $modules/director ] || { skip director "not installed: make deps" && done_testing; }

mysql() { mariadb --no-defaults -uroot -S "$work/sock" -N -r "$@"; }
is_up() { mysql -e 'SELECT 1'; }
mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$work/db" --auth-root-authentication-method=normal \
    --skip-test-db >"$work/install.log" 2>&1 || cat "$work/install.log"
mariadbd --no-defaults --user="$(id -un)" --datadir="$work/db" --socket="$work/sock" --skip-networking \
    --pid-file="$work/db.pid" >"$work/db.log" 2>&1 &
database=$!
pids+=("$database")
until_true $database is_up >"$work/up" || cat "$work/db.log"
mysql -e "CREATE DATABASE director CHARACTER SET utf8; CREATE USER director@localhost IDENTIFIED BY 'director';
    GRANT ALL ON director.* TO director@localhost"

export ICINGAWEB_CONFIGDIR=$work/web
mkdir -p "$work/web/enabledModules" "$work/web/modules/director"
for module in director incubator reactbundle; do ln -s $modules/$module "$work/web/enabledModules"; done
printf '[global]\nconfig_backend = "ini"\nmodule_path = "%s"\n[logging]\nlog = "none"\n' $modules >"$work/web/config.ini"
printf '[director]\ntype = "db"\ndb = "mysql"\nhost = "localhost"\nport = ""\ndbname = "director"\nusername = "director"\npassword = "director"\ncharset = "utf8"\n' \
    >"$work/web/resources.ini"
printf '[db]\nresource = "director"\n' >"$work/web/modules/director/config.ini"
director() { php -d "pdo_mysql.default_socket=$work/sock" "$(command -v icingacli)" director "$@"; }

basket=nagios/icinga2-director.json
settle() { director migration run 2>&1; }
rule "a Director of its own" settle
counts() {
    mysql director -e "SELECT (SELECT COUNT(*) FROM icinga_command), (SELECT COUNT(*) FROM icinga_service),
        (SELECT COUNT(*) FROM director_datafield), (SELECT COUNT(*) FROM icinga_command_argument), (SELECT COUNT(*) FROM icinga_command_field)"
}
restored() { # twice: the second finds what the first has made
    local wanted
    wanted=$(jq -r '[(.Command | length), (.ServiceTemplate | length), (.Datafield | length),
        (.Command.asyncos.arguments | length), (.Command.asyncos.fields | length)] | @tsv' $basket)
    for _ in 1 2; do
        expect 0 'have been restored' director basket restore <$basket
        same "$wanted" "$(counts)"
    done
}
rule "it takes the basket, and takes it again" restored

# What it would deploy, with two services of a template each.
rendered() {
    director config render >"$work/render" 2>&1 || cat "$work/render"
    mysql director -e "SELECT content FROM director_generated_config_file NATURAL JOIN
        (SELECT checksum AS file_checksum, content FROM director_generated_file) AS files" |
        sed "s|/usr/lib/nagios/plugins/|$build/|" >"$work/rendered.conf"
    [ "$(grep -c '^template Service "asyncos-' "$work/rendered.conf")" = "$("$check" --list-checks | grep -c '^[a-z]')" ] ||
        grep '^template' "$work/rendered.conf"
    icinga_new "$work/i" n.test
    icinga_conf "$work/i" <<END
include <plugins>
include "$work/rendered.conf"
object Host "esa1.example.com" { check_command = "dummy" }
object Service "differs" {
  import "asyncos-clustercheck"
  host_name = "esa1.example.com"
  vars.asyncos_replay = "$PWD/tests/scenarios/clustercheck-two"
}
object Service "fine" {
  import "asyncos-status"
  host_name = "esa1.example.com"
  vars.asyncos_replay = "$PWD/tests/scenarios/healthy"
  vars.asyncos_verbose = true
}
END
    expect 0 'Finished validating' icinga_check "$work/i"
}
rule "Icinga 2 takes what the Director makes of it" rendered
icinga_start "$work/i" || echo "# Icinga 2 did not come up"
results() {
    icinga_call "$work/i" root:test 'objects/services?attrs=state&attrs=last_check_result' |
        jq -r '.results[].attrs | "\(.state) \(.last_check_result.command[1:] | join(" "))"' >"$work/results"
    [ "$(wc -l <"$work/results")" = 2 ]
}
runs() {
    for name in differs fine; do
        icinga_call "$work/i" root:test actions/reschedule-check \
            "{\"type\": \"Service\", \"service\": \"esa1.example.com!$name\", \"force\": true}" >"$work/answer"
    done
    until_true "$icinga_pid" results
    same "0 --replay $PWD/tests/scenarios/healthy -C status -H esa1.example.com -t 50 -v
2 --replay $PWD/tests/scenarios/clustercheck-two -C clustercheck -H esa1.example.com -t 50" "$(sort "$work/results")"
}
rule "and runs the plugin by it" runs
done_testing
