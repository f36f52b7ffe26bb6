/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/managed.h"
#include "checks/page.h"
#include "checks/parse/cli_version.h"
#include "checks/parse/config_appliances.h"
#include "checks/parse/gui_table.h"

static const struct need needs[] = {
    {&config_appliances_kind, NEED_REQUIRED},
    {&gui_table_services_kind, NEED_ALSO},
};

static const struct metric_spec metrics[] = {
    {"appliances_managed", "", "gateways that the SMA manages", NULL, NULL, NULL},
    {"appliances_established", "", "gateways whose connection is established", NULL, NULL, NULL},
};

static const struct compare_spec compares[] = {
    {"gateways", COMPARE_SET_EQUAL, "gateways that the SMA manages", 0},
    {"services_on", COMPARE_SET_KEPT, "centralized services that are on for a gateway", 0},
};

static const char *const good_words[] = {"Established", "Connected and transferred data", NULL};

static const struct page_kind page_kind = {
    .document = &gui_table_services_kind,
    .title = "Security Appliances",
    .good_words = good_words,
    .yes_is_good = true,
    .service = SERVICE_COUNT,
};

static const char *const hint_connection =
    "in this order: reachability, SSH algorithms on both sides (`sshconfig`), stored host key "
    "(`logconfig` > hostkeyconfig on the SMA), credentials, then smad_logs";
static const char *const hint_missing =
    "add the gateway on the SMA (Centralized Services > Security Appliances) and establish the "
    "connection; a replaced machine has a new serial number";

/* What the API knows of one gateway's connection; where it knows nothing, the page may. */
static void say_flag(const struct question *q, struct result *result, const struct managed *item,
                     enum config_appliances_flag flag, enum page_word word)
{
    struct finding *finding;
    if (flag == FLAG_NO) {
        finding =
            result_say(result, STATE_CRITICAL, item->name,
                       "%s: the connection to %s is not established", q->node->name, item->name);
        (void)result_hint(finding, hint_connection);
    } else if (flag == FLAG_YES) {
        finding = result_say(result, STATE_OK, item->name, "the connection to %s is established",
                             item->name);
    } else if (word == PAGE_OFF || (word == PAGE_NO_ROW && item->entry != NULL)) {
        finding = result_say(result, STATE_UNKNOWN, item->name,
                             "%s does not tell whether the connection to %s is established",
                             q->node->name, item->name);
        (void)result_hint(finding, "save the page Centralized Services > Security Appliances as "
                                   "https/services_page.html");
    } else {
        return;
    }
    if (item->entry != NULL)
        (void)result_evidence(result, finding, config_appliances_kind.id, item->entry->line);
}

/* In another language than English, as far as the page tells it? */
static bool is_localised(const struct gui_page *page, const char *text)
{
    if (page->language.n != 0)
        return !text_starts_nocase(page->language, "en");
    for (; *text != '\0'; text++) /* letters beyond ASCII; E2 begins dashes and other signs */
        if ((unsigned char)*text >= 0xC3 && (unsigned char)*text != 0xE2)
            return true;
    return false;
}

/* What the API and the page know of one gateway's connection. True when it is proven. */
static bool judge_connection(const struct question *q, struct result *result,
                             const struct managed *item, const struct gui_page *page,
                             struct page_row row)
{
    enum config_appliances_flag flag = item->entry == NULL ? FLAG_UNTOLD : item->entry->established;
    enum state state = page_state(row.word);
    say_flag(q, result, item, flag, row.word);
    /* What the page repeats needs no second finding; what it contradicts does. */
    if (row.word == PAGE_NO_ROW || (flag == FLAG_NO && row.word == PAGE_BAD))
        return flag == FLAG_YES;
    /* The API's booleans know no language; a foreign word that is not known adds nothing. */
    if (flag == FLAG_YES && row.word == PAGE_UNRECOGNISED && is_localised(page, row.text))
        state = STATE_OK;
    struct finding *finding =
        result_say(result, state, item->name, "%s: the page says of %s: '%s'%s", q->node->name,
                   item->name, row.text,
                   row.word == PAGE_UNRECOGNISED ? " (not recognised)"
                   : row.word == PAGE_OFF        ? ", and nothing says that it should be on"
                                                 : "");
    (void)result_evidence(result, finding, gui_table_services_kind.id, row.line);
    (void)result_compare(result, finding, good_words[0], row.text);
    if (row.word == PAGE_UNRECOGNISED)
        (void)result_hint(finding, "if this word means good in your GUI's language, name it with "
                                   "--ok-word services=WORD");
    else if (row.word > PAGE_UNRECOGNISED)
        (void)result_hint(finding, hint_connection);
    return state == STATE_OK && (flag == FLAG_YES || row.word == PAGE_GOOD) && flag != FLAG_NO;
}

