#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced behind live/common.sh by the tests that need a real Nagios. An instance is a folder; hosts go into
# DIR/hosts.cfg, with `admins` as their contact group.
#
#   nagios_new DIR [PLUGINS [MINUTE]]   configuration with the files of nagios/, folders; where the plugin lies, and
#                              how many seconds a minute lasts (1). What a contact is told: DIR/told
#   nagios_start DIR           starts it, outside of a rule: $nagios_pid
#   nagios_rows DIR CHECKED [FIELD…]    of status.dat: host, service, state, output, long output, perfdata, FIELDs;
#                              tabs between
#   nagios_order DIR LINE      an external command
#   said FILE                  of a whole answer of the plugin, exit code in its last line: the same as JSON

nagios_new() {
    mkdir -p "$1/spool" "$1/archives"
    cat >"$1/nagios.cfg" <<END
log_file=$1/nagios.log
cfg_file=$PWD/nagios/nagios-commands.cfg
cfg_file=$PWD/nagios/nagios-services.cfg
cfg_file=$PWD/nagios/nagios-passive.cfg
cfg_file=$1/hosts.cfg
cfg_file=$1/contacts.cfg
object_cache_file=$1/objects.cache
precached_object_file=$1/objects.precache
resource_file=$1/resource.cfg
status_file=$1/status.dat
status_update_interval=1
nagios_user=$(id -un)
nagios_group=$(id -gn)
check_external_commands=1
command_file=$1/nagios.cmd
query_socket=$1/nagios.qh
lock_file=$1/nagios.pid
temp_file=$1/nagios.tmp
temp_path=$1
check_result_path=$1/spool
check_result_reaper_frequency=1
retain_state_information=1
state_retention_file=$1/retention.dat
log_rotation_method=n
log_archive_path=$1/archives
use_syslog=0
interval_length=${3-1}
service_inter_check_delay_method=n
illegal_macro_output_chars=\`~\$&|'"<>
allow_empty_hostgroup_assignment=1
check_for_updates=0
END
    echo "\$USER1\$=${2-$build}" >"$1/resource.cfg"
    : >"$1/told"
    cat >"$1/contacts.cfg" <<END
define command {
    command_name    tell
    command_line    echo "\$NOTIFICATIONTYPE\$ \$HOSTNAME\$!\$SERVICEDESC\$ \$SERVICESTATE\$ \$SERVICEOUTPUT\$ \$LONGSERVICEOUTPUT\$" >>$1/told
}
define contactgroup {
    contactgroup_name    admins
    members              root
}
define contact {
    contact_name                     root
    host_notification_period         asyncos-always
    service_notification_period      asyncos-always
    host_notification_options        n
    service_notification_options     w,u,c,r
    host_notification_commands       tell
    service_notification_commands    tell
}
END
}
nagios_start() {
    nagios4 "$1/nagios.cfg" >"$1/out" 2>&1 &
    nagios_pid=$!
    pids+=("$nagios_pid")
}
nagios_rows() {
    awk -F= -v wanted="$2" -v fields="current_state plugin_output long_plugin_output performance_data ${*:3}" '
        BEGIN { count = split(fields, field, " ") }
        /^servicestatus \{/ { on = 1; delete v } on { k = $1; gsub(/\t/, "", k); v[k] = substr($0, index($0, "=") + 1) }
        on && /^\t\}/ { on = 0; if (v["has_been_checked"] != wanted) next
            row = v["host_name"] "\t" v["service_description"]
            for (i = 1; i <= count; i++) row = row "\t" v[field[i]]
            print row }' "$1/status.dat"
}
nagios_order() { echo "[$(date +%s)] $2" >"$1/nagios.cmd"; }
said() { # said FILE: {state, output, perfdata} of a whole answer of the plugin, exit code in its last line
    jq -Rsc 'split("\n") | (.[-2] | tonumber) as $code | .[:-2] | join("\n") | split("|") |
        {state: $code, output: (.[0] | sub("\n+$"; "")), perfdata: ((.[1] // "") | sub("\n+$"; ""))}' "$1"
}
