/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/cli_workqueue.h"

#include "checks/parse/cli.h"

/* "Operational", "Paused by admin: database maintenance", "Paused" (R). */
static void take_state(struct cli_workqueue *queue, struct span value)
{
    struct cursor c = text_cursor(value);
    queue->has_state = value.n != 0;
    queue->state_text = value;
    queue->state = CLI_WORKQUEUE_UNRECOGNISED;
    if (text_is_nocase(value, "Operational")) {
        queue->state = CLI_WORKQUEUE_OPERATIONAL;
    } else if (text_literal_nocase(&c, "Paused") &&
               (text_at_end(&c) || *c.p == ' ' || *c.p == ':')) {
        queue->state = CLI_WORKQUEUE_PAUSED;
        struct span head, tail;
        (void)text_cut(text_rest(&c), ':', &head, &tail);
        struct cursor by = text_cursor(text_trim(head));
        if (text_literal_nocase(&by, "by "))
            queue->paused_by = text_trim(text_rest(&by));
        queue->reason = text_trim(tail);
    }
}

/* Behind the line FROM and what was hard-wrapped off it: a reason may be long. */
static size_t value_end(const struct cli_text *text, size_t from)
{
    struct span label, value;
    size_t to = from + 1;
    while (to < text->count && cli_wrapped(text->lines[to - 1].text) &&
           text_trim(text->lines[to].text).n != 0 &&
           !(cli_pair(text->lines[to].text, &label, &value) && text_is_nocase(label, "Messages")))
        to++;
    return to;
}

static bool parse(struct arena *arena, struct span bytes, void *facts, struct fault *fault)
{
    struct cli_workqueue *queue = facts;
    struct cli_text text;
    if (!cli_read(arena, bytes, "workqueue status", &text, fault))
        return false;
    queue->host = text.host;
    for (size_t i = 0; i < text.count; i++) {
        const struct screen_line *line = &text.lines[i];
        struct span label, value;
        if (!cli_pair(line->text, &label, &value))
            continue;
        if (text_is_nocase(label, "Status as of")) {
            queue->has_as_of = queue->has_as_of || time_parse_status(value, &queue->as_of);
        } else if (text_is_nocase(label, "Status") && queue->state_line == 0) {
            queue->state_line = line->number;
            (void)cli_pair(cli_joined(arena, &text, i, value_end(&text, i)), &label, &value);
            take_state(queue, value);
        } else if (text_is_nocase(label, "Messages") && queue->messages_line == 0) {
            queue->messages_line = line->number;
            queue->has_messages = text_to_int(value, &queue->messages);
        }
    }
    if (!queue->has_state && !queue->has_messages)
        return cli_not_recognised(&text, "workqueue status", fault);
    return true;
}

const struct document_kind cli_workqueue_kind = {
    .id = "cli/workqueue.txt",
    .asked = "CLI workqueue status",
    .roles = ROLE_ESA,
    .facts_size = sizeof(struct cli_workqueue),
    .parse = parse,
    .host = cli_host,
};
