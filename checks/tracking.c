/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/managed.h"
#include "checks/page.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/config_appliances.h"
#include "checks/parse/gui_table.h"
#include "checks/parse/tracking_messages.h"
#include "checks/parse/xml_status.h"
#include "checks/start.h"

/* The availability itself is on a GUI page only; a tracking query per gateway is the proxy. */
static const struct need needs[] = {
    {&gui_table_tracking_kind, NEED_ONE_OF},
    {&tracking_messages_kind, NEED_ONE_OF},
    {&config_appliances_kind, NEED_ALSO},
};

static const struct metric_spec metrics[] = {
    /* Files cover about 3 minutes each, settle time 20 minutes (domain.md F43 A, V19). */
    {"tracking_age_s", "s", "age of the newest tracked message", "1200", "3600",
     "see which stage stops: is the file written on the gateway, pulled by the SMA, parsed there "
     "(smad_logs)? `suspendtransfers` persists over a reboot: `resumetransfers`"},
};

/* Settle time of V19: what is older needs a reason. */
enum { LATE_S = 20 * 60 };

static const char *const good_words[] = {"OK", NULL};

static const char *const hint_page =
    "compare the missing interval with the reboots; what lies outside them: see which stage stops "
    "(written on the gateway, pulled, parsed), smad_logs on the SMA";

struct newest {
    bool known; /* there is a usable answer of the query */
    bool any;   /* with at least one record of this gateway that has a time */
    struct stamp when;
    const char *document;
};

static struct newest newest_message(const struct question *q, const struct managed *item,
                                    struct fault *fault)
{
    const char *id = fleet_member_id(q->arena, &tracking_messages_kind, text_of(item->name));
    const struct tracking_messages *answer =
        fleet_facts(q->arena, q->node, &tracking_messages_kind, id, fault);
    struct newest newest = {.known = answer != NULL, .document = id};
    for (size_t i = 0; answer != NULL && i < answer->count; i++) {
        const struct tracking_messages_record *record = &answer->records[i];
        bool other = record->serial.n != 0 && item->serial.n != 0
                         ? !text_same_nocase(record->serial, item->serial)
                         : record->host.n != 0 && !text_is_nocase(record->host, item->name);
        if (other || !record->has_when)
            continue;
        if (!newest.any || time_between(record->when, newest.when) > 0)
            newest.when = record->when;
        newest.any = true;
    }
    return newest;
}

/* When the question was asked: by the capture, else by the SMA's own clock. */
static bool asked_at(const struct question *q, const char *id, struct stamp *now)
{
    const struct document *document = fleet_document(q->node, id);
    const struct cli_status *status = check_facts_of(q, q->node, &cli_status_kind, NULL);
    if (document != NULL && document->has_taken_at)
        *now = time_from_utc(document->taken_at);
    else if (status != NULL && status->has_as_of)
        *now = status->as_of;
    else
        return false;
    return true;
}

/*
 * Did the gateway receive mail lately, by its own counters? 1 yes, 0 no, -1 not known. A quiet
 * gateway has nothing to be tracked (asyncos-http.md 2.3).
 */
static int receives_mail(const struct question *q, const struct node *node)
{
    const struct xml_status *xml = check_facts_of(q, node, &xml_status_kind, NULL);
    if (xml != NULL) {
        const struct xml_status_number *rate =
            xml_status_find(xml->rates, xml->rate_count, "inj_msgs");
        const struct xml_status_number *counter =
            xml_status_find(xml->counters, xml->counter_count, "inj_msgs");
        if (rate != NULL && rate->has[2])
            return rate->values[2] > 0;
        if (counter != NULL && counter->has[1])
            return counter->values[1] > 0;
    }
    const struct cli_status *cli = check_facts_of(q, node, &cli_status_kind, NULL);
    const struct cli_status_row *row =
        cli == NULL ? NULL : cli_status_row(cli, "Counters", NULL, "Messages Received");
    return row == NULL || row->count < 2 ? -1 : row->values[1] > 0;
}

