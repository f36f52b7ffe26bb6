/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_RENDER_HTML_SECTION_H
#define PLUGIN_RENDER_HTML_SECTION_H

/*
 * The parts of the page, each below a heading of its own. What a report does not have is left out:
 * the counts say how much there is.
 */

#include "plugin/render/html_put.h"

/* html_verdict.c: the first and the last thing to read. */
void html_verdict_box(const struct html *page);
void html_verdict_identity(const struct html *page);
void html_verdict_signoff(const struct html *page);
size_t html_verdict_has_identity(const struct report *report);
size_t html_verdict_has_signoff(const struct report *report);

/* html_finding.c: what was found, worst first. */
size_t html_finding_open(const struct report *report); /* how many need a name against them */
size_t html_finding_explained(const struct report *report);
void html_finding_put_open(const struct html *page);
void html_finding_put_waived(const struct html *page);
void html_finding_put_explained(const struct html *page);

/* The place on the page where findings of STATE of CHECK stand: "critical-status". In the arena. */
const char *html_finding_place(const struct html *page, enum state state,
                               const struct check *check);

/* html_table.c */
size_t html_table_has_matrix(const struct report *report);
size_t html_table_has_clusters(const struct report *report);
size_t html_table_has_versions(const struct report *report);
size_t html_table_has_comparisons(const struct report *report);
size_t html_table_has_waivers(const struct report *report);
size_t html_table_has_documents(const struct report *report);
void html_table_matrix(const struct html *page);
void html_table_clusters(const struct html *page);
void html_table_versions(const struct html *page);
void html_table_comparisons(const struct html *page);
void html_table_waivers(const struct html *page);
void html_table_answers(const struct html *page);
void html_table_documents(const struct html *page);

/* html_timeline.c, html_mail.c: drawings, each with its words. */
size_t html_timeline_has(const struct report *report);
size_t html_mail_has(const struct report *report);
void html_timeline_put(const struct html *page);
void html_mail_put(const struct html *page);

#endif
