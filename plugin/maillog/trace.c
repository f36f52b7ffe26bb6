/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/maillog/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checks/maillog/envelope.h"
#include "checks/maillog/verdict.h"
#include "plugin/maillog/account.h"
#include "plugin/maillog/ids.h"
#include "plugin/maillog/stop.h"
#include "plugin/render/wrap.h"

/*
 * Three passes over the files: who came from whom; which connections carried the family, and what
 * became of its members; its lines.
 */

enum { MAX_LINES = 200000, MAX_LINE_BYTES = 4000 };

struct relation {
    uint32_t appliance;
    uint64_t from, to;
    const char *how;
};

struct member {
    uint32_t appliance;
    uint64_t mid, from; /* FROM: the member that led to it; 0 = the one that was asked for */
    const char *how;
    bool told; /* FINISHED was */
    enum flow_class class;
    enum flow_direction way;
    unsigned recipients, delivered, bounced, quarantined;
};

/* Where lines stand. */
struct place {
    const struct input_file *file;
    const char *member; /* NULL: of no archive */
};

struct found_line {
    uint32_t appliance, place;
    uint64_t number;
    const char *time, *text; /* TIME: "" = it has none, and belongs to the line before */
};

struct trace {
    struct arena *arena;
    struct input *input;
    uint64_t mid;
    int64_t reference;
    int pass;
    bool broken; /* out of memory */

    const char **appliances; /* by host, else serial number; index 0: not named */
    size_t appliance_count;
    uint32_t of_file;                 /* whose the lines without a host are */
    uint32_t of_source[LINE_SOURCES]; /* + 1; 0 = not known yet */
    const struct line_reader *reader;

    struct relation *relations;
    size_t relation_count, relation_room;
    struct ids_set family, connections;
    struct member *members;
    size_t member_count;
    struct found_line *lines;
    size_t line_count;
    struct place *places;
    size_t place_count;
    struct maillog *log;
    uint32_t of_last; /* whose the last line was that was kept + 1; 0 = the last was not kept */
    bool truncated;
};

/* ---- Whose line it is ---- */

static uint32_t appliance_named(struct trace *t, struct span name)
{
    for (size_t i = 0; i < t->appliance_count; i++)
        if (text_is(name, t->appliances[i]))
            return (uint32_t)i;
    t->appliances = arena_push(t->arena, t->appliances, t->appliance_count, sizeof(*t->appliances));
    t->appliances[t->appliance_count] = arena_dup(t->arena, name);
    return (uint32_t)t->appliance_count++;
}

/* "Version: 16.0.4-016 SN: 564D…": from here on the file is known. */
static void take_header(struct trace *t, const struct line_event *event)
{
    struct span message = {event->message, event->message_n};
    ptrdiff_t at = text_find(message, " SN: ");
    if (at >= 0)
        t->of_file = appliance_named(t, text_trim(text_skip(message, (size_t)at + 5)));
}

static uint32_t appliance_of(struct trace *t, const struct line_reader *reader,
                             const struct line_event *event)
{
    const struct line_source *source = &reader->sources[event->source];
    if (source->host[0] == '\0')
        return t->of_file;
    if (t->of_source[event->source] == 0)
        t->of_source[event->source] = appliance_named(t, text_of(source->host)) + 1;
    return t->of_source[event->source] - 1;
}

/* ---- The passes ---- */

static void relate(struct trace *t, uint32_t appliance, uint64_t from, uint64_t to, const char *how)
{
    if (from == 0 || to == 0)
        return;
    if (t->relation_count == t->relation_room) {
        size_t room = t->relation_room == 0 ? 1024 : t->relation_room * 2;
        struct relation *larger = realloc(t->relations, room * sizeof(*larger));
        if (larger == NULL) {
            t->broken = true;
            return;
        }
        t->relations = larger;
        t->relation_room = room;
    }
    t->relations[t->relation_count++] = (struct relation){appliance, from, to, how};
}

