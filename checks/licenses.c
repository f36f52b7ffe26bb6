/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/parse/cli_featurekey.h"
#include "checks/parse/cli_status.h"
#include "checks/parse/cli_version.h"
#include "checks/parse/snmp_walk.h"
#include "checks/parse/xml_status.h"

static const struct need needs[] = {
    {&cli_featurekey_kind, NEED_ALSO}, {&cli_status_kind, NEED_REQUIRED},
    {&xml_status_kind, NEED_ALSO},     {&cli_version_kind, NEED_ALSO},
    {&snmp_walk_kind, NEED_ALSO},
};

static const struct metric_spec metrics[] = {
    {"license_days", "", "days left of the feature key",
     "30:", "0:", "renew the feature key; from 14.2 on the date shown includes the grace period"},
};

static const struct compare_spec compares[] = {
    {"feature_keys", COMPARE_SET_KEPT, "features that a key is there for", 0},
};

enum { DAY = 86400 };

static const char *const hint_expired =
    "renew the feature key (or register with Smart Licensing), then compare with the baseline";
static const char *const hint_lost = "feature keys are kept over an upgrade: look for the key with "
                                     "`featurekey` and the licence with "
                                     "`showlicense` or `license_smart summary`";

static const char *const hint_smart = "from 15.5 on licences may be Smart Licensing's only: judge "
                                      "them by `license_smart summary` and compare it with the "
                                      "state before the change";

/* The feature keys as one document shows them. */
struct keys {
    const struct feature *list;
    size_t count;
    const char *document;
};

/* An appliance has some twenty keys; more than MAX_KEYS is no list of keys. */
enum { SOURCES = 4, MAX_KEYS = 500 };

/*
 * keyExpirationTable (snmp.md 1.3). A perpetual key reads 0 seconds, as an expired one does: 0 is
 * an end only where the key is told not to be perpetual.
 */
static struct feature key_of_row(const struct question *q, const struct snmp_row *row)
{
    const struct snmp_value *name = &row->columns[2], *perpetual = &row->columns[3];
    const struct snmp_value *left = &row->columns[4];
    struct feature key = {
        .name = name->type == SNMP_TEXT
                    ? name->text
                    : text_of(arena_printf(q->arena, "key %u of SNMP", row->index)),
        .line = name->type == SNMP_ABSENT ? left->line : name->line,
        .life = FEATURE_UNRECOGNISED,
    };
    bool known = perpetual->type == SNMP_NUMBER && name->type == SNMP_TEXT;
    if (known && perpetual->number == 1) {
        feature_read(&key, text_of("Perpetual"), false);
    } else if (known && perpetual->number == 2 && left->type == SNMP_NUMBER) {
        feature_read(&key, text_of(arena_printf(q->arena, "%lld", (long long)left->number)), true);
        key.text = text_of(arena_printf(q->arena, "%lld s", (long long)left->number));
    } else {
        key.text = text_of(arena_printf(q->arena, "keyIsPerpetual %lld, %lld s left",
                                        (long long)perpetual->number, (long long)left->number));
    }
    return key;
}

static struct keys in_walk(const struct question *q, const struct node *node)
{
    const struct snmp_walk *walk = check_facts_of(q, node, &snmp_walk_kind, NULL);
    const struct snmp_walk *now = check_facts_of(q, q->node, &snmp_walk_kind, NULL);
    /*
     * Names may be others than in the CLI: only what SNMP shows now is compared with SNMP then. A
     * walk that is cut would lose some.
     */
    if (walk == NULL || now == NULL || now->tables[SNMP_KEYS].count == 0 || now->cut_line != 0)
        return (struct keys){.count = 0};
    const struct snmp_table *table = &walk->tables[SNMP_KEYS];
    struct feature *list = arena_array(q->arena, table->count, sizeof(*list));
    for (size_t i = 0; i < table->count; i++)
        list[i] = key_of_row(q, &table->rows[i]);
    return (struct keys){list, table->count, snmp_walk_kind.id};
}

