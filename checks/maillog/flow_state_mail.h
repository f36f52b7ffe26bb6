/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CHECKS_MAILLOG_FLOW_STATE_MAIL_H
#define CHECKS_MAILLOG_FLOW_STATE_MAIL_H

/* The part of flow_state.h that is in flight: connections, messages, those that linger. */

#include "checks/maillog/flow_inner.h"
#include "checks/maillog/pack.h"

/* The appliances and the hops of FLOW are there already. */
void flow_state_mail(struct flow *flow, struct pack *pack);

#endif
