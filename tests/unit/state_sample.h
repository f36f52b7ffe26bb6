/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_UNIT_STATE_SAMPLE_H
#define TESTS_UNIT_STATE_SAMPLE_H

/* A small state file as the subagent reads it: two gateways in a cluster, and their manager. */

#include "tests/unit/unit.h"

/* TAKEN is the time of the answers, STATUS the state of esa1's check status. */
static inline const char *state_sample(const char *taken, const char *status)
{
    return arena_printf(
        &arena,
        "{\"schema\": \"postcheck.report/1\","
        " \"run\": {\"phase\": \"poll\", \"ended_at\": \"2026-03-08T03:00:30Z\"},"
        " \"verdict\": \"fail\","
        " \"nodes\": [{\"name\": \"esa1\", \"role\": \"esa\", \"model\": \"C600V\","
        "   \"serial\": \"42-A\", \"cluster\": \"hq\", \"sma\": \"sma1\","
        "   \"version\": {\"before\": \"14.2.0\", \"after\": \"15.0.3-002\", \"expected\": null},"
        "   \"state\": \"critical\"},"
        "  {\"name\": \"esa2\", \"role\": \"esa\", \"cluster\": \"hq\", \"state\": \"critical\"},"
        "  {\"name\": \"sma1\", \"role\": \"sma\", \"state\": \"not_applicable\"}],"
        " \"clusters\": [{\"name\": \"hq\", \"members\": [\"esa1\", \"esa2\"],"
        "   \"state\": \"critical\"}],"
        " \"results\": ["
        "  {\"check\": \"status\", \"node\": \"esa1\", \"state\": \"%s\", \"summary\": \"line "
        "1\\n2\","
        "   \"taken_at\": \"%s\", \"duration_ms\": 305, \"findings\": [], \"metrics\": ["
        "    {\"name\": \"depth\", \"instance\": null, \"unit\": \"\", \"value\": 7},"
        "    {\"name\": \"used\", \"instance\": \"/var\", \"unit\": \"%%\", \"value\": 1.5}]},"
        "  {\"check\": \"clustercheck\", \"node\": \"esa1\", \"state\": \"critical\","
        "   \"summary\": \"1 differs\", \"taken_at\": null, \"duration_ms\": null, \"metrics\": [],"
        "   \"findings\": [{\"state\": \"critical\", \"subject\": \"Routes\","
        "     \"text\": \"Routes differs at Group A: x\", \"wanted\": \"the same\","
        "     \"found\": \"x\", \"waiver\": null},"
        "    {\"state\": \"unknown\", \"subject\": \"esa9\", \"text\": \"not compared\","
        "     \"waiver\": null, \"follows\": true}]},"
        "  {\"check\": \"clustercheck\", \"node\": \"esa2\", \"state\": \"warning\","
        "   \"summary\": \"1 differs\", \"taken_at\": null, \"duration_ms\": null, \"metrics\": [],"
        "   \"findings\": [{\"state\": \"critical\", \"subject\": \"Routes\","
        "     \"text\": \"Routes differs at Group A: x\", \"wanted\": \"the same\","
        "     \"found\": \"x\", \"waiver\": {\"name\": \"w\"}}]}]}",
        status, taken);
}

#endif