/* All documents that show keys, the most detailed first. Returns how many. */
static size_t sources(const struct question *q, const struct node *node, struct keys keys[SOURCES])
{
    size_t n = 0;
    const struct cli_featurekey *table = check_facts_of(q, node, &cli_featurekey_kind, NULL);
    if (table != NULL && table->count > 0)
        keys[n++] = (struct keys){table->features, table->count, cli_featurekey_kind.id};
    const struct cli_status *status = check_facts_of(q, node, &cli_status_kind, NULL);
    if (status != NULL && status->feature_count > 0)
        keys[n++] = (struct keys){status->features, status->feature_count, cli_status_kind.id};
    const struct xml_status *xml = check_facts_of(q, node, &xml_status_kind, NULL);
    if (xml != NULL && xml->feature_count > 0)
        keys[n++] = (struct keys){xml->features, xml->feature_count, xml_status_kind.id};
    keys[n] = in_walk(q, node);
    n += keys[n].count > 0;
    for (size_t i = 0; i < n; i++)
        keys[i].count = keys[i].count < MAX_KEYS ? keys[i].count : MAX_KEYS;
    return n;
}

static const struct feature *find(const struct keys *keys, struct span name)
{
    for (size_t i = 0; i < keys->count; i++)
        if (feature_same_name(keys->list[i].name, name))
            return &keys->list[i];
    return NULL;
}

/* " 14d ago" when the document counts on behind the end, else what it says. */
static const char *expired_when(const struct question *q, const struct feature *key)
{
    char text[32];
    if (key->life != FEATURE_TIMED || key->seconds_left == 0)
        return arena_printf(q->arena, " (%.*s)", TEXT_ARGS(key->text));
    return arena_printf(q->arena, " %s ago",
                        time_print_span(-key->seconds_left, text, sizeof(text)));
}

static void judge_key(const struct question *q, struct result *result, const struct feature *key,
                      const char *document)
{
    const char *name = arena_dup(q->arena, text_head(key->name, 200));
    const char *node = q->node->name;
    struct finding *finding;
    if (key->life == FEATURE_UNRECOGNISED && key->text.n == 0) {
        finding = result_say(result, STATE_UNKNOWN, name,
                             "%s: this line of its keys is not recognised: '%s'", node, name);
    } else if (key->life == FEATURE_UNRECOGNISED) {
        finding = result_say(result, STATE_UNKNOWN, name,
                             "%s: what is left of \"%s\" is not recognised: '%.*s'", node, name,
                             TEXT_ARGS(key->text));
    } else if (feature_expired(key)) {
        finding = result_say(result, STATE_CRITICAL, name, "%s: the key of \"%s\" has expired%s",
                             node, name, expired_when(q, key));
        (void)result_hint(finding, hint_expired);
    } else {
        finding =
            result_say(result, STATE_OK, name, "%s: %s, %.*s%s", node, name, TEXT_ARGS(key->text),
                       key->life == FEATURE_TIMED && text_find(key->text, " ") < 0 ? " s" : "");
    }
    (void)result_evidence(result, finding, document, key->line);
    if (key->life == FEATURE_TIMED && !feature_expired(key))
        check_measure(q, result, "license_days", name, (double)(key->seconds_left / DAY),
                      (struct evidence){document, key->line});
}

/* The most detailed of COUNT documents that shows NAME, or NULL; *FEATURE is its line. */
static const struct keys *find_any(const struct keys *keys, size_t count, struct span name,
                                   const struct feature **feature)
{
    for (size_t s = 0; s < count; s++) {
        *feature = find(&keys[s], name);
        if (*feature != NULL)
            return &keys[s];
    }
    return NULL;
}

