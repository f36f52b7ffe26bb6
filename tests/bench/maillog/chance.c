/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "tests/bench/maillog/gen.h"

/* One generator (splitmix64), and tables, since exp and log would be most of the run time. */

uint64_t chance_next(struct gen *g)
{
    uint64_t x = g->random += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

void chance_init(struct gen *g)
{
    const double pi = 3.14159265358979323846, sigma = 0.8;
    g->random = g->set.seed * 0x2545f4914f6cdd1d + 1;
    for (unsigned i = 0; i < 4096; i += 2) {
        double u = (double)(chance_next(g) >> 11) / 9007199254740992.0 + 1e-12;
        double v = (double)(chance_next(g) >> 11) / 9007199254740992.0;
        g->log_normal[i] = (float)exp(sigma * sqrt(-2 * log(u)) * cos(2 * pi * v));
        g->log_normal[i + 1] = (float)exp(sigma * sqrt(-2 * log(u)) * sin(2 * pi * v));
    }
    for (unsigned i = 0; i < 4096; i++)
        g->exponential[i] = (float)-log((i + 0.5) / 4096);
    for (unsigned i = 0; i <= 4096; i++)
        g->first_popular[i] = (uint32_t)pow(EXTERNAL, i / 4096.0) - 1;
}

bool chance_of(struct gen *g, double share)
{
    return (double)(chance_next(g) >> 11) < share * 9007199254740992.0;
}

unsigned chance_below(struct gen *g, unsigned n)
{
    return (unsigned)((chance_next(g) >> 32) * n >> 32);
}

unsigned chance_normal_ms(struct gen *g, unsigned median)
{
    return (unsigned)((float)median * g->log_normal[chance_next(g) >> 52]);
}

double chance_exponential(struct gen *g, double mean)
{
    return mean * (double)g->exponential[chance_next(g) >> 52];
}

uint16_t chance_domain(struct gen *g)
{
    unsigned i = (unsigned)(chance_next(g) >> 52);
    uint32_t from = g->first_popular[i], to = g->first_popular[i + 1];
    uint32_t domain = from + (to > from ? chance_below(g, to - from + 1) : 0);
    return (uint16_t)(INTERNAL + (domain < EXTERNAL ? domain : EXTERNAL - 1));
}
