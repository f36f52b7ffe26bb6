/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/deploy/deploy.h"

/* Icinga 2 objects in the manner of its template library (ITL). */

static void head(const struct deploy *deploy, const char *name)
{
    (void)fprintf(deploy->out,
                  "// SPDX-License-Identifier: GPL-3.0-or-later\n"
                  "// Printed by check_asyncos --print-config %s: do not edit, see README.md.\n",
                  name);
}

static const char *quoted(const struct deploy *deploy, const char *text)
{
    return deploy_line(deploy->arena, text, "\"\\", '\\');
}

/* ---- commands ---- */

static void put_flag(const struct deploy *deploy, const struct flag *flag)
{
    (void)fprintf(deploy->out, "\t\t\"%s\" = {\n\t\t\t%s = \"$%s$\"\n",
                  deploy_flag(deploy->arena, flag), flag->argument != NULL ? "value" : "set_if",
                  deploy_variable(deploy->arena, flag));
    if (flag->code == 'H')
        (void)fprintf(deploy->out, "\t\t\trequired = true\n");
    if (deploy_repeats(flag))
        (void)fprintf(deploy->out, "\t\t\trepeat_key = true\n");
    (void)fprintf(deploy->out, "\t\t\tdescription = \"%s%s%s\"\n\t\t}\n",
                  flag->argument != NULL ? flag->argument : "", flag->argument != NULL ? ": " : "",
                  quoted(deploy, flag->help));
}

/* The choice of checks and their limits: what a command for one check fixes. */
static bool is_of_checks(const struct flag *flag)
{
    return flag->code == 'C' || flag->code == 'w' || flag->code == 'c';
}

static void put_flags(const struct deploy *deploy, bool of_checks)
{
    for (size_t i = 0; i < deploy->flag_count; i++)
        if (deploy_has(&deploy->flags[i]) && is_of_checks(&deploy->flags[i]) == of_checks)
            put_flag(deploy, &deploy->flags[i]);
}

static void put_limit(const struct deploy *deploy, const struct metric_spec *spec, char letter)
{
    const char *word = letter == 'w' ? "warning" : "critical";
    const char *standard = letter == 'w' ? spec->warning : spec->critical;
    (void)fprintf(deploy->out,
                  "\t\t\"-%c %s\" = {\n"
                  "\t\t\tkey = \"-%c\"\n"
                  "\t\t\tvalue = \"%s=$asyncos_%s_%s$\"\n"
                  "\t\t\tdescription = \"%s range: %s%s%s (default: %s)\"\n"
                  "\t\t}\n",
                  letter, spec->name, letter, spec->name, spec->name, word, word,
                  quoted(deploy, spec->help), *spec->unit ? ", in " : "", spec->unit,
                  standard != NULL ? standard : "none");
}

static void put_command(const struct deploy *deploy, const struct check *check)
{
    (void)fprintf(deploy->out,
                  "\n// %s\n"
                  "object CheckCommand \"asyncos_%s\" {\n"
                  "\timport \"asyncos-base\"\n"
                  "\n"
                  "\targuments += {\n"
                  "\t\t\"-C\" = {\n"
                  "\t\t\tvalue = \"%s\"\n"
                  "\t\t\tdescription = \"%s\"\n"
                  "\t\t}\n",
                  check->title, check->name, check->name, quoted(deploy, check->title));
    for (size_t m = 0; m < check->metric_count; m++) {
        put_limit(deploy, &check->metrics[m], 'w');
        put_limit(deploy, &check->metrics[m], 'c');
    }
    (void)fprintf(deploy->out, "\t}\n}\n");
}

