/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_LINE_PORTABLE_H
#define CHECKS_MAILLOG_LINE_PORTABLE_H

/* line_read() for any processor. */

#include "checks/maillog/line.h"

size_t line_portable_read(struct line_reader *reader, const char *bytes, size_t n,
                          struct line_event *events, size_t room, size_t *count, size_t *lines);

#endif
