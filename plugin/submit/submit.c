/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/submit/submit.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "plugin/render/render.h"

enum {
    MAX_NAMES = 5,
    MAX_OUTPUT = 8192 - 1 /* MAX_PLUGIN_OUTPUT_LENGTH of Nagios, which cuts what is longer */
};

const struct submitter submit_rows[SUBMIT_WAYS] = {
    {"icinga2", "the API of Icinga 2, as [icinga2] of the configuration says", submit_icinga2_ready,
     submit_icinga2_send},
    {"spool", "the folder of check results of Nagios, `spool_dir`", submit_spool_ready,
     submit_spool_send},
    {"nsca", "a server of NSCA-ng, as `nsca_config` of send_nsca says", submit_nsca_ready,
     submit_nsca_send},
};

const struct submitter *submit_find(const char *name, struct fault *fault)
{
    for (size_t i = 0; i < SUBMIT_WAYS; i++)
        if (strcmp(submit_rows[i].name, name) == 0)
            return &submit_rows[i];
    (void)fault_set(fault, FAULT_INTERNAL, "--submit", 0, "'%.60s' is none of icinga2, spool, nsca",
                    name);
    return NULL;
}

/* ---- services ---- */

/* As the inventory tells, else as the appliances do; NULL: it is in none, or in one without name */
static const char *cluster_of(const struct report *report, const struct config_node *configured,
                              const char *node)
{
    if (configured != NULL && configured->cluster != NULL)
        return configured->cluster;
    for (size_t c = 0; c < report->cluster_count; c++)
        for (size_t m = 0; m < report->clusters[c].member_count; m++)
            if (strcasecmp(report->clusters[c].members[m], node) == 0)
                return report->clusters[c].name;
    return NULL;
}

/* The host that the service of ANSWER is on; NULL = there is no such service. */
static const char *host_of(const struct config *config, const struct report *report,
                           const struct report_result *answer)
{
    const char *name = answer->result->node;
    const struct config_node *node = config_node(config, name);
    const char *as = node == NULL ? NULL : node->monitored_as;
    if (answer->result->check->about_cluster) {
        name = cluster_of(report, node, name);
        as = node == NULL ? NULL : node->cluster_monitored_as;
    }
    return name != NULL && as != NULL ? as : name;
}

/* What --format nagios prints for ANSWER alone, cut at its one pipe. */
static void print(struct arena *arena, const struct report *report,
                  const struct report_result *answer, struct submit_service *service)
{
    struct report_result one = *answer;
    const struct report alone = {.arena = arena,
                                 .tool_version = report->tool_version,
                                 .phase = report->phase,
                                 .waivers = report->waivers,
                                 .waiver_count = report->waiver_count,
                                 .results = &one,
                                 .count = 1,
                                 .state = answer->state,
                                 .one_check = true};
    char *bytes = NULL;
    size_t n = 0;
    FILE *memory = open_memstream(&bytes, &n);
    if (memory != NULL) {
        render_nagios_print(memory, &alone);
        (void)fclose(memory);
    }
    struct span text, perfdata;
    (void)text_cut((struct span){bytes, n}, '|', &text, &perfdata);
    service->text = arena_dup(arena, text_trim(text));
    service->perfdata = arena_dup(arena, text_trim(perfdata));
    service->code = report_exit_code(&alone);
    free(bytes);
}

/* Where an answer goes. */
struct place {
    const char *host;
    const struct report_result *answer;
};

static int by_host(const struct place *x, const struct place *y)
{
    int order = strcasecmp(x->host, y->host);
    return order != 0 ? order
                      : strcmp(x->answer->result->check->name, y->answer->result->check->name);
}

/* Of the members of a cluster the worst first. */
static int by_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    int order = by_host(x, y);
    if (order == 0)
        order = (int)y->answer->state - (int)x->answer->state;
    return order != 0 ? order : strcasecmp(x->answer->result->node, y->answer->result->node);
}

