/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/request.h"

#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "tests/appliance/scenario.h"

const char *request_header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *request_query(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

struct query {
    const char *const *names;
    bool other;
};

static enum MHD_Result note_query(void *context, enum MHD_ValueKind kind, const char *key,
                                  const char *value)
{
    struct query *query = context;
    bool known = false;
    (void)kind;
    (void)value;
    for (size_t i = 0; query->names[i] != NULL; i++)
        known = known || strcmp(query->names[i], key) == 0;
    query->other = query->other || !known;
    return MHD_YES;
}

bool request_has_other_query(const struct request *request, const char *const *names)
{
    struct query query = {names, false};
    (void)MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, note_query, &query);
    return query.other;
}

bool request_fault(const struct request *request, const char *word, int64_t standard,
                   int64_t *value)
{
    const char *const on[] = {request->document, request->on, "https"};
    for (size_t i = 0; i < sizeof(on) / sizeof(on[0]); i++)
        if (on[i] != NULL && sim_fault(request->sim, request->node, on[i], word, standard, value))
            return true;
    return false;
}

bool request_decode(struct request *request, struct span text, struct span *out)
{
    gnutls_datum_t in = {(unsigned char *)arena_dup(&request->arena, text), (unsigned)text.n};
    gnutls_datum_t bytes = {NULL, 0};
    if (text.n == 0 || text.n > 4096 || gnutls_base64_decode2(&in, &bytes) != 0)
        return false;
    *out = (struct span){(char *)bytes.data, bytes.size};
    out->p = arena_dup(&request->arena, *out);
    gnutls_memset(bytes.data, 0, bytes.size);
    gnutls_free(bytes.data);
    return true;
}

bool request_basic(struct request *request, struct span *user, struct span *passphrase)
{
    const struct span header = text_of(request_header(request, MHD_HTTP_HEADER_AUTHORIZATION));
    struct span both;
    return text_starts_nocase(header, "Basic ") &&
           request_decode(request, text_trim(text_skip(header, 6)), &both) &&
           text_cut(both, ':', user, passphrase);
}

bool request_document(struct request *request, const char *id, struct span *bytes)
{
    size_t n = 0;
    char *text = scenario_document(request->sim, request->node, id, &n);
    if (text == NULL)
        return false;
    const struct span view = {text, n};
    *bytes = (struct span){arena_dup(&request->arena, view), n};
    free(text);
    return true;
}
