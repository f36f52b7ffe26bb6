/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/report_sample.h"

#include <string.h>

#include "checks/registry.h"

enum { MINUTE = 60, HOUR = 3600 };
#define LAST_SECOND INT64_C(253402300799) /* of the year 9999 */

static const int64_t midnight = REPORT_SAMPLE_MIDNIGHT;
static const char sha[] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
static const char sha_too[] = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752";

/* ---- what all samples share ---- */

static struct report *begin(struct arena *arena, size_t nodes)
{
    struct report *report = arena_alloc(arena, sizeof(*report));
    report->arena = arena;
    report->tool_version = "0.1.0";
    report->phase = "verify";
    report->nodes = arena_array(arena, nodes, sizeof(*report->nodes));
    report->results = arena_array(arena, nodes * registry_count, sizeof(*report->results));
    return report;
}

static struct report_node *add_node(struct report *report, const char *name, enum role role)
{
    struct report_node *node = &report->nodes[report->node_count++];
    node->name = name;
    node->role = role;
    return node;
}

static void add_event(struct arena *arena, struct timeline *timeline, const char *what, int64_t at,
                      const char *document, unsigned line)
{
    timeline->events =
        arena_push(arena, timeline->events, timeline->event_count, sizeof(*timeline->events));
    timeline->events[timeline->event_count++] =
        (struct timeline_event){.at = at, .what = what, .document = document, .line = line};
}

/* The night of one gateway: each step so many minutes behind the first. */
static void add_night(struct arena *arena, struct timeline *timeline, int64_t first, bool gateway)
{
    static const struct {
        const char *what, *document;
        int minutes;
        bool gateway;
    } steps[] = {
        {"suspended", "watch", 0, true},
        {"drained", "cli/workqueue.txt", 6, true},
        {"disconnected", "cli/displayalerts.txt", 9, true},
        {"installing", "watch", 12, false},
        {"down", "watch", 26, false},
        {"up", "cli/version.txt", 43, false},
        {"resumed", "log/mail_logs.txt", 48, true},
        {"first_mail_in", "log/mail_logs.txt", 49, true},
        {"first_mail_out", "log/mail_logs.txt", 50, true},
        {"connected", "cli/connstatus.txt", 52, true},
        {"established", "https/config_appliances.json", 58, true},
        {"verified", "watch", 95, false},
    };
    for (size_t i = 0; i < CHECK_COUNT(steps); i++)
        if (gateway || !steps[i].gateway)
            add_event(arena, timeline, steps[i].what, first + steps[i].minutes * MINUTE,
                      steps[i].document, (unsigned)i * 7);
}

/* Mail of every minute from FROM to TO but for those from SILENT to BACK. */
static void add_mail(struct arena *arena, struct timeline *timeline, int64_t from, int64_t to,
                     int64_t silent, int64_t back, unsigned load)
{
    unsigned noise = load * 7 + 1;
    for (int64_t at = from; at < to; at += MINUTE) {
        noise = noise * 1103515245u + 12345u;
        if (at >= silent && at < back)
            continue;
        unsigned received = load / 2 + (noise >> 16) % load;
        unsigned bounced = (noise >> 20) % 23 == 0 ? 1 + (noise >> 24) % 3 : 0;
        timeline->minutes = arena_push(arena, timeline->minutes, timeline->minute_count,
                                       sizeof(*timeline->minutes));
        timeline->minutes[timeline->minute_count++] = (struct timeline_minute){
            at, received, received > bounced ? received - bounced : 0, bounced};
    }
}

/* Its documents; with FAULT none was answered. */
static void add_documents(struct report *report, const char *node, const char *fault)
{
    static const char *const ids[] = {"cli/connstatus.txt", "cli/status.txt", "cli/version.txt",
                                      "log/mail_logs.txt"};
    for (size_t i = 0; i < CHECK_COUNT(ids); i++) {
        report->documents = arena_push(report->arena, report->documents, report->document_count,
                                       sizeof(*report->documents));
        report->documents[report->document_count++] = (struct report_document){
            .node = node,
            .id = ids[i],
            .has_taken_at = fault == NULL,
            .taken_at = midnight + 3 * HOUR + (int64_t)i,
            .has_duration = fault == NULL,
            .duration_ms = 140 + 70 * (unsigned)i,
            .vantage = "ops1.example.com",
            .sha256 = fault == NULL ? (i % 2 == 0 ? sha : sha_too) : NULL,
            .bytes = fault == NULL ? 812 + 4711 * i * i : 0,
            .fault = fault,
        };
    }
}

