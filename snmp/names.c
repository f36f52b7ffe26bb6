/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snmp/names.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The members of the text; the first ones are those of enum names_kind. */
static const char *const members[] = {"appliances", "checks", "clusters", "settings"};
enum { MAX_NUMBER = INT32_MAX };

static json_t *at(const json_t *object, const char *name)
{
    return json_object_get(object, name);
}

static void put(json_t *object, const char *name, json_t *value)
{
    (void)json_object_set_new(object, name, value);
}

static json_t *nothing_seen(void)
{
    return json_pack("{s:{}, s:{}}", "states", "alerts");
}

void names_init(struct names *names)
{
    *names = (struct names){.root = json_object()};
    put(names->root, "schema", json_string("postcheck.agentx/1"));
    put(names->root, "last_alert", json_integer(0));
    for (int kind = 0; kind < NAMES_KINDS; kind++)
        put(names->root, members[kind], json_object());
    put(names->root, "seen", nothing_seen());
}

void names_free(struct names *names)
{
    json_decref(names->seen);
    json_decref(names->root);
    *names = (struct names){.root = NULL};
}

static bool is_number(const json_t *value, json_int_t min, json_int_t max)
{
    return json_is_integer(value) && json_integer_value(value) >= min &&
           json_integer_value(value) <= max;
}

/* Numbers 1 to the number of names, each once: so the next is known, and none is given twice. */
static bool are_numbers(json_t *object)
{
    const size_t count = json_object_size(object);
    bool good = json_is_object(object);
    unsigned char *taken = calloc(count + 1, 1);
    const char *name;
    json_t *value;
    json_object_foreach (object, name, value) {
        good = good && is_number(value, 1, (json_int_t)count) && taken != NULL &&
               !taken[json_integer_value(value)];
        if (good)
            taken[json_integer_value(value)] = 1;
    }
    free(taken);
    return good;
}

/* Each an array of COUNT numbers. */
static bool are_tuples(json_t *object, size_t count)
{
    const char *name;
    json_t *value;
    json_object_foreach (object, name, value) {
        if (json_array_size(value) != count)
            return false;
        for (size_t i = 0; i < count; i++)
            if (!json_is_integer(json_array_get(value, i)))
                return false;
    }
    return json_is_object(object);
}

static bool are_names(json_t *root)
{
    const char *schema = json_string_value(at(root, "schema"));
    json_t *alerts = at(at(root, "seen"), "alerts"), *value;
    const json_t *last = at(root, "last_alert");
    const char *name;
    if (schema == NULL || strcmp(schema, "postcheck.agentx/1") != 0 ||
        !is_number(last, 0, MAX_NUMBER))
        return false;
    for (int kind = 0; kind < NAMES_KINDS; kind++)
        if (!are_numbers(at(root, members[kind])))
            return false;
    if (!are_tuples(at(at(root, "seen"), "states"), 3) || !are_tuples(alerts, 2))
        return false;
    json_object_foreach (alerts, name, value)
        if (!is_number(json_array_get(value, 0), 1, json_integer_value(last)))
            return false;
    return true;
}

bool names_read(struct names *names, struct span text, const char *path, struct fault *fault)
{
    json_error_t error;
    json_t *root = json_loadb(text.n == 0 ? "" : text.p, text.n, JSON_REJECT_DUPLICATES, &error);
    names_init(names);
    if (root == NULL || !are_names(root)) {
        json_decref(root);
        return fault_set(fault, FAULT_SYNTAX, path, 0,
                         "is no file of numbers of postcheck-agentx: when it is removed, "
                         "all tables are numbered anew");
    }
    json_decref(names->root);
    names->root = root;
    return true;
}

char *names_text(struct names *names)
{
    names->changed = false;
    return json_dumps(names->root, JSON_INDENT(1));
}

uint32_t names_number(struct names *names, enum names_kind kind, const char *name)
{
    json_t *object = at(names->root, members[kind]);
    const json_t *known = at(object, name);
    if (known != NULL)
        return (uint32_t)json_integer_value(known);
    const json_int_t number = (json_int_t)json_object_size(object) + 1;
    put(object, name, json_integer(number));
    names->changed = true;
    return (uint32_t)number;
}

void names_begin(struct names *names)
{
    json_decref(names->seen);
    names->seen = nothing_seen();
}

void names_end(struct names *names)
{
    names->changed |= !json_equal(at(names->root, "seen"), names->seen);
    put(names->root, "seen", names->seen);
    names->seen = NULL;
}

static int64_t tuple(const json_t *value, size_t i)
{
    return (int64_t)json_integer_value(json_array_get(value, i));
}

void names_state(struct names *names, const char *key, uint32_t state, int64_t now,
                 uint32_t *previous, int64_t *since)
{
    const json_t *known = at(at(at(names->root, "seen"), "states"), key);
    *previous = 0;
    *since = now;
    if (known != NULL && tuple(known, 0) == state) {
        *previous = (uint32_t)tuple(known, 1);
        *since = tuple(known, 2);
    } else if (known != NULL) {
        *previous = (uint32_t)tuple(known, 0);
    }
    put(at(names->seen, "states"), key,
        json_pack("[I, I, I]", (json_int_t)state, (json_int_t)*previous, (json_int_t)*since));
}

uint32_t names_alert(struct names *names, const char *key, int64_t now, int64_t *since)
{
    const json_t *again = at(at(names->seen, "alerts"), key);
    const json_t *known = again != NULL ? again : at(at(at(names->root, "seen"), "alerts"), key);
    json_int_t number = json_integer_value(at(names->root, "last_alert"));
    *since = now;
    if (known != NULL) {
        number = (json_int_t)tuple(known, 0);
        *since = tuple(known, 1);
    } else {
        number++;
        put(names->root, "last_alert", json_integer(number));
        names->changed = true;
    }
    put(at(names->seen, "alerts"), key, json_pack("[I, I]", number, (json_int_t)*since));
    return (uint32_t)number;
}
