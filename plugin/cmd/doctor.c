/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "plugin/cmd/cmd.h"
#include "plugin/fetch/plan.h"
#include "plugin/live.h"
#include "plugin/progress.h"
#include "plugin/render/wrap.h"

/* postcheck doctor: does each interface of each appliance answer with what is configured? */

/* By fetch_how. */
static const char *const interfaces[] = {"SSH", "/xml/status", "API", "GUI pages", "logs", "SNMP"};

enum { INTERFACES = CHECK_COUNT(interfaces) };

struct tried {
    size_t asked, answered;
    const char *why;  /* first fault */
    const char *note; /* what the transport said last: "logged in as …" */
};

struct patient {
    const char *name;
    struct tried tried[INTERFACES];
    const char **missing; /* documents that were not answered */
    size_t missing_count;
};

struct ward {
    struct cmd *cmd;
    struct progress progress;
    struct patient *patients; /* by node of the configuration */
};

static struct patient *patient_of(struct ward *ward, const char *name)
{
    const struct config_node *node = config_node(&ward->cmd->config, name);
    return &ward->patients[node - ward->cmd->config.nodes];
}

/* A note of this transport tells that nothing was asked, because an answer was kept. */
static const char kept_note[] = "HTTPS: /xml/status was asked less than a minute ago";

/* Documents have no blank in their name, notes are sentences that begin with their transport. */
static void step(void *context, const char *node, const char *text)
{
    struct ward *ward = context;
    progress_step(&ward->progress, node, text);
    if (text_starts(text_of(text), kept_note))
        patient_of(ward, node)->tried[FETCH_XML].note =
            "not asked again: its answer of less than a minute ago";
    for (size_t i = 0; i < INTERFACES && strchr(text, ' ') != NULL; i++) {
        size_t n = strlen(interfaces[i]);
        if (strncmp(text, interfaces[i], n) == 0 && strncmp(text + n, ": logged in", 11) == 0)
            patient_of(ward, node)->tried[i].note =
                result_clean(ward->cmd->arena, text_of(text + n + 2), 200);
    }
}

static const struct fetch_row *row_of(const char *id)
{
    for (size_t i = 0; i < plan_row_count; i++)
        if (fleet_is_of_kind(plan_rows[i].kind, text_of(id)))
            return &plan_rows[i];
    return NULL;
}

static void done(void *context, const struct node *node, size_t count, size_t total)
{
    struct ward *ward = context;
    struct patient *patient = patient_of(ward, node->name);
    progress_done(&ward->progress, count, total);
    patient->name = arena_dup(ward->cmd->arena, text_of(node->name));
    for (size_t i = 0; i < node->document_count; i++) {
        const struct document *document = &node->documents[i];
        const struct fetch_row *row = row_of(document->id);
        /* Asked less than a minute ago is not refused. */
        bool spared = row != NULL && row->how == FETCH_XML && document->fault != NULL &&
                      document->fault->kind == FAULT_BUSY;
        if (spared)
            patient->tried[FETCH_XML].note = "may be asked once a minute, and just was";
        if (row == NULL || spared)
            continue;
        struct tried *tried = &patient->tried[row->how];
        tried->asked++;
        tried->answered += document->fault == NULL;
        if (document->fault == NULL)
            continue;
        if (tried->why == NULL)
            tried->why = result_clean(ward->cmd->arena, text_of(document->fault->text), 320);
        patient->missing = arena_push(ward->cmd->arena, patient->missing, patient->missing_count,
                                      sizeof(*patient->missing));
        patient->missing[patient->missing_count++] =
            arena_dup(ward->cmd->arena, text_of(document->id));
    }
}

static const char *word_of(const struct tried *tried)
{
    return tried->asked == 0                 ? "not asked"
           : tried->answered == tried->asked ? "works"
           : tried->answered > 0             ? "in part"
                                             : "fails";
}

static enum state state_of(const struct patient *patient)
{
    size_t asked = 0, answered = 0;
    for (size_t i = 0; i < INTERFACES; i++) {
        asked += patient->tried[i].asked;
        answered += patient->tried[i].answered;
    }
    return answered == asked && asked > 0 ? STATE_OK
           : answered == 0                ? STATE_CRITICAL
                                          : STATE_WARNING;
}

static bool is_missing(const struct patient *patient, const char *document)
{
    for (size_t i = 0; document != NULL && i < patient->missing_count; i++)
        if (strcmp(patient->missing[i], document) == 0)
            return true;
    return false;
}

/* Could ANSWER not be found out, or only that something did not answer? */
static bool is_unanswered(const struct patient *patient, const struct report_result *answer)
{
    if (answer->state == STATE_UNKNOWN || answer->state == STATE_PENDING)
        return true;
    for (size_t i = 0; i < answer->result->finding_count; i++) {
        const struct finding *finding = answer->result->findings[i];
        if (finding->state > STATE_OK && is_missing(patient, finding->evidence.document))
            return true;
    }
    return false;
}

