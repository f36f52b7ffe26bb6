/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>

#include "plugin/deploy/deploy.h"

/*
 * A basket of the Icinga Director: commands, and a template of a service for each check. Objects
 * have no UUID: the Director up to 1.10 takes none, and every one finds them again by their names.
 */

static json_t *argument_of(const struct deploy *deploy, const struct flag *flag)
{
    const char *value = arena_printf(deploy->arena, "$%s$", deploy_variable(deploy->arena, flag));
    json_t *argument = json_object();
    (void)json_object_set_new(argument, "description",
                              json_string(deploy_line(deploy->arena, flag->help, "", '\0')));
    (void)json_object_set_new(argument, flag->argument != NULL ? "value" : "set_if",
                              json_string(value));
    if (flag->argument == NULL)
        (void)json_object_set_new(argument, "set_if_format", json_string("string"));
    if (flag->code == 'H')
        (void)json_object_set_new(argument, "required", json_true());
    if (deploy_repeats(flag))
        (void)json_object_set_new(argument, "repeat_key", json_true());
    return argument;
}

static json_t *base_of(const char *name, const char *type)
{
    json_t *object = json_object();
    (void)json_object_set_new(object, "object_name", json_string(name));
    (void)json_object_set_new(object, "object_type", json_string(type));
    return object;
}

static json_t *command_of(const struct deploy *deploy, json_t *fields)
{
    json_t *command = base_of("asyncos", "object");
    json_t *arguments = json_object(), *list = json_array();
    for (size_t i = 0; i < deploy->flag_count; i++) {
        const struct flag *flag = &deploy->flags[i];
        if (!deploy_has(flag))
            continue;
        const char *name = deploy_variable(deploy->arena, flag);
        const char *id = arena_printf(deploy->arena, "%zu", json_object_size(fields) + 1);
        json_t *field = json_object();
        bool array = deploy_repeats(flag), boolean = flag->argument == NULL;
        (void)json_object_set_new(arguments, deploy_flag(deploy->arena, flag),
                                  argument_of(deploy, flag));
        (void)json_object_set_new(field, "varname", json_string(name));
        (void)json_object_set_new(
            field, "caption", json_string(arena_printf(deploy->arena, "AsyncOS: %s", flag->name)));
        (void)json_object_set_new(field, "description",
                                  json_string(deploy_line(deploy->arena, flag->help, "", '\0')));
        (void)json_object_set_new(
            field, "datatype",
            json_string(arena_printf(deploy->arena,
                                     "Icinga\\Module\\Director\\DataType\\DataType%s",
                                     array     ? "Array"
                                     : boolean ? "Boolean"
                                               : "String")));
        (void)json_object_set_new(field, "format", json_null());
        (void)json_object_set_new(field, "settings", json_object());
        (void)json_array_append_new(list, json_pack("{s:I, s:s, s:n}", "datafield_id",
                                                    (json_int_t)json_object_size(fields) + 1,
                                                    "is_required", flag->code == 'H' ? "y" : "n",
                                                    "var_filter"));
        (void)json_object_set_new(fields, id, field);
    }
    (void)json_object_set_new(command, "command",
                              json_string("/usr/lib/nagios/plugins/check_asyncos"));
    (void)json_object_set_new(command, "methods_execute", json_string("PluginCheck"));
    (void)json_object_set_new(command, "timeout", json_string("60"));
    (void)json_object_set_new(command, "disabled", json_false());
    (void)json_object_set_new(command, "imports", json_array());
    (void)json_object_set_new(command, "vars",
                              json_pack("{s:s, s:s}", "asyncos_hostname", "$host.name$",
                                        "asyncos_timeout",
                                        arena_printf(deploy->arena, "%d", DEPLOY_TIMEOUT_S)));
    (void)json_object_set_new(command, "arguments", arguments);
    (void)json_object_set_new(command, "fields", list);
    return command;
}

static json_t *template_of(const struct deploy *deploy, const struct check *check, const char *name)
{
    json_t *template = base_of(name, "template");
    (void)json_object_set_new(template, "check_command", json_string("asyncos"));
    (void)json_object_set_new(template, "check_interval",
                              json_string(arena_printf(deploy->arena, "%d", DEPLOY_INTERVAL_S)));
    (void)json_object_set_new(
        template, "retry_interval",
        json_string(arena_printf(deploy->arena, "%u", deploy_retry_s(check))));
    (void)json_object_set_new(template, "max_check_attempts",
                              json_string(arena_printf(deploy->arena, "%d", DEPLOY_ATTEMPTS)));
    (void)json_object_set_new(template, "notes", json_string(check->title));
    (void)json_object_set_new(template, "imports", json_array());
    (void)json_object_set_new(template, "fields", json_array());
    (void)json_object_set_new(template, "vars", json_pack("{s:[s]}", "asyncos_check", check->name));
    return template;
}

void deploy_director_basket(const struct deploy *deploy)
{
    json_t *fields = json_object(), *templates = json_object();
    json_t *command = command_of(deploy, fields);
    for (size_t i = 0; i < registry_count; i++) {
        const char *name = arena_printf(deploy->arena, "asyncos-%s", registry_checks[i]->name);
        (void)json_object_set_new(templates, name, template_of(deploy, registry_checks[i], name));
    }
    json_t *basket = json_pack("{s:{s:o}, s:o, s:o}", "Command", "asyncos", command,
                               "ServiceTemplate", templates, "Datafield", fields);
    (void)json_dumpf(basket, deploy->out, JSON_INDENT(2));
    (void)fputc('\n', deploy->out);
    json_decref(basket);
}
