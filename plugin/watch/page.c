/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/watch/page.h"

#include <string.h>
#include <time.h>

enum { MOST_PROBLEMS = 3, MOST_CLUSTERS = 4, MOST_LINE = 1024, NAME_MIN = 8, LATE_S = 1800 };

#define RED    "\033[1;31m"
#define YELLOW "\033[33m"
#define GREEN  "\033[32m"
#define CYAN   "\033[36m"
#define BOLD   "\033[1m"
#define DIM    "\033[2m"

static const char *state_colour(enum state state)
{
    return state == STATE_CRITICAL  ? RED
           : state == STATE_WARNING ? YELLOW
           : state > STATE_OK       ? YELLOW
                                    : "";
}

static const char *stage_colour(const struct model_node *node)
{
    switch (node->stage.word) {
    case STAGE_DOWN:
    case STAGE_UP_OLD:
        return YELLOW;
    case STAGE_VERIFIED:
    case STAGE_ESTABLISHED:
        return GREEN;
    case STAGE_UNKNOWN:
    case STAGE_PLANNED:
        return node->stage.complete ? GREEN : DIM;
    case STAGE_SUSPENDED:
    case STAGE_DRAINED:
    case STAGE_INSTALLING:
    case STAGE_UP_NEW:
    case STAGE_RESUMED:
    case STAGE_CONNECTED:
    case STAGE_COUNT:
        break;
    }
    return node->stage.complete ? GREEN : CYAN;
}

/* TEXT in COLOUR, if there are colours. */
static void paint(FILE *out, const struct page *page, const char *colour, const char *text)
{
    if (page->colour && *colour != '\0')
        (void)fprintf(out, "%s%s\033[0m", colour, text);
    else
        (void)fputs(text, out);
}

/* ---- the head ---- */

static void print_clock(FILE *out, const struct tm *time, bool seconds)
{
    (void)fprintf(out, "%02d:%02d", time->tm_hour, time->tm_min);
    if (seconds)
        (void)fprintf(out, ":%02d", time->tm_sec);
}

/* "01:32:10 UTC  02:32:10 CET"; the second only where it differs. */
static void print_time(FILE *out, int64_t when, bool seconds)
{
    const time_t moment = (time_t)when;
    struct tm utc, local;
    char zone[16];
    (void)gmtime_r(&moment, &utc);
    (void)localtime_r(&moment, &local);
    print_clock(out, &utc, seconds);
    (void)fputs(" UTC", out);
    if (local.tm_gmtoff == 0 || strftime(zone, sizeof(zone), "%Z", &local) == 0)
        return;
    (void)fputs("  ", out);
    print_clock(out, &local, seconds);
    (void)fprintf(out, " %s", zone);
}

static size_t print_window(FILE *out, const struct page *page)
{
    char span[32], text[64];
    if (!page->has_until)
        return 0;
    const bool over = page->until <= page->now;
    const int64_t left = over ? page->now - page->until : page->until - page->now;
    (void)fputs("Window ends ", out);
    print_time(out, page->until, false);
    (void)snprintf(text, sizeof(text), over ? ": over for %s" : ", in %s",
                   time_print_span(left, span, sizeof(span)));
    paint(out, page, over ? RED : left < LATE_S ? YELLOW : "", text);
    (void)fputc('\n', out);
    return 1;
}

static size_t print_head(FILE *out, const struct page *page)
{
    char title[120];
    (void)snprintf(title, sizeof(title), "postcheck watch%s%.60s",
                   page->model->change == NULL ? "" : "  ",
                   page->model->change == NULL ? "" : page->model->change);
    paint(out, page, BOLD, title);
    (void)fputs("   ", out);
    print_time(out, page->now, true);
    if (page->asking && page->total > 0)
        (void)fprintf(out, "   asked %zu of %zu", page->done, page->total);
    else if (page->asking)
        (void)fputs("   asking", out);
    else if (page->next >= page->now)
        (void)fprintf(out, "   next in %lld s", (long long)(page->next - page->now));
    (void)fputc('\n', out);
    return 1 + print_window(out, page);
}

/* ---- lines that may be longer than the screen is wide ---- */

struct flow {
    FILE *out;
    const struct page *page;
    size_t column, lines, indent;
};