/* "clustercheck, connstatus": the checks of PATIENT that could not be answered. */
static const char *unanswered(struct arena *arena, const struct report *report,
                              const struct patient *patient)
{
    const char *text = "";
    for (size_t i = 0; i < report->count; i++) {
        const struct report_result *answer = &report->results[i];
        if (strcmp(answer->result->node, patient->name) == 0 && is_unanswered(patient, answer))
            text = arena_printf(arena, "%s%s%s", text, *text == '\0' ? "" : ", ",
                                answer->result->check->name);
    }
    return text;
}

/* With all interfaces fine the reason lies in an answer, not in what doctor is about. */
static void put_reasons(struct ward *ward, const struct report *report,
                        const struct patient *patient)
{
    for (size_t i = 0; i < report->count && patient->missing_count == 0; i++) {
        const struct report_result *answer = &report->results[i];
        if (strcmp(answer->result->node, patient->name) == 0 && is_unanswered(patient, answer))
            wrap_put(ward->cmd->out,
                     arena_printf(ward->cmd->arena, "    %s: ", answer->result->check->name),
                     answer->line);
    }
}

static void print_text(struct ward *ward, const struct report *report)
{
    struct arena *arena = ward->cmd->arena;
    FILE *out = ward->cmd->out;
    const struct config *config = &ward->cmd->config;
    for (size_t i = 0; i < config->node_count; i++) {
        const struct patient *patient = &ward->patients[i];
        if (patient->name == NULL)
            continue;
        (void)fprintf(out, "%s (%s, %s)\n", patient->name,
                      config->nodes[i].role == ROLE_SMA ? "sma" : "esa", config->nodes[i].address);
        for (size_t t = 0; t < INTERFACES; t++) {
            const struct tried *tried = &patient->tried[t];
            if (tried->asked == 0) {
                if (tried->note != NULL)
                    (void)fprintf(out, "  %-12s %s: %s\n", interfaces[t], word_of(tried),
                                  tried->note);
                continue;
            }
            bool told = tried->note != NULL && tried->answered > 0;
            wrap_put(out, arena_printf(arena, "  %-12s %-8s ", interfaces[t], word_of(tried)),
                     arena_printf(arena, "%zu of %zu documents%s%s", tried->answered, tried->asked,
                                  told ? "; " : "", told ? tried->note : ""));
            if (tried->why != NULL)
                wrap_put(out, "               ", tried->why);
        }
        const char *unknown = unanswered(arena, report, patient);
        if (*unknown == '\0')
            (void)fputs("  every check can be answered\n", out);
        else
            wrap_put(out, "  checks that cannot be answered: ", unknown);
        put_reasons(ward, report, patient);
        (void)fputc('\n', out);
    }
}

static void print_json(struct ward *ward, const struct report *report)
{
    json_t *list = json_array();
    for (size_t i = 0; i < ward->cmd->config.node_count; i++) {
        const struct patient *patient = &ward->patients[i];
        json_t *tried = json_array();
        for (size_t t = 0; t < INTERFACES && patient->name != NULL; t++)
            (void)json_array_append_new(
                tried,
                json_pack("{s:s, s:s, s:i, s:i, s:s?, s:s?}", "interface", interfaces[t], "state",
                          word_of(&patient->tried[t]), "asked", (int)patient->tried[t].asked,
                          "answered", (int)patient->tried[t].answered, "note",
                          patient->tried[t].note, "fault", patient->tried[t].why));
        if (patient->name != NULL)
            (void)json_array_append_new(
                list, json_pack("{s:s, s:o, s:s}", "node", patient->name, "interfaces", tried,
                                "unknown_checks", unanswered(ward->cmd->arena, report, patient)));
        else
            json_decref(tried);
    }
    cmd_print_json(ward->cmd->out, list);
}

int cmd_doctor(struct cmd *cmd, struct fault *fault)
{
    struct ward ward = {.cmd = cmd};
    struct report report;
    bool unsaved;
    enum state worst = STATE_OK;
    const struct live live = {.config = &cmd->config,
                              .host = cmd->argc > 0 ? cmd->argv[0] : NULL,
                              .judging = &cmd->judging,
                              .phase = "doctor",
                              .timeout_s = cmd->timeout_s,
                              .context = &ward,
                              .step = step,
                              .done = done};
    ward.patients = arena_array(cmd->arena, cmd->config.node_count, sizeof(*ward.patients));
    progress_begin(&ward.progress, cmd->progress);
    bool whole = live_run(cmd->arena, &live, &report, &unsaved, fault);
    progress_end(&ward.progress);
    if (!whole)
        return 3;
    (cmd->format[0] == 'j' ? print_json : print_text)(&ward, &report);
    for (size_t i = 0; i < cmd->config.node_count; i++)
        if (ward.patients[i].name != NULL)
            worst = result_worse(worst, state_of(&ward.patients[i]));
    return report.interrupted != NULL ? 3 : result_exit_code(worst);
}
