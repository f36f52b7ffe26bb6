/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/watch/page.h"

#include <string.h>
#include <time.h>

enum { MOST_PROBLEMS = 3, MOST_CLUSTERS = 4, MOST_LINE = 1024, NAME_MIN = 16, NAME_MAX = 40 };

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

static void print_clock(FILE *out, const struct page *page)
{
    const time_t seconds = (time_t)page->now;
    struct tm utc, local;
    char at[32], here[48] = "", until[32];
    (void)gmtime_r(&seconds, &utc);
    (void)localtime_r(&seconds, &local);
    (void)strftime(at, sizeof(at), "%H:%M:%S UTC", &utc);
    if (local.tm_gmtoff != 0)
        (void)strftime(here, sizeof(here), "  %H:%M:%S %Z", &local);
    (void)fprintf(out, "%s%s", at, here);
    if (page->has_until && page->until > page->now)
        (void)fprintf(out, "  window: %s left",
                      time_print_span(page->until - page->now, until, sizeof(until)));
    else if (page->has_until)
        (void)fprintf(out, "  window over for %s",
                      time_print_span(page->now - page->until, until, sizeof(until)));
}

static size_t print_head(FILE *out, const struct page *page)
{
    char title[120];
    (void)snprintf(title, sizeof(title), "postcheck watch%s%.60s",
                   page->model->change == NULL ? "" : "  ",
                   page->model->change == NULL ? "" : page->model->change);
    paint(out, page, BOLD, title);
    (void)fputs("   ", out);
    print_clock(out, page);
    if (page->asking && page->total > 0)
        (void)fprintf(out, "   asked %zu of %zu", page->done, page->total);
    else if (page->asking)
        (void)fputs("   asking", out);
    else
        (void)fprintf(out, "   next in %lld s",
                      page->next > page->now ? (long long)(page->next - page->now) : 0);
    (void)fputc('\n', out);
    return 1;
}

/* ---- what is wrong ---- */

static void print_problem(FILE *out, const struct page *page, enum state state, const char *subject,
                          const char *text)
{
    char label[16];
    (void)snprintf(label, sizeof(label), "%-9s", result_state_label(state));
    paint(out, page, state_colour(state), label);
    (void)fprintf(out, "%s%s%s\n", subject, *subject != '\0' ? ": " : "", text);
}

/* The worst ones, clusters before appliances; returns the lines. */
static size_t print_problems(FILE *out, const struct page *page)
{
    const struct model *model = page->model;
    size_t shown = 0, all = 0;
    if (page->fault != NULL) {
        print_problem(out, page, STATE_UNKNOWN, "", page->fault);
        shown++;
    }
    for (enum state state = STATE_CRITICAL; state > STATE_OK; state--) {
        for (size_t i = 0; i < model->cluster_count; i++) {
            const struct model_cluster *cluster = &model->clusters[i];
            if (cluster->state != state || all++ >= MOST_PROBLEMS)
                continue;
            print_problem(out, page, state, "", cluster->problem);
            shown++;
        }
        for (size_t i = 0; i < model->node_count; i++) {
            const struct model_node *node = &model->nodes[model->order[i]];
            if (node->state != state || all++ >= MOST_PROBLEMS)
                continue;
            print_problem(out, page, state, node->config->name, node->problem);
            shown++;
        }
    }
    if (all > MOST_PROBLEMS) {
        (void)fprintf(out, "%-9sand %zu more, at the top of the table\n", "", all - MOST_PROBLEMS);
        shown++;
    }
    return shown;
}

/* ---- how many are where ---- */

static size_t print_counts(FILE *out, const struct page *page)
{
    const struct model *model = page->model;
    (void)fprintf(out, "%zu appliance%s, %zu complete", model->node_count,
                  model->node_count == 1 ? "" : "s", model->complete);
    const char *separator = ": ";
    for (int word = 0; word < STAGE_COUNT; word++) {
        if (model->counts[word] == 0)
            continue;
        (void)fprintf(out, "%s%zu %s", separator, model->counts[word],
                      stage_name((enum stage_word)word));
        separator = ", ";
    }
    (void)fputc('\n', out);
    return 1;
}

static bool is_short(const struct model_cluster *cluster)
{
    return cluster->receiving < cluster->members;
}

