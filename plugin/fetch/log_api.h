/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_FETCH_LOG_API_H
#define PLUGIN_FETCH_LOG_API_H

/*
 * A log by the logs API, for where the CLI did not give it: the list of the subscription's files,
 * then the newest of them. asyncos-http.md 3.5 (V for the members, U for the unit of
 * modificationDate and the prefix inside downloadUrl, so the path is made of the names).
 */

#include "plugin/fetch/fetch.h"
#include "plugin/fetch/log.h"

/* How a path is asked for, by the one who has the session. */
struct log_api {
    void *context;
    /*
     * GETs PATH. Of a FILE that is longer than the row's max_bytes only the end comes: HEAD is its
     * begin then, else empty. Both until the next call.
     */
    bool (*get)(void *context, const struct fetch_row *row, const char *path, bool file,
                struct span *bytes, struct span *head, struct fault *fault);
};

/*
 * The end of the log of ROW: files from the newest to the oldest until the hours before the present
 * one are in them, LOG_API_FILES at most. False with FAULT: what GET says, NOT_CAPTURED (the
 * list has no file with lines: it may be pushed away), SYNTAX (no list).
 */
bool log_api(struct fetch *fetch, const struct fetch_row *row, const struct log_api *api,
             struct span *bytes, struct fault *fault);

enum { LOG_API_FILES = 3 };

struct log_api_file {
    const char *name;
    int64_t changed; /* seconds since the epoch; 0 = not told */
    int64_t size;    /* -1 = not told */
};

/*
 * Files of the LIST, newest first, in ARENA. Names that cannot be part of a path are left out. NULL
 * with FAULT when LIST is none. Pure.
 */
struct log_api_file *log_api_files(struct arena *arena, const char *id, struct span list,
                                   size_t *count, struct fault *fault);

/* Path of the list of NAME for the day before NOW (UTC): "/esa/api/v2.0/logs/NAME?startDate=…". */
const char *log_api_list_path(struct arena *arena, const char *name, int64_t now);

#endif