static bool contradict(const struct feature *a, const struct feature *b)
{
    if (a->life == FEATURE_UNRECOGNISED || b->life == FEATURE_UNRECOGNISED)
        return false;
    if (feature_expired(a) != feature_expired(b))
        return true;
    /* Days against seconds: the same key may differ by the day that has begun. */
    bool both_timed = a->life == FEATURE_TIMED && b->life == FEATURE_TIMED;
    int64_t apart = both_timed ? a->seconds_left - b->seconds_left : 0;
    return apart > 2 * DAY || apart < -2 * DAY;
}

/* Keys of document S that those before it show too must agree; new ones are judged. */
static void compare_sources(const struct question *q, struct result *result,
                            const struct keys *keys, size_t s)
{
    for (size_t i = 0; i < keys[s].count; i++) {
        const struct feature *theirs = &keys[s].list[i], *ours;
        const struct keys *first = find_any(keys, s, theirs->name, &ours);
        if (first == NULL) {
            judge_key(q, result, theirs, keys[s].document);
            continue;
        }
        if (!contradict(ours, theirs))
            continue;
        const char *name = arena_dup(q->arena, text_head(theirs->name, 200));
        struct finding *finding = result_say(
            result, feature_expired(theirs) ? STATE_CRITICAL : STATE_UNKNOWN, name,
            "%s: \"%s\": %s says '%.*s', %s says '%.*s'", q->node->name, name, first->document,
            TEXT_ARGS(ours->text), keys[s].document, TEXT_ARGS(theirs->text));
        (void)result_evidence(result, finding, keys[s].document, theirs->line);
        (void)result_hint(finding, feature_expired(theirs) ? hint_expired : NULL);
    }
}

/* Seconds between the two captures by the appliance's own clock; 0 when one does not tell. */
static int64_t time_passed(const struct question *q)
{
    const struct cli_status *now = check_facts_of(q, q->node, &cli_status_kind, NULL);
    const struct cli_status *before = check_facts_of(q, check_before(q), &cli_status_kind, NULL);
    if (now == NULL || !now->has_as_of || before == NULL || !before->has_as_of)
        return 0;
    return time_between(now->as_of, before->as_of);
}

/* "Dormant/Perpetual" (V) is not used, but does not run out either. */
static bool lasts(const struct feature *key)
{
    return key->life == FEATURE_PERPETUAL || text_find_word(key->text, "perpetual") >= 0;
}

/* Is THEN worth more than NOW by more than the time that has passed? */
static bool is_shorter(const struct feature *then, const struct feature *now, int64_t passed)
{
    if (lasts(now) || (then->life != FEATURE_TIMED && then->life != FEATURE_PERPETUAL))
        return false;
    return now->life == FEATURE_DORMANT || then->life == FEATURE_PERPETUAL ||
           (now->life == FEATURE_TIMED && passed > 0 &&
            then->seconds_left - now->seconds_left > passed + 2 * DAY);
}

static void compare_key(const struct question *q, struct result *result, const struct feature *then,
                        const struct keys *now, size_t count)
{
    const struct feature *today = NULL;
    (void)find_any(now, count, then->name, &today);
    const char *name = arena_dup(q->arena, text_head(then->name, 200));
    struct finding *finding;
    if (today == NULL) {
        finding =
            result_say(result, STATE_CRITICAL, name,
                       "%s: \"%s\" was there before the change and is gone", q->node->name, name);
        (void)result_hint(finding, hint_lost);
    } else if (is_shorter(then, today, time_passed(q)) && !feature_expired(today)) {
        finding = result_say(result, STATE_WARNING, name,
                             "%s: \"%s\" had '%.*s' before the change, now '%.*s'", q->node->name,
                             name, TEXT_ARGS(then->text), TEXT_ARGS(today->text));
        (void)result_hint(finding, "evaluation mode? From 15.0 on Smart Licensing is needed: "
                                   "`license_smart summary`");
    } else {
        return;
    }
    (void)result_evidence(result, finding, now[0].document, today == NULL ? 0 : today->line);
    (void)result_compare(result, finding, arena_dup(q->arena, text_head(then->text, 200)),
                         today == NULL ? "not listed"
                                       : arena_dup(q->arena, text_head(today->text, 200)));
}