static void join(struct trace *t, uint32_t appliance, uint64_t mid, uint64_t from, const char *how)
{
    bool fresh = false;
    t->broken = t->broken || !ids_add(&t->family, appliance, IDS_MID, mid, &fresh);
    if (t->broken || !fresh)
        return;
    t->members = arena_push(t->arena, t->members, t->member_count, sizeof(*t->members));
    t->members[t->member_count++] = (struct member){
        .appliance = appliance, .mid = mid, .from = from, .how = how, .class = FLOW_OPEN};
}

static void collect_relation(struct trace *t, uint32_t appliance, const struct line_event *event,
                             const struct ids *ids)
{
    for (size_t i = 0; i < ids->count; i++)
        if (ids->of[i].kind == IDS_MID && ids->of[i].id == t->mid)
            join(t, appliance, t->mid, 0, "");
    if (ids->count < 2 || ids->of[1].kind != IDS_MID)
        return;
    uint64_t first = ids->of[0].id, second = ids->of[1].id;
    if (event->family == FAMILY_mid_split)
        relate(t, appliance, first, second, "split from");
    else if (event->family == FAMILY_mid_rewritten)
        relate(t, appliance, first, second, "rewritten from");
    else if (event->family == FAMILY_mid_generated)
        relate(t, appliance, second, first, "generated from");
    else if (event->family == FAMILY_euq_reinjected)
        relate(t, appliance, first, second, "reinjected from");
}

static void collect_connection(struct trace *t, uint32_t appliance, const struct ids *ids)
{
    bool ours = false;
    for (size_t i = 0; i < ids->count; i++)
        ours = ours || (ids->of[i].kind == IDS_MID &&
                        ids_has(&t->family, appliance, IDS_MID, ids->of[i].id));
    for (size_t i = 0; i < ids->count && ours; i++)
        if (ids->of[i].kind != IDS_MID)
            t->broken = t->broken ||
                        !ids_add(&t->connections, appliance, ids->of[i].kind, ids->of[i].id, NULL);
}

static const char *time_of(struct trace *t, const struct line_reader *reader,
                           const struct line_event *event)
{
    char text[32];
    int64_t when = event->when;
    if (reader->sources[event->source].yearless) {
        int year = envelope_year(t->reference);
        when = envelope_in_year(event->when, year);
        if (when > t->reference + 2 * 86400)
            when = envelope_in_year(event->when, year - 1);
    }
    (void)account_time(when, NULL, text, sizeof(text));
    text[10] = ' ';
    return arena_dup(t->arena, text_of(text));
}

static void keep_line(struct trace *t, uint32_t appliance, const char *time, const char *text)
{
    t->truncated = t->line_count >= MAX_LINES;
    if (t->truncated)
        return;
    t->lines = arena_push(t->arena, t->lines, t->line_count, sizeof(*t->lines));
    t->lines[t->line_count++] = (struct found_line){appliance, (uint32_t)t->place_count - 1,
                                                    maillog_line(t->log), time, text};
}

/* Another file or member begins: what it begins with belongs to no line of the one before. */
static void note_place(struct trace *t)
{
    const struct place now = {t->input->now, t->input->member};
    const struct place *last = t->place_count > 0 ? &t->places[t->place_count - 1] : NULL;
    if (last != NULL && last->file == now.file && last->member == now.member)
        return;
    t->places = arena_push(t->arena, t->places, t->place_count, sizeof(*t->places));
    t->places[t->place_count++] = now;
    t->of_last = 0;
}

/* A line without an envelope. */
static void more(void *context, struct span line)
{
    struct trace *t = context;
    if (t->pass != 2 || t->broken)
        return;
    note_place(t);
    if (t->of_last != 0 && text_trim(line).n != 0)
        keep_line(t, t->of_last - 1, "", result_clean(t->arena, line, MAX_LINE_BYTES));
}

