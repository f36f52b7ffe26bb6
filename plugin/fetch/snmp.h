/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_SNMP_H
#define PLUGIN_FETCH_SNMP_H

/*
 * The walk of an appliance's SNMP agent, by net-snmp's single-session API; v2c and v3 with
 * authentication and privacy. The only requests are GETBULK. Nothing of net-snmp's configuration,
 * MIB files or state is read or written.
 */

#include "plugin/fetch/fetch.h"

/*
 * Asks for the FETCH_SNMP row of FETCH, when `snmp` is configured. It ends as an answer, complete,
 * or as a fault. An agent that is silent costs a third of the appliance's time, 9 s at most: so it
 * is asked first, and its silence is its own.
 */
void snmp_ask(struct fetch *fetch);

#endif
