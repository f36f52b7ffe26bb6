/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "plugin/icinga/icinga.h"
#include "plugin/submit/submit.h"

/* To the API of Icinga 2: action process-check-result, one for each service. */

bool submit_icinga2_ready(struct arena *arena, const struct config *config, struct fault *fault)
{
    struct icinga *icinga = icinga_open(arena, config, fault);
    icinga_close(icinga);
    return icinga != NULL;
}

/* A text that is no UTF-8 cannot come here: result.h. */
static json_t *body_of(const struct submit *submit, const struct submit_service *service,
                       const char *object)
{
    json_t *perfdata = json_array();
    struct span rest = text_of(service->perfdata), token;
    while (submit_token(&rest, &token))
        (void)json_array_append_new(perfdata, json_stringn(token.p, token.n));
    json_t *body = json_pack("{ss ss si ss so ss}", "type", "Service", "service", object,
                             "exit_status", service->code, "plugin_output", service->text,
                             "performance_data", perfdata, "check_source", submit->source);
    if (submit->ttl_s > 0)
        (void)json_object_set_new(body, "ttl", json_integer(submit->ttl_s));
    return body;
}

void submit_icinga2_send(const struct submit *submit, struct submit_tally *tally)
{
    struct arena *arena = submit->arena;
    struct fault fault;
    struct icinga *icinga = icinga_open(arena, submit->config, &fault);
    if (icinga == NULL && submit->count > 0)
        submit_lost(arena, tally, &fault, &submit->services[0], submit->count - 1);
    for (size_t i = 0; i < submit->count && icinga != NULL; i++) {
        const struct submit_service *service = &submit->services[i];
        const char *object = icinga_service(arena, service->host, service->check);
        json_t *body = body_of(submit, service, object), *answer;
        const struct icinga_request request = {
            .path = "actions/process-check-result", .body = body, .object = object};
        const bool taken = icinga_ask(icinga, &request, &answer, &fault);
        json_decref(body);
        json_decref(answer);
        tally->taken += taken;
        if (taken)
            continue;
        const bool lost = icinga_is_lost(&fault);
        submit_lost(arena, tally, &fault, service, lost ? submit->count - i - 1 : 0);
        if (lost)
            break;
    }
    icinga_close(icinga);
}
