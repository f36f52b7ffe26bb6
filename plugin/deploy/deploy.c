/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/deploy/deploy.h"

#include <ctype.h>
#include <string.h>

const struct deploy_row deploy_rows[] = {
    {"nagios-commands", "nagios-commands.cfg", "commands for Nagios, Naemon, Icinga 1",
     deploy_nagios_commands},
    {"nagios-services", "nagios-services.cfg", "templates, hostgroups, a service for each check",
     deploy_nagios_services},
    {"nagios-passive", "nagios-passive.cfg", "the same services for results that are handed in",
     deploy_nagios_passive},
    {"icinga2-commands", "icinga2-commands.conf", "CheckCommands for Icinga 2",
     deploy_icinga_commands},
    {"icinga2-services", "icinga2-services.conf", "apply rules for services and dependencies",
     deploy_icinga_services},
    {"icinga2-api-user", "icinga2-api-user.conf", "the ApiUser of postcheck, with its permissions",
     deploy_icinga_api_user},
    {"icinga2-director", "icinga2-director.json", "a basket for the Icinga Director",
     deploy_director_basket},
    {"prometheus-rules", "prometheus-rules.yml", "alert rules for --format openmetrics",
     deploy_prometheus_rules},
    {"grafana-dashboard", "grafana-dashboard.json", "a dashboard for the same metrics",
     deploy_grafana_dashboard},
};

const size_t deploy_count = CHECK_COUNT(deploy_rows);

const struct deploy_row *deploy_find(const char *name)
{
    for (size_t i = 0; i < deploy_count; i++)
        if (strcmp(name, deploy_rows[i].name) == 0)
            return &deploy_rows[i];
    return NULL;
}

const char *deploy_names(struct arena *arena)
{
    const char *text = "";
    for (size_t i = 0; i < deploy_count; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "", deploy_rows[i].name);
    return text;
}

void deploy_list(FILE *out)
{
    for (size_t i = 0; i < deploy_count; i++)
        (void)fprintf(out, "%-18s %-23s %s\n", deploy_rows[i].name, deploy_rows[i].file,
                      deploy_rows[i].help);
}

enum { MINUTE = 60, PAUSES = DEPLOY_ATTEMPTS - 1 };

bool deploy_leads(const struct check *check)
{
    return strcmp(check->name, "status") == 0;
}

unsigned deploy_retry_s(const struct check *check)
{
    /* The next look at the one that leads, and its own: a minute from one to the next. */
    const unsigned led = deploy_leads(check) ? 0 : DEPLOY_INTERVAL_S + PAUSES * MINUTE;
    const unsigned wait = check->settle_s > led ? check->settle_s : led;
    return (wait / (PAUSES * MINUTE) + 1) * MINUTE;
}

unsigned deploy_for_s(const struct check *check)
{
    const unsigned looks = PAUSES * DEPLOY_COLLECT_S;
    return ((check->settle_s > looks ? check->settle_s : looks) / MINUTE + 1) * MINUTE;
}

static bool is_one_of(const struct flag *flag, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strcmp(flag->name, *names) == 0)
            return true;
    return false;
}

bool deploy_has(const struct flag *flag)
{
    static const char *const others[] = {"format",  "record", "list-checks", "print-config",
                                         "version", "help",   NULL};
    return !is_one_of(flag, others);
}

bool deploy_repeats(const struct flag *flag)
{
    static const char *const repeated[] = {"check", "warning", "critical", "ok-word", NULL};
    return is_one_of(flag, repeated);
}

const char *deploy_flag(struct arena *arena, const struct flag *flag)
{
    return flag->code < FLAGS_LONG ? arena_printf(arena, "-%c", flag->code)
                                   : arena_printf(arena, "--%s", flag->name);
}

const char *deploy_variable(struct arena *arena, const struct flag *flag)
{
    char *name = arena_printf(arena, "asyncos_%s", flag->name);
    for (char *p = name; *p != '\0'; p++)
        if (*p == '-')
            *p = '_';
    return name;
}

const char *deploy_line(struct arena *arena, const char *text, const char *special, char escape)
{
    char *line = arena_alloc(arena, 2 * strlen(text) + 1), *to = line;
    for (; *text != '\0'; text++) {
        bool is_special = strchr(special, *text) != NULL;
        if (is_special && escape != '\0')
            *to++ = escape;
        if (!is_special || escape != '\0')
            *to++ = (char)(*text == '\n' ? ' ' : *text);
    }
    return line;
}

const char *deploy_capital(struct arena *arena, const char *name)
{
    char *word = arena_dup(arena, text_of(name));
    word[0] = (char)toupper((unsigned char)word[0]);
    return word;
}
