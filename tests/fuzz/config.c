/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Any configuration file is refused in one line, or gives an inventory that can be looked up. */
#include "plugin/config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(struct arena *arena, const struct config *config)
{
    const struct fleet fleet = config_fleet(arena, config);
    if (config->node_count == 0 || fleet.count != config->node_count || config->parallel == 0)
        abort();
    for (size_t i = 0; i < config->node_count; i++) {
        const struct config_node *node = &config->nodes[i];
        if (!index_is_name(node->name) || config_node(config, node->name) != node ||
            fleet_node(&fleet, text_of(node->name)) == NULL || node->role == 0 ||
            node->role == ROLE_ANY || node->ssh_port == 0 || node->timeout_s == 0 ||
            (node->proxy_jump != NULL && node->proxy_command != NULL))
            abort();
        if (node->sma != NULL && config_node(config, node->sma)->role != ROLE_SMA)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct arena arena;
    struct config config;
    struct fault fault = {.kind = FAULT_NONE};
    int fd = memfd_create("config", MFD_CLOEXEC);
    if (fd < 0)
        return 0;
    arena_init(&arena, NULL);
    if (fchmod(fd, 0600) == 0 && write(fd, bytes, n) == (ssize_t)n) {
        const char *path = arena_printf(&arena, "/proc/self/fd/%d", fd);
        if (config_load(&arena, path, &config, &fault))
            check(&arena, &config);
        else if (fault.kind == FAULT_NONE || fault.text[0] == '\0' ||
                 strchr(fault.text, '\n') != NULL)
            abort();
    }
    (void)close(fd);
    arena_free(&arena);
    return 0;
}
