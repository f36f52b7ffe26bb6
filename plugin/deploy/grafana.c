/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "plugin/deploy/deploy.h"
#include "plugin/render/series.h"

/* A dashboard of Grafana over what plugin/render/openmetrics.c prints. */

/* Where the next panel goes: the grid is 24 wide. */
struct grid {
    const struct deploy *deploy;
    json_t *panels;
    int x, y, height;
};

static const char *const colours[STATE_COUNT] = {
    [STATE_NOT_APPLICABLE] = "text", [STATE_OK] = "green",       [STATE_PENDING] = "blue",
    [STATE_UNKNOWN] = "purple",      [STATE_WARNING] = "orange", [STATE_CRITICAL] = "red"};

static json_t *target_of(const char *expression, const char *legend)
{
    return json_pack("{s:s, s:s, s:s}", "refId", "A", "expr", expression, "legendFormat", legend);
}

/* Adds a panel of TYPE; its "fieldConfig" holds DEFAULTS, which it takes over. */
static void put_panel(struct grid *grid, const char *type, const char *title, int width, int height,
                      json_t *target, json_t *defaults)
{
    if (grid->x + width > 24) {
        grid->x = 0;
        grid->y += grid->height;
    }
    json_t *panel = json_pack(
        "{s:I, s:s, s:s, s:{s:s, s:s}, s:{s:i, s:i, s:i, s:i}, s:{s:o, s:[]}, s:[o]}", "id",
        (json_int_t)json_array_size(grid->panels) + 1, "type", type, "title", title, "datasource",
        "type", "prometheus", "uid", "${datasource}", "gridPos", "x", grid->x, "y", grid->y, "w",
        width, "h", height, "fieldConfig", "defaults", defaults, "overrides", "targets", target);
    (void)json_array_append_new(grid->panels, panel);
    grid->x += width;
    grid->height = height;
}

static void put_row(struct grid *grid, const char *title)
{
    grid->y += grid->height;
    grid->x = 0;
    grid->height = 1;
    (void)json_array_append_new(grid->panels,
                                json_pack("{s:I, s:s, s:s, s:b, s:{s:i, s:i, s:i, s:i}, s:[]}",
                                          "id", (json_int_t)json_array_size(grid->panels) + 1,
                                          "type", "row", "title", title, "collapsed", 0, "gridPos",
                                          "x", 0, "y", grid->y, "w", 24, "h", 1, "panels"));
    grid->x = 24;
}

/* ---- states ---- */

/* One number for each series of BY: the place of its state in the enum, worst of all sources. */
static const char *state_number(const struct deploy *deploy, const char *match, const char *by)
{
    const char *text = "";
    for (int state = STATE_COUNT - 1; state > 0; state--)
        text = arena_printf(
            deploy->arena,
            "%s%s(max by (%s) (%spostcheck_check_state{%s,state=\"%s\"} == 1%s) * %d)", text,
            *text ? " or " : "", by, "", match, result_state_word((enum state)state), "", state);
    return arena_printf(deploy->arena, "%s or (max by (%s) (postcheck_check_state{%s}) * 0)", text,
                        by, match);
}

static json_t *state_defaults(void)
{
    json_t *options = json_object(), *steps = json_array();
    for (int state = 0; state < STATE_COUNT; state++) {
        char key[8];
        (void)snprintf(key, sizeof(key), "%d", state);
        (void)json_object_set_new(options, key,
                                  json_pack("{s:s, s:s, s:i}", "text",
                                            result_state_word((enum state)state), "color",
                                            colours[state], "index", state));
        (void)json_array_append_new(
            steps, state == 0 ? json_pack("{s:s, s:n}", "color", colours[0], "value")
                              : json_pack("{s:s, s:i}", "color", colours[state], "value", state));
    }
    return json_pack("{s:[{s:s, s:o}], s:{s:s, s:o}}", "mappings", "type", "value", "options",
                     options, "thresholds", "mode", "absolute", "steps", steps);
}

static const char *cluster_checks(const struct deploy *deploy)
{
    const char *names = "";
    for (size_t i = 0; i < registry_count; i++)
        if (registry_checks[i]->about_cluster)
            names = arena_printf(deploy->arena, "%s%s%s", names, *names ? "|" : "",
                                 registry_checks[i]->name);
    return names;
}