/* Set rule: every gateway of the inventory is on its SMA (domain.md V17). */
static void judge_presence(const struct question *q, struct result *result,
                           const struct config_appliances *list, const struct managed *item)
{
    if (list == NULL)
        return;
    if (item->entry == NULL) {
        struct finding *finding = result_say(result, STATE_CRITICAL, item->name, "%s is not on %s",
                                             item->name, q->node->name);
        (void)result_evidence(result, finding, config_appliances_kind.id, 0);
        finding->lasting = true;
        (void)result_hint(finding, hint_missing);
        return;
    }
    const struct cli_version *own = check_facts_of(q, item->node, &cli_version_kind, NULL);
    if (own != NULL && own->serial.n != 0 && item->entry->serial.n != 0 &&
        !text_same_nocase(own->serial, item->entry->serial)) {
        struct finding *finding =
            result_say(result, STATE_WARNING, item->name,
                       "%s: the SMA knows serial number %.*s, the gateway itself says %.*s",
                       item->name, TEXT_ARGS(item->entry->serial), TEXT_ARGS(own->serial));
        (void)result_evidence(result, finding, config_appliances_kind.id, item->entry->line);
        finding->lasting = true;
        (void)result_hint(finding, "expected after a replacement or a new image: older data is not "
                                   "mapped to the new serial number");
    }
}

/* The services that ENTRY says are on; *COUNT of them. NULL: there is no entry. */
static const struct span *services_on(const struct question *q,
                                      const struct config_appliances_entry *entry, size_t *count)
{
    struct span *on = arena_array(q->arena, SERVICE_COUNT, sizeof(*on));
    *count = 0;
    for (int i = 0; entry != NULL && i < SERVICE_COUNT; i++)
        if (entry->services[i] == FLAG_YES)
            on[(*count)++] =
                text_of(config_appliances_service_name((enum config_appliances_service)i));
    return entry == NULL ? NULL : on;
}

/* Every service that was on is still on; "not told" now, where it was told before, is not known. */
static void compare_services(const struct question *q, struct result *result,
                             const struct managed *item)
{
    const struct config_appliances_entry *now = item->entry;
    const struct config_appliances_entry *then = item->before;
    const char *lost[] = {[FLAG_UNTOLD] = "", [FLAG_NO] = "", [FLAG_YES] = ""};
    for (int i = 0; then != NULL && i < SERVICE_COUNT; i++) {
        const char *service = config_appliances_service_name((enum config_appliances_service)i);
        const char **list = &lost[now->services[i]];
        if (then->services[i] == FLAG_YES)
            *list = arena_printf(q->arena, "%s%s%s", *list, **list != '\0' ? ", " : "", service);
    }
    size_t on_now, on_then;
    const struct span *was = services_on(q, then, &on_then);
    const struct span *is = services_on(q, now, &on_now);
    if (was != NULL && compare_set(q, result, "services_on", item->name, was, on_then, is, on_now))
        return;
    if (*lost[FLAG_NO] != '\0') {
        struct finding *finding = result_say(result, STATE_CRITICAL, item->name,
                                             "%s: off for %s, on before the change: %s",
                                             q->node->name, item->name, lost[FLAG_NO]);
        (void)result_evidence(result, finding, config_appliances_kind.id, now->line);
        (void)result_compare(result, finding, "on", "off");
        finding->lasting = true;
        (void)result_hint(finding,
                          "switch the service on again on the SMA (Security Appliances) and "
                          "on the gateway, then commit both");
    }
    if (*lost[FLAG_UNTOLD] != '\0') {
        struct finding *finding =
            result_say(result, STATE_UNKNOWN, item->name,
                       "%s does not tell whether these are still on for %s: %s", q->node->name,
                       item->name, lost[FLAG_UNTOLD]);
        (void)result_evidence(result, finding, config_appliances_kind.id, now->line);
        (void)result_compare(result, finding, "on", "not told");
    }
}

static struct span name_of(const struct config_appliances_entry *entry)
{
    return entry->host_name.n != 0 ? entry->host_name : entry->serial;
}

/* Gateways of the baseline that the inventory of this capture does not hold. */
static void judge_lost(const struct question *q, struct result *result,
                       const struct config_appliances *before, const struct config_appliances *now)
{
    for (size_t i = 0; before != NULL && now != NULL && i < before->count; i++) {
        const struct config_appliances_entry *entry = &before->entries[i];
        struct span name = name_of(entry);
        if (managed_twin(now, entry) != NULL || fleet_node(q->fleet, name) != NULL)
            continue;
        struct finding *finding = result_say(
            result, STATE_CRITICAL, arena_dup(q->arena, text_head(name, 200)),
            "%s: %.*s was managed before the change and is gone", q->node->name, TEXT_ARGS(name));
        (void)result_evidence(result, finding, config_appliances_kind.id, 0);
        finding->lasting = true;
        (void)result_hint(finding, hint_missing);
    }
}

