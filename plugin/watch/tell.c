/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/watch/tell.h"

#include <jansson.h>
#include <string.h>

void tell_init(struct arena *arena, const struct model *model, FILE *out, bool json,
               struct tell *tell)
{
    *tell = (struct tell){.out = out, .json = json};
    tell->nodes = arena_array(arena, model->node_count, sizeof(*tell->nodes));
    tell->clusters = arena_array(arena, model->cluster_count, sizeof(*tell->clusters));
    tell->receiving = arena_array(arena, model->cluster_count, sizeof(*tell->receiving));
    for (size_t i = 0; i < model->node_count; i++)
        tell->nodes[i].state = STATE_OK;
    for (size_t i = 0; i < model->cluster_count; i++) {
        tell->clusters[i].state = STATE_OK;
        tell->receiving[i] = SIZE_MAX;
    }
}

static void put_json(const struct tell *tell, json_t *object)
{
    (void)json_dumpf(object, tell->out, JSON_COMPACT);
    (void)fputc('\n', tell->out);
    json_decref(object);
}

static json_t *text_or_null(const char *text)
{
    return text == NULL || *text == '\0' ? json_null() : json_string(text);
}

/* Why it is there: what told it, and what it waits for. */
static const char *why_of(const struct stage *stage)
{
    return stage->why[0] != '\0' ? stage->why : stage->doubt;
}

void tell_stage(const struct tell *tell, const struct model_node *node, const struct stage *before,
                bool first, int64_t at)
{
    const struct stage *now = &node->stage;
    const char *why = why_of(now);
    const bool was = before->word != STAGE_UNKNOWN && before->word != now->word;
    char when[32];
    if (tell->out == NULL || (!first && before->word == now->word))
        return;
    (void)time_print_utc(at, when, sizeof(when));
    if (tell->json)
        put_json(tell, json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "at", when, "node",
                                 node->config->name, "stage", stage_name(now->word), "was",
                                 was ? json_string(stage_name(before->word)) : json_null(), "why",
                                 text_or_null(why), "document", text_or_null(now->document)));
    else
        (void)fprintf(tell->out, "%s %s %s%s%s%s%s%s\n", when, node->config->name,
                      was ? stage_name(before->word) : "", was ? " -> " : "", stage_name(now->word),
                      *why != '\0' ? " (" : "", why, *why != '\0' ? ")" : "");
    (void)fflush(tell->out);
}

/* The same but for numbers: how long something lasts is no news. */
static bool same_words(const char *a, const char *b)
{
    for (;;) {
        while (*a >= '0' && *a <= '9')
            a++;
        while (*b >= '0' && *b <= '9')
            b++;
        if (*a != *b)
            return false;
        if (*a == '\0')
            return true;
        a++;
        b++;
    }
}

static void tell_problem(const struct tell *tell, struct tell_problem *told, const char *subject,
                         const char *kind, enum state state, const char *text, const char *when)
{
    if (state == told->state && same_words(text, told->text))
        return;
    if (tell->json)
        put_json(tell, json_pack("{s:s, s:s, s:s, s:o}", "at", when, kind, subject, "state",
                                 result_state_word(state), "problem", text_or_null(text)));
    else if (state == STATE_OK)
        (void)fprintf(tell->out, "%s %s OK: no longer: %s\n", when, subject, told->text);
    else
        (void)fprintf(tell->out, "%s %s %s: %s\n", when, subject, result_state_label(state), text);
    told->state = state;
    (void)snprintf(told->text, sizeof(told->text), "%s", text);
}

void tell_rest(struct tell *tell, const struct model *model, int64_t now)
{
    char when[32];
    if (tell->out == NULL)
        return;
    (void)time_print_utc(now, when, sizeof(when));
    for (size_t i = 0; i < model->cluster_count; i++) {
        const struct model_cluster *cluster = &model->clusters[i];
        if (cluster->seen && cluster->receiving != tell->receiving[i]) {
            tell->receiving[i] = cluster->receiving;
            if (tell->json)
                put_json(tell, json_pack("{s:s, s:s, s:I, s:I}", "at", when, "cluster",
                                         cluster->name, "receiving", (json_int_t)cluster->receiving,
                                         "members", (json_int_t)cluster->members));
            else
                (void)fprintf(tell->out, "%s %s receivers left: %zu of %zu\n", when, cluster->name,
                              cluster->receiving, cluster->members);
        }
        tell_problem(tell, &tell->clusters[i], cluster->name, "cluster", cluster->state,
                     cluster->problem, when);
    }
    for (size_t i = 0; i < model->node_count; i++)
        tell_problem(tell, &tell->nodes[i], model->nodes[i].config->name, "node",
                     model->nodes[i].state, model->nodes[i].problem, when);
    (void)fflush(tell->out);
}

void tell_fault(const struct tell *tell, const struct fault *fault, int64_t now)
{
    char when[32];
    if (tell->out == NULL)
        return;
    (void)time_print_utc(now, when, sizeof(when));
    if (tell->json)
        put_json(tell, json_pack("{s:s, s:s, s:s}", "at", when, "state",
                                 result_state_word(STATE_UNKNOWN), "problem", fault->text));
    else
        (void)fprintf(tell->out, "%s UNKNOWN: %s\n", when, fault->text);
    (void)fflush(tell->out);
}