static void put_overview(struct grid *grid)
{
    const struct deploy *deploy = grid->deploy;
    put_panel(grid, "stat", "Verdict of the last run", 6, 4,
              target_of("postcheck_run_verdict == 1", "{{verdict}}"),
              json_pack("{s:s}", "displayName", "${__field.labels.verdict}"));
    put_panel(grid, "stat", "Answers by state", 12, 4,
              target_of("max by (state) (postcheck_results)", "{{state}}"), json_object());
    put_panel(grid, "stat", "Age of the oldest answer", 6, 4,
              target_of("time() - min(postcheck_check_taken_timestamp_seconds)", "age"),
              json_pack("{s:s}", "unit", "s"));
    put_panel(
        grid, "state-timeline", "Clusters, as any member sees them", 24, 6,
        target_of(arena_printf(deploy->arena,
                               "max by (cluster, check) ((%s) * on (node) group_left (cluster) "
                               "max by (node, cluster) (postcheck_node_info{cluster!=\"\"}))",
                               state_number(deploy,
                                            arena_printf(deploy->arena, "check=~\"%s\"",
                                                         cluster_checks(deploy)),
                                            "node, check")),
                  "{{cluster}} {{check}}"),
        state_defaults());
    put_panel(
        grid, "state-timeline", "Checks of $node", 24, 14,
        target_of(state_number(deploy, "node=~\"$node\"", "node, check"), "{{node}} {{check}}"),
        state_defaults());
}

/* ---- metrics ---- */

static void add_step(json_t *steps, const char *range, const char *colour, double factor)
{
    struct limit limit;
    if (range != NULL && limit_parse(range, &limit, NULL) && !limit.inside && isfinite(limit.high))
        (void)json_array_append_new(
            steps, json_pack("{s:s, s:f}", "color", colour, "value", limit.high * factor));
}

static json_t *metric_defaults(const struct metric_spec *spec)
{
    static const struct {
        const char *unit, *grafana;
    } units[] = {
        {"seconds", "s"}, {"bytes", "bytes"}, {"ratio", "percentunit"}, {"celsius", "celsius"}};
    const struct series_unit *unit = series_unit_of(spec->name);
    const char *word = "short";
    json_t *steps = json_pack("[{s:s, s:n}]", "color", "green", "value");
    for (size_t i = 0; unit != NULL && i < CHECK_COUNT(units); i++)
        if (strcmp(unit->unit, units[i].unit) == 0)
            word = units[i].grafana;
    add_step(steps, spec->warning, "orange", unit == NULL ? 1 : unit->factor);
    add_step(steps, spec->critical, "red", unit == NULL ? 1 : unit->factor);
    return json_pack("{s:s, s:{s:s, s:o}, s:{s:{s:s}}}", "unit", word, "thresholds", "mode",
                     "absolute", "steps", steps, "custom", "thresholdsStyle", "mode",
                     json_array_size(steps) > 1 ? "dashed" : "off");
}

static void put_metrics(struct grid *grid, const struct check *check)
{
    struct arena *arena = grid->deploy->arena;
    if (check->metric_count == 0)
        return;
    put_row(grid, arena_printf(arena, "%s: %s", check->name, check->title));
    for (size_t m = 0; m < check->metric_count; m++)
        put_panel(grid, "timeseries", check->metrics[m].help, 8, 7,
                  target_of(arena_printf(arena, "%s{node=~\"$node\"}",
                                         series_name(arena, check->metrics[m].name)),
                            "{{node}} {{item}}"),
                  metric_defaults(&check->metrics[m]));
}

static json_t *variables(void)
{
    json_t *source = json_pack("{s:s, s:s, s:s, s:s}", "name", "datasource", "type", "datasource",
                               "query", "prometheus", "label", "Prometheus");
    json_t *node =
        json_pack("{s:s, s:s, s:s, s:{s:s, s:s}, s:s, s:s, s:b, s:b, s:i, s:i}", "name", "node",
                  "type", "query", "label", "Appliance", "datasource", "type", "prometheus", "uid",
                  "${datasource}", "query", "label_values(postcheck_node_info, node)", "definition",
                  "label_values(postcheck_node_info, node)", "includeAll", 1, "multi", 1, "refresh",
                  2, "sort", 1);
    return json_pack("{s:[o, o]}", "list", source, node);
}

void deploy_grafana_dashboard(const struct deploy *deploy)
{
    struct grid grid = {.deploy = deploy, .panels = json_array()};
    put_overview(&grid);
    for (size_t i = 0; i < registry_count; i++)
        put_metrics(&grid, registry_checks[i]);
    json_t *board =
        json_pack("{s:s, s:s, s:[s, s], s:i, s:s, s:{s:s, s:s}, s:s, s:o, s:o}", "title",
                  "AsyncOS: postcheck", "uid", "postcheck", "tags", "postcheck", "asyncos",
                  "schemaVersion", 36, "refresh", "1m", "time", "from", "now-24h", "to", "now",
                  "timezone", "browser", "templating", variables(), "panels", grid.panels);
    (void)json_dumpf(board, deploy->out, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    (void)fputc('\n', deploy->out);
    json_decref(board);
}