static void add_cluster(struct report *report, const char *name, enum state state)
{
    struct arena *arena = report->arena;
    report->clusters =
        arena_push(arena, report->clusters, report->cluster_count, sizeof(*report->clusters));
    struct report_cluster *cluster = &report->clusters[report->cluster_count++];
    cluster->name = name;
    cluster->state = state;
    for (size_t i = 0; i < report->node_count; i++) {
        if (report->nodes[i].cluster == NULL || strcmp(report->nodes[i].cluster, name) != 0)
            continue;
        cluster->members =
            arena_push(arena, cluster->members, cluster->member_count, sizeof(*cluster->members));
        cluster->members[cluster->member_count++] = report->nodes[i].name;
    }
}

static void add_seals(struct report *report)
{
    static struct report_seal seals[] = {{"baseline/capture.json", sha_too},
                                         {"capture.json", sha},
                                         {"rules.json", sha_too},
                                         {"timeline.jsonl", sha}};
    report->seals = seals;
    report->seal_count = CHECK_COUNT(seals);
}

static void add_comparison(struct result *result, const struct compare_spec *spec,
                           const char *before, const char *after, bool holds)
{
    result->comparisons = arena_push(result->arena, result->comparisons, result->comparison_count,
                                     sizeof(*result->comparisons));
    result->comparisons[result->comparison_count++] =
        (struct comparison){spec, NULL, before, after, holds};
}

static const struct compare_spec members = {"members", COMPARE_SET_EQUAL, "members of the cluster",
                                            0};
static const struct compare_spec features = {"features", COMPARE_SET_KEPT, "feature keys", 0};
static const struct compare_spec rate = {"received_per_minute", COMPARE_BAND,
                                         "messages received per minute", 3};
static const struct compare_spec total = {"received_total", COMPARE_NOT_LESS,
                                          "messages received since the counters began", 0};

/* What a healthy appliance says to the checks whose words are worth showing. */
static void say_fine(struct result *result, const struct report_node *node)
{
    const char *check = result->check->name;
    if ((result->check->roles & node->role) == 0) {
        (void)result_say(result, STATE_NOT_APPLICABLE, node->name, "%s",
                         node->role == ROLE_SMA ? "a question about gateways"
                                                : "a question about managers");
        return;
    }
    (void)result_say(result, STATE_OK, node->name, "%s answers as required", node->name);
    if (strcmp(check, "status") == 0)
        result_summary(result, "%s is Online since 2026-03-08 01:43:10 +0000", node->name);
    else if (strcmp(check, "version") == 0)
        result_summary(result, "%s runs %s by CLI and XML page", node->name, node->after);
    else if (strcmp(check, "connstatus") == 0)
        add_comparison(result, &members, "esa1, esa2", "esa1, esa2", true);
    else if (strcmp(check, "licenses") == 0)
        add_comparison(result, &features, "6 keys", "6 keys", true);
    else if (strcmp(check, "mailflow") == 0) {
        result_summary(result, "mail flows in and out: 812 received, 809 delivered");
        add_comparison(result, &rate, "14.2", "12.9", true);
        add_comparison(result, &total, "3113176", "3113988", true);
    }
}