static void say_quiet(const struct question *q, struct result *result, const struct managed *item,
                      const char *document, const char *what)
{
    struct finding *finding =
        result_say(result, STATE_UNKNOWN, item->name,
                   "%s: no proof that tracking data of %s arrives: %s, and the gateway itself "
                   "received nothing lately",
                   q->node->name, item->name, what);
    (void)result_evidence(result, finding, document, 0);
    (void)result_hint(finding,
                      "send a test message through the gateway and ask again in five minutes");
}

static void judge_age(const struct question *q, struct result *result, const struct managed *item,
                      const struct newest *newest, struct stamp now)
{
    int64_t age = time_between(now, newest->when);
    struct start start = start_of(q, item->node);
    bool before_start = start.known && time_between(newest->when, start.when) < 0;
    int mail = receives_mail(q, item->node);
    char text[32];
    (void)time_print_span(age, text, sizeof(text));
    if (mail == 0 && (before_start || age > LATE_S)) {
        check_record(q, result, "tracking_age_s", item->name, (double)age);
        say_quiet(q, result, item, newest->document,
                  arena_printf(q->arena, "the newest tracked message is %s old", text));
        return;
    }
    struct finding *finding;
    if (before_start) {
        finding = result_say(
            result, mail > 0 ? STATE_CRITICAL : STATE_UNKNOWN, item->name,
            "%s: the newest tracked message of %s (%s old) is from before its start%s",
            q->node->name, item->name, text, mail > 0 ? ", though it receives mail" : "");
        (void)result_hint(finding, metrics[0].hint);
    } else {
        finding = result_say(result, STATE_OK, item->name,
                             "newest tracked message of %s: %s old (by query, not by the "
                             "availability page)",
                             item->name, text);
    }
    (void)result_evidence(result, finding, newest->document, 0);
    if (before_start)
        check_record(q, result, "tracking_age_s", item->name, (double)age);
    else
        check_measure(q, result, "tracking_age_s", item->name, (double)age,
                      (struct evidence){newest->document, 0});
}

static void judge_proxy(const struct question *q, struct result *result, const struct managed *item,
                        const struct newest *newest)
{
    struct stamp now;
    struct finding *finding = NULL;
    int mail = receives_mail(q, item->node);
    if (newest->any && asked_at(q, newest->document, &now)) {
        judge_age(q, result, item, newest, now);
        return;
    }
    if (newest->any) {
        finding = result_say(result, STATE_UNKNOWN, item->name,
                             "%s: nothing tells when the tracking query of %s was asked",
                             q->node->name, item->name);
    } else if (mail > 0) {
        finding = result_say(result, STATE_CRITICAL, item->name,
                             "%s: no tracked message of %s, though it receives mail", q->node->name,
                             item->name);
        (void)result_hint(finding, metrics[0].hint);
    } else if (mail == 0) {
        say_quiet(q, result, item, newest->document, "the query found no message");
        return;
    } else {
        finding = result_say(result, STATE_UNKNOWN, item->name,
                             "%s: the query found no message of %s, and nothing tells whether it "
                             "receives mail",
                             q->node->name, item->name);
    }
    (void)result_evidence(result, finding, newest->document, 0);
}

