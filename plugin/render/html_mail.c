/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "plugin/render/html_axis.h"
#include "plugin/render/html_section.h"

/*
 * Mail per minute: a small drawing per appliance, all on one time axis, each on its own scale, for
 * the question is whether mail came back and not who has more of it. Received is an area, delivered
 * a line, bounced hangs below: told apart without colour.
 */

enum { WIDTH = 360, BASE = 84, HEIGHT = 112, LABELS = 12, MAX_STEPS = 180, SILENCE_S = 300 };

size_t html_mail_has(const struct report *report)
{
    size_t count = 0;
    for (size_t n = 0; n < report->node_count; n++)
        count += report->nodes[n].timeline.minute_count;
    return count;
}

/* Mail of a stretch of the axis, per minute. */
struct step {
    double received, delivered, bounced;
};

struct mail {
    struct step steps[MAX_STEPS];
    int count;
    double most;                                /* of received or delivered in any step */
    unsigned long received, delivered, bounced; /* of all minutes */
    int64_t silent_from, silent_s;              /* the longest without any mail */
};

/* The longest stretch without mail between two minutes that had some. */
static void find_silence(struct mail *mail, const struct timeline *timeline)
{
    for (size_t i = 1; i < timeline->minute_count; i++) {
        int64_t last = timeline->minutes[i - 1].at + 60;
        if (timeline->minutes[i].at - last > mail->silent_s) {
            mail->silent_from = last;
            mail->silent_s = timeline->minutes[i].at - last;
        }
    }
}

static void add_up(struct mail *mail, const struct html_axis *axis, const struct timeline *timeline)
{
    int64_t minutes = (axis->to - axis->from) / 60 + 1, each = minutes / MAX_STEPS + 1;
    memset(mail, 0, sizeof(*mail));
    mail->count = (int)(minutes / each) + 1;
    mail->count = mail->count > MAX_STEPS ? MAX_STEPS : mail->count;
    for (size_t i = 0; i < timeline->minute_count; i++) {
        const struct timeline_minute *minute = &timeline->minutes[i];
        mail->received += minute->received;
        mail->delivered += minute->delivered;
        mail->bounced += minute->bounced;
        int64_t at = (minute->at - axis->from) / 60 / each;
        if (!html_axis_shows(axis, minute->at) || at >= mail->count)
            continue;
        mail->steps[at].received += (double)minute->received / (double)each;
        mail->steps[at].delivered += (double)minute->delivered / (double)each;
        mail->steps[at].bounced += (double)minute->bounced / (double)each;
    }
    for (int i = 0; i < mail->count; i++) {
        const struct step *step = &mail->steps[i];
        double most = step->received > step->delivered ? step->received : step->delivered;
        mail->most = most > mail->most ? most : mail->most;
    }
    find_silence(mail, timeline);
}

/* ---- the drawing ---- */

static int height_of(const struct mail *mail, double value, int highest)
{
    if (mail->most <= 0 || value <= 0)
        return 0;
    int height = (int)(value * highest / mail->most + 0.5);
    return height < 1 ? 1 : height > highest ? highest : height;
}

static int edge(const struct mail *mail, int i)
{
    return WIDTH * i / mail->count;
}

static void put_received(const struct html *page, const struct mail *mail)
{
    html_put(page, "<path class=\"received\" d=\"M0 %d", BASE);
    for (int i = 0; i < mail->count; i++)
        html_put(page, "V%dH%d", BASE - height_of(mail, mail->steps[i].received, BASE - LABELS),
                 edge(mail, i + 1));
    html_put(page, "V%dZ\"/>\n", BASE);
}

static void put_delivered(const struct html *page, const struct mail *mail)
{
    html_put(page, "<path class=\"delivered\" d=\"");
    for (int i = 0; i < mail->count; i++)
        html_put(page, "%s%d %d", i == 0 ? "M" : "L", (edge(mail, i) + edge(mail, i + 1)) / 2,
                 BASE - height_of(mail, mail->steps[i].delivered, BASE - LABELS));
    html_put(page, "\"/>\n");
}

static void put_bounced(const struct html *page, const struct mail *mail)
{
    html_put(page, "<path class=\"bounced\" d=\"M0 %d", BASE);
    for (int i = 0; i < mail->count; i++)
        if (mail->steps[i].bounced > 0)
            html_put(page, "M%d %dv%d", (edge(mail, i) + edge(mail, i + 1)) / 2, BASE + 1,
                     3 + height_of(mail, mail->steps[i].bounced, HEIGHT - BASE - LABELS - 4));
    html_put(page, "\"/>\n");
}

/* The newest minute with mail of any appliance: so far the logs reach. */
static int64_t newest_of(const struct report *report)
{
    int64_t newest = 0;
    for (size_t n = 0; n < report->node_count; n++) {
        const struct timeline *timeline = &report->nodes[n].timeline;
        if (timeline->minute_count > 0 && timeline->minutes[timeline->minute_count - 1].at > newest)
            newest = timeline->minutes[timeline->minute_count - 1].at;
    }
    return newest;
}

static void put_words(const struct html *page, const struct mail *mail,
                      const struct timeline *timeline)
{
    int64_t last = timeline->minutes[timeline->minute_count - 1].at;
    html_put(page, "received %zu, delivered %zu, bounced %zu", (size_t)mail->received,
             (size_t)mail->delivered, (size_t)mail->bounced);
    if (mail->silent_s >= SILENCE_S) {
        char span[32];
        html_put(page, "; silent for %s from ",
                 time_print_span(mail->silent_s, span, sizeof(span)));
        html_put_time(page, mail->silent_from);
    }
    if (newest_of(page->report) - last >= SILENCE_S) {
        html_put(page, "; <strong>no mail after ");
        html_put_time(page, last);
        html_put(page, "</strong>");
    }
}

static void put_figure(const struct html *page, const struct html_axis *axis, size_t n)
{
    const struct report_node *node = &page->report->nodes[n];
    struct mail mail;
    add_up(&mail, axis, &node->timeline);
    html_put(page, "<figure>\n<figcaption id=\"mail-%zu\"><b>%s</b> ", n, node->name);
    put_words(page, &mail, &node->timeline);
    html_put(page, "</figcaption>\n");
    html_put(page, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"mail-%zu\">\n", WIDTH,
             HEIGHT, n);
    html_axis_put(page, axis, BASE, false);
    put_received(page, &mail);
    put_delivered(page, &mail);
    put_bounced(page, &mail);
    html_put(page, "<path class=\"base\" d=\"M0 %dH%d\"/>\n", BASE, WIDTH);
    html_put(page, "<text class=\"most\" x=\"3\" y=\"10\">%zu/min</text>\n",
             (size_t)(mail.most + 0.5));
    html_axis_put(page, axis, HEIGHT, true);
    html_put(page, "</svg>\n</figure>\n");
}

void html_mail_put(const struct html *page)
{
    const struct report *report = page->report;
    struct html_axis axis = html_axis_of(report, WIDTH);
    html_put(page, "<p class=\"legend\"><span><i class=\"key received\"></i> received</span>"
                   "<span><i class=\"key delivered\"></i> delivered</span>"
                   "<span><i class=\"key bounced\"></i> bounced, below the line</span>"
                   "<span>each on its own scale, all on one time axis</span></p>\n"
                   "<div class=\"figures\">\n");
    for (size_t n = 0; n < report->node_count; n++)
        if (report->nodes[n].timeline.minute_count > 0 && axis.to > axis.from)
            put_figure(page, &axis, n);
    html_put(page, "</div>\n");
}
