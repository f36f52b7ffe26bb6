/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_RELEASE_H
#define CHECKS_RELEASE_H

/*
 * The AsyncOS version grammar (domain.md 3.4): which product, which x.y.z, which build.
 *
 *   14.2.0-620   14.2.0 build 620   AsyncOS 14.2.0 for Cisco C100V build 620
 *   phoebe-14-2-0-620   phoebe 14.2.0-620   14.2.0
 *
 * Code names: phoebe = ESA (A), coeus = WSA (A), zeus = SMA (C: accepted, not depended on).
 */

#include <stdbool.h>
#include <stddef.h>

#include "checks/fault.h"
#include "checks/text.h"

enum product { PRODUCT_UNKNOWN, PRODUCT_ESA, PRODUCT_SMA, PRODUCT_WSA };

struct release {
    enum product product; /* PRODUCT_UNKNOWN when the text does not tell */
    unsigned major, minor, maintenance;
    bool has_build; /* a plan may name a release without build */
    unsigned build;
};

/*
 * Reads all of SPAN, blanks around it allowed. Trailing garbage is an error, never cut off:
 * false, FAULT (kind SYNTAX) quotes the text; *RELEASE untouched. A build may be zero-padded;
 * it is compared as a number.
 */
bool release_parse(struct span span, struct release *release, struct fault *fault);

/* Product of a model name: C600V, C190, X1070 = ESA; M600V = SMA; S690 = WSA; else UNKNOWN. */
enum product release_model_product(struct span model);

/* Does the model name end in the V of virtual ones? */
bool release_model_is_virtual(struct span model);

/* "ESA", "SMA", "WSA", "unknown product" */
const char *release_product_name(enum product product);

/* May A and B be compared at all? Not when both products are known and differ. */
bool release_comparable(const struct release *a, const struct release *b);

/* Same x.y.z and, when both name one, the same build. False when not comparable. */
bool release_matches(const struct release *a, const struct release *b);

/*
 * Order inside one product: *ORDER < 0, 0, > 0 as A is older, equal, newer. False when they are
 * not comparable or when only one of them names a build and x.y.z is the same.
 */
bool release_order(const struct release *a, const struct release *b, int *order);

/* "14.2.0-620", build in at least three digits; "14.2.0" without a build. SIZE >= 48. */
const char *release_print(const struct release *release, char *buffer, size_t size);

#endif