/* TEXT behind what stands there, else at the begin of a new line. */
static void flow_put(struct flow *flow, const char *colour, const char *text)
{
    const size_t n = strlen(text);
    if (flow->column > flow->indent && flow->column + n > flow->page->columns) {
        (void)fprintf(flow->out, "\n%*s", (int)flow->indent, "");
        flow->column = flow->indent;
        flow->lines++;
        text += *text == ' ';
    }
    paint(flow->out, flow->page, colour, text);
    flow->column += n;
}

static void flow_words(struct flow *flow, const char *text)
{
    char word[MOST_LINE];
    while (*text != '\0') {
        size_t n = 1 + strcspn(text + 1, " ");
        n = n < sizeof(word) ? n : sizeof(word) - 1;
        (void)snprintf(word, sizeof(word), "%.*s", (int)n, text);
        flow_put(flow, "", word);
        text += n;
    }
}

static size_t flow_end(struct flow *flow)
{
    (void)fputc('\n', flow->out);
    return flow->lines + 1;
}

/* ---- what is wrong ---- */

static size_t print_problem(FILE *out, const struct page *page, enum state state,
                            const char *subject, const char *text)
{
    struct flow flow = {.out = out, .page = page, .indent = 9};
    char label[16];
    (void)snprintf(label, sizeof(label), "%-9s", result_state_label(state));
    flow_put(&flow, state_colour(state), label);
    flow_words(&flow, subject);
    flow_words(&flow, *subject != '\0' ? ": " : "");
    flow_words(&flow, text);
    return flow_end(&flow);
}

/* The worst ones, clusters before appliances; returns the lines. */
static size_t print_problems(FILE *out, const struct page *page)
{
    const struct model *model = page->model;
    size_t lines = 0, all = 0;
    if (page->fault != NULL)
        lines += print_problem(out, page, STATE_UNKNOWN, "", page->fault);
    for (enum state state = STATE_CRITICAL; state > STATE_OK; state--) {
        for (size_t i = 0; i < model->cluster_count; i++)
            if (model->clusters[i].state == state && all++ < MOST_PROBLEMS)
                lines += print_problem(out, page, state, "", model->clusters[i].problem);
        for (size_t i = 0; i < model->node_count; i++) {
            const struct model_node *node = &model->nodes[model->order[i]];
            if (node->state == state && all++ < MOST_PROBLEMS)
                lines += print_problem(out, page, state, node->config->name, node->problem);
        }
    }
    if (all > MOST_PROBLEMS) {
        (void)fprintf(out, "%-9sand %zu more\n", "", all - MOST_PROBLEMS);
        lines++;
    }
    return lines;
}

/* ---- how many are where ---- */

static size_t print_counts(FILE *out, const struct page *page)
{
    const struct model *model = page->model;
    struct flow flow = {.out = out, .page = page, .indent = 2};
    char text[80];
    (void)snprintf(text, sizeof(text), "%zu appliance%s, %zu complete", model->node_count,
                   model->node_count == 1 ? "" : "s", model->complete);
    flow_put(&flow, "", text);
    const char *separator = ":";
    for (int word = 0; word < STAGE_COUNT; word++) {
        if (model->counts[word] == 0)
            continue;
        flow_put(&flow, "", separator);
        (void)snprintf(text, sizeof(text), " %zu %s", model->counts[word],
                       stage_name((enum stage_word)word));
        flow_put(&flow, "", text);
        separator = ",";
    }
    return flow_end(&flow);
}

static bool is_short(const struct model_cluster *cluster)
{
    return cluster->seen && cluster->receiving < cluster->members;
}

/* Those with somebody missing, the emptiest first; returns how many there are. */
static size_t flow_short_clusters(struct flow *flow, const struct model *model)
{
    size_t shown = 0, most = 0;
    char text[160];
    for (size_t i = 0; i < model->cluster_count; i++)
        most = model->clusters[i].members > most ? model->clusters[i].members : most;
    for (size_t left = 0; left < most; left++)
        for (size_t i = 0; i < model->cluster_count; i++) {
            const struct model_cluster *cluster = &model->clusters[i];
            if (!is_short(cluster) || cluster->receiving != left || shown++ >= MOST_CLUSTERS)
                continue;
            if (shown > 1)
                flow_put(flow, "", ",");
            (void)snprintf(text, sizeof(text), " %.80s %zu of %zu%s", cluster->name,
                           cluster->receiving, cluster->members, cluster->untold > 0 ? " (?)" : "");
            flow_put(flow, cluster->receiving == 0 ? RED : YELLOW, text);
        }
    (void)snprintf(text, sizeof(text), " and %zu more",
                   shown > MOST_CLUSTERS ? shown - MOST_CLUSTERS : 0);
    if (shown > MOST_CLUSTERS)
        flow_put(flow, "", text);
    return shown;
}

