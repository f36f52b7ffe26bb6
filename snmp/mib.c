/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "snmp/mib.h"

/* The file that stands beside this one, as it is; the Makefile knows of it. */
__asm__(".pushsection .rodata\n"
        "mib_file: .incbin \"snmp/POSTCHECK-MIB.txt\"\n"
        "mib_file_end: .byte 0\n"
        ".popsection\n");
extern const char mib_file[], mib_file_end[];

static const uint32_t enterprises[] = {1, 3, 6, 1, 4, 1};
enum { ENTERPRISES = 6, CISCO_IRONPORT = 15497 };

const struct mib_base mib_playpen = {{1, 3, 6, 1, 4, 1, 8072, 9999, 9999}, 9};

static bool read_oid(const char *argument, struct mib_base *base)
{
    struct cursor cursor = text_cursor(text_of(argument));
    (void)text_literal(&cursor, ".");
    base->count = 0;
    do {
        int64_t arc;
        if (base->count == MIB_MAX_BASE || !text_digits(&cursor, 1, 10, &arc) || arc > UINT32_MAX)
            return false;
        base->oid[base->count++] = (uint32_t)arc;
    } while (text_literal(&cursor, "."));
    return text_at_end(&cursor);
}

bool mib_take_base(const char *argument, struct mib_base *base, struct fault *fault)
{
    struct mib_base taken;
    if (!read_oid(argument, &taken))
        return fault_set(fault, FAULT_SYNTAX, "--base", 0,
                         "expected an OID of at most %d numbers such as 1.3.6.1.4.1.64512.1, not "
                         "'%.60s'",
                         MIB_MAX_BASE, argument);
    if (taken.count <= ENTERPRISES || memcmp(taken.oid, enterprises, sizeof(enterprises)) != 0)
        return fault_set(fault, FAULT_SYNTAX, "--base", 0,
                         "must lie below enterprises, 1.3.6.1.4.1, in an arc of your own");
    if (taken.oid[ENTERPRISES] == CISCO_IRONPORT)
        return fault_set(fault, FAULT_SYNTAX, "--base", 0,
                         "1.3.6.1.4.1.15497 is the appliances' own: take an arc of your own");
    *base = taken;
    return true;
}

/* The arcs between enterprises and the last number, one name each: smilint wants them named. */
static const char *arcs(struct arena *arena, const struct mib_base *base)
{
    const char *text = "", *parent = "enterprises";
    for (size_t i = ENTERPRISES; i + 1 < base->count; i++) {
        const char *name = arena_printf(arena, "postcheckArc%zu", i - ENTERPRISES + 1);
        text = arena_printf(arena, "%s%s OBJECT IDENTIFIER ::= { %s %u }\n", text, name, parent,
                            (unsigned)base->oid[i]);
        parent = name;
    }
    return text;
}

static const char *root(struct arena *arena, const struct mib_base *base)
{
    const size_t own = base->count - ENTERPRISES - 1;
    return arena_printf(arena, "    ::= { %s %u }\n",
                        own == 0 ? "enterprises" : arena_printf(arena, "postcheckArc%zu", own),
                        (unsigned)base->oid[base->count - 1]);
}

const char *mib_text(struct arena *arena, const struct mib_base *base)
{
    struct span rest = {mib_file, (size_t)(mib_file_end - mib_file)}, line;
    char *text = arena_alloc(arena, rest.n + 4096), *end = text;
    bool done = false;
    while (rest.n > 0) {
        (void)text_cut(rest, '\n', &line, &rest);
        line.n++;
        if (text_starts(line, "    ::= { postcheckArc"))
            line = text_of(root(arena, base));
        else if (text_starts(line, "postcheckArc")) {
            line = text_of(done ? "" : arcs(arena, base));
            done = true;
        }
        memcpy(end, line.p, line.n);
        end += line.n;
    }
    return text;
}
