/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/check.h"
#include "checks/mib.h"

static const struct need needs[] = {{&snmp_walk_kind, NEED_REQUIRED}};

static const char hint_load[] =
    "right after an upgrade indexes are built and engines fetched: look again in an hour, and "
    "compare with the same hour of the baseline";

/* Memory, queue and files as the peers judge them (snmp.md 1.7), disk space as domain.md P20. What
 * is measured over seconds (processor, disk) warns only. */
static const struct metric_spec metrics[] = {
    {"memory_percent", "%", "memory in use", "80", "90", hint_load},
    {"cpu_percent", "%", "processor time over 5 s", "90", NULL, hint_load},
    {"disk_io_percent", "%", "disk transfers over 5 to 15 s", "90", NULL, hint_load},
    {"queue_percent", "%", "space of the queue in use", "80", "90",
     "find what is not delivered (`tophosts`) before the appliance stops receiving"},
    {"open_files", "", "open files and sockets", "5500", "6000", hint_load},
    {"dns_pending", "", "DNS requests that wait to be sent", NULL, NULL, NULL},
    {"disk_used_percent", "%", "disk space in use", "80", "90",
     "`diskquotausage`: delete old logs and quarantined mail, or move quotas"},
};

static const struct {
    enum snmp_object object;
    const char *metric;
} numbers[] = {
    {SNMP_MEMORY_PERCENT, "memory_percent"},   {SNMP_CPU_PERCENT, "cpu_percent"},
    {SNMP_DISK_IO_PERCENT, "disk_io_percent"}, {SNMP_QUEUE_PERCENT, "queue_percent"},
    {SNMP_OPEN_FILES, "open_files"},           {SNMP_DNS_PENDING, "dns_pending"},
};

/* snmp.md 1.2: numbers as in the public MIB; conservation is domain.md P20. */
static const char hint_conserving[] =
    "senders are slowed down or refused: find what exhausts memory, disk or queue";
static const struct mib_word queue_words[] = {
    {1, STATE_OK, "space available", NULL},
    {2, STATE_WARNING, "shortage of space", hint_conserving},
    {3, STATE_CRITICAL, "full", hint_conserving},
};
static const struct mib_word memory_words[] = {
    {1, STATE_OK, "available", NULL},
    {2, STATE_WARNING, "shortage", hint_conserving},
    {3, STATE_CRITICAL, "full", hint_conserving},
};
static const struct mib_word conservation_words[] = {
    {1, STATE_OK, "no", NULL},
    {2, STATE_CRITICAL, "yes, for a shortage of memory", hint_conserving},
    {3, STATE_CRITICAL, "yes, for a shortage of queue space", hint_conserving},
    {4, STATE_CRITICAL, "yes, for the queue is full", hint_conserving},
};
static const struct {
    enum snmp_object object;
    const char *subject;
    const struct mib_word *words;
    size_t count;
} states[] = {
    {SNMP_QUEUE_STATUS, "queue", queue_words, CHECK_COUNT(queue_words)},
    {SNMP_MEMORY_STATUS, "memory of the mail process", memory_words, CHECK_COUNT(memory_words)},
    {SNMP_CONSERVATION, "resource conservation", conservation_words,
     CHECK_COUNT(conservation_words)},
};

/* On a gateway the states of conservation are what it is about; a manager need not have them. */
static size_t judge_states(const struct question *q, struct result *result,
                           const struct snmp_walk *walk)
{
    size_t told = 0;
    for (size_t i = 0; i < CHECK_COUNT(states); i++) {
        if (mib_judge(result, &walk->scalars[states[i].object], states[i].subject, "state",
                      states[i].words, states[i].count) != NULL)
            told++;
        else if (q->node->role == ROLE_ESA)
            (void)result_say(result, STATE_UNKNOWN, states[i].subject,
                             "%s: %s: its state is not published", q->node->name,
                             states[i].subject);
    }
    return told;
}

static size_t judge_numbers(const struct question *q, struct result *result,
                            const struct snmp_walk *walk)
{
    size_t told = 0;
    for (size_t i = 0; i < CHECK_COUNT(numbers); i++) {
        const struct snmp_value *value = &walk->scalars[numbers[i].object];
        if (!mib_number(result, value, numbers[i].metric, "value", false))
            continue;
        told++;
        check_measure(q, result, numbers[i].metric, NULL, (double)value->number,
                      (struct evidence){snmp_walk_kind.id, value->line});
    }
    return told;
}

/* "…, Used_disk_space: 40.639 GB, Used_disk_space in % : 20.48" (read in Checkmk's test). */
static bool used_percent(struct span text, double *percent)
{
    static const char label[] = "Used_disk_space in %";
    ptrdiff_t at = text_find(text, label);
    struct span value, tail;
    if (at < 0 || !text_cut(text_skip(text, (size_t)at + strlen(label)), ':', &tail, &value))
        return false;
    (void)text_cut(value, ',', &value, &tail);
    return text_to_double(text_trim(value), percent) && *percent >= 0;
}

static void judge_disk(const struct question *q, struct result *result,
                       const struct snmp_walk *walk)
{
    const struct snmp_value *value = &walk->scalars[SNMP_DISK_SPACE];
    double percent;
    if (value->type == SNMP_ABSENT)
        return; /* older than the object */
    if (value->type == SNMP_TEXT && used_percent(value->text, &percent)) {
        check_measure(q, result, "disk_used_percent", NULL, percent,
                      (struct evidence){snmp_walk_kind.id, value->line});
        return;
    }
    struct finding *finding =
        result_say(result, STATE_UNKNOWN, q->node->name, "%s: disk space is not recognised: '%.*s'",
                   q->node->name, TEXT_ARGS(text_head(value->text, 200)));
    (void)result_evidence(result, finding, snmp_walk_kind.id, value->line);
}

static void run(const struct question *q, struct result *result)
{
    const struct snmp_walk *walk = mib_facts(q, result);
    if (walk == NULL)
        return;
    size_t told = judge_states(q, result, walk) + judge_numbers(q, result, walk);
    judge_disk(q, result, walk);
    (void)result_say(result, told > 0 ? STATE_OK : STATE_UNKNOWN, q->node->name,
                     "%s publishes %zu of %zu values of its resources", q->node->name, told,
                     CHECK_COUNT(states) + CHECK_COUNT(numbers));
    result_summary(result, "%s: memory, processor, disk and queue are within limits",
                   q->node->name);
}

const struct check resources_check = {
    .name = "resources",
    .title = "processor, memory, disk, queue space, resource conservation",
    .roles = ROLE_ANY,
    .needs = needs,
    .need_count = CHECK_COUNT(needs),
    .metrics = metrics,
    .metric_count = CHECK_COUNT(metrics),
    .settle_s = 600,
    .if_asked = true,
    .run = run,
};
