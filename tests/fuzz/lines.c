/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Log lines beside mail_logs, each given to all readers of one line: status lines, side logs,
 * consolidated events, shapes. A reader that refuses has a reason, tells nothing that does not
 * stand in the line, and does not depend on what it read before.
 */
#include <stdlib.h>
#include <string.h>

#include "checks/maillog/cef.h"
#include "checks/maillog/counters.h"
#include "checks/maillog/shape.h"
#include "checks/maillog/sidelog.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void inside(struct span whole, struct span part)
{
    must(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

static void reason(bool read, const struct fault *fault)
{
    must(read == (fault->kind == FAULT_NONE) && read == (fault->text[0] == '\0'));
}

static void status(struct span line)
{
    static struct counters_line counters, none;
    struct fault fault = {.kind = FAULT_NONE};
    struct counters_identity checked[COUNTERS_IDENTITIES];
    struct counters_change change;
    reason(counters_parse(line, &counters, &fault), &fault);
    unsigned known = 0;
    for (int i = 0; i < COUNTERS_KNOWN; i++)
        known += counters.has >> i & 1;
    must(known + counters.other_count + counters.unkept == counters.pairs);
    must(counters_check(&counters, checked) <= COUNTERS_IDENTITIES);
    counters_compare(&counters, &counters, 0, &change);
    must(change.reset == 0 && !change.restarted && change.has == counters.has);
    counters_compare(&none, &counters, -1, &change);
    must(change.has == 0);
}

static void side(struct span line)
{
    struct sidelog out;
    int64_t lag = 0;
    must(sidelog_classify(line, LINE_INFO, &out) == out.kind && out.kind < SIDELOG_KINDS);
    const struct span spans[] = {out.subject, out.text,     out.from,   out.to,
                                 out.reason,  out.response, out.address};
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++)
        inside(line, spans[i]);
    must(sidelog_lag(&out, out.period_end, &lag) == out.has_period && lag == 0);
    must(!out.has_period || out.period_end >= out.period_begin);
}

static void event(struct span line)
{
    static struct cef out;
    struct fault fault = {.kind = FAULT_NONE};
    struct span value, list, address;
    char plain[64];
    reason(cef_parse(line, &out, &fault), &fault);
    for (unsigned i = 0; i < out.pair_count; i++) {
        inside(line, out.pairs[i].key);
        inside(line, out.pairs[i].value);
        must(cef_plain(out.pairs[i].value, plain, sizeof(plain)) < sizeof(plain));
    }
    must(out.malformed == 0 || out.stray.n > 0 || out.pair_count > 0);
    must(out.act == CEF_ACT_NONE || cef_find(&out, "act", &value));
    must(!out.has_mid || cef_find(&out, "ESAMID", &value));
    for (list = out.to; cef_next(&list, &address);)
        inside(line, address);
}

static void shape(struct span line)
{
    static struct shapes shapes, twice;
    char form[SHAPE_FORM_BYTES + 1];
    const size_t n = shape_form(line, form);
    must(n <= SHAPE_FORM_BYTES && strlen(form) == n);
    shapes = twice = (struct shapes){.count = 0};
    shape_add(&shapes, line);
    must(shapes.count == 1 && shapes.of[0].count == 1);
    for (size_t i = 0; i < shapes.of[0].n; i++)
        must((unsigned char)shapes.of[0].example[i] >= ' ');
    shape_add(&twice, line);
    shape_merge(&twice, &shapes);
    must(twice.count == 1 && twice.of[0].count == 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct span rest = {(const char *)bytes, n}, line;
    while (rest.n > 0) {
        (void)text_cut(rest, '\n', &line, &rest);
        status(line);
        side(line);
        event(line);
        shape(line);
    }
    return 0;
}