/* Every check of every appliance; SAY may have said something, else it is fine. */
static void answer(struct report *report,
                   void (*say)(struct result *result, const struct report_node *node, size_t n))
{
    struct arena *arena = report->arena;
    for (size_t n = 0; n < report->node_count; n++) {
        struct report_node *node = &report->nodes[n];
        node->state = STATE_NOT_APPLICABLE;
        for (size_t c = 0; c < registry_count; c++) {
            struct result *result = arena_alloc(arena, sizeof(*result));
            result_init(result, arena, registry_checks[c], node->name);
            say(result, node, n);
            if (result->finding_count == 0)
                say_fine(result, node);
            enum state state = result_state(result);
            node->state = result_worse(node->state, state);
            report->state = result_worse(report->state, state);
            report->results[report->count++] =
                (struct report_result){.result = result,
                                       .state = state,
                                       .line = result_line(result),
                                       .has_taken_at = true,
                                       .taken_at = midnight + 3 * HOUR + (int64_t)c,
                                       .has_duration = true,
                                       .duration_ms = 140 + 40 * c};
        }
    }
}

static bool about(const struct result *result, const char *check)
{
    return strcmp(result->check->name, check) == 0;
}

/* ---- passing ---- */

static void say_passing(struct result *result, const struct report_node *node, size_t n)
{
    if (!about(result, "alerts"))
        return;
    struct finding *alert = result_say(result, STATE_OK, node->name,
                                       "new warning alert (2026-03-08 01:%02zu:05 +0000): Error "
                                       "connecting to cluster machine: connection closed",
                                       26 + 2 * n);
    (void)result_explain(result, alert, "the reboot of %s, 2026-03-08 01:26 to 01:43 UTC",
                         node->name);
    (void)result_evidence(result, alert, "cli/displayalerts.txt", 12);
    result_summary(result, "1 new alert, explained by the reboot");
}

static struct report *make_passing(struct arena *arena)
{
    struct report *report = begin(arena, 3);
    static const char *const names[] = {"esa1.example.com", "esa2.example.com", "sma1.example.com"};
    for (size_t n = 0; n < CHECK_COUNT(names); n++) {
        bool gateway = n < 2;
        struct report_node *node = add_node(report, names[n], gateway ? ROLE_ESA : ROLE_SMA);
        node->model = gateway ? "C600V" : "M600V";
        node->serial = n == 1 ? "70DF2F3A91C4-WZP21470QRX" : "420B1D44E0C97A5510D3-6F21B8C04E9A";
        node->cluster = gateway ? "hq" : NULL;
        node->sma = gateway ? names[2] : NULL;
        node->before = gateway ? "14.2.0-620" : "14.2.0-203";
        node->after = gateway ? "15.0.3-002" : "15.0.1-026";
        node->expected = node->after;
        int64_t first = midnight + HOUR + (int64_t)n * 50 * MINUTE;
        add_night(arena, &node->timeline, n == 2 ? midnight : first, gateway);
        if (gateway)
            add_mail(arena, &node->timeline, midnight, midnight + 4 * HOUR, first,
                     first + 49 * MINUTE, 9 + 11 * (unsigned)n);
        add_documents(report, names[n], NULL);
    }
    answer(report, say_passing);
    add_cluster(report, "hq", STATE_OK);
    add_seals(report);
    report->has_times = report->has_judged_at = true;
    report->started_at = midnight + 3 * HOUR + 10 * MINUTE;
    report->ended_at = report->started_at + 74;
    report->judged_at = report->ended_at;
    report->run_id = "2026-03-08T03:10:00Z-4711";
    report->change = "CHG0031415";
    report->run_operator = "A. Example";
    report->plan =
        (struct report_plan){.title = "AsyncOS 15.0.3 on the gateways of the head office",
                             .requester = "Mail operations",
                             .approved_by = "Change advisory board",
                             .implementer = "A. Example",
                             .reviewer = "B. Sample",
                             .has_approved_at = true,
                             .has_from = true,
                             .has_to = true,
                             .approved_at = midnight - 3 * 24 * HOUR - 9 * HOUR,
                             .from = midnight,
                             .to = midnight + 4 * HOUR};
    return report;
}

/* ---- failing ---- */

enum { GATEWAYS = 20, MANAGERS = 2 };