static size_t print_clusters(FILE *out, const struct page *page)
{
    const struct model *model = page->model;
    struct flow flow = {.out = out, .page = page, .indent = 2};
    const struct model_cluster *whole = NULL;
    size_t full = 0, unseen = 0;
    char text[160];
    if (model->cluster_count == 0)
        return 0;
    flow_put(&flow, "", "Receivers left:");
    const size_t lacking = flow_short_clusters(&flow, model);
    for (size_t i = 0; i < model->cluster_count; i++) {
        const struct model_cluster *cluster = &model->clusters[i];
        unseen += !cluster->seen;
        full += cluster->seen && !is_short(cluster);
        whole = cluster->seen && !is_short(cluster) ? cluster : whole;
    }
    if (full == 1)
        (void)snprintf(text, sizeof(text), "%s %.80s all %zu", lacking > 0 ? ";" : "", whole->name,
                       whole->members);
    else
        (void)snprintf(text, sizeof(text), "%s all of %zu %sclusters", lacking > 0 ? ";" : "", full,
                       lacking > 0 ? "other " : "");
    if (full > 0)
        flow_put(&flow, "", text);
    (void)snprintf(text, sizeof(text), "%s %zu of %zu clusters not asked yet",
                   full + lacking > 0 ? ";" : "", unseen, model->cluster_count);
    if (unseen > 0)
        flow_put(&flow, "", text);
    return flow_end(&flow);
}

/* ---- the appliances ---- */

/* The table, which leaves out the domain that all names share. */
struct table {
    const char *domain; /* ".example.com"; "" = there is none */
    int width;          /* of the names */
};

static bool ends_with(const char *name, const char *end)
{
    const size_t n = strlen(name), m = strlen(end);
    return n > m && strcmp(name + n - m, end) == 0;
}

static struct table make_table(const struct page *page)
{
    const struct model *model = page->model;
    const char *dot = model->node_count > 1 ? strchr(model->nodes[0].config->name, '.') : NULL;
    struct table table = {.domain = dot == NULL ? "" : dot};
    size_t width = NAME_MIN, most = page->columns * 3 / 10;
    for (size_t i = 0; i < model->node_count; i++)
        if (!ends_with(model->nodes[i].config->name, table.domain))
            table.domain = "";
    for (size_t i = 0; i < model->node_count; i++) {
        size_t n = strlen(model->nodes[i].config->name) - strlen(table.domain);
        width = n > width ? n : width;
    }
    table.width = (int)(width > most ? most : width);
    return table;
}

static const char *note_of(const struct model_node *node, char *text, size_t size)
{
    const struct stage *stage = &node->stage;
    char when[32];
    if (!node->seen)
        return "not asked yet";
    if (node->cli_refused)
        return node->problem;
    if (!stage->answered && node->has_answered) {
        (void)time_print_utc(node->answered_at, when, sizeof(when));
        (void)snprintf(text, size, "no answer since %.5s UTC: %s", when + 11,
                       node->problem[0] != '\0' ? node->problem : stage->doubt);
        return text;
    }
    return node->problem[0] != '\0'  ? node->problem
           : stage->waits[0] != '\0' ? stage->waits
           : stage->doubt[0] != '\0' ? stage->doubt
                                     : stage->why;
}

/* "<1m", "5m", "3h07", "2d": how long, in five columns. Seconds would redraw every row each second.
 */
static void short_span(int64_t seconds, char *text, size_t size)
{
    const long long s = seconds < 0 ? 0 : (long long)seconds;
    if (s < 60)
        (void)snprintf(text, size, "<1m");
    else if (s < 3600)
        (void)snprintf(text, size, "%lldm", s / 60);
    else if (s < 24 * 3600)
        (void)snprintf(text, size, "%lldh%02lld", s / 3600, s % 3600 / 60);
    else
        (void)snprintf(text, size, "%lldd", s / (24 * 3600));
}

