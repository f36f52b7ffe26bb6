/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/render/ticket.h"

enum { MAX_TEXT = 1000 };

struct text_field {
    const char *name;
    size_t offset;
};

struct time_field {
    const char *name;
    size_t known, offset;
};

#define TEXT(member) #member, offsetof(struct report_plan, member)
#define TIME(member)                                                                               \
#member, offsetof(struct report_plan, has_##member), offsetof(struct report_plan, member)

/* In the order of the schema. */
static const struct text_field texts[] = {
    {TEXT(title)}, {TEXT(requester)}, {TEXT(approved_by)}, {TEXT(implementer)}, {TEXT(reviewer)}};
static const struct time_field times[] = {{TIME(approved_at)}, {TIME(from)}, {TIME(to)}};

json_t *ticket_print(const struct report_plan *plan)
{
    json_t *object = json_object();
    char text[32];
    for (size_t i = 0; i < CHECK_COUNT(texts); i++) {
        const char *value = *(const char *const *)((const char *)plan + texts[i].offset);
        (void)json_object_set_new(object, texts[i].name,
                                  value == NULL ? json_null() : json_string(value));
    }
    for (size_t i = 0; i < CHECK_COUNT(times); i++) {
        const bool known = *(const bool *)((const char *)plan + times[i].known);
        const int64_t at = *(const int64_t *)((const char *)plan + times[i].offset);
        (void)json_object_set_new(object, times[i].name,
                                  known ? json_string(time_print_utc(at, text, sizeof(text)))
                                        : json_null());
    }
    return object;
}

void ticket_read(struct arena *arena, const json_t *object, struct report_plan *plan)
{
    for (size_t i = 0; i < CHECK_COUNT(texts); i++) {
        const char *value = json_string_value(json_object_get(object, texts[i].name));
        *(const char **)((char *)plan + texts[i].offset) =
            value == NULL ? NULL : result_clean(arena, text_of(value), MAX_TEXT);
    }
    for (size_t i = 0; i < CHECK_COUNT(times); i++) {
        struct stamp stamp;
        const char *value = json_string_value(json_object_get(object, times[i].name));
        *(bool *)((char *)plan + times[i].known) =
            value != NULL && time_parse_iso(text_of(value), &stamp) &&
            time_utc(stamp, (int64_t *)((char *)plan + times[i].offset));
    }
}
