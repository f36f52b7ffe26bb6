/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "plugin/deploy/deploy.h"

/*
 * Nagios 4 objects. A cluster is a host of its own, so what is about the cluster is one service and
 * not one for each member; which member is asked stands in its custom variable.
 */

static void head(const struct deploy *deploy, const char *name)
{
    (void)fprintf(deploy->out,
                  "# SPDX-License-Identifier: GPL-3.0-or-later\n"
                  "# Printed by check_asyncos --print-config %s: do not edit, see README.md.\n",
                  name);
}

void deploy_nagios_commands(const struct deploy *deploy)
{
    head(deploy, "nagios-commands");
    (void)fprintf(deploy->out,
                  "#\n"
                  "# $ARG1$ is the check, or several with commas; $ARG2$ what else the service "
                  "wants, such as\n"
                  "# limits. Options for all services of a host stand in its _ASYNCOS_OPTIONS. "
                  "$USER1$ is the\n"
                  "# folder of check_asyncos; its configuration is /etc/postcheck/postcheck.ini.\n"
                  "\n"
                  "define command {\n"
                  "    command_name    check_asyncos\n"
                  "    command_line    $USER1$/check_asyncos -H '$HOSTNAME$' -C '$ARG1$' "
                  "$_HOSTASYNCOS_OPTIONS$ $ARG2$\n"
                  "}\n"
                  "\n"
                  "# Of a cluster: asks the member that the host's _ASYNCOS_NODE names.\n"
                  "define command {\n"
                  "    command_name    check_asyncos_cluster\n"
                  "    command_line    $USER1$/check_asyncos -H '$_HOSTASYNCOS_NODE$' -C '$ARG1$' "
                  "$_HOSTASYNCOS_OPTIONS$ $ARG2$\n"
                  "}\n"
                  "\n"
                  "# In place of a passive result that did not come in time.\n"
                  "define command {\n"
                  "    command_name    check_asyncos_stale\n"
                  "    command_line    /bin/sh -c 'echo \"ASYNCOS UNKNOWN - no result of $ARG1$ "
                  "was handed in "
                  "for %d minutes\" && exit 3'\n"
                  "}\n",
                  DEPLOY_STALE_S / 60);
}

/* Which hosts have CHECK: by role, "asyncos-esa,asyncos-sma", or the clusters. */
static const char *groups_of(const struct deploy *deploy, const struct check *check,
                             const char *kind)
{
    const char *names = "";
    if (check->about_cluster)
        return arena_printf(deploy->arena, "asyncos%s-cluster", kind);
    if (check->if_asked)
        return arena_printf(deploy->arena, "asyncos%s-snmp", kind);
    if ((check->roles & ROLE_ESA) != 0)
        names = arena_printf(deploy->arena, "asyncos%s-esa", kind);
    if ((check->roles & ROLE_SMA) != 0)
        names = arena_printf(deploy->arena, "%s%sasyncos%s-sma", names, *names ? "," : "", kind);
    return names;
}

static void put_groups(const struct deploy *deploy, const char *kind, const char *words)
{
    static const struct {
        const char *role, *alias;
    } groups[] = {{"esa", "Secure Email Gateways"},
                  {"sma", "Secure Email and Web Managers"},
                  {"cluster", "Clusters of gateways"},
                  {"snmp", "Appliances that are asked by SNMP as well"}};
    for (size_t i = 0; i < CHECK_COUNT(groups); i++)
        (void)fprintf(deploy->out,
                      "\ndefine hostgroup {\n"
                      "    hostgroup_name    asyncos%s-%s\n"
                      "    alias             %s%s\n"
                      "}\n",
                      kind, groups[i].role, groups[i].alias, words);
}

static void put_service(const struct deploy *deploy, const struct check *check, const char *kind,
                        const char *template, const char *command)
{
    (void)fprintf(deploy->out,
                  "\n# %s\n"
                  "define service {\n"
                  "    use                    %s\n"
                  "    hostgroup_name         %s\n"
                  "    service_description    asyncos-%s\n"
                  "    display_name           AsyncOS %s\n"
                  "    check_command          %s!%s\n"
                  "    retry_interval         %u\n"
                  "}\n",
                  deploy_line(deploy->arena, check->title, ";", '\0'), template,
                  groups_of(deploy, check, kind), check->name, check->name, command, check->name,
                  deploy_retry_s(check) / 60);
}

