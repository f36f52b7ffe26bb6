/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_MAILLOG_STOP_H
#define PLUGIN_MAILLOG_STOP_H

/* Ctrl-C and SIGTERM end the reading; what is known by then is still told. A second one kills. */

#include <stdbool.h>

void stop_catch(void);
void stop_restore(void);
bool stop_asked(void);

#endif