static void collect_line(struct trace *t, const struct line_reader *reader, uint32_t appliance,
                         const struct line_event *event, const struct ids *ids)
{
    static const char *const levels[] = {"", "Warning: ", "Critical: ", "Debug: ", "Trace: "};
    bool about_message = false, ours = false;
    for (size_t i = 0; i < ids->count; i++)
        about_message = about_message || ids->of[i].kind == IDS_MID;
    for (size_t i = 0; i < ids->count; i++)
        if (ids->of[i].kind == IDS_MID || !about_message)
            ours = ours || ids_has(ids->of[i].kind == IDS_MID ? &t->family : &t->connections,
                                   appliance, ids->of[i].kind, ids->of[i].id);
    if (!ours)
        return;
    struct span message = {event->message, event->message_n};
    keep_line(t, appliance, time_of(t, reader, event),
              arena_printf(t->arena, "%s%s", levels[event->level <= LINE_TRACE ? event->level : 0],
                           result_clean(t->arena, message, MAX_LINE_BYTES)));
    t->of_last = appliance + 1;
}

static void each(void *context, const struct line_reader *reader, const struct line_event *event)
{
    struct trace *t = context;
    if (event->family == FAMILY_log_version)
        take_header(t, event);
    struct ids ids = ids_of(event);
    if (t->pass == 2)
        note_place(t);
    t->of_last = 0;
    if (ids.count == 0 || t->broken)
        return;
    uint32_t appliance = appliance_of(t, reader, event);
    if (t->pass == 0)
        collect_relation(t, appliance, event, &ids);
    else if (t->pass == 1)
        collect_connection(t, appliance, &ids);
    else
        collect_line(t, reader, appliance, event, &ids);
}

/* What became of it: the flow's appliances are found again by their names. */
static void finished(void *context, const struct flow_message *message)
{
    struct trace *t = context;
    struct flow_summary *summary = NULL;
    for (size_t i = 0; i < t->member_count; i++) {
        struct member *m = &t->members[i];
        if (m->mid != message->mid || m->told)
            continue;
        if (t->appliance_count > 2) {
            if (summary == NULL) {
                summary = arena_alloc(t->arena, sizeof(*summary));
                if (!flow_summary(maillog_flow(t->log), summary))
                    return;
            }
            const struct flow_appliance *a = message->appliance < summary->appliance_count
                                                 ? &summary->appliances[message->appliance]
                                                 : NULL;
            const char *name = t->appliances[m->appliance];
            if (a == NULL || (strcmp(a->host, name) != 0 && strcmp(a->serial, name) != 0))
                continue;
        }
        m->told = true;
        m->class = message->class;
        m->way = message->way;
        m->recipients = message->recipients;
        m->delivered = message->delivered;
        m->bounced = message->bounced;
        m->quarantined = message->quarantined;
    }
}

/* The closure of the relations, in both directions. */
static void find_family(struct trace *t)
{
    for (size_t before = t->member_count + 1; before != t->member_count && !t->broken;) {
        before = t->member_count;
        for (size_t i = 0; i < t->relation_count; i++) {
            const struct relation *r = &t->relations[i];
            bool from = ids_has(&t->family, r->appliance, IDS_MID, r->from);
            bool to = ids_has(&t->family, r->appliance, IDS_MID, r->to);
            if (from && !to)
                join(t, r->appliance, r->to, r->from, r->how);
            else if (to && !from)
                join(t, r->appliance, r->from, 0, "");
        }
    }
    for (size_t i = 0; i < t->relation_count; i++) /* also of those that were met as children */
        for (size_t m = 0; m < t->member_count; m++)
            if (t->members[m].appliance == t->relations[i].appliance &&
                t->members[m].mid == t->relations[i].to && t->members[m].from == 0) {
                t->members[m].from = t->relations[i].from;
                t->members[m].how = t->relations[i].how;
            }
}

static bool pass(struct trace *t, const struct settings *settings, int number)
{
    struct flow_options options = {.reference = t->input->reference};
    if (number == 1) {
        options.context = t;
        options.finished = finished;
    }
    struct maillog *log =
        maillog_new(settings->buffer, settings->portable ? LINE_PORTABLE : LINE_BEST, &options);
    if (log == NULL)
        return false;
    t->pass = number;
    t->of_file = 0;
    memset(t->of_source, 0, sizeof(t->of_source));
    t->log = log;
    t->place_count = 0;
    maillog_each(log, each, t);
    maillog_each_more(log, more);
    bool good = input_feed(t->input, log) && maillog_finish(log) && !t->broken;
    maillog_free(log);
    return good;
}

