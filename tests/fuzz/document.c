/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * One libFuzzer target per kind of document: built with -DKIND=…_kind and -DHEADER of that parser.
 * Any bytes may come; a document that is refused must have a reason.
 */
#include <stdlib.h>
#include <string.h>

#include HEADER

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena arena;
    struct fault fault;
    memset(&fault, 0, sizeof(fault));
    arena_init(&arena, NULL);
    void *facts = arena_alloc(&arena, KIND.facts_size);
    struct span document = {(const char *)bytes, n};
    if (!KIND.parse(&arena, document, facts, &fault) &&
        (fault.kind == FAULT_NONE || fault.kind >= FAULT_KINDS || fault.text[0] == '\0'))
        abort();
    arena_free(&arena);
    return 0;
}
