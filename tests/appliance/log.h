/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_LOG_H
#define TESTS_APPLIANCE_LOG_H

/* The logs of an appliance: those documents of its scenario whose id is "log/…". */

#include "tests/appliance/appliance.h"

/* The document of the log subscription NAME: "mail_logs" is log/mail_logs.txt; NULL: no such log.
 */
const char *log_document(struct span name);

/* What `grep` of TYPED ("grep -e \"PATTERN\" NAME") looks for, and where. False: no such form. */
bool log_grep_of(struct span typed, struct span *pattern, struct span *name);

/* The lines of TEXT that hold PATTERN, in place; returns their length. */
size_t log_matching(char *text, size_t n, struct span pattern);

/* Where in TEXT the last file begins ("Info: Begin Logfile"); 0: there is one file only. */
size_t log_last_file(struct span text);

#endif
