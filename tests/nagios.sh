#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced behind live/common.sh by the tests that need a real Nagios 4. An instance is a folder: all that it
# reads and writes is there, and it runs as the caller.
#
#   nagios_new DIR PLUGINS MINUTE <<END   nagios.cfg, with the files of nagios/ and the hosts of stdin; $USER1$ is
#                                         PLUGINS, a minute lasts MINUTE seconds. Contact group: admins
#   nagios_start DIR                      starts it: outside of a rule; $nagios_pid
#   nagios_rows DIR CHECKED               HOST SERVICE STATE OUTPUT LONG PERFDATA LAST_CHECK SECONDS of each service
#                                         that was (1) or was not (0) looked at, separated by tabs
#   nagios_order DIR LINE                 an external command
#   DIR/told                              what the contact was told: TYPE HOST!SERVICE STATE OUTPUT

nagios_new() {
    local dir=$1
    mkdir -p "$dir/spool" "$dir/archives"
    cat >"$dir/nagios.cfg" <<END
log_file=$dir/nagios.log
cfg_file=$PWD/nagios/nagios-commands.cfg
cfg_file=$PWD/nagios/nagios-services.cfg
cfg_file=$PWD/nagios/nagios-passive.cfg
cfg_file=$dir/hosts.cfg
object_cache_file=$dir/objects.cache
precached_object_file=$dir/objects.precache
resource_file=$dir/resource.cfg
status_file=$dir/status.dat
status_update_interval=1
nagios_user=$(id -un)
nagios_group=$(id -gn)
check_external_commands=1
command_file=$dir/nagios.cmd
query_socket=$dir/nagios.qh
lock_file=$dir/nagios.pid
temp_file=$dir/nagios.tmp
temp_path=$dir
check_result_path=$dir/spool
check_result_reaper_frequency=1
retain_state_information=1
state_retention_file=$dir/retention.dat
log_rotation_method=n
log_archive_path=$dir/archives
use_syslog=0
interval_length=$3
service_inter_check_delay_method=n
illegal_macro_output_chars=\`~\$&|'"<>
allow_empty_hostgroup_assignment=1
check_for_updates=0
END
    echo "\$USER1\$=$2" >"$dir/resource.cfg"
    : >"$dir/told"
    {
        cat
        cat <<END
define command {
    command_name    tell
    command_line    echo "\$NOTIFICATIONTYPE\$ \$HOSTNAME\$!\$SERVICEDESC\$ \$SERVICESTATE\$ \$SERVICEOUTPUT\$ \$LONGSERVICEOUTPUT\$" >>$dir/told
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
    } >"$dir/hosts.cfg"
}

nagios_start() {
    nagios4 "$1/nagios.cfg" >"$1/out" 2>&1 &
    nagios_pid=$!
    pids+=("$nagios_pid")
}

nagios_rows() {
    awk -F= -v OFS='\t' -v wanted="$2" '/^servicestatus \{/ { on = 1; delete v }
        on { k = $1; gsub(/\t/, "", k); v[k] = substr($0, index($0, "=") + 1) }
        on && /^\t\}/ { on = 0; if (v["has_been_checked"] == wanted) print v["host_name"], v["service_description"],
            v["current_state"], v["plugin_output"], v["long_plugin_output"], v["performance_data"], v["last_check"],
            v["check_execution_time"] }' "$1/status.dat"
}

nagios_order() { echo "[$(date +%s)] $2" >"$1/nagios.cmd"; }