/* Those with somebody missing, the emptiest first. */
static size_t print_clusters(FILE *out, const struct page *page)
{
    const struct model *model = page->model;
    size_t full = 0, shown = 0, unseen = 0, most = 0;
    char text[160];
    if (model->cluster_count == 0)
        return 0;
    (void)fputs("Receivers left:", out);
    for (size_t i = 0; i < model->cluster_count; i++) {
        full += model->clusters[i].seen && !is_short(&model->clusters[i]);
        unseen += !model->clusters[i].seen;
        most = model->clusters[i].members > most ? model->clusters[i].members : most;
    }
    for (size_t left = 0; left < most; left++)
        for (size_t i = 0; i < model->cluster_count; i++) {
            const struct model_cluster *cluster = &model->clusters[i];
            if (!cluster->seen || !is_short(cluster) || cluster->receiving != left ||
                shown++ >= MOST_CLUSTERS)
                continue;
            (void)snprintf(text, sizeof(text), "%.80s %zu of %zu%s", cluster->name,
                           cluster->receiving, cluster->members, cluster->untold > 0 ? " (?)" : "");
            (void)fputs(shown > 1 ? ", " : " ", out);
            paint(out, page, cluster->receiving == 0 ? RED : YELLOW, text);
        }
    if (shown > MOST_CLUSTERS)
        (void)fprintf(out, " and %zu more", shown - MOST_CLUSTERS);
    const char *separator = shown > 0 ? "; " : " ";
    for (size_t i = 0; full == 1 && i < model->cluster_count; i++)
        if (model->clusters[i].seen && !is_short(&model->clusters[i]))
            (void)fprintf(out, "%s%.80s all %zu", separator, model->clusters[i].name,
                          model->clusters[i].members);
    if (full > 1)
        (void)fprintf(out, "%s%s%zu clusters all", separator, shown > 0 ? "other " : "", full);
    if (unseen > 0)
        (void)fprintf(out, "%s%zu not asked yet", full + shown > 0 ? "; " : " ", unseen);
    (void)fputc('\n', out);
    return 1;
}

/* ---- the appliances ---- */

static int name_width(const struct page *page)
{
    size_t width = NAME_MIN, most = page->columns > 100 ? NAME_MAX : page->columns * 3 / 10;
    for (size_t i = 0; i < page->model->node_count; i++) {
        size_t n = strlen(page->model->nodes[i].config->name);
        width = n > width ? n : width;
    }
    return (int)(width > most ? most : width);
}

static const char *note_of(const struct model_node *node, char *text, size_t size)
{
    const struct stage *stage = &node->stage;
    char when[32];
    if (!node->seen)
        return "not asked yet";
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

static void print_node(FILE *out, const struct page *page, const struct model_node *node, int width)
{
    char text[MOST_LINE], cell[64], since[32] = "", release[48] = "";
    const char *note = note_of(node, text, sizeof(text));
    if (node->has_since)
        (void)time_print_span(page->now > node->since ? page->now - node->since : 0, since,
                              sizeof(since));
    if (node->stage.now.has_release)
        (void)release_print(&node->stage.now.release, release, sizeof(release));
    paint(out, page, state_colour(node->state),
          node->state == STATE_CRITICAL  ? "!!"
          : node->state == STATE_WARNING ? "! "
          : node->state > STATE_OK       ? "? "
                                         : "  ");
    /* The end of a long name is what the others have too. */
    (void)fprintf(out, "%-*.*s ", width, width, node->config->name);
    (void)snprintf(cell, sizeof(cell), "%-11s", stage_name(node->stage.word));
    paint(out, page, stage_colour(node), cell);
    (void)fprintf(out, " %8s %-10.10s ", since, release);
    paint(out, page, node->state > STATE_OK ? state_colour(node->state) : "", note);
    (void)fputc('\n', out);
}

static void print_nodes(FILE *out, struct page *page, size_t used)
{
    const size_t count = page->model->node_count;
    const int width = name_width(page);
    char head[160];
    page->fit = page->rows > used + 2 ? page->rows - used - 2 : 0; /* heads above, keys below */
    if (page->first + page->fit > count)
        page->first = count > page->fit ? count - page->fit : 0;
    (void)snprintf(head, sizeof(head), "  %-*s %-11s %8s %-10s %s", width, "APPLIANCE", "STAGE",
                   "SINCE", "RELEASE", "WHAT TELLS IT, OR IS MISSING");
    paint(out, page, BOLD, head);
    (void)fputc('\n', out);
    for (size_t i = page->first; i < count && i < page->first + page->fit; i++)
        print_node(out, page, &page->model->nodes[page->model->order[i]], width);
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
