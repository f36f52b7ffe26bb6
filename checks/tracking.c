/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/gap.h"
#include "checks/interval.h"
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

static const struct compare_spec compares[] = {
    {"gateways_tracked", COMPARE_SET_KEPT, "gateways with centralized tracking on", 0},
};

/* Settle time of V19: what is older needs a reason. What two clocks may differ by. */
enum { LATE_S = 20 * 60, SKEW_S = 5 * 60, HOUR_S = 3600, DAY_S = 24 * 3600 };

static const char *const good_words[] = {"OK", NULL};

static const struct page_kind page_kind = {
    .document = &gui_table_tracking_kind,
    .title = "Message Tracking Data Availability",
    .good_words = good_words,
    .service = SERVICE_TRACKING,
};

static const char *const hint_page =
    "compare the missing interval with the reboots; what lies outside them: see which stage stops "
    "(written on the gateway, pulled, parsed), smad_logs on the SMA";

/* A gateway, and what is asked about it. */
struct subject {
    const struct managed_list *list;
    size_t index;
    const struct managed *item;
    const struct gui_page *page;
    struct page_row row; /* of the page */
    const struct gap_before *before;
};

struct newest {
    bool known;  /* there is a usable answer of the query */
    bool any;    /* with at least one record of this gateway that has a time */
    bool other;  /* with records, but none that is known to be this gateway's */
    int64_t bad; /* records that the SMA could not read */
    struct stamp when;
    const char *document;
};

/* The answer is kept under any name of the gateway. */
static const char *answer_id(const struct question *q, const struct subject *s)
{
    const char *usual = fleet_member_id(q->arena, &tracking_messages_kind, text_of(s->item->name));
    for (size_t i = 0; i < s->list->names.count && fleet_document(q->node, usual) == NULL; i++) {
        const struct managed_name *name = &s->list->names.all[i];
        if (name->index != s->index)
            continue;
        const char *id = fleet_member_id(q->arena, &tracking_messages_kind, name->text);
        if (fleet_document(q->node, id) != NULL)
            return id;
    }
    return usual;
}

/* By its serial number; where one of the two is not told, by a name. */
static bool is_of(const struct tracking_messages_record *record, const struct subject *s)
{
    struct span serial = s->item->serial;
    return record->serial.n != 0 && serial.n != 0 ? text_same_nocase(record->serial, serial)
                                                  : managed_is(s->list, s->index, record->host);
}

