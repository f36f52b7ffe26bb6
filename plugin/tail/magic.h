/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef PLUGIN_TAIL_MAGIC_H
#define PLUGIN_TAIL_MAGIC_H

/* Is a file compressed, an archive, or plain? By its first bytes: names are not to be trusted. */

enum magic {
    MAGIC_PLAIN,
    MAGIC_PACKED, /* one compressed file: gzip, bzip2, xz, zstd; there may be a tar in it */
    MAGIC_ARCHIVE /* several files: zip, tar */
};

/* Of what FD refers to, whose place is not moved. What cannot be read is plain. */
enum magic magic_of(int fd);

#endif
