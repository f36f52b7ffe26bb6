/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/appliance/outfit.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/appliance/cli.h"
#include "tests/appliance/scenario.h"
#include "tests/appliance/web.h"

enum { SECRET_BYTES = 12, SECRET_MAX = 256 };

static const char *path_of(struct sim *sim, const char *name)
{
    return arena_printf(sim->arena, "%s/%s", sim->dir, name);
}

/* A new file NAME in the folder, readable by its owner only when SECRET. */
static FILE *create(struct sim *sim, const char *name, bool secret)
{
    const char *path = path_of(sim, name);
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secret ? 0600 : 0644);
    return fd < 0 ? NULL : fdopen(fd, "w");
}

bool outfit_begin(struct sim *sim)
{
    if (mkdir(sim->dir, 0700) != 0 && errno != EEXIST)
        return false;
    char *whole = realpath(sim->dir, NULL);
    if (whole == NULL)
        return false;
    sim->dir = arena_dup(sim->arena, text_of(whole));
    free(whole);
    (void)unlink(path_of(sim, "ready"));
    sim->journal = create(sim, "journal.jsonl", false);
    return sim->journal != NULL;
}

const char *outfit_passphrase(struct sim *sim, const char *file)
{
    unsigned char bytes[SECRET_BYTES];
    char text[SECRET_MAX + 1] = "pc-";
    if (file != NULL) {
        FILE *in = fopen(file, "re");
        const bool done = in != NULL && fgets(text, sizeof(text), in) != NULL;
        if (in != NULL)
            (void)fclose(in);
        text[strcspn(text, "\r\n")] = '\0';
        return done && text[0] != '\0' ? arena_dup(sim->arena, text_of(text)) : NULL;
    }
    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return NULL;
    for (size_t i = 0; i < sizeof(bytes); i++)
        (void)snprintf(text + 3 + 2 * i, 3, "%02x", bytes[i]);
    return arena_dup(sim->arena, text_of(text));
}

static bool has_document(struct sim *sim, const struct sim_node *node, const char *id)
{
    size_t n;
    char *bytes = scenario_document(sim, node, id, &n);
    free(bytes);
    return bytes != NULL;
}

static void write_node(struct sim *sim, const struct sim_node *node, FILE *out)
{
    static const struct {
        const char *key, *path, *id;
    } pages[] = {{"tracking_page", "/monitor/tracking-availability", "https/tracking_page.html"},
                 {"services_page", "/services/appliances", "https/services_page.html"}};
    (void)fprintf(out, "\n[node %s]\nrole = %s\naddress = 127.0.0.1\n", node->name,
                  node->is_sma ? "sma" : "esa");
    if (node->cluster != NULL)
        (void)fprintf(out, "cluster = %s\n", node->cluster);
    if (node->sma != NULL)
        (void)fprintf(out, "sma = %s\n", node->sma);
    (void)fprintf(out, "ssh_port = %u\nhttps_port = %u\napi_port = %u\n", node->port[SIM_SSH],
                  node->port[SIM_GUI], node->port[SIM_API]);
    for (size_t i = 0; node->is_sma && i < sizeof(pages) / sizeof(pages[0]); i++)
        if (has_document(sim, node, pages[i].id))
            (void)fprintf(out, "%s = %s\n", pages[i].key, pages[i].path);
}

static bool write_configuration(struct sim *sim, bool with_key)
{
    FILE *out = create(sim, "postcheck.ini", false);
    if (out == NULL)
        return false;
    (void)fprintf(out,
                  "# written by the simulator (tests/appliance)\n[defaults]\nuser = %s\n"
                  "known_hosts = %s/known_hosts\ncredentials_file = %s/credentials\n",
                  sim->user, sim->dir, sim->dir);
    if (with_key)
        (void)fprintf(out, "identity_file = %s/id_ed25519\n", sim->dir);
    (void)fprintf(out, "ca_file = %s/ca.pem\ncache_dir = %s/cache\ntimeout = 20\n", sim->dir,
                  sim->dir);
    for (size_t i = 0; i < sim->node_count; i++)
        write_node(sim, &sim->nodes[i], out);
    return fclose(out) == 0;
}

static bool write_credentials(struct sim *sim)
{
    FILE *out = create(sim, "credentials", true);
    if (out == NULL)
        return false;
    (void)fprintf(out, "* %s %s\n", sim->user, sim->passphrase);
    return fclose(out) == 0;
}

static bool write_nodes(struct sim *sim)
{
    json_t *list = json_array();
    for (size_t i = 0; i < sim->node_count; i++) {
        const struct sim_node *node = &sim->nodes[i];
        (void)json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:i, s:i, s:i, s:s, s:s}", "name", node->name,
                      "origin", node->origin, "role", node->is_sma ? "sma" : "esa", "cluster",
                      node->cluster, "sma", node->sma, "ssh", (int)node->port[SIM_SSH], "gui",
                      (int)node->port[SIM_GUI], "api", (int)node->port[SIM_API], "fingerprint",
                      cli_fingerprint(sim, node->host_key), "other_fingerprint",
                      cli_fingerprint(sim, node->other_host_key)));
    }
    json_t *root = json_pack("{s:i, s:s, s:s, s:I, s:o}", "pid", (int)getpid(), "user", sim->user,
                             "pin", web_pin(), "shift_s", (json_int_t)sim->shift_s, "nodes", list);
    FILE *out = root == NULL ? NULL : create(sim, "nodes.json", false);
    bool done = out != NULL && json_dumpf(root, out, JSON_INDENT(1)) == 0;
    if (out != NULL)
        done = fclose(out) == 0 && done;
    json_decref(root);
    return done;
}

bool outfit_write(struct sim *sim, bool with_key)
{
    if (!write_configuration(sim, with_key) || !write_credentials(sim) || !write_nodes(sim))
        return false;
    FILE *out = create(sim, "ready", false);
    return out != NULL && fclose(out) == 0;
}
