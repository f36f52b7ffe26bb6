/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/parse/api_error.h"

#include <stdio.h>

/*
 * 16 MiB hold 10,000 tracking records. What costs memory is not bytes but values (an empty object
 * of two bytes becomes some 250), so the marks that separate values are bounded as well.
 */
enum { MAX_BYTES = 16 * 1024 * 1024, MAX_VALUES = 1000 * 1000 };

/*
 * Error bodies by message and code, the first row that fits. asyncos-http.md 1.4: messages and
 * codes V; that 401 has two meanings V; what a bad request means for a verifier I.
 */
static const struct {
    const char *code;    /* NULL: any */
    const char *message; /* beginning; NULL: any */
    enum fault_kind kind;
    const char *words;
} errors[] = {
    {NULL, "Invalid username or passphrase", FAULT_LOGIN, "the login was refused"},
    {NULL, "ExpiredSignatureError", FAULT_LOGIN, "the session has expired"},
    {NULL, "InvalidTokenError", FAULT_LOGIN, "the session token was refused"},
    {"401", NULL, FAULT_FORBIDDEN, "credentials refused, or this account's role may not read it"},
    {NULL, "Unauthorized", FAULT_FORBIDDEN,
     "credentials refused, or this account's role may not read it"},
    {"403", NULL, FAULT_FORBIDDEN, "this account's role may not read it"},
    {"404", NULL, FAULT_UNSUPPORTED, "this release does not know the request"},
    {"501", NULL, FAULT_UNSUPPORTED, "this release does not know the request"},
    {NULL, "Not Found", FAULT_UNSUPPORTED, "this release does not know the request"},
    {NULL, NULL, FAULT_SYNTAX, "the API answered with an error"},
};

/* The quoted message of an error body becomes FAULT. */
static void error_body(const json_t *error, const char *origin, struct fault *fault)
{
    struct span message = api_error_string(error, "message");
    struct span code = text_trim(api_error_string(error, "code"));
    const json_t *number = json_object_get(error, "code");
    char digits[32] = "";
    if (json_is_string(error))
        message = (struct span){json_string_value(error), json_string_length(error)};
    if (json_is_integer(number)) {
        (void)snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, json_integer_value(number));
        code = text_of(digits);
    }
    size_t row = 0;
    while ((errors[row].code != NULL && !text_is(code, errors[row].code)) ||
           (errors[row].message != NULL && !text_starts_nocase(message, errors[row].message)))
        row++;
    if (code.n == 0)
        code = text_of("none");
    fault_set(fault, errors[row].kind, origin, 0, "%s: \"%.*s\" (code %.*s)", errors[row].words,
              FAULT_QUOTE(message), FAULT_QUOTE(text_head(code, 16)));
}

/* Is there anything to give to jansson? BYTES lose what stands around the document. */
static bool acceptable(struct span *bytes, const char *origin, struct fault *fault)
{
    if (text_starts(*bytes, "\xEF\xBB\xBF"))
        *bytes = text_skip(*bytes, 3);
    struct span text = text_trim(*bytes);
    if (text.n == 0)
        return fault_set(fault, FAULT_EMPTY, origin, 0, "the answer is empty");
    if (*text.p == '<') {
        if (text_find_nocase(text, "process of restarting") >= 0)
            return fault_set(fault, FAULT_RESTARTING, origin, 0, "the GUI is restarting");
        return fault_set(fault, FAULT_UNSUPPORTED, origin, 0,
                         "HTML in place of JSON: the GUI, not the API, answered on this port");
    }
    /* Blanks in front stay, so that line numbers are right; NULs and blanks behind go. */
    bytes->n = (size_t)(text.p - bytes->p) + text.n;
    if (bytes->n > MAX_BYTES)
        return fault_set(fault, FAULT_TOO_BIG, origin, 0, "more than %d MiB of JSON",
                         MAX_BYTES / 1024 / 1024);
    size_t values = 0;
    for (size_t i = 0; i < text.n; i++)
        values += text.p[i] == ',' || text.p[i] == '[' || text.p[i] == '{';
    if (values > MAX_VALUES)
        return fault_set(fault, FAULT_TOO_BIG, origin, 0, "more than %d values in the JSON",
                         MAX_VALUES);
    return true;
}

/* Why jansson gave up on BYTES. */
static void broken_json(const json_error_t *broken, struct span bytes, const char *origin,
                        struct fault *fault)
{
    enum json_error_code code = json_error_code(broken);
    unsigned line = broken->line > 0 ? (unsigned)broken->line : 0;
    /* A word cut in half ("tru") is to jansson an invalid token, at the very end of the bytes. */
    bool half = (size_t)broken->position >= bytes.n && code != json_error_end_of_input_expected &&
                !text_ends(bytes, "}") && !text_ends(bytes, "]");
    if (code == json_error_stack_overflow)
        fault_set(fault, FAULT_TOO_BIG, origin, line, "JSON is nested too deeply");
    else if (code == json_error_premature_end_of_input || half)
        fault_set(fault, FAULT_CUT, origin, line, "the JSON ends early: %s", broken->text);
    else
        fault_set(fault, FAULT_SYNTAX, origin, line, "broken JSON: %s", broken->text);
}

json_t *api_error_load(struct span bytes, const char *origin, struct fault *fault)
{
    if (!acceptable(&bytes, origin, fault))
        return NULL;
    /* A subject line may hold \u0000; it must not cost the whole answer. */
    json_error_t broken;
    json_t *root = json_loadb(bytes.p, bytes.n, JSON_ALLOW_NUL, &broken);
    const json_t *error = json_object_get(root, "error");
    if (root == NULL)
        broken_json(&broken, bytes, origin, fault);
    else if (!json_is_object(root))
        fault_set(fault, FAULT_SYNTAX, origin, 0, "JSON that is no object");
    else if (json_is_string(error) || json_object_size(error) != 0)
        error_body(error, origin, fault);
    else
        return root;
    json_decref(root);
    return NULL;
}

struct span api_error_string(const json_t *object, const char *member)
{
    const json_t *value = json_object_get(object, member);
    return json_is_string(value)
               ? (struct span){json_string_value(value), json_string_length(value)}
               : (struct span){NULL, 0};
}

struct span api_error_keep(struct arena *arena, struct span borrowed)
{
    borrowed = text_trim(borrowed);
    return (struct span){arena_dup(arena, borrowed), borrowed.n};
}

bool api_error_number(const json_t *object, const char *member, double *value)
{
    const json_t *number = json_object_get(object, member);
    if (json_is_number(number)) {
        *value = json_number_value(number);
        return true;
    }
    return text_to_double(text_trim(api_error_string(object, member)), value);
}