/* ---- Printing ---- */

static const char *outcome(struct trace *t, const struct member *m)
{
    static const char *const words[FLOW_CLASSES] = {[FLOW_DELIVERED] = "delivered",
                                                    [FLOW_QUARANTINED] = "in quarantine",
                                                    [FLOW_DROPPED] = "dropped",
                                                    [FLOW_BOUNCED] = "bounced",
                                                    [FLOW_HANDED_ON] = "went on as another message",
                                                    [FLOW_OTHER] = "finished, and nothing says how",
                                                    [FLOW_ABORTED] = "receiving broke off",
                                                    [FLOW_OPEN] = "not finished in these files"};
    const char *text = words[m->class];
    if (m->recipients > 0)
        text =
            arena_printf(t->arena, "%s; recipients: %u, %u delivered, %u bounced, %u quarantined",
                         text, m->recipients, m->delivered, m->bounced, m->quarantined);
    if (m->way != FLOW_UNKNOWN_WAY)
        text = arena_printf(t->arena, "%s, %s", verdict_way_word(m->way), text);
    return text;
}

static const char *place_name(struct trace *t, const struct found_line *line)
{
    const struct place *place = &t->places[line->place];
    const char *name = input_name(place->file->name);
    if (place->member != NULL)
        name = arena_printf(t->arena, "%s:%s", name, place->member);
    return result_clean(t->arena, text_of(name), 200);
}

/* "mail.current:815", the name only where there are several. */
static const char *location(struct trace *t, const struct found_line *line, bool several)
{
    return several ? arena_printf(t->arena, "%s:%llu", place_name(t, line),
                                  (unsigned long long)line->number)
                   : arena_printf(t->arena, "%llu", (unsigned long long)line->number);
}

/* A column of locations, one of times, the lines. */
static void print_lines(struct trace *t, uint32_t appliance, FILE *out)
{
    bool several = t->input->count > 1;
    size_t width = 0;
    for (size_t i = 0; i < t->place_count; i++)
        several = several || t->places[i].member != NULL;
    for (size_t i = 0; i < t->line_count; i++)
        if (t->lines[i].appliance == appliance) {
            const size_t n = strlen(location(t, &t->lines[i], several));
            width = n > width ? n : width;
        }
    for (size_t i = 0; i < t->line_count; i++)
        if (t->lines[i].appliance == appliance)
            (void)fprintf(out, several ? "%-*s  %-19s  %s\n" : "%*s  %-19s  %s\n", (int)width,
                          location(t, &t->lines[i], several), t->lines[i].time, t->lines[i].text);
}

static void print_text(struct trace *t, uint32_t appliance, FILE *out)
{
    const char *name = t->appliances[appliance];
    if (name[0] != '\0')
        (void)fprintf(out, "appliance %s\n", result_clean(t->arena, text_of(name), 80));
    for (size_t i = 0; i < t->member_count; i++) {
        const struct member *m = &t->members[i];
        if (m->appliance != appliance)
            continue;
        const char *born = m->from == 0 ? ""
                                        : arena_printf(t->arena, "%s MID %llu, ", m->how,
                                                       (unsigned long long)m->from);
        wrap_put(out,
                 arena_printf(t->arena, "MID %llu%s: ", (unsigned long long)m->mid,
                              m->mid == t->mid ? " *" : ""),
                 arena_printf(t->arena, "%s%s", born, outcome(t, m)));
    }
    (void)fputc('\n', out);
    print_lines(t, appliance, out);
}