/* A gateway belongs to the SMA that it had before (domain.md 1.5, cross-node rule). */
static void judge_new(const struct question *q, struct result *result,
                      const struct config_appliances *before, const struct config_appliances *now)
{
    for (size_t i = 0; i < now->count; i++) {
        const struct config_appliances_entry *entry = &now->entries[i];
        if (managed_twin(before, entry) != NULL)
            continue;
        const char *name = arena_dup(q->arena, text_head(name_of(entry), 200));
        struct finding *finding =
            result_say(result, STATE_WARNING, name,
                       "%s: %s is managed and was not before the change", q->node->name, name);
        (void)result_evidence(result, finding, config_appliances_kind.id, entry->line);
        finding->lasting = true;
        (void)result_hint(finding, "if it was meant to move to this SMA, say so in the change and "
                                   "take a new baseline");
    }
}

/* The gateways then and now, under the names that they have now. */
static void compare_gateways(const struct question *q, struct result *result,
                             const struct config_appliances *before,
                             const struct config_appliances *now)
{
    struct span *then = arena_array(q->arena, before == NULL ? 0 : before->count, sizeof(*then));
    struct span *is = arena_array(q->arena, now == NULL ? 0 : now->count, sizeof(*is));
    for (size_t i = 0; before != NULL && i < before->count; i++) {
        const struct config_appliances_entry *twin = managed_twin(now, &before->entries[i]);
        then[i] = name_of(twin != NULL ? twin : &before->entries[i]);
    }
    for (size_t i = 0; now != NULL && i < now->count; i++)
        is[i] = name_of(&now->entries[i]);
    if (!compare_set(q, result, "gateways", NULL, before == NULL ? NULL : then,
                     before == NULL ? 0 : before->count, now == NULL ? NULL : is,
                     now == NULL ? 0 : now->count) &&
        before != NULL && now != NULL)
        judge_new(q, result, before, now);
}

static void run(const struct question *q, struct result *result)
{
    struct fault fault;
    const struct config_appliances *list =
        check_facts_of(q, q->node, &config_appliances_kind, &fault);
    const struct gui_page *page = check_facts_optional(q, result, &gui_table_services_kind);
    const struct config_appliances *before =
        check_facts_of(q, check_before(q), &config_appliances_kind, NULL);
    if (page != NULL && !page_fits(q, result, &page_kind, page))
        page = NULL;
    if (list == NULL && (page == NULL || fault.kind != FAULT_NOT_CAPTURED))
        (void)check_fault(result, q->node->name, &fault);
    if (list == NULL && page == NULL)
        return;
    struct managed_list managed = managed_by(q, list);
    const struct evidence list_source = {
        list != NULL ? config_appliances_kind.id : gui_table_services_kind.id, 0};
    const struct page_row *rows = page == NULL
                                      ? arena_array(q->arena, managed.count, sizeof(rows[0]))
                                      : page_read(q, result, &page_kind, page, &managed);
    size_t established = 0;
    for (size_t i = 0; i < managed.count; i++) {
        size_t said = result->finding_count;
        judge_presence(q, result, list, &managed.items[i]);
        established += judge_connection(q, result, &managed.items[i], page, rows[i]);
        compare_services(q, result, &managed.items[i]);
        if (result->finding_count == said)
            (void)result_say(result, STATE_UNKNOWN, managed.items[i].name,
                             "%s: the page has no row for %s", q->node->name,
                             managed.items[i].name);
    }
    managed_rest(q, result, &managed);
    if (!managed.too_many) {
        compare_gateways(q, result, before, list);
        judge_lost(q, result, before, list);
    }
    if (managed.count == 0)
        (void)result_say(result, STATE_UNKNOWN, q->node->name,
                         "%s: no gateway is managed or expected", q->node->name);
    check_measure(q, result, "appliances_managed", NULL, (double)managed.count, list_source);
    check_measure(q, result, "appliances_established", NULL, (double)established, list_source);
    result_summary(result, "%s: %zu of %zu gateways Established", q->node->name, established,
                   managed.count);
}

const struct check services_check = {
    .name = "services",
    .title = "is every gateway Established and every centralized service still on?",
    .roles = ROLE_SMA,
    .needs = needs,
    .need_count = CHECK_COUNT(needs),
    .metrics = metrics,
    .metric_count = CHECK_COUNT(metrics),
    .compares = compares,
    .compare_count = CHECK_COUNT(compares),
    .settle_s = 600, /* domain.md V17 */
    .run = run,
};
