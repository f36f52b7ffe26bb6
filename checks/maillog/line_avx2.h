/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_LINE_AVX2_H
#define CHECKS_MAILLOG_LINE_AVX2_H

/* line_read() for processors with AVX2. Elsewhere line_avx2_possible() says so. */

#include "checks/maillog/line.h"

bool line_avx2_possible(void);
size_t line_avx2_read(struct line_reader *reader, const char *bytes, size_t n,
                      struct line_event *events, size_t room, size_t *count, size_t *lines);

#endif