static size_t key_count(const struct keys *sources, size_t count)
{
    size_t keys = 0;
    for (size_t s = 0; s < count; s++)
        keys += sources[s].count;
    return keys;
}

/* V21: the same set as before, none lost, none shorter than the time that passed explains. */
static void compare_with_baseline(const struct question *q, struct result *result,
                                  const struct keys *now, size_t count)
{
    if (check_before(q) == NULL)
        return;
    struct keys before[SOURCES];
    size_t earlier = sources(q, check_before(q), before), then_count = 0, now_count = 0;
    struct span *then = arena_array(q->arena, key_count(before, earlier), sizeof(*then));
    struct span *is = arena_array(q->arena, key_count(now, count), sizeof(*is));
    const struct feature *shown;
    for (size_t s = 0; s < count; s++)
        for (size_t i = 0; i < now[s].count; i++)
            if (find_any(now, s, now[s].list[i].name, &shown) == NULL)
                is[now_count++] = now[s].list[i].name;
    for (size_t s = 0; s < earlier; s++)
        for (size_t i = 0; i < before[s].count; i++) {
            if (find_any(before, s, before[s].list[i].name, &shown) != NULL)
                continue;
            compare_key(q, result, &before[s].list[i], now, count);
            const struct keys *known = find_any(now, count, before[s].list[i].name, &shown);
            then[then_count++] = known != NULL ? shown->name : before[s].list[i].name;
        }
    (void)compare_set(q, result, "feature_keys", NULL, earlier == 0 ? NULL : then, then_count, is,
                      now_count);
}

/* From 15.5 on there are no classic licences on premises (asyncos-cli.md 8, V). */
static bool may_have_no_keys(const struct question *q)
{
    const struct cli_version *cli = check_facts_of(q, q->node, &cli_version_kind, NULL);
    const struct xml_status *xml = check_facts_of(q, q->node, &xml_status_kind, NULL);
    const struct release *runs = cli != NULL && cli->has_release   ? &cli->release
                                 : xml != NULL && xml->has_release ? &xml->release
                                                                   : NULL;
    return runs != NULL && (runs->major > 15 || (runs->major == 15 && runs->minor >= 5));
}

static void no_keys(const struct question *q, struct result *result)
{
    if (check_facts(q, result, &cli_status_kind) == NULL)
        return;
    struct finding *finding = result_say(
        result, STATE_UNKNOWN, q->node->name,
        fleet_document(q->node, cli_featurekey_kind.id) == NULL
            ? "%s: cli/featurekey.txt: not captured, and no other document shows feature keys"
            : "%s: no document shows feature keys (cli/featurekey.txt, `status detail`, "
              "/xml/status, SNMP)",
        q->node->name);
    (void)result_hint(finding, may_have_no_keys(q) ? hint_smart : NULL);
}

static void run(const struct question *q, struct result *result)
{
    struct keys now[SOURCES];
    size_t count = sources(q, q->node, now);
    (void)check_facts_optional(q, result, &cli_featurekey_kind);
    if (count == 0) {
        no_keys(q, result);
        return;
    }
    for (size_t i = 0; i < now[0].count; i++)
        judge_key(q, result, &now[0].list[i], now[0].document);
    for (size_t s = 1; s < count; s++)
        compare_sources(q, result, now, s);
    compare_with_baseline(q, result, now, count);
    result_summary(result, "%s: %zu feature keys, none expired or expiring", q->node->name,
                   now[0].count);
}

const struct check licenses_check = {
    .name = "licenses",
    .title = "are the feature keys as before, none expired or expiring?",
    .roles = ROLE_ANY,
    .needs = needs,
    .need_count = CHECK_COUNT(needs),
    .metrics = metrics,
    .metric_count = CHECK_COUNT(metrics),
    .compares = compares,
    .compare_count = CHECK_COUNT(compares),
    .settle_s = 600, /* domain.md V21 */
    .run = run,
};