static struct newest newest_message(const struct question *q, const struct subject *s,
                                    struct fault *fault)
{
    const char *id = answer_id(q, s);
    const struct tracking_messages *answer =
        fleet_facts(q->arena, q->node, &tracking_messages_kind, id, fault);
    struct newest newest = {.known = answer != NULL, .document = id};
    for (size_t i = 0; answer != NULL && i < answer->count; i++) {
        const struct tracking_messages_record *record = &answer->records[i];
        if (!record->has_when || !is_of(record, s))
            continue;
        if (!newest.any || time_between(record->when, newest.when) > 0)
            newest.when = record->when;
        newest.any = true;
    }
    newest.other = answer != NULL && !newest.any &&
                   (answer->count > 0 || (answer->has_total && answer->total > 0));
    newest.bad = answer == NULL ? 0 : answer->bad_records;
    return newest;
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

/* A quiet gateway proves nothing; where the page says that all is well, nothing is missing. */
static void say_quiet(const struct question *q, struct result *result, const struct subject *s,
                      const char *document, const char *what)
{
    bool good = s->row.word == PAGE_GOOD;
    const char *name = s->item->name;
    struct finding *finding =
        good ? result_say(result, STATE_OK, name,
                          "%s: the page is good and nothing contradicts it: %s, and the gateway "
                          "itself received nothing lately",
                          name, what)
             : result_say(result, STATE_UNKNOWN, name,
                          "%s: no proof that tracking data of %s arrives: %s, and the gateway "
                          "itself received nothing lately",
                          q->node->name, name, what);
    (void)result_evidence(result, finding, document, 0);
    if (!good)
        (void)result_hint(finding,
                          "send a test message through the gateway and ask again in five minutes");
}

/* Is WHEN before the gateway's START? 1 yes, 0 no, -1 not known: clocks of unknown zones. */
static int is_before(struct stamp when, struct start start)
{
    int64_t after = start.known ? time_between(when, start.when) : 0;
    bool exact = when.has_offset == start.when.has_offset;
    return start.known && !exact && after > -DAY_S && after < DAY_S ? -1 : after < 0;
}

/* Did the operator set a limit of the age? */
static bool is_limited(const struct question *q)
{
    for (size_t i = 0; i < q->limit_count; i++)
        if (q->limits[i].spec == metrics)
            return true;
    return false;
}

/* So early after the start no file of tracking data can have arrived: then nothing is proven. */
static bool say_early(const struct question *q, struct result *result, const struct subject *s,
                      const struct newest *newest, struct stamp now)
{
    const struct interval down = interval_reboot(q, s->item->node);
    if (!interval_holds(&down, newest->when, now, INTERVAL_FILE_S))
        return false;
    struct finding *finding = result_say(
        result, STATE_PENDING, s->item->name,
        "%s: the newest tracked message of %s is from before its start, which was a moment ago",
        q->node->name, s->item->name);
    (void)result_evidence(result, finding, newest->document, 0);
    (void)result_explain(result, finding, "%s", interval_text(q, &down));
    (void)result_hint(finding, "ask again in five minutes");
    return true;
}

static void judge_age(const struct question *q, struct result *result, const struct subject *s,
                      const struct newest *newest, struct stamp now, bool exact)
{
    int64_t age = time_between(now, newest->when);
    const char *name = s->item->name;
    int before = is_before(newest->when, start_of(q, s->item->node));
    int mail = receives_mail(q, s->item->node);
    char text[32];
    struct finding *finding;
    if (age < 0 && age >= (exact ? -SKEW_S : -HOUR_S))
        age = 0;
    (void)time_print_span(age < 0 ? -age : age, text, sizeof(text));
    if (mail == 0 && (before > 0 || age > LATE_S)) {
        check_record(q, result, "tracking_age_s", name, (double)age);
        say_quiet(q, result, s, newest->document,
                  arena_printf(q->arena, "the newest tracked message is %s old", text));
        return;
    }
    if (before > 0 && say_early(q, result, s, newest, now)) {
        check_record(q, result, "tracking_age_s", name, (double)age);
        return;
    }
    /* The page is the measure, the query its proxy: a gateway of little mail is late by nature. */
    bool calm = s->row.word == PAGE_GOOD && before <= 0 && age >= 0 && age < HOUR_S;
    before = calm ? 0 : before;
    if (age < 0 || before < 0) {
        finding = result_say(
            result, STATE_UNKNOWN, name,
            age < 0 ? "%s: the newest tracked message of %s is %s ahead of the question: a clock "
                      "is wrong"
                    : "%s: the newest tracked message of %s is %s old; its start is told without "
                      "a zone, so which was first is not known",
            q->node->name, name, text);
    } else if (before > 0) {
        finding =
            result_say(result, mail > 0 ? STATE_CRITICAL : STATE_UNKNOWN, name,
                       "%s: the newest tracked message of %s (%s old) is from before its start%s",
                       q->node->name, name, text, mail > 0 ? ", though it receives mail" : "");
        (void)result_hint(finding, metrics[0].hint);
    } else {
        finding = result_say(result, STATE_OK, name,
                             "newest tracked message of %s: %s old (by query, not by the "
                             "availability page)",
                             name, text);
    }
    (void)result_evidence(result, finding, newest->document, 0);
    if (before > 0 || age < 0 || (calm && !is_limited(q)))
        check_record(q, result, "tracking_age_s", name, (double)age);
    else
        check_measure(q, result, "tracking_age_s", name, (double)age,
                      (struct evidence){newest->document, 0});
}

static void judge_proxy(const struct question *q, struct result *result, const struct subject *s,
                        const struct newest *newest)
{
    struct stamp now;
    bool exact;
    struct finding *finding = NULL;
    const char *name = s->item->name;
    int mail = receives_mail(q, s->item->node);
    if (newest->any && newest->when.has_offset &&
        page_asked_at(q, newest->document, &now, &exact)) {
        judge_age(q, result, s, newest, now, exact);
        return;
    }
    if (newest->any) {
        finding = result_say(result, STATE_UNKNOWN, name,
                             "%s: nothing tells when the tracking query of %s was asked",
                             q->node->name, name);
        (void)result_hint(finding, "capture with capture.json, which keeps the time in UTC");
    } else if (newest->other) {
        finding = result_say(result, STATE_UNKNOWN, name,
                             "%s: the query of %s found messages, but none that is known to be "
                             "of %s",
                             q->node->name, name, name);
        (void)result_hint(finding,
                          "ask for this gateway alone (ciscoHost), or with a larger limit");
    } else if (mail > 0) {
        finding = result_say(result, STATE_CRITICAL, name,
                             "%s: no tracked message of %s, though it receives mail", q->node->name,
                             name);
        (void)result_hint(finding, metrics[0].hint);
    } else if (mail == 0) {
        say_quiet(q, result, s, newest->document, "the query found no message");
        return;
    } else {
        finding = result_say(result, STATE_UNKNOWN, name,
                             "%s: the query found no message of %s, and nothing tells whether it "
                             "receives mail",
                             q->node->name, name);
    }
    (void)result_evidence(result, finding, newest->document, 0);
}

static void judge_page(const struct question *q, struct result *result, const struct subject *s)
{
    const char *name = s->item->name;
    struct page_row row = s->row;
    if (row.word == PAGE_NO_ROW) {
        struct finding *none =
            result_say(result, STATE_UNKNOWN, name, "%s: the availability page has no row for %s",
                       q->node->name, name);
        (void)result_evidence(result, none, gui_table_tracking_kind.id, 0);
        (void)result_hint(none, "rows are filled by script after loading: save the page from the "
                                "browser when they are there");
        return;
    }
    const bool gaps_read = gap_judge(q, result, s->item, &row, s->before);
    if (gaps_read && row.word == PAGE_GAP)
        return; /* each was judged */
    struct finding *finding = result_say(
        result, page_state(row.word), name, "%s: tracking data availability of %s: '%s'%s",
        q->node->name, name, row.text, row.word == PAGE_UNRECOGNISED ? " (not recognised)" : "");
    (void)result_compare(result, finding, good_words[0], row.text);
    (void)result_evidence(result, finding, gui_table_tracking_kind.id, row.line);
    if (row.word == PAGE_UNRECOGNISED)
        (void)result_hint(finding, "if this word means good in your GUI's language, name it with "
                                   "--ok-word tracking=WORD");
    else if (row.word > PAGE_GOOD)
        (void)result_hint(finding, hint_page);
}

/* Tracking that is switched off cannot be judged; what the change switched off is a fault (V18). */
static void say_off(const struct question *q, struct result *result, const struct managed *item)
{
    bool lost = managed_service_on(item, SERVICE_TRACKING);
    struct finding *finding =
        lost
            ? result_say(result, STATE_CRITICAL, item->name,
                         "%s: message tracking is switched off for %s, it was on before the change",
                         q->node->name, item->name)
            : result_say(result, STATE_NOT_APPLICABLE, item->name,
                         "message tracking is switched off for %s", item->name);
    (void)result_evidence(result, finding, config_appliances_kind.id, item->entry->line);
    finding->lasting = lost;
    if (lost)
        (void)result_hint(finding, "switch it on again on the SMA and on the gateway, then commit");
}

/* That the SMA could not read some records is no failure (asyncos-http.md 2.3, I). */
static void note_bad(const struct question *q, struct result *result, const struct subject *s,
                     const struct newest *newest)
{
    if (newest->bad == 0)
        return;
    struct finding *finding = result_say(
        result, STATE_OK, s->item->name, "%s: %lld unreadable tracking record%s in the query of %s",
        q->node->name, (long long)newest->bad, newest->bad == 1 ? "" : "s", s->item->name);
    (void)result_evidence(result, finding, newest->document, 0);
}

static void judge(const struct question *q, struct result *result, const struct subject *s)
{
    struct fault fault;
    if (s->page != NULL)
        judge_page(q, result, s);
    struct newest newest = newest_message(q, s, &fault);
    note_bad(q, result, s, &newest);
    if (newest.known)
        judge_proxy(q, result, s, &newest);
    else if (s->page == NULL || fault.kind != FAULT_NOT_CAPTURED)
        (void)check_fault(result, s->item->name, &fault);
}

/* The gateways of LIST with tracking on, under the names that they have in NAMES. */
static const struct span *tracked(const struct question *q, const struct config_appliances *list,
                                  const struct config_appliances *names, size_t *count)
{
    struct span *on = arena_array(q->arena, list == NULL ? 0 : list->count, sizeof(*on));
    *count = 0;
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct config_appliances_entry *entry = managed_twin(names, &list->entries[i]);
        if (list->entries[i].services[SERVICE_TRACKING] != FLAG_YES)
            continue;
        entry = entry != NULL ? entry : &list->entries[i];
        on[(*count)++] = entry->host_name.n != 0 ? entry->host_name : entry->serial;
    }
    return list == NULL ? NULL : on;
}