static bool judge_page(const struct question *q, struct result *result, const struct managed *item,
                       const struct gui_page *page)
{
    struct page_names names = {item->name, item->node != NULL ? item->node->address : NULL};
    struct page_row row = page_find(q, result, page, names, good_words);
    if (row.word == PAGE_NO_ROW) {
        struct finding *none =
            result_say(result, STATE_UNKNOWN, item->name,
                       "%s: the availability page has no row for %s", q->node->name, item->name);
        (void)result_evidence(result, none, gui_table_tracking_kind.id, 0);
        (void)result_hint(none, "rows are filled by script after loading: save the page from the "
                                "browser when they are there");
        return false;
    }
    static const enum state states[] = {STATE_UNKNOWN, STATE_OK, STATE_UNKNOWN, STATE_WARNING,
                                        STATE_CRITICAL};
    struct finding *finding =
        result_say(result, states[row.word], item->name,
                   "%s: tracking data availability of %s: '%s'%s", q->node->name, item->name,
                   row.text, row.word == PAGE_UNRECOGNISED ? " (not recognised)" : "");
    (void)result_compare(result, finding, good_words[0], row.text);
    (void)result_evidence(result, finding, gui_table_tracking_kind.id, row.line);
    if (row.word == PAGE_UNRECOGNISED)
        (void)result_hint(finding, "if this word means good in your GUI's language, name it with "
                                   "--ok-word tracking=WORD");
    else if (row.word != PAGE_GOOD)
        (void)result_hint(finding, hint_page);
    return row.word == PAGE_GOOD;
}

/* Judges one gateway. True when the availability page itself calls it good. */
static bool judge(const struct question *q, struct result *result, const struct managed *item,
                  const struct gui_page *page)
{
    struct fault fault;
    if (item->entry != NULL && item->entry->services[SERVICE_TRACKING] == FLAG_NO) {
        struct finding *off = result_say(result, STATE_NOT_APPLICABLE, item->name,
                                         "message tracking is switched off for %s", item->name);
        (void)result_evidence(result, off, config_appliances_kind.id, item->entry->line);
        return false;
    }
    bool good = page != NULL && judge_page(q, result, item, page);
    struct newest newest = newest_message(q, item, &fault);
    if (newest.known)
        judge_proxy(q, result, item, &newest);
    else if (page == NULL || fault.kind != FAULT_NOT_CAPTURED)
        (void)check_fault(result, item->name, &fault);
    return good;
}

static void run(const struct question *q, struct result *result)
{
    struct fault fault;
    const struct gui_page *page = check_facts_of(q, q->node, &gui_table_tracking_kind, &fault);
    if (page == NULL && fault.kind != FAULT_NOT_CAPTURED)
        (void)check_fault(result, q->node->name, &fault);
    const struct config_appliances *list =
        check_facts_of(q, q->node, &config_appliances_kind, NULL);
    struct managed_list managed = managed_by(q, list);
    size_t good = 0;
    const char *off = "";
    for (size_t i = 0; i < managed.count; i++) {
        const struct config_appliances_entry *entry = managed.items[i].entry;
        if (entry != NULL && entry->services[SERVICE_TRACKING] == FLAG_NO)
            off = arena_printf(q->arena, "%s%s%s", off, *off != '\0' ? ", " : "; switched off for ",
                               managed.items[i].name);
        good += judge(q, result, &managed.items[i], page);
    }
    if (managed.too_many)
        (void)result_say(result, STATE_UNKNOWN, q->node->name,
                         "%s: more than %d gateways; the others were not judged", q->node->name,
                         MANAGED_MAX);
    if (managed.count == 0 && page == NULL)
        (void)check_facts(q, result, &gui_table_tracking_kind);
    else if (managed.count == 0)
        (void)result_say(result, STATE_UNKNOWN, q->node->name,
                         "%s: it is not known which gateways it manages", q->node->name);
    if (page != NULL)
        result_summary(result,
                       "%s: Message Tracking Data Availability OK for %zu of %zu gateways%s",
                       q->node->name, good, managed.count, off);
    else
        result_summary(result,
                       "%s: tracking data of %zu gateways arrives (by query, not by the "
                       "availability page)",
                       q->node->name, managed.count);
}

const struct check tracking_check = {
    .name = "tracking",
    .title = "is Message Tracking Data Availability OK for every gateway?",
    .roles = ROLE_SMA,
    .needs = needs,
    .need_count = CHECK_COUNT(needs),
    .metrics = metrics,
    .metric_count = CHECK_COUNT(metrics),
    .run = run,
};
