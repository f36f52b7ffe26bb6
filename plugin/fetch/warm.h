/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_WARM_H
#define PLUGIN_FETCH_WARM_H

/*
 * What every process that asks an appliance would have to do anew, done once in the process that
 * forks them: OpenSSL 3 looks up each algorithm at its first use, which costs more than a login.
 * To be called once, before the first fork. Nothing fails: it is only slower without.
 */
void warm_up(void);

#endif
