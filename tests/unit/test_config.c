/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checks/registry.h"
#include "plugin/config.h"

static char folder[64];
static char path[96];
static struct config config;

static int make_folder(void **state)
{
    (void)state;
    (void)unsetenv("CREDENTIALS_DIRECTORY");
    (void)snprintf(folder, sizeof(folder), "/tmp/test_config.XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof(path), "%s/postcheck.ini", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static void write_file(struct span text)
{
    (void)unlink(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static bool load_bytes(struct span text)
{
    write_file(text);
    fault = (struct fault){.kind = FAULT_NONE};
    return config_load(&arena, path, &config, &fault);
}

static bool load(const char *text)
{
    return load_bytes(text_of(text));
}

static void loads(const char *text)
{
    if (!load(text))
        fail_msg("refused: %s", fault.text);
}

/* In the folder of the configuration. */
static const char *beside(const char *name)
{
    return arena_printf(&arena, "%s/%s", folder, name);
}

#define NODE "[node esa1.example.com]\nrole = esa\n"

static void reads_the_example(void **state)
{
    (void)state;
    loads("[defaults]\n"
          "user = postcheck\n"
          "identity_file = /etc/postcheck/id_ed25519\n"
          "known_hosts = /etc/postcheck/known_hosts\n"
          "credentials_file = /etc/postcheck/credentials\n"
          "timeout = 60\n"
          "parallel = 8\n"
          "\n"
          "[node esa1.example.com]\n"
          "role = esa\n"
          "address = 192.0.2.11\n"
          "cluster = hq\n"
          "sma = sma1.example.com\n"
          "ssh_port = 22\n"
          "https_port = 443\n"
          "\n"
          "[node sma1.example.com]\n"
          "role = sma\n"
          "api_port = 6443\n"
          "ca_file = /etc/postcheck/ca.pem\n"
          "tls_pin = sha256//…\n"
          "\n"
          "[check mailflow]\n"
          "warning = stall_s=600\n"
          "\n"
          "[check workqueue]\n"
          "warning = 600\n");
    assert_int_equal(config.node_count, 2);
    assert_int_equal(config.parallel, 8);
    assert_string_equal(config.path, path);
    const struct config_node *esa = config_node(&config, "esa1.example.com");
    const struct config_node *sma = config_node(&config, "SMA1.example.com");
    assert_non_null(esa);
    assert_non_null(sma);
    assert_null(config_node(&config, "esa1"));
    assert_int_equal(esa->role, ROLE_ESA);
    assert_int_equal(esa->line, 9);
    assert_string_equal(esa->address, "192.0.2.11");
    assert_string_equal(esa->cluster, "hq");
    assert_string_equal(esa->sma, "sma1.example.com");
    assert_string_equal(esa->user, "postcheck");
    assert_string_equal(esa->identity_file, "/etc/postcheck/id_ed25519");
    assert_string_equal(esa->known_hosts, "/etc/postcheck/known_hosts");
    assert_string_equal(esa->credentials_file, "/etc/postcheck/credentials");
    assert_int_equal(sma->role, ROLE_SMA);
    assert_int_equal(sma->api_port, 6443);
    assert_string_equal(sma->address, "sma1.example.com");
    assert_string_equal(sma->ca_file, "/etc/postcheck/ca.pem");
    assert_string_equal(sma->tls_pin, "sha256//…");
    assert_int_equal(config.limits.count, 2);
    assert_true(config.limits.items[0].has_warning && config.limits.items[1].has_warning);
    assert_false(config.limits.items[0].has_critical);
}

static void has_defaults(void **state)
{
    (void)state;
    loads(NODE);
    const struct config_node *node = &config.nodes[0];
    assert_int_equal(node->ssh_port, 22);
    assert_int_equal(node->https_port, 443);
    assert_int_equal(node->api_port, 0);
    assert_int_equal(node->timeout_s, 60);
    assert_int_equal(node->cli, CONFIG_CLI_AUTO);
    assert_int_equal(node->api_login, CONFIG_LOGIN_TOKEN);
    assert_false(node->agent);
    assert_false(node->has_expect);
    assert_null(node->user);
    assert_null(node->sma);
    assert_null(node->known_hosts);
    assert_ptr_equal(node->address, node->name);
    assert_int_equal(config.parallel, 16);
    assert_false(config.keep_addresses);
    assert_false(config.has_since);
    assert_null(config.cache_dir);
    assert_null(config.change);
}

static void the_nearest_section_counts(void **state)
{
    (void)state;
    loads("[node b.example.com]\nrole = esa\ncluster = Head Office\nuser = own\nexpect = 15.0.3\n"
          "[node c.example.com]\nrole = esa\ncluster = head office\n"
          "[cluster Head Office]\nuser = ours\ntimeout = 2m\nproxy_command = ssh -W %h:%p gate\n"
          "[node a.example.com]\nrole = sma\nproxy_jump = none\n"
          "[defaults]\nuser = all\ntimeout = 30s\nssh_port = 2222\nproxy_jump = jump.example.com\n"
          "sma = a.example.com\n");
    const struct config_node *a = &config.nodes[0], *b = &config.nodes[1], *c = &config.nodes[2];
    assert_string_equal(a->name, "a.example.com");
    assert_string_equal(a->user, "all");
    assert_int_equal(a->timeout_s, 30);
    assert_null(a->proxy_jump);
    assert_null(a->sma);
    assert_string_equal(b->user, "own");
    assert_int_equal(b->timeout_s, 120);
    assert_int_equal(b->ssh_port, 2222);
    assert_true(b->has_expect);
    assert_int_equal(b->expect.major, 15);
    assert_string_equal(b->sma, "a.example.com");
    assert_string_equal(c->user, "ours");
    assert_false(c->has_expect);
    assert_string_equal(c->proxy_command, "ssh -W %h:%p gate");
    assert_null(c->proxy_jump);
}

static void reads_every_kind_of_value(void **state)
{
    (void)state;
    loads("[defaults]\nkeep_addresses = Yes\ncache_dir = /var/cache/postcheck\nagent = on\n"
          "cli = batch\napi_login = basic\nhttps_proxy = http://proxy.example.com:3128\n"
          "host_key = SHA256:abc\ntimeout = 1h\n"
          "[node esa1.example.com]\nrole = ESA\naddress = 2001:db8::11\nagent = 0\n"
          "tracking_page = /monitor/tracking?x=1\nservices_page = file:/srv/page.html\n"
          "api_port: 4431\ncli = shell ; a comment\n"
          "mail_log = my_mail.log-2\nmail_log_path = /var/log/esa1\nlog_host = 192.0.2.11\n"
          "[change]\nid = CHG0031415\nsince = 2026-03-08T00:30:00Z\nbaseline = /srv/before\n"
          "operator = A. Müller\n");
    const struct config_node *node = &config.nodes[0];
    assert_true(config.keep_addresses);
    assert_string_equal(config.cache_dir, "/var/cache/postcheck");
    assert_int_equal(node->role, ROLE_ESA);
    assert_string_equal(node->address, "2001:db8::11");
    assert_false(node->agent);
    assert_int_equal(node->cli, CONFIG_CLI_SHELL);
    assert_int_equal(node->api_login, CONFIG_LOGIN_BASIC);
    assert_int_equal(node->api_port, 4431);
    assert_int_equal(node->timeout_s, 3600);
    assert_string_equal(node->https_proxy, "http://proxy.example.com:3128");
    assert_string_equal(node->host_key, "SHA256:abc");
    assert_string_equal(node->tracking_page, "/monitor/tracking?x=1");
    assert_string_equal(node->services_page, "file:/srv/page.html");
    assert_string_equal(node->mail_log, "my_mail.log-2");
    assert_null(node->status_log);
    assert_string_equal(node->mail_log_path, "/var/log/esa1");
    assert_null(node->status_log_path);
    assert_string_equal(node->log_host, "192.0.2.11");
    assert_string_equal(config.change, "CHG0031415");
    assert_string_equal(config.baseline, "/srv/before");
    assert_string_equal(config.run_operator, "A. Müller");
    int64_t since;
    assert_true(config.has_since);
    assert_true(time_utc(config.since, &since));
    assert_int_equal(since, 1772929800);
}

static void reads_limits_and_words(void **state)
{
    (void)state;
    const struct check *check = registry_find(text_of("workqueue"));
    assert_non_null(check);
    assert_true(check->metric_count > 1);
    const char *first = check->metrics[0].name, *second = check->metrics[1].name;
    loads(arena_printf(&arena,
                       NODE "[check workqueue]\nwarning = %s=10   %s=@5:6\ncritical = %s=20\n"
                            "[check tracking]\nok_word = Alles in Ordnung\nok_word = OK\n",
                       first, second, first));
    assert_int_equal(config.limits.count, 2);
    const struct check_limit *limit = &config.limits.items[0];
    assert_ptr_equal(limit->spec, &check->metrics[0]);
    assert_true(limit->has_warning && limit->has_critical);
    assert_true(limit->warning.high == 10 && limit->critical.high == 20);
    assert_true(config.limits.items[1].has_warning && config.limits.items[1].warning.inside);
    assert_int_equal(config.word_count, 2);
    assert_ptr_equal(config.words[0].check, registry_find(text_of("tracking")));
    assert_span(config.words[0].word, "Alles in Ordnung");
    assert_span(config.words[1].word, "OK");
}

static void paths_are_beside_the_file(void **state)
{
    (void)state;
    loads(
        "[defaults]\nidentity_file = keys/id\ncredentials_file = credentials\ncache_dir = c\n" NODE
        "tracking_page = file:saved.html\nknown_hosts = /etc/known_hosts\n");
    const struct config_node *node = &config.nodes[0];
    assert_string_equal(node->identity_file, beside("keys/id"));
    assert_string_equal(node->credentials_file, beside("credentials"));
    assert_string_equal(node->known_hosts, "/etc/known_hosts");
    assert_string_equal(config.cache_dir, beside("c"));
    assert_string_equal(node->tracking_page, arena_printf(&arena, "file:%s", beside("saved.html")));
}

/* The configuration is in the current folder, and named without one. */
static void paths_of_a_bare_name(void **state)
{
    char before[4096];
    (void)state;
    write_file(text_of("[defaults]\ncredentials_file = credentials\nca_file = ca.pem\n" NODE));
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(folder), 0);
    bool loaded = config_load(&arena, "postcheck.ini", &config, &fault);
    assert_int_equal(chdir(before), 0);
    assert_true(loaded);
    assert_string_equal(config.nodes[0].ca_file, "ca.pem");
    assert_string_equal(config.nodes[0].credentials_file, "./credentials");
}

static void leaves_names_of_given_credentials(void **state)
{
    (void)state;
    loads("[defaults]\ncredentials_file = $CREDENTIALS_DIRECTORY/fleet\n" NODE);
    assert_string_equal(config.nodes[0].credentials_file, "$CREDENTIALS_DIRECTORY/fleet");
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
    bool loaded = load("[defaults]\ncredentials_file = fleet\n" NODE);
    (void)unsetenv("CREDENTIALS_DIRECTORY");
    assert_true(loaded);
    assert_string_equal(config.nodes[0].credentials_file, "fleet");
}

static void accepts_other_editors(void **state)
{
    (void)state;
    loads("\xef\xbb\xbf# comment\r\n; another [one]\r\n\r\n  [node esa1.example.com] ; first\r\n"
          "\trole = esa\r\n    address=192.0.2.11\r\n[cluster hq]#x\r\n[ node  esa2 ]\r\n"
          "role=esa\r\ncluster=hq");
    assert_int_equal(config.node_count, 2);
    assert_string_equal(config.nodes[0].name, "esa1.example.com");
    assert_string_equal(config.nodes[0].address, "192.0.2.11");
    assert_string_equal(config.nodes[1].cluster, "hq");
}

static const struct {
    const char *text, *said;
} bad[] = {
    {"", "names no appliance"},
    {"[defaults]\nuser = x\n", "names no appliance"},
    {"role = esa\n", "line 1: key 'role' stands before the first section"},
    {NODE "[nodes a]\n", "line 3: unknown section '[nodes a]'; did you mean 'node'?"},
    {NODE "[]\n", "line 3: unknown section '[]'"},
    {NODE "[node]\n", "line 3: '[node]' is to be [node NAME]"},
    {NODE "[defaults x]\n", "line 3: '[defaults x]' is to be [defaults]"},
    {NODE "[node x\n", "line 3: ']' is missing: '[node x'"},
    {NODE "[node x] role = esa\n", "line 3: only a comment may follow ']'"},
    {NODE "[node ../x]\n", "line 3: '../x' is no name of an appliance"},
    {NODE "[node -x]\n", "line 3: '-x' is no name of an appliance"},
    {NODE "[node a b]\n", "line 3: 'a b' is no name of an appliance"},
    {NODE "\n[node ESA1.example.com]\nrole = esa\n",
     "line 4: [node ESA1.example.com] is there twice, first in line 1"},
    {"[defaults]\n[defaults]\n" NODE, "line 2: [defaults] is there twice, first in line 1"},
    {"[cluster a]\n[cluster A]\n" NODE, "line 2: [cluster A] is there twice, first in line 1"},
    {NODE "[check status]\n[check status]\n",
     "line 4: [check status] is there twice, first in line 3"},
    {NODE "[check mailflow]\nrole = esa\n", "line 4:"},
    {NODE "[check mailflows]\n", "line 3: no check is called 'mailflows'"},
    {NODE "[check statsu]\n", "line 3: no check is called 'statsu'; did you mean 'status'?"},
    {NODE "rol = esa\n",
     "line 3: unknown key 'rol' in [node esa1.example.com]; did you mean 'role'?"},
    {NODE "ssh-prot = 22\n", "did you mean 'ssh_port'?"},
    {NODE "User = x\n", "did you mean 'user'?"},
    {NODE "zebra = 1\n", "line 3: unknown key 'zebra' in [node esa1.example.com]"},
    {NODE "role = esa\n",
     "line 3: key 'role' is there twice in [node esa1.example.com], first in line 2"},
    {"[defaults]\nrole = esa\n" NODE,
     "line 2: key 'role' cannot stand in [defaults], only in [node NAME]"},
    {NODE "parallel = 3\n", "cannot stand in [node esa1.example.com], only in [defaults]"},
    {NODE "warning = 3\n", "only in [check NAME]"},
    {"[cluster a]\naddress = x\n" NODE, "only in [node NAME]"},
    {"[node a]\nuser = x\n", "line 1: [node a] has no role: add 'role = esa' or 'role = sma'"},
    {"[node a]\nrole = xyz\n", "line 2: role: 'xyz' is not esa or sma"},
    {NODE "ssh_port = 0\n", "line 3: ssh_port: '0' is not a port from 1 to 65535"},
    {NODE "https_port = 70000\n", "https_port: '70000' is not a port"},
    {NODE "api_port = -1\n", "api_port: '-1' is not a port"},
    {NODE "ssh_port = 22x\n", "ssh_port: '22x' is not a port"},
    {NODE "ssh_port = 99999999999999999999\n", "is not a port"},
    {NODE "ssh_port =\n", "line 3: 'ssh_port' has no value: expected a port from 1 to 65535"},
    {NODE "ssh_port = ; 22\n", "'ssh_port' has no value"},
    {NODE "timeout = 0\n", "timeout: '0' is not 1 s to 24 h"},
    {NODE "timeout = 25h\n", "timeout: '25h' is not"},
    {NODE "timeout = m\n", "timeout: 'm' is not"},
    {NODE "timeout = 1d\n", "timeout: '1d' is not"},
    {NODE "mail_log = -t\n", "mail_log: '-t' is not the name of a log subscription"},
    {NODE "mail_log = mail logs\n", "mail_log: 'mail logs' is not the name of a log"},
    {NODE "status_log = x;commit\n", "status_log: 'x;commit' is not"},
    {NODE "mail_log_path = ~/log\n", "mail_log_path: '~/log' is not a path"},
    {"[defaults]\nlog_host = a\n" NODE, "key 'log_host' cannot stand in [defaults]"},
    {NODE "cli = telnet\n", "cli: 'telnet' is not auto, shell or batch"},
    {NODE "api_login = none\n", "api_login: 'none' is not token or basic"},
    {NODE "agent = maybe\n", "agent: 'maybe' is not yes or no"},
    {NODE "tls_pin = abc\n", "tls_pin: 'abc' is not sha256//"},
    {NODE "tls_pin = sha256//\n", "tls_pin: 'sha256//' is not"},
    {NODE "host_key = MD5:ab\n", "host_key: 'MD5:ab' is not SHA256:"},
    {NODE "host_key = SHA256:a b\n", "host_key: 'SHA256:a b' is not"},
    {NODE "user = a b\n", "user: 'a b' is not a user name"},
    {NODE "user = -oProxyCommand\n", "user: '-oProxyCommand' is not"},
    {NODE "user = a:b\n", "user: 'a:b' is not"},
    {NODE "user = admin # me\n", "user: behind a value ' ;' begins a comment, ' #' does not"},
    {NODE "address = -v\n", "address: '-v' is not a host name"},
    {NODE "address = https://esa1/\n", "address: 'https://esa1/' is not"},
    {NODE "proxy_jump = -J\n", "proxy_jump: '-J' is not"},
    {NODE "https_proxy = proxy:3128\n", "https_proxy: 'proxy:3128' is not http://"},
    {NODE "tracking_page = page.html\n", "tracking_page: 'page.html' is not /path"},
    {NODE "identity_file = ~/.ssh/id\n", "identity_file: '~/.ssh/id' is not a path"},
    {NODE "credentials_file = $HOME/x\n", "credentials_file: '$HOME/x' is not a path"},
    {NODE "expect = soon\n", "expect: 'soon' is not a release"},
    {NODE "proxy_jump = a\nproxy_command = b\n", "line 1: [node esa1.example.com] has both"},
    {"[defaults]\nparallel = 0\n" NODE, "parallel: '0' is not a number from 1 to 1024"},
    {NODE "[change]\nid = ../x\n", "id: '../x' is not letters"},
    {NODE "[change]\nsince = yesterday\n", "since: 'yesterday' is not a time"},
    {NODE "[check workqueue]\nwarning = x=1\n", "line 4: warning: no metric 'x'"},
    {NODE "[check workqueue]\ncritical = 20:10\n", "line 4: critical: "},
    {NODE "[check workqueue]\nwarning = 1 2\n", "'2' is a second range for the metric"},
    {"[node s]\nrole = sma\ncluster = hq\n", "line 3: [node s]: 'cluster' is for role = esa only"},
    {"[node s]\nrole = sma\n[node t]\nrole = sma\nsma = s\n",
     "line 5: [node t]: 'sma' is for role"},
    {NODE "sma = nobody\n", "line 3: sma of esa1.example.com: there is no [node nobody]"},
    {"[defaults]\nsma = nobody\n" NODE, "line 2: sma of esa1.example.com: there is no"},
    {NODE "sma = esa1.example.com\n", "has not 'role = sma'"},
    {NODE "[cluster hq]\n", "line 3: no node is of [cluster hq]"},
    {NODE "words\n", "line 3: is neither a [section] nor KEY = VALUE"},
    {NODE "words", "line 3: is neither a [section] nor KEY = VALUE"},
    {NODE "role ; = esa\n[defaults]\n", "line 3: is neither"},
    {NODE "= esa\n", "line 3: no key stands before the '='"},
    {NODE "user = a\x1b[31mb\n", "line 3: holds the control character 0x1b"},
    {NODE "user = a\rrole = sma\n", "line 3: holds the control character 0x0d"},
    {"\xff\xfe[node x]\n", "line 1: is neither"},
};

static void refuses_everything_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (load(bad[i].text))
            fail_msg("accepted: %s", bad[i].text);
        if (strstr(fault.text, bad[i].said) == NULL)
            fail_msg("%s: wanted %s", fault.text, bad[i].said);
        assert_int_equal(fault.kind, FAULT_SYNTAX);
        assert_string_equal(fault.origin, path);
        assert_null(strchr(fault.text, '\n'));
        if (strncmp(fault.text, "line ", 5) == 0)
            assert_int_equal(fault.line, strtoul(fault.text + 5, NULL, 10));
        assert_false(config_load(&arena, path, &config, NULL));
    }
}

static void never_quotes_a_secret(void **state)
{
    (void)state;
    static const char *const texts[] = {
        NODE "password = canary-7\n",
        NODE "passphrase canary-7 = x\n",
        NODE "api_token: canary-7\n",
        NODE "https_proxy = http://me:canary-7@proxy.example.com:3128\n",
        NODE "esa1.example.com postcheck canary-7\n",
        "* postcheck canary-7\n",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_false(load(texts[i]));
        assert_null(strstr(fault.text, "canary-7"));
    }
    assert_false(load(texts[0]));
    assert_non_null(strstr(fault.text, "credentials_file"));
}

static void refuses_nul_bytes(void **state)
{
    (void)state;
    static const char nul[] = NODE "user = a\0b\n";
    static const char utf16[] = "\xff\xfe[\0n\0o\0d\0e\0";
    assert_false(load_bytes((struct span){nul, sizeof(nul) - 1}));
    assert_non_null(strstr(fault.text, "line 3: holds NUL bytes"));
    assert_false(load_bytes((struct span){utf16, sizeof(utf16) - 1}));
    assert_non_null(strstr(fault.text, "line 1: holds NUL bytes"));
}

/* inih cuts lines, and names of sections after 49 bytes: neither may happen unseen. */
static void long_lines_are_not_cut(void **state)
{
    (void)state;
    char letters[401];
    memset(letters, 'x', sizeof(letters) - 1);
    letters[sizeof(letters) - 1] = '\0';
    loads(arena_printf(&arena, "# %s\n[node %.253s]\nrole = esa\nuser = %.180s\n", letters, letters,
                       letters));
    assert_int_equal(strlen(config.nodes[0].name), 253);
    assert_int_equal(strlen(config.nodes[0].user), 180);
    for (int n = 181; n <= 400; n++) {
        if (load(arena_printf(&arena, NODE "user = %.*s\n", n, letters)))
            assert_int_equal(strlen(config.nodes[0].user), n);
        else
            assert_non_null(strstr(fault.text, "line 3: is longer than "));
    }
    assert_false(load(arena_printf(&arena, "[node %.254s]\nrole = esa\n", letters)));
}

static void survives_any_bytes(void **state)
{
    (void)state;
    static const char good[] =
        "[defaults]\nuser = u\n[node a]\nrole = esa\ncluster = c\n[cluster c]\ntimeout = 2m\n"
        "[check workqueue]\nwarning = 10\n[change]\nid = x\n";
    static const unsigned char bytes[] = {0, '\n', '\r', '[', ']', '=', ';', '#', ' ', 0xff, 'a'};
    char text[sizeof(good)];
    size_t loaded = 0, refused = 0;
    for (size_t at = 0; at < sizeof(good) - 1; at++) {
        for (size_t b = 0; b < sizeof(bytes); b++) {
            memcpy(text, good, sizeof(good));
            text[at] = (char)bytes[b];
            bool done = load_bytes((struct span){text, sizeof(good) - 1});
            loaded += done;
            refused += !done && fault.text[0] != '\0' && fault.kind != FAULT_NONE;
        }
        assert_true(load_bytes((struct span){good, sizeof(good) - 1}));
        (void)load_bytes((struct span){good, at});
    }
    assert_int_equal(loaded + refused, (sizeof(good) - 1) * sizeof(bytes));
    assert_true(loaded > 0 && refused > 0);
}

static void missing_and_strange_files(void **state)
{
    (void)state;
    assert_false(config_load(&arena, beside("none.ini"), &config, &fault));
    assert_int_equal(fault.kind, FAULT_NOT_CAPTURED);
    assert_string_equal(fault.origin, beside("none.ini"));
    assert_non_null(strstr(fault.text, "-f FILE"));
    assert_non_null(strstr(fault.text, "POSTCHECK_CONFIG"));
    assert_false(config_load(&arena, folder, &config, &fault));
    assert_int_equal(fault.kind, FAULT_INTERNAL);
    (void)unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(config_load(&arena, path, &config, &fault));
    assert_int_equal(unlink(path), 0);
}

static void refuses_what_others_may_write(void **state)
{
    (void)state;
    static const struct {
        mode_t mode;
        bool good;
    } modes[] = {{0600, true}, {0644, true},  {0444, true},  {0664, true},
                 {0640, true}, {0666, false}, {0602, false}, {0622, false}};
    for (size_t i = 0; i < COUNT(modes); i++) {
        write_file(text_of(NODE));
        assert_int_equal(chmod(path, modes[i].mode), 0);
        assert_int_equal(config_load(&arena, path, &config, &fault), modes[i].good);
        if (!modes[i].good)
            assert_non_null(strstr(fault.text, "chmod go-w"));
    }
    if (geteuid() != 0)
        return;
    write_file(text_of(NODE));
    assert_int_equal(chown(path, 65534, 65534), 0);
    assert_int_equal(chmod(path, 0664), 0);
    assert_false(config_load(&arena, path, &config, &fault));
    assert_int_equal(chmod(path, 0644), 0);
    assert_true(config_load(&arena, path, &config, &fault));
}

static void default_path(void **state)
{
    (void)state;
    (void)unsetenv("POSTCHECK_CONFIG");
    assert_string_equal(config_default_path(), "/etc/postcheck/postcheck.ini");
    assert_int_equal(setenv("POSTCHECK_CONFIG", "/srv/p.ini", 1), 0);
    assert_string_equal(config_default_path(), "/srv/p.ini");
    assert_int_equal(setenv("POSTCHECK_CONFIG", "", 1), 0);
    assert_string_equal(config_default_path(), "/etc/postcheck/postcheck.ini");
    (void)unsetenv("POSTCHECK_CONFIG");
}

static void becomes_a_fleet(void **state)
{
    (void)state;
    loads("[node b]\nrole = esa\ncluster = hq\nsma = C\n[node c]\nrole = sma\naddress = 192.0.2.3\n"
          "[node A]\nrole = esa\n");
    struct fleet fleet = config_fleet(&arena, &config);
    assert_int_equal(fleet.count, 3);
    const struct node *a = &fleet.nodes[0], *b = &fleet.nodes[1], *c = &fleet.nodes[2];
    assert_string_equal(a->name, "A");
    assert_string_equal(b->cluster, "hq");
    assert_string_equal(b->sma, "c");
    assert_null(b->address);
    assert_int_equal(c->role, ROLE_SMA);
    assert_string_equal(c->address, "192.0.2.3");
    for (size_t i = 0; i < fleet.count; i++) {
        assert_true(fleet.nodes[i].by_name_only);
        assert_int_equal(fleet.nodes[i].document_count, 0);
    }
    assert_ptr_equal(fleet_node(&fleet, text_of("B")), b);
}

static void reads_a_large_fleet(void **state)
{
    (void)state;
    enum { NODES = 2000, ROOM = 64 };
    char *text = arena_alloc(&arena, (size_t)NODES * ROOM);
    size_t used = 0;
    for (int i = NODES; i > 0; i--) {
        int n = snprintf(text + used, ROOM, "[node esa%d.example.com]\nrole = esa\n", i);
        assert_true(n > 0 && n < ROOM);
        used += (size_t)n;
    }
    assert_true(load_bytes((struct span){text, used}));
    assert_int_equal(config.node_count, NODES);
    for (size_t i = 1; i < NODES; i++)
        assert_true(text_order_nocase(text_of(config.nodes[i - 1].name),
                                      text_of(config.nodes[i].name)) < 0);
    const struct config_node *last = config_node(&config, "esa1.example.com");
    assert_non_null(last);
    assert_int_equal(last->line, 2 * NODES - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(reads_the_example),
        with_arena(has_defaults),
        with_arena(the_nearest_section_counts),
        with_arena(reads_every_kind_of_value),
        with_arena(reads_limits_and_words),
        with_arena(paths_are_beside_the_file),
        with_arena(paths_of_a_bare_name),
        with_arena(leaves_names_of_given_credentials),
        with_arena(accepts_other_editors),
        with_arena(refuses_everything_else),
        with_arena(never_quotes_a_secret),
        with_arena(refuses_nul_bytes),
        with_arena(long_lines_are_not_cut),
        with_arena(survives_any_bytes),
        with_arena(missing_and_strange_files),
        with_arena(refuses_what_others_may_write),
        with_arena(default_path),
        with_arena(becomes_a_fleet),
        with_arena(reads_a_large_fleet),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