void deploy_icinga_commands(const struct deploy *deploy)
{
    head(deploy, "icinga2-commands");
    (void)fprintf(deploy->out, "\n"
                               "template CheckCommand \"asyncos-base\" {\n"
                               "\tcommand = [ PluginDir + \"/check_asyncos\" ]\n"
                               "\ttimeout = 1m\n"
                               "\n"
                               "\targuments = {\n");
    put_flags(deploy, false);
    (void)fprintf(deploy->out,
                  "\t}\n"
                  "\n"
                  "\tvars.asyncos_hostname = \"$host.name$\"\n"
                  "\tvars.asyncos_timeout = %d\n"
                  "}\n"
                  "\n"
                  "// Any checks in one service; without asyncos_check all that fit the role.\n"
                  "object CheckCommand \"asyncos\" {\n"
                  "\timport \"asyncos-base\"\n"
                  "\n"
                  "\targuments += {\n",
                  DEPLOY_TIMEOUT_S);
    put_flags(deploy, true);
    (void)fprintf(deploy->out, "\t}\n}\n");
    for (size_t i = 0; i < registry_count; i++)
        put_command(deploy, registry_checks[i]);
}

/* ---- services ---- */

static const char *roles_of(const struct check *check)
{
    return check->about_cluster       ? "\"cluster\""
           : check->roles == ROLE_ANY ? "\"esa\", \"sma\""
           : check->roles == ROLE_SMA ? "\"sma\""
                                      : "\"esa\"";
}

static void put_service(const struct deploy *deploy, const struct check *check)
{
    (void)fprintf(deploy->out,
                  "\napply Service \"asyncos-%s\" {\n"
                  "\timport \"asyncos\"\n"
                  "\n"
                  "\tdisplay_name = \"AsyncOS %s\"\n"
                  "\tnotes = \"%s\"\n"
                  "\tcheck_command = \"asyncos_%s\"\n"
                  "\tretry_interval = %um\n"
                  "\tvars.asyncos_service = \"%s\"\n"
                  "\n"
                  "\tif (host.vars.asyncos_passive) {\n"
                  "\t\timport \"asyncos-passive\"\n"
                  "\t}\n"
                  "\n"
                  "\tassign where host.vars.asyncos_role in [ %s ]%s\n"
                  "\tignore where \"%s\" in host.vars.asyncos_without\n"
                  "}\n",
                  check->name, check->name, quoted(deploy, check->title), check->name,
                  deploy_retry_s(check) / 60, check->name, roles_of(check),
                  check->if_asked ? " && host.vars.asyncos_snmp" : "", check->name);
}

void deploy_icinga_services(const struct deploy *deploy)
{
    head(deploy, "icinga2-services");
    (void)fprintf(
        deploy->out,
        "//\n"
        "// On a host:\n"
        "//   vars.asyncos_role = \"esa\", \"sma\", or \"cluster\": a host that stands for a "
        "cluster, so\n"
        "//     that what is about the cluster is one service and not one for each member\n"
        "//   vars.asyncos_hostname = the member to ask, of a cluster; else the host's own name\n"
        "//   vars.asyncos_without = [ \"reboot\" ]: services that it shall not have\n"
        "//   vars.asyncos_snmp = true: it is asked by SNMP as well\n"
        "//   vars.asyncos_passive = true: results are handed in, nothing is run\n"
        "// and every variable of the commands, such as asyncos_stall_s_warning.\n"
        "\n"
        "template Service \"asyncos\" {\n"
        "\tcheck_interval = %dm\n"
        "\tmax_check_attempts = %d // together they outlast what a start leaves behind for a "
        "while\n"
        "\tenable_flapping = true\n"
        "}\n"
        "\n"
        "// A result that is handed in moves the next look; without one this look says UNKNOWN.\n"
        "template Service \"asyncos-passive\" {\n"
        "\tcheck_command = \"dummy\"\n"
        "\tcheck_interval = %dm\n"
        "\tretry_interval = %dm\n"
        "\tvars.dummy_state = 3\n"
        "\tvars.dummy_text = \"ASYNCOS UNKNOWN - no result was handed in for %d minutes\"\n"
        "}\n",
        DEPLOY_INTERVAL_S / 60, DEPLOY_ATTEMPTS, DEPLOY_STALE_S / 60, DEPLOY_STALE_S / 60,
        DEPLOY_STALE_S / 60);
    for (size_t i = 0; i < registry_count; i++)
        put_service(deploy, registry_checks[i]);
    (void)fprintf(
        deploy->out,
        "\n"
        "// While the status of an appliance is CRITICAL or UNKNOWN, its other services are "
        "checked\n"
        "// but notify nobody; a notification that is still due comes afterwards.\n"
        "template Dependency \"asyncos-status\" {\n"
        "\tparent_service_name = \"asyncos-status\"\n"
        "\tstates = [ OK, Warning ]\n"
        "\tignore_soft_states = false\n"
        "}\n"
        "\n"
        "apply Dependency \"asyncos-status\" to Service {\n"
        "\timport \"asyncos-status\"\n"
        "\tassign where service.vars.asyncos_service && service.name != \"asyncos-status\" && "
        "get_service(host.name, \"asyncos-status\")\n"
        "}\n"
        "\n"
        "// Of a cluster, on the member that is asked.\n"
        "apply Dependency \"asyncos-status-member\" to Service {\n"
        "\timport \"asyncos-status\"\n"
        "\tparent_host_name = host.vars.asyncos_hostname\n"
        "\tassign where service.vars.asyncos_service && host.vars.asyncos_role == \"cluster\" && "
        "get_service(host.vars.asyncos_hostname, \"asyncos-status\")\n"
        "}\n");
}