/* What is lost of them say_off() says, and the check services where the gateway itself is. */
static void compare_tracked(const struct question *q, struct result *result)
{
    const struct config_appliances *now = check_facts_of(q, q->node, &config_appliances_kind, NULL);
    const struct config_appliances *then =
        check_facts_of(q, check_before(q), &config_appliances_kind, NULL);
    size_t then_count, now_count;
    const struct span *was = tracked(q, then, now, &then_count);
    const struct span *is = tracked(q, now, now, &now_count);
    (void)compare_set(q, result, "gateways_tracked", NULL, was, then_count, is, now_count);
}

static void run(const struct question *q, struct result *result)
{
    struct fault fault;
    const struct gui_page *page = check_facts_of(q, q->node, &gui_table_tracking_kind, &fault);
    bool asked = page != NULL || fault.kind != FAULT_NOT_CAPTURED;
    if (page == NULL && asked)
        (void)check_fault(result, q->node->name, &fault);
    if (page != NULL && !page_fits(q, result, &page_kind, page))
        page = NULL;
    struct managed_list managed =
        managed_by(q, check_facts_of(q, q->node, &config_appliances_kind, NULL));
    struct page_row none = {.word = PAGE_NO_ROW};
    const struct page_row *rows =
        page == NULL ? NULL : page_read(q, result, &page_kind, page, &managed);
    struct gap_before before = {.known = false};
    for (size_t i = 0; rows != NULL && i < managed.count; i++)
        if (rows[i].gap_count > 0) {
            before = gap_before(q, result);
            break;
        }
    size_t good = 0, judged = 0;
    const char *off = "";
    for (size_t i = 0; i < managed.count; i++) {
        const struct managed *item = &managed.items[i];
        struct subject s = {&managed, i, item, page, rows == NULL ? none : rows[i], &before};
        if (item->entry != NULL && item->entry->services[SERVICE_TRACKING] == FLAG_NO) {
            off = arena_printf(q->arena, "%s%s%s", off, *off != '\0' ? ", " : "; switched off for ",
                               item->name);
            say_off(q, result, item);
            judged += managed_service_on(item, SERVICE_TRACKING);
            continue;
        }
        judge(q, result, &s);
        judged += s.row.word != PAGE_OFF;
        good += s.row.word == PAGE_GOOD || s.row.word == PAGE_GAP; /* one that is explained */
    }
    managed_rest(q, result, &managed);
    compare_tracked(q, result);
    if (rows != NULL && rows[managed.count].word != PAGE_NO_ROW) {
        struct finding *finding =
            result_say(result, STATE_UNKNOWN, q->node->name,
                       "%s: the availability page says '%s' in a row of no gateway that is "
                       "known",
                       q->node->name, rows[managed.count].text);
        (void)result_evidence(result, finding, gui_table_tracking_kind.id,
                              rows[managed.count].line);
    }
    if (managed.count == 0 && !asked)
        (void)check_facts(q, result, &gui_table_tracking_kind);
    else if (managed.count == 0)
        (void)result_say(result, STATE_UNKNOWN, q->node->name,
                         "%s: it is not known which gateways it manages", q->node->name);
    else if (judged == 0)
        (void)result_say(result, STATE_UNKNOWN, q->node->name,
                         "%s: message tracking is switched off for every gateway, so nothing was "
                         "judged",
                         q->node->name);
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
    .compares = compares,
    .compare_count = CHECK_COUNT(compares),
    .settle_s = 1200, /* domain.md V19 */
    .run = run,
};