static struct finding *say_wrong(struct result *result, enum state state, const char *text,
                                 const char *wanted, const char *found, const char *hint,
                                 const char *document, unsigned line)
{
    struct finding *finding = result_say(result, state, result->node, "%s", text);
    (void)result_compare(result, finding, wanted, found);
    if (hint != NULL)
        (void)result_hint(finding, hint);
    return result_evidence(result, finding, document, line);
}

static void say_unreachable(struct result *result)
{
    (void)say_wrong(result, about(result, "status") ? STATE_CRITICAL : STATE_UNKNOWN,
                    "cli/status.txt: no route to 192.0.2.29", NULL, NULL,
                    "look at its console: it has not come back since its reboot", "cli/status.txt",
                    0);
}

static void say_alerts(struct result *result, size_t n)
{
    struct finding *alert;
    if (n == 4) {
        alert = say_wrong(result, STATE_CRITICAL,
                          "new critical alert (2026-03-08 02:11:40 +0000): The Anti-Virus engine "
                          "is not up to date since 3 hours",
                          "no new alert", "1 critical", NULL, "cli/displayalerts.txt", 31);
        alert->waiver = "av-mirror";
    } else {
        alert = say_wrong(result, STATE_OK,
                          "new warning alert (2026-03-08 01:27:05 +0000): Error connecting to "
                          "cluster machine esa02.mx.example.com: connection closed",
                          NULL, NULL, NULL, "cli/displayalerts.txt", 12);
        (void)result_explain(result, alert,
                             "the reboot of esa02.mx.example.com, 01:26 to 01:43 UTC");
        result_summary(result, "1 new alert, explained by a reboot");
    }
}

static void say_failing_gateway(struct result *result, size_t n)
{
    if (n == 18) {
        say_unreachable(result);
    } else if (about(result, "alerts")) {
        say_alerts(result, n);
    } else if (about(result, "connstatus") && (n == 6 || n == 7)) {
        (void)say_wrong(result, STATE_CRITICAL,
                        n == 6 ? "esa07.mx.example.com is not connected to esa08.mx.example.com"
                               : "esa08.mx.example.com is not connected to esa07.mx.example.com",
                        "connected", "Not connected",
                        "`clusterconfig` > RECONNECT on one member, when both run the same build",
                        "cli/connstatus.txt", 14);
        add_comparison(result, &members, "esa01 to esa10", "esa01 to esa06, esa09, esa10", false);
    } else if (about(result, "clustercheck") && n < 10) {
        (void)say_wrong(result, STATE_CRITICAL,
                        "cluster hq: 2 settings differ: Alert Settings, Log Subscriptions",
                        "no inconsistent setting", "2 inconsistent settings",
                        "compare the two settings in cluster mode and make the machines follow "
                        "the cluster; answer no question of `clustercheck` by Enter",
                        "cli/clustercheck.txt", 7);
    } else if (about(result, "status") && n == 12) {
        (void)say_wrong(result, STATE_CRITICAL,
                        "receiving is suspended (System status: Receiving suspended)", "Online",
                        "Receiving suspended",
                        "the listeners were not resumed: `resumelistener` or `resume` (in the GUI: "
                        "Resume, then Commit)",
                        "cli/status.txt", 5);
    } else if (about(result, "mailflow") && n == 12) {
        say_wrong(result, STATE_CRITICAL, "no mail since 2026-03-08 01:00:20 +0000",
                  "an accepted connection, a message, a delivery", "nothing for 2 h 10 min",
                  "resume the listeners, then look at `tail mail_logs`", "log/mail_logs.txt", 4120)
            ->follows = true;
        add_comparison(result, &rate, "14.2", "0", false);
    } else if (about(result, "version") && n == 15) {
        (void)say_wrong(result, STATE_CRITICAL, "runs 15.0.0-104, the others 15.0.3-002",
                        "15.0.3-002", "15.0.0-104",
                        "do not reconnect it: upgrade it to the build of the others",
                        "cli/version.txt", 3);
    } else if (about(result, "licenses") && n == 2) {
        (void)say_wrong(result, STATE_WARNING, "IronPort Anti-Spam expires in 21 days",
                        "30 days or more", "21 days", "ask for the renewal", "cli/featurekey.txt",
                        9);
    } else if (about(result, "raid") && n == 9) {
        (void)say_wrong(result, STATE_UNKNOWN, "cli/version.txt: no complete answer in 60 s", NULL,
                        NULL, NULL, "cli/version.txt", 0);
    }
}