/* ---- the user of the API ---- */

/* A command can be executed by who may see it: this one and no other. */
static const char via[] = "baseline, verify --via icinga2";

/* What postcheck may do there, each no further than it needs: to what, and for which command. */
static const struct {
    const char *permission;
    const char *filter; /* NULL = the permission has none */
    const char *needs;
} permissions[] = {
    {"actions/process-check-result", "service.vars.asyncos_service", "poll --submit icinga2"},
    {"actions/schedule-downtime", "host.vars.asyncos_role", "baseline, verify --downtime"},
    {"actions/remove-downtime", "downtime.author == \"postcheck\"", "verify, after --downtime"},
    {"actions/execute-command", "host.vars.asyncos_role", via},
    {"objects/query/CheckCommand", "checkcommand.name == \"asyncos\"", via},
    {"objects/query/Host", "host.vars.asyncos_role", via},
    {"objects/query/Service", "service.vars.asyncos_service", via},
    {"objects/query/Zone", NULL, via},
    {"objects/query/Endpoint", NULL, via},
    {"status/query", NULL, via},
};

void deploy_icinga_api_user(const struct deploy *deploy)
{
    head(deploy, "icinga2-api-user");
    (void)fprintf(
        deploy->out,
        "//\n"
        "// The ApiUser that [icinga2] of postcheck.ini names: it may do this and nothing "
        "else.\n"
        "// Its passphrase is a constant of yours, in a file that only Icinga can read:\n"
        "//   const AsyncosApiPassword = \"...\"\n"
        "// With a certificate in place of it: client_cn = \"its common name\".\n"
        "\n"
        "object ApiUser \"postcheck\" {\n"
        "\tpassword = AsyncosApiPassword\n"
        "\n"
        "\tpermissions = [\n");
    for (size_t i = 0; i < CHECK_COUNT(permissions); i++) {
        if (i == 0 || permissions[i].needs != permissions[i - 1].needs)
            (void)fprintf(deploy->out, "\t\t// postcheck %s\n", permissions[i].needs);
        (void)fprintf(deploy->out, "\t\t");
        if (permissions[i].filter != NULL)
            (void)fprintf(deploy->out,
                          "{\n\t\t\tpermission = \"%s\"\n\t\t\tfilter = {{ %s }}\n\t\t}",
                          permissions[i].permission, permissions[i].filter);
        else
            (void)fprintf(deploy->out, "\"%s\"", permissions[i].permission);
        (void)fprintf(deploy->out, "%s\n", i + 1 < CHECK_COUNT(permissions) ? "," : "");
    }
    (void)fprintf(deploy->out, "\t]\n}\n");
}