/* While the status of an appliance is bad, its other services notify nobody; they go on. */
static void put_dependency(const struct deploy *deploy, const char *kind, enum role role,
                           bool if_asked, const char *word)
{
    const char *others = "";
    for (size_t i = 0; i < registry_count; i++) {
        const struct check *check = registry_checks[i];
        if ((check->roles & role) != 0 && !check->about_cluster && check->if_asked == if_asked &&
            !deploy_leads(check))
            others = arena_printf(deploy->arena, "%s%sasyncos-%s", others, *others ? "," : "",
                                  check->name);
    }
    (void)fprintf(deploy->out,
                  "\ndefine servicedependency {\n"
                  "    hostgroup_name                   asyncos%s-%s\n"
                  "    service_description              asyncos-status\n"
                  "    dependent_service_description    %s\n"
                  "    execution_failure_criteria       n\n"
                  "    notification_failure_criteria    u,c\n"
                  "}\n",
                  kind, word, others);
}

static void put_dependencies(const struct deploy *deploy, const char *kind)
{
    (void)fprintf(
        deploy->out,
        "\n# While status is CRITICAL or UNKNOWN, the others of that appliance are checked\n"
        "# but notify nobody. For a cluster write the same with your names: the host that\n"
        "# _ASYNCOS_NODE names, and the cluster as dependent_host_name.\n");
    put_dependency(deploy, kind, ROLE_ESA, false, "esa");
    put_dependency(deploy, kind, ROLE_SMA, false, "sma");
    put_dependency(deploy, kind, ROLE_ANY, true, "snmp");
}

void deploy_nagios_services(const struct deploy *deploy)
{
    head(deploy, "nagios-services");
    (void)fprintf(
        deploy->out,
        "#\n"
        "# Hosts use asyncos-host or asyncos-cluster and are members of a hostgroup below. Groups\n"
        "# may stay empty: nagios.cfg needs allow_empty_hostgroup_assignment=1. Intervals are in\n"
        "# minutes (interval_length=60). A state is told once, after %d looks that together "
        "outlast\n"
        "# what a start leaves behind for a while, and once more when it is over.\n"
        "\n"
        "define timeperiod {\n"
        "    timeperiod_name    asyncos-always\n"
        "    alias              Always\n",
        DEPLOY_ATTEMPTS);
    static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};
    for (size_t i = 0; i < CHECK_COUNT(days); i++)
        (void)fprintf(deploy->out, "    %-18s 00:00-24:00\n", days[i]);
    (void)fprintf(deploy->out,
                  "}\n"
                  "\n"
                  "define host {\n"
                  "    name                     asyncos-host\n"
                  "    register                 0\n"
                  "    check_period             asyncos-always\n"
                  "    notification_period      asyncos-always\n"
                  "    max_check_attempts       %d\n"
                  "    _ASYNCOS_OPTIONS         -t %d\n"
                  "}\n"
                  "\n"
                  "# Set _ASYNCOS_NODE: the member that is asked about the cluster.\n"
                  "define host {\n"
                  "    name                     asyncos-cluster\n"
                  "    use                      asyncos-host\n"
                  "    register                 0\n"
                  "}\n"
                  "\n"
                  "define service {\n"
                  "    name                     asyncos-service\n"
                  "    register                 0\n"
                  "    check_period             asyncos-always\n"
                  "    check_interval           %d\n"
                  "    retry_interval           1\n"
                  "    max_check_attempts       %d\n"
                  "    flap_detection_enabled   1\n"
                  "    notification_period      asyncos-always\n"
                  "    notification_interval    0\n"
                  "    notification_options     w,u,c,r\n"
                  "}\n",
                  DEPLOY_ATTEMPTS, DEPLOY_TIMEOUT_S, DEPLOY_INTERVAL_S / 60, DEPLOY_ATTEMPTS);
    put_groups(deploy, "", "");
    for (size_t i = 0; i < registry_count; i++)
        put_service(deploy, registry_checks[i], "", "asyncos-service",
                    registry_checks[i]->about_cluster ? "check_asyncos_cluster" : "check_asyncos");
    put_dependencies(deploy, "");
}

void deploy_nagios_passive(const struct deploy *deploy)
{
    head(deploy, "nagios-passive");
    (void)fprintf(
        deploy->out,
        "#\n"
        "# Beside nagios-services.cfg, for appliances that another machine asks. Nothing is\n"
        "# run here; a service that nobody tells anything for %d minutes is UNKNOWN.\n"
        "\n"
        "define service {\n"
        "    name                      asyncos-passive\n"
        "    use                       asyncos-service\n"
        "    register                  0\n"
        "    active_checks_enabled     0\n"
        "    passive_checks_enabled    1\n"
        "    check_freshness           1\n"
        "    freshness_threshold       %d\n"
        "}\n",
        DEPLOY_STALE_S / 60, DEPLOY_STALE_S);
    put_groups(deploy, "-passive", ", asked elsewhere");
    for (size_t i = 0; i < registry_count; i++)
        put_service(deploy, registry_checks[i], "-passive", "asyncos-passive",
                    "check_asyncos_stale");
    put_dependencies(deploy, "-passive");
}