static void say_failing(struct result *result, const struct report_node *node, size_t n)
{
    if (node->role == ROLE_ESA) {
        say_failing_gateway(result, n);
    } else if (about(result, "services") && n == GATEWAYS) {
        (void)say_wrong(result, STATE_CRITICAL,
                        "the connection to esa13.mx.example.com is not Established", "Established",
                        "Connecting",
                        "on the SMA: Management Appliance > Security Appliances > esa13 > Test",
                        "https/config_appliances.json", 0);
    } else if (about(result, "tracking")) {
        (void)say_wrong(result, STATE_PENDING,
                        "too early to tell: settles until 2026-03-08T04:15:00Z", NULL, NULL, NULL,
                        "https/tracking_messages/esa01.mx.example.com.json", 0);
    }
}

static void add_failing_nodes(struct report *report)
{
    struct arena *arena = report->arena;
    for (size_t n = 0; n < GATEWAYS + MANAGERS; n++) {
        bool gateway = n < GATEWAYS, gone = n == 18;
        const char *name = gateway ? arena_printf(arena, "esa%02zu.mx.example.com", n + 1)
                                   : arena_printf(arena, "sma%zu.mx.example.com", n - GATEWAYS + 1);
        struct report_node *node = add_node(report, name, gateway ? ROLE_ESA : ROLE_SMA);
        node->model = gateway ? (n % 3 == 0 ? "C695" : "C600V") : "M695";
        node->serial = arena_printf(arena, "42%06zXD44E0-WZP2147%03zu", 48271 * (n + 3) % 16777213,
                                    n * 37 % 1000);
        node->cluster = gateway ? (n < 10 ? "hq" : "dr-site") : NULL;
        node->sma = gateway ? (n < 10 ? "sma1.mx.example.com" : "sma2.mx.example.com") : NULL;
        node->before = gateway ? "14.2.0-620" : "14.2.0-203";
        node->expected = gateway ? "15.0.3-002" : "15.0.1-026";
        node->after = gone ? NULL : n == 15 ? "15.0.0-104" : node->expected;
        int64_t first = midnight - HOUR + (int64_t)(n % 10) * 18 * MINUTE;
        add_night(arena, &node->timeline, first, gateway);
        if (gone || n == 12) /* it did not get that far */
            node->timeline.event_count = gone ? 5 : 6;
        int64_t back = gone || n == 12 ? midnight + 9 * HOUR : first + 49 * MINUTE;
        if (gateway)
            add_mail(arena, &node->timeline, midnight - 2 * HOUR, midnight + 4 * HOUR, first, back,
                     8 + 3 * (unsigned)(n % 7));
        add_documents(report, name, gone ? "unreachable: no route to 192.0.2.29" : NULL);
    }
}

static struct report *make_failing(struct arena *arena)
{
    static struct report_waiver waivers[] = {
        {"av-mirror", "alerts", "esa05.*", "*Anti-Virus engine*",
         "the mirror of the site is rebuilt until Tuesday, INC0027182", "C. Approver",
         REPORT_SAMPLE_MIDNIGHT + 9 * 24 * HOUR, false, 1},
        {"licence-renewal", "licenses", "*", "*Anti-Spam expires*",
         "the renewal is ordered, PO 4711", "C. Approver", REPORT_SAMPLE_MIDNIGHT - 2 * 24 * HOUR,
         true, 1},
    };
    struct report *report = begin(arena, GATEWAYS + MANAGERS);
    add_failing_nodes(report);
    answer(report, say_failing);
    add_cluster(report, "dr-site", STATE_UNKNOWN);
    add_cluster(report, "hq", STATE_CRITICAL);
    add_seals(report);
    report->waivers = waivers;
    report->waiver_count = CHECK_COUNT(waivers);
    report->has_times = report->has_judged_at = true;
    report->started_at = midnight + 3 * HOUR + 20 * MINUTE;
    report->ended_at = report->started_at + 411;
    report->judged_at = report->ended_at;
    report->run_id = "2026-03-08T03:20:00Z-815";
    report->change = "CHG0027182";
    report->run_operator = "A. Example";
    report->previous = "verify-20260308T020000Z";
    report->previous_sha256 = sha;
    report->plan = (struct report_plan){
        .title = "AsyncOS 15.0.3 on all gateways of the head office and the second site",
        .requester = "Mail operations",
        .approved_by = "Change advisory board",
        .implementer = "A. Example, D. Night",
        .has_approved_at = true,
        .has_from = true,
        .has_to = true,
        .approved_at = midnight - 3 * 24 * HOUR - 9 * HOUR,
        .from = midnight - HOUR,
        .to = midnight + 2 * HOUR + 30 * MINUTE};
    return report;
}

