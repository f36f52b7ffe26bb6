/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * judge RUN: the CPU that reading the run's folder takes, and evaluating what was read, in
 * microseconds an appliance, and how many appliances there are. What comes after (hashing,
 * rendering, writing) is no part of either. One figure per process: memory is as fresh as it is in
 * `postcheck verify`.
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "plugin/proof.h"

static double now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
    struct arena documents, answers;
    struct proof proof;
    struct report report;
    struct fault fault = {.kind = FAULT_NONE};
    arena_init(&documents, NULL);
    arena_init(&answers, NULL);
    const double start = now_us();
    if (argc != 2 || !proof_load(&documents, argv[1], &proof, &fault)) {
        (void)fprintf(stderr, "judge RUN: %s: %s\n", fault.origin, fault.text);
        return 1;
    }
    const double loaded = now_us();
    proof_evaluate(&answers, &proof, &report);
    const double judged = now_us();
    const double nodes = (double)report.node_count;
    printf("%.1f %.1f %zu %zu\n", (loaded - start) / nodes, (judged - loaded) / nodes,
           report.node_count, report.count);
    arena_free(&answers);
    arena_free(&documents);
    return 0;
}
