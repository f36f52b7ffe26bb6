/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * What redact.h promises: lines stay, the secret goes, once is enough, and JSON stays JSON. The
 * first line of the input is the secret, the rest is the document.
 */
#include "plugin/redact.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { LEAST_SECRET = 4 };

static size_t lines_of(struct span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.n; i++)
        count += text.p[i] == '\n';
    return count;
}

static bool is_json(struct span text)
{
    json_t *root = json_loadb(text.p == NULL ? "" : text.p, text.n, 0, NULL);
    json_decref(root);
    return root != NULL;
}

/* In JSON and markup a secret may be a name of the document's own, and in "[redacted]" any part. */
static bool must_be_gone(struct span text, struct span secret)
{
    struct span trimmed = text_trim(text);
    for (size_t i = 0; i < secret.n; i++)
        if (strchr("[]redact@", secret.p[i]) != NULL)
            return false;
    return secret.n >= LEAST_SECRET && !text_starts(trimmed, "<") && !text_starts(trimmed, "{") &&
           !text_starts(trimmed, "[") && !text_starts(text, "\xff\xfe") &&
           !text_starts(text, "\xfe\xff");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena arena;
    struct span secret, text;
    (void)text_cut((struct span){(const char *)bytes, n}, '\n', &secret, &text);
    arena_init(&arena, NULL);
    const char *needle = arena_dup(&arena, secret);
    for (int keep = 0; keep < 2; keep++) {
        struct span clean = redact(&arena, text, secret, keep == 1);
        struct span again = redact(&arena, clean, secret, keep == 1);
        if (lines_of(clean) != lines_of(text) || !text_same(again, clean))
            abort();
        if (strlen(needle) == secret.n && must_be_gone(text, secret) &&
            text_find(clean, needle) >= 0)
            abort();
        if (is_json(text) && !is_json(clean))
            abort();
    }
    arena_free(&arena);
    return 0;
}