static void print_node(FILE *out, const struct page *page, const struct table *table,
                       const struct model_node *node)
{
    char text[MOST_LINE], cell[64], since[32] = "", release[48] = "";
    const char *note = note_of(node, text, sizeof(text));
    if (node->has_since)
        short_span(page->now - node->since, since, sizeof(since));
    if (node->stage.now.has_release)
        (void)release_print(&node->stage.now.release, release, sizeof(release));
    paint(out, page, state_colour(node->state),
          node->state == STATE_CRITICAL  ? "!!"
          : node->state == STATE_WARNING ? "! "
          : node->state > STATE_OK       ? "? "
                                         : "  ");
    const int n = (int)(strlen(node->config->name) - strlen(table->domain));
    (void)fprintf(out, "%-*.*s ", table->width, n < table->width ? n : table->width,
                  node->config->name);
    (void)snprintf(cell, sizeof(cell), "%-11s", stage_name(node->stage.word));
    paint(out, page, stage_colour(node), cell);
    (void)fprintf(out, " %5s %-10.10s ", since, release);
    paint(out, page, node->state > STATE_OK ? state_colour(node->state) : "", note);
    (void)fputc('\n', out);
}

static void print_nodes(FILE *out, struct page *page, size_t used)
{
    const size_t count = page->model->node_count;
    const struct table table = make_table(page);
    char head[320];
    page->fit = page->rows > used + 2 ? page->rows - used - 2 : 0; /* heads above, keys below */
    if (page->first + page->fit > count)
        page->first = count > page->fit ? count - page->fit : 0;
    (void)snprintf(head, sizeof(head), "  %-*.*s %-11s %5s %-10s %s", table.width, table.width,
                   "NAME", "STAGE", "SINCE", "RELEASE", "WHAT TELLS IT, OR WHAT IS MISSING");
    paint(out, page, BOLD, head);
    (void)fputc('\n', out);
    for (size_t i = page->first; i < count && i < page->first + page->fit; i++)
        print_node(out, page, &table, &page->model->nodes[page->model->order[i]]);
}

/* What each stage rests on, as stage.h says it. */
static const char help[] =
    "\n"
    "planned      not rebooted, and receiving is not suspended\n"
    "suspended    status says: receiving suspended\n"
    "drained      and the work queue and the active recipients are 0\n"
    "installing   and it left its cluster: no answer shows an installation itself\n"
    "down         SSH cannot be reached, and nothing else answers\n"
    "up-old       rebooted, but not on the planned (or on a new) release\n"
    "up-new       rebooted, and on it\n"
    "resumed      and status says: Online\n"
    "connected    and connected, seen from every member of its cluster\n"
    "established  and its SMA says that the connection is Established\n"
    "verified     and the last `postcheck verify` found all of it good\n"
    "\n"
    "No answer never moves an appliance on: it stays, marked by ?\n"
    "\n"
    "q quit    r ask those once more that refused a login    h this help\n"
    "arrows, j, k, Page Up, Page Down, Home, End: move through the table\n";

void page_print(FILE *out, struct page *page)
{
    size_t used = print_head(out, page);
    if (page->help) {
        (void)fputs(help, out);
        return;
    }
    used += print_problems(out, page);
    used += print_counts(out, page);
    used += print_clusters(out, page);
    (void)fputc('\n', out);
    print_nodes(out, page, used + 1);
}

void page_summary(FILE *out, struct page *page)
{
    page->next = 0;
    page->columns = 80;
    (void)print_head(out, page);
    (void)print_problems(out, page);
    (void)print_counts(out, page);
    (void)print_clusters(out, page);
}

void page_bottom(const struct page *page, char *line, size_t size)
{
    const size_t count = page->model->node_count, last = page->first + page->fit;
    if (page->help)
        (void)snprintf(line, size, "h back   q quit");
    else if (page->fit >= count)
        (void)snprintf(line, size, "q quit   h help");
    else
        (void)snprintf(line, size, "q quit   h help   arrows: more   %zu to %zu of %zu",
                       page->first + 1, last < count ? last : count, count);
}