/* ---- hostile ---- */

const char report_sample_markup[] =
    "<script>alert(1)</script><img src=x onerror=\"alert(2)\"> \" ' & </style></svg> --> ]]> | "
    "\033[31mred\033[0m \xe2\x80\xae"
    "desrever \xff\xc0\xaf \x01 \xef\xbf\xbf javascript:alert(3) {{7*7}} ${x} %s%n";

static void say_hostile(struct result *result, const struct report_node *node, size_t n)
{
    (void)node;
    (void)n;
    struct finding *finding = result_say(result, STATE_CRITICAL, "x", "x");
    finding->subject = finding->text = finding->wanted = finding->found = finding->hint =
        report_sample_markup;
    finding->evidence.document = report_sample_markup;
    struct finding *explained = result_say(result, STATE_OK, "x", "x");
    explained->text = explained->explained_by = report_sample_markup;
    struct finding *waived = result_say(result, STATE_CRITICAL, "x", "x");
    waived->text = waived->waiver = report_sample_markup;
    add_comparison(result, &members, report_sample_markup, report_sample_markup, false);
}

static struct report *make_hostile(struct arena *arena)
{
    enum { LONG = 1 << 20 };
    char *longest = arena_alloc(arena, LONG + 1);
    memset(longest, '&', LONG);
    struct report *report = begin(arena, 2);
    for (size_t n = 0; n < 2; n++) {
        struct report_node *node =
            add_node(report, n == 0 ? report_sample_markup : longest, n == 0 ? ROLE_ESA : ROLE_SMA);
        node->model = node->serial = node->cluster = node->sma = report_sample_markup;
        node->before = node->after = node->expected = report_sample_markup;
        add_event(arena, &node->timeline, report_sample_markup, 0, report_sample_markup, 1);
        add_event(arena, &node->timeline, "up", midnight, longest, 4294967295u);
        add_event(arena, &node->timeline, report_sample_markup, LAST_SECOND, NULL, 0);
        add_mail(arena, &node->timeline, midnight, midnight + HOUR, 0, 0, 4294967);
        add_documents(report, node->name, report_sample_markup);
    }
    answer(report, say_hostile);
    static struct report_waiver waiver = {.name = report_sample_markup,
                                          .check = report_sample_markup,
                                          .node = report_sample_markup,
                                          .text = report_sample_markup,
                                          .reason = report_sample_markup,
                                          .approved_by = report_sample_markup,
                                          .expires = LAST_SECOND};
    static struct report_seal seal = {report_sample_markup, report_sample_markup};
    add_cluster(report, report_sample_markup, STATE_CRITICAL);
    report->waivers = &waiver;
    report->waiver_count = 1;
    report->seals = &seal;
    report->seal_count = 1;
    report->run_id = report->change = report->run_operator = report_sample_markup;
    report->previous = report->previous_sha256 = report->interrupted = report_sample_markup;
    report->plan.title = report->plan.requester = report->plan.approved_by = longest;
    return report;
}

const struct report_sample report_samples[] = {
    {"passing", make_passing}, {"failing", make_failing}, {"hostile", make_hostile}, {NULL, NULL}};