const struct submit_service *submit_services(struct arena *arena, const struct config *config,
                                             const struct report *report, size_t *count)
{
    struct submit_service *services = arena_array(arena, report->count, sizeof(*services));
    struct place *places = arena_array(arena, report->count, sizeof(*places));
    size_t n = 0;
    for (size_t i = 0; i < report->count; i++) {
        const struct place place = {host_of(config, report, &report->results[i]),
                                    &report->results[i]};
        if (place.host != NULL)
            places[n++] = place;
    }
    if (n > 1)
        qsort(places, n, sizeof(*places), by_place);
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        const struct check *check = places[i].answer->result->check;
        if (check->about_cluster && i > 0 && by_host(&places[i - 1], &places[i]) == 0)
            continue;
        struct submit_service *service = &services[(*count)++];
        service->host = places[i].host;
        service->check = check->name;
        service->name = arena_printf(arena, "asyncos-%s", check->name);
        print(arena, report, places[i].answer, service);
    }
    return services;
}

bool submit_token(struct span *perfdata, struct span *token)
{
    *perfdata = text_trim(*perfdata);
    bool quoted = false;
    size_t n = 0;
    while (n < perfdata->n && (quoted || perfdata->p[n] != ' '))
        quoted ^= perfdata->p[n++] == '\'';
    *token = text_head(*perfdata, n);
    *perfdata = text_skip(*perfdata, n);
    return n > 0;
}

/* The most of TEXT that fits into MAX bytes: whole lines, else a whole character's end. */
static struct span fitting(struct span text, size_t max)
{
    if (text.n <= max)
        return text;
    size_t n = max;
    while (n > 0 && text.p[n] != '\n')
        n--;
    for (n = n > 0 ? n : max; n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80;)
        n--;
    return text_head(text, n);
}

/* Tokens only as a whole: half of one would be another number. */
static struct span fitting_perfdata(struct span perfdata, size_t max)
{
    struct span rest = perfdata, token;
    size_t n = 0;
    while (submit_token(&rest, &token)) {
        const size_t end = (size_t)(token.p + token.n - perfdata.p);
        if (end > max)
            break;
        n = end;
    }
    return text_head(perfdata, n);
}

const char *submit_output(struct arena *arena, const struct submit_service *service)
{
    static const char cut[] = "\n    … cut: Nagios takes 8 KiB";
    struct span text = text_of(service->text), perfdata = text_of(service->perfdata);
    perfdata = fitting_perfdata(perfdata, MAX_OUTPUT / 2);
    const bool too_long = text.n + 1 + perfdata.n > MAX_OUTPUT;
    if (too_long)
        text = fitting(text, MAX_OUTPUT - 1 - perfdata.n - (sizeof(cut) - 1));
    return arena_printf(arena, "%.*s%s%s%.*s", (int)text.n, text.p, too_long ? cut : "",
                        perfdata.n > 0 ? "|" : "", (int)perfdata.n,
                        perfdata.n > 0 ? perfdata.p : "");
}

/* ---- what was not taken ---- */

void submit_lost(struct arena *arena, struct submit_tally *tally, const struct fault *fault,
                 const struct submit_service *service, size_t skipped)
{
    struct submit_loss *loss = NULL;
    for (size_t i = 0; i < tally->loss_count && loss == NULL; i++)
        if (tally->losses[i].fault.kind == fault->kind)
            loss = &tally->losses[i];
    if (loss == NULL) {
        tally->losses = arena_push(arena, tally->losses, tally->loss_count, sizeof(*tally->losses));
        loss = &tally->losses[tally->loss_count++];
        *loss = (struct submit_loss){.fault = *fault, .names = ""};
    } else if (loss->count <= MAX_NAMES) {
        loss->names = arena_printf(arena, "%s%s%s!%s", loss->names, *loss->names ? ", " : "",
                                   service->host, service->name);
    }
    loss->count += 1 + skipped;
    loss->skipped += skipped;
}

const char *submit_explain(struct arena *arena, const struct submit_loss *loss)
{
    const char *text = arena_printf(arena, "%s%s%s", loss->fault.origin,
                                    loss->fault.origin[0] != '\0' ? ": " : "", loss->fault.text);
    if (loss->skipped > 0)
        return arena_printf(arena, "%s; %zu more were not tried", text, loss->skipped);
    if (loss->count == 1)
        return text;
    return arena_printf(arena, "%s; so with %s%s", text, loss->names,
                        loss->count > MAX_NAMES + 1
                            ? arena_printf(arena, " and %zu more", loss->count - MAX_NAMES - 1)
                            : "");
}
