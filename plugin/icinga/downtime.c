/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/icinga/downtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "plugin/file.h"
#include "plugin/icinga/icinga.h"
#include "plugin/output.h"

enum { MAX_FILE = 16 * 1024 * 1024 };

/* nagios/icinga2-api-user.conf lets its user remove what is of this author only. */
static const char author[] = "postcheck";

/* ---- hosts ---- */

static const char *cluster_host(const struct config_node *node)
{
    return node->cluster_monitored_as != NULL ? node->cluster_monitored_as : node->cluster;
}

/* Of each appliance, and of each cluster once. */
static const char **hosts_of(const struct downtime *downtime, size_t *count)
{
    const struct config *config = downtime->config;
    const char **hosts = arena_array(downtime->arena, 2 * config->node_count, sizeof(*hosts));
    *count = 0;
    for (size_t i = 0; i < config->node_count; i++) {
        const struct config_node *node = &config->nodes[i];
        hosts[(*count)++] = node->monitored_as != NULL ? node->monitored_as : node->name;
        bool known = node->cluster == NULL;
        for (size_t k = 0; k < i && !known; k++)
            known = config->nodes[k].cluster != NULL &&
                    strcasecmp(config->nodes[k].cluster, node->cluster) == 0;
        if (!known)
            hosts[(*count)++] = cluster_host(node);
    }
    return hosts;
}

/* ---- the file ---- */

/* What ANSWER says was scheduled: of the host, and of each of its services. */
static const char *names_of(struct arena *arena, const json_t *answer)
{
    size_t i, k;
    const json_t *result, *service;
    const char *names = "";
    json_array_foreach (json_object_get(answer, "results"), i, result) {
        const char *name = json_string_value(json_object_get(result, "name"));
        if (name != NULL)
            names = arena_printf(arena, "%s%s\n", names, name);
        json_array_foreach (json_object_get(result, "service_downtimes"), k, service) {
            name = json_string_value(json_object_get(service, "name"));
            if (name != NULL)
                names = arena_printf(arena, "%s%s\n", names, name);
        }
    }
    return names;
}

/* At once: what a killed run has scheduled is known as well. */
static bool remember(const char *path, const char *names, struct fault *fault)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644);
    const bool done = fd >= 0 && file_write_all(fd, text_of(names));
    const int why = errno;
    if (fd >= 0)
        (void)close(fd);
    return done ||
           fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be written: %s", strerror(why));
}

/* Where names stand while the new ones are scheduled. */
static const char *fresh_path(const struct downtime *downtime)
{
    return arena_printf(downtime->arena, "%s.new", downtime->path);
}

/* False without fault: there is none. */
static bool recall(const struct downtime *downtime, const char *path, struct span *names,
                   struct fault *fault)
{
    const bool done = file_read(downtime->arena, path, MAX_FILE, names, fault);
    if (!done && fault->kind == FAULT_NOT_CAPTURED)
        fault->kind = FAULT_NONE;
    return done;
}

/* ---- asking ---- */

static bool schedule(const struct downtime *downtime, struct icinga *icinga, const char *host,
                     struct fault *fault)
{
    json_t *answer;
    json_t *body =
        json_pack("{ss ss ss ss sI sI sb sb}", "type", "Host", "host", host, "author", author,
                  "comment", downtime->comment, "start_time", (json_int_t)downtime->from,
                  "end_time", (json_int_t)downtime->until, "fixed", 1, "all_services", 1);
    const struct icinga_request request = {
        .path = "actions/schedule-downtime", .body = body, .object = host};
    const bool done = icinga_ask(icinga, &request, &answer, fault) &&
                      remember(fresh_path(downtime), names_of(downtime->arena, answer), fault);
    json_decref(body);
    json_decref(answer);
    return done;
}

/* One that is not there any more is as good as removed. */
static bool cancel(struct icinga *icinga, const char *name, bool *gone, struct fault *fault)
{
    json_t *answer;
    json_t *body = json_pack("{ss ss}", "type", "Downtime", "downtime", name);
    const struct icinga_request request = {
        .path = "actions/remove-downtime", .body = body, .object = name};
    const bool done = icinga_ask(icinga, &request, &answer, fault);
    json_decref(body);
    json_decref(answer);
    *gone = !done && fault->kind == FAULT_UNSUPPORTED;
    return done || *gone;
}

/* What the file at PATH names, and the file; without it nothing is done. */
static bool cancel_all(const struct downtime *downtime, struct icinga *icinga, const char *path,
                       size_t *removed, struct fault *fault)
{
    struct span line, rest;
    if (!recall(downtime, path, &rest, fault))
        return fault->kind == FAULT_NONE;
    while (rest.n > 0) {
        const struct span left = rest;
        bool gone;
        (void)text_cut(rest, '\n', &line, &rest);
        if (line.n == 0)
            continue;
        if (!cancel(icinga, arena_dup(downtime->arena, line), &gone, fault)) {
            struct fault worse;
            (void)output_put(downtime->arena, path, left, &worse);
            return false;
        }
        *removed += !gone;
    }
    fault->kind = FAULT_NONE;
    return unlink(path) == 0 ||
           fault_set(fault, FAULT_INTERNAL, path, 0, "cannot be removed: %s", strerror(errno));
}

bool downtime_remove(const struct downtime *downtime, size_t *removed, struct fault *fault)
{
    const char *const paths[] = {downtime->path, fresh_path(downtime)};
    struct span names;
    bool any = false;
    *removed = 0;
    for (size_t i = 0; i < CHECK_COUNT(paths); i++) {
        any |= recall(downtime, paths[i], &names, fault);
        if (fault->kind != FAULT_NONE)
            return false;
    }
    if (!any)
        return true;
    struct icinga *icinga = icinga_open(downtime->arena, downtime->config, fault);
    bool done = icinga != NULL;
    for (size_t i = 0; i < CHECK_COUNT(paths) && done; i++)
        done = cancel_all(downtime, icinga, paths[i], removed, fault);
    icinga_close(icinga);
    return done;
}

/* The new ones stand before those of an earlier call go: there is no gap, and no second set. */
static bool schedule_all(const struct downtime *downtime, struct icinga *icinga, size_t *hosts,
                         struct fault *fault)
{
    const char **names = hosts_of(downtime, hosts), *fresh = fresh_path(downtime);
    size_t done = 0, removed = 0;
    struct fault second = {.kind = FAULT_NONE};
    if (!cancel_all(downtime, icinga, fresh, &removed, fault)) /* of a run that was killed */
        return false;
    while (done < *hosts && schedule(downtime, icinga, names[done], fault))
        done++;
    if (done < *hosts) {
        (void)cancel_all(downtime, icinga, fresh, &removed, &second); /* what it leaves, it names */
        return false;
    }
    return cancel_all(downtime, icinga, downtime->path, &removed, fault) &&
           (rename(fresh, downtime->path) == 0 ||
            fault_set(fault, FAULT_INTERNAL, fresh, 0, "cannot be renamed: %s", strerror(errno)));
}

bool downtime_schedule(const struct downtime *downtime, size_t *hosts, struct fault *fault)
{
    struct icinga *icinga = icinga_open(downtime->arena, downtime->config, fault);
    const bool done = icinga != NULL && schedule_all(downtime, icinga, hosts, fault);
    icinga_close(icinga);
    return done;
}
