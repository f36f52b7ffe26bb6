/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_LOCK_H
#define PLUGIN_LOCK_H

/*
 * One at a time: a lock on a file that says who has it. It goes with the process, however that
 * ends; the file stays, for a name that is removed can be locked twice.
 */

#include "checks/arena.h"
#include "checks/fault.h"

/*
 * Takes the lock PATH for WHO ("postcheck poll"), until lock_release() of the descriptor that is
 * returned. -1 with FAULT: the file cannot be written, or another process has it, and which.
 */
int lock_take(struct arena *arena, const char *path, const char *who, struct fault *fault);

void lock_release(int lock);

#endif
