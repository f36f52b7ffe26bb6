/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_APPLIANCE_PLAY_H
#define TESTS_APPLIANCE_PLAY_H

/* Faults of single requests and answers. tests/appliance/README.md lists them. */

#include "tests/appliance/request.h"

/* Between these two answers may be delayed; play_stop() ends every wait. */
void play_start(void);
void play_stop(void);

/* A fault that answers instead of the appliance, which then is not asked at all. */
bool play_instead(struct request *request, struct answer *answer);

/* A fault that spoils the ANSWER of the appliance. */
void play_after(struct request *request, struct answer *answer);

/* Does the appliance go down at this request? Then there is no answer. */
bool play_reboot(const struct request *request);

/* Waits when the answer is to be late. False: the simulator is about to end. */
bool play_delay(const struct request *request);

/* BODY in one piece, or as a fault wants it sent. NULL when libmicrohttpd cannot. */
struct MHD_Response *play_response(const struct request *request, struct span body);

#endif