static json_t *line_json(struct trace *t, const struct found_line *line)
{
    const struct place *place = &t->places[line->place];
    const char *member = place->member;
    return json_pack("{s:s, s:s?, s:I, s:s?, s:s}", "file",
                     result_clean(t->arena, text_of(place->file->name), 200), "member",
                     member != NULL ? result_clean(t->arena, text_of(member), 200) : NULL, "line",
                     (json_int_t)line->number, "time", line->time[0] != '\0' ? line->time : NULL,
                     "text", line->text);
}

static json_t *group_json(struct trace *t, uint32_t appliance)
{
    json_t *messages = json_array(), *lines = json_array();
    const char *name = t->appliances[appliance];
    for (size_t i = 0; i < t->member_count; i++) {
        const struct member *m = &t->members[i];
        if (m->appliance == appliance)
            (void)json_array_append_new(
                messages,
                json_pack("{s:I, s:s, s:s, s:o, s:i, s:i, s:i, s:i}", "mid", (json_int_t)m->mid,
                          "class", flow_class_word(m->class), "way", verdict_way_word(m->way),
                          "from",
                          m->from == 0
                              ? json_null()
                              : json_pack("{s:I, s:s}", "mid", (json_int_t)m->from, "how", m->how),
                          "recipients", (int)m->recipients, "delivered", (int)m->delivered,
                          "bounced", (int)m->bounced, "quarantined", (int)m->quarantined));
    }
    for (size_t i = 0; i < t->line_count; i++)
        if (t->lines[i].appliance == appliance)
            (void)json_array_append_new(lines, line_json(t, &t->lines[i]));
    return json_pack("{s:s?, s:o, s:o}", "appliance",
                     name[0] != '\0' ? result_clean(t->arena, text_of(name), 80) : NULL, "messages",
                     messages, "lines", lines);
}

static bool has_family(const struct trace *t, uint32_t appliance)
{
    for (size_t i = 0; i < t->member_count; i++)
        if (t->members[i].appliance == appliance)
            return true;
    return false;
}

static void print(struct trace *t, struct cmd *cmd)
{
    bool json = cmd->format[0] == 'j', first = true;
    json_t *groups = json_array();
    for (uint32_t a = 0; a < t->appliance_count; a++) {
        if (!has_family(t, a))
            continue;
        if (json) {
            (void)json_array_append_new(groups, group_json(t, a));
            continue;
        }
        if (!first)
            (void)fputc('\n', cmd->out);
        print_text(t, a, cmd->out);
        first = false;
    }
    if (json) {
        json_t *root = json_pack("{s:I, s:O}", "mid", (json_int_t)t->mid, "families", groups);
        (void)json_dumpf(root, cmd->out, JSON_INDENT(2));
        (void)fputc('\n', cmd->out);
        json_decref(root);
    } else if (t->member_count == 0)
        (void)fprintf(cmd->out, "MID %llu is not in these files\n", (unsigned long long)t->mid);
    if (t->truncated)
        (void)fprintf(stderr, "postcheck: only the first %d lines are shown\n", MAX_LINES);
    json_decref(groups);
}

int trace_run(struct cmd *cmd, const struct settings *settings, struct input *input,
              struct fault *fault)
{
    struct trace t = {.arena = cmd->arena, .input = input, .mid = settings->mid};
    int code = 3;
    t.reference = input->reference;
    input->apart = true; /* each line is shown where it stands */
    (void)appliance_named(&t, text_of(""));
    if (!input_keep_pipes(input, fault))
        return 3;
    bool good = pass(&t, settings, 0);
    if (good && t.member_count > 0) {
        find_family(&t);
        good = pass(&t, settings, 1) && pass(&t, settings, 2);
    }
    if (!good)
        (void)fault_set(fault, FAULT_INTERNAL, "", 0, "out of memory");
    else if (stop_asked())
        (void)fault_set(fault, FAULT_INTERNAL, "--mid", 0, "interrupted");
    else
        print(&t, cmd);
    if (fault->kind == FAULT_NONE)
        code = t.member_count == 0 ? 1 : input->failed > 0 ? 3 : 0;
    free(t.relations);
    ids_free(&t.family);
    ids_free(&t.connections);
    return code;
}
