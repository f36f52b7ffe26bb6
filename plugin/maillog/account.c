/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/maillog/account.h"

#include <string.h>

/* The next hops that took most. */
static void list_destinations(struct account *account)
{
    struct flow_top *tops = account->top[SETTINGS_DESTINATIONS].tops;
    size_t count = 0;
    for (size_t i = 0; i < account->s->hop_count; i++) {
        const struct flow_hop *hop = &account->s->hops[i];
        size_t place = count;
        while (place > 0 && tops[place - 1].count < hop->delivered)
            place--;
        if (hop->delivered == 0 || place == ACCOUNT_TOPS)
            continue;
        count += count < ACCOUNT_TOPS;
        memmove(tops + place + 1, tops + place, (count - place - 1) * sizeof(*tops));
        tops[place] = (struct flow_top){text_of(hop->address), hop->delivered, 0};
    }
    account->top[SETTINGS_DESTINATIONS].wanted = true;
    account->top[SETTINGS_DESTINATIONS].count = count;
}

bool account_make(struct arena *arena, struct maillog *log, const struct settings *settings,
                  int64_t now, struct account *account)
{
    struct flow *flow = maillog_flow(log);
    struct flow_summary *summary = arena_alloc(arena, sizeof(*summary));
    struct verdict_limits limits = VERDICT_LIMITS;
    account->arena = arena;
    account->s = summary;
    if (!flow_summary(flow, summary))
        return false;
    for (size_t i = 0; i < FLOW_LISTS; i++)
        if (settings->top[i]) {
            account->top[i].wanted = true;
            account->top[i].count =
                flow_top(flow, (enum flow_list)i, account->top[i].tops, ACCOUNT_TOPS);
        }
    if (settings->top[SETTINGS_DESTINATIONS])
        list_destinations(account);
    limits.now = now;
    verdict_judge(summary, &limits, &account->verdict);
    return true;
}

int account_exit_code(const struct account *account)
{
    bool whole =
        account->interrupted == NULL && (account->input == NULL || account->input->failed == 0);
    return whole ? (int)account->verdict.word : 3;
}

const char *account_time(int64_t seconds, const int32_t *offset, char *text, size_t size)
{
    (void)time_print_utc(seconds - (offset != NULL ? *offset : 0), text, size);
    size_t n = strlen(text);
    if (offset == NULL && n > 0 && text[n - 1] == 'Z')
        text[n - 1] = '\0';
    return text;
}

void account_print_families(FILE *out, const struct account *account, bool json)
{
    const struct flow_summary *s = account->s;
    if (json) {
        json_t *root = json_object(), *families = json_object();
        for (int i = 0; i < FAMILY_COUNT; i++)
            if (s->family[i] > 0)
                (void)json_object_set_new(families, family_name((enum family)i),
                                          json_integer((json_int_t)s->family[i]));
        (void)json_object_set_new(root, "lines", json_integer((json_int_t)s->lines));
        (void)json_object_set_new(root, "bytes", json_integer((json_int_t)s->bytes));
        (void)json_object_set_new(root, "continuations",
                                  json_integer((json_int_t)s->continuations));
        (void)json_object_set_new(root, "families", families);
        (void)json_dumpf(root, out, JSON_INDENT(2));
        (void)fputc('\n', out);
        json_decref(root);
        return;
    }
    for (int i = 0; i < FAMILY_COUNT; i++)
        if (s->family[i] > 0)
            (void)fprintf(out, "%12llu  %s\n", (unsigned long long)s->family[i],
                          family_name((enum family)i));
    (void)fprintf(out, "%12llu  continuations\n%12llu  lines\n",
                  (unsigned long long)s->continuations, (unsigned long long)s->lines);
}
