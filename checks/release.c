/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "checks/release.h"

#include <stdint.h>
#include <stdio.h>

/* More digits were never seen; these keep any text inside unsigned. */
enum { NUMBER_DIGITS = 4, BUILD_DIGITS = 6, MODEL_LENGTH = 32, MODEL_WORDS = 8 };

static const struct {
    const char *code_name;
    char letter;
    enum product product;
    const char *name;
} products[] = {
    {"phoebe", 'C', PRODUCT_ESA, "ESA"},
    {"zeus", 'M', PRODUCT_SMA, "SMA"},
    {"coeus", 'S', PRODUCT_WSA, "WSA"},
    {NULL, 'X', PRODUCT_ESA, "ESA"}, /* X1050, X1070: the large ESA of the IronPort years */
};

enum { PRODUCTS = sizeof(products) / sizeof(products[0]) };

enum product release_model_product(struct span model)
{
    struct cursor c = text_cursor(text_skip(model, 1));
    int64_t number;
    if (model.n == 0 || !text_digits(&c, 2, 4, &number))
        return PRODUCT_UNKNOWN;
    /* One letter may follow: V for virtual, D and F for variants of the hardware. */
    struct span variant = text_rest(&c);
    if (variant.n > 1 || (variant.n == 1 && (*variant.p < 'A' || *variant.p > 'Z')))
        return PRODUCT_UNKNOWN;
    for (size_t i = 0; i < PRODUCTS; i++)
        if (*model.p == products[i].letter)
            return products[i].product;
    return PRODUCT_UNKNOWN;
}

bool release_model_is_virtual(struct span model)
{
    return model.n > 1 && text_ends(model, "V");
}

/* Decimal number as a whole: further digits behind it are too many, not the next thing. */
static bool read_number(struct cursor *c, size_t max, unsigned *number)
{
    int64_t value;
    if (!text_digits(c, 1, max, &value) || (!text_at_end(c) && *c->p >= '0' && *c->p <= '9'))
        return false;
    *number = (unsigned)value;
    return true;
}

static bool read_xyz(struct cursor *c, const char *dot, struct release *release)
{
    return read_number(c, NUMBER_DIGITS, &release->major) && text_literal(c, dot) &&
           read_number(c, NUMBER_DIGITS, &release->minor) && text_literal(c, dot) &&
           read_number(c, NUMBER_DIGITS, &release->maintenance);
}

static bool read_build(struct cursor *c, struct release *release)
{
    release->has_build = read_number(c, BUILD_DIGITS, &release->build);
    return release->has_build;
}

/* "phoebe-14-2-0-620", "phoebe 14.2.0-620": the cursor stands behind the code name. */
static bool read_tag(struct cursor *c, struct release *release)
{
    if (text_literal(c, "-"))
        return read_xyz(c, "-", release) && text_literal(c, "-") && read_build(c, release);
    return text_literal(c, " ") && read_xyz(c, ".", release) && text_literal(c, "-") &&
           read_build(c, release);
}

/* "for Cisco IronPort C370 build": all words up to "build"; the model among them tells. */
static bool read_models(struct cursor *c, struct release *release)
{
    struct span word;
    for (int words = 0; words < MODEL_WORDS; words++) {
        text_blanks(c);
        if (!text_word(c, MODEL_LENGTH, &word))
            return false;
        if (text_is_nocase(word, "build"))
            return words > 0;
        enum product product = release_model_product(word);
        if (product != PRODUCT_UNKNOWN)
            release->product = product;
    }
    return false;
}

/* "14.2.0", "14.2.0-620", "14.2.0 build 620", "AsyncOS 14.2.0 for Cisco C100V build 620" */
static bool read_plain(struct cursor *c, struct release *release)
{
    bool prose = text_literal_nocase(c, "asyncos ");
    if (!read_xyz(c, ".", release))
        return false;
    if (text_at_end(c))
        return true;
    if (text_literal(c, "-"))
        return read_build(c, release);
    if (!text_literal(c, " "))
        return false;
    text_blanks(c);
    if (!(prose && text_literal_nocase(c, "for ") ? read_models(c, release)
                                                  : text_literal_nocase(c, "build")))
        return false;
    text_blanks(c);
    return read_build(c, release);
}

bool release_parse(struct span span, struct release *release, struct fault *fault)
{
    struct release read = {.product = PRODUCT_UNKNOWN};
    span = text_trim(span);
    struct cursor c = text_cursor(span);
    bool tagged = false;
    for (size_t i = 0; i < PRODUCTS && !tagged; i++) {
        if (products[i].code_name != NULL && text_literal_nocase(&c, products[i].code_name)) {
            tagged = true;
            read.product = products[i].product;
        }
    }
    bool ok = tagged ? read_tag(&c, &read) : read_plain(&c, &read);
    if (!ok || !text_at_end(&c))
        return fault_set(fault, FAULT_SYNTAX, NULL, 0,
                         "\"%.*s\" is not an AsyncOS release; one looks like 14.2.0-620, "
                         "14.2.0 build 620, phoebe-14-2-0-620 or 14.2.0",
                         FAULT_QUOTE(span));
    *release = read;
    return true;
}

const char *release_product_name(enum product product)
{
    for (size_t i = 0; i < PRODUCTS; i++)
        if (product == products[i].product)
            return products[i].name;
    return "unknown product";
}

bool release_comparable(const struct release *a, const struct release *b)
{
    return a->product == b->product || a->product == PRODUCT_UNKNOWN ||
           b->product == PRODUCT_UNKNOWN;
}

static int compare(unsigned a, unsigned b)
{
    return (a > b) - (a < b);
}

static int compare_xyz(const struct release *a, const struct release *b)
{
    int order = compare(a->major, b->major);
    if (order == 0)
        order = compare(a->minor, b->minor);
    return order != 0 ? order : compare(a->maintenance, b->maintenance);
}

bool release_matches(const struct release *a, const struct release *b)
{
    bool builds = a->has_build && b->has_build;
    return release_comparable(a, b) && compare_xyz(a, b) == 0 && (!builds || a->build == b->build);
}

bool release_order(const struct release *a, const struct release *b, int *order)
{
    int found = compare_xyz(a, b);
    if (!release_comparable(a, b) || (found == 0 && a->has_build != b->has_build))
        return false;
    *order = found != 0 || !a->has_build ? found : compare(a->build, b->build);
    return true;
}

const char *release_print(const struct release *release, char *buffer, size_t size)
{
    char build[16] = "";
    if (release->has_build)
        (void)snprintf(build, sizeof(build), "-%03u", release->build);
    (void)snprintf(buffer, size, "%u.%u.%u%s", release->major, release->minor, release->maintenance,
                   build);
    return buffer;
}
