/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "plugin/fetch/fetch.h"

static const char passphrase[] = "Zr7-gannet-Quill";
static struct fetch job;
static const struct config config = {.parallel = 1};
static char note[512];
static struct fault told;
static enum fault_kind told_kind;

static void take_begin(void *context, const char *id)
{
    (void)context, (void)id;
}

static void take_document(void *context, const struct document *document)
{
    (void)context;
    told_kind = document->fault == NULL ? FAULT_NONE : document->fault->kind;
    if (document->fault != NULL)
        told = *document->fault;
}

static void take_note(void *context, const char *line)
{
    (void)context;
    (void)snprintf(note, sizeof(note), "%s", line);
}

static const struct fetch_sink sink = {NULL, take_begin, take_document, take_note};

static int know_secret(void **state)
{
    (void)set_up(state);
    job = (struct fetch){.arena = &arena, .config = &config, .sink = &sink};
    job.secret = secret_copy(text_of(passphrase));
    return job.secret.bytes == NULL;
}

static int forget_secret(void **state)
{
    secret_wipe(&job.secret);
    return tear_down(state);
}

#define with_secret(test) cmocka_unit_test_setup_teardown(test, know_secret, forget_secret)

static void says_no_secret_that_an_appliance_echoes(void **state)
{
    (void)state;
    (void)fault_set(&fault, FAULT_DROPPED, "cli/status.txt", 7, "it said '%s is wrong', and ended",
                    passphrase);
    fetch_fault(&job, "cli/status.txt", &fault, fetch_now_ms());
    assert_int_equal(told_kind, FAULT_DROPPED);
    assert_string_equal(told.text, "it said '[redacted] is wrong', and ended");
    assert_string_equal(told.origin, "cli/status.txt");
    assert_int_equal(told.line, 7);
    assert_non_null(strstr(fault.text, passphrase)); /* the caller's own is as it was */
    fetch_note(&job, "SSH: banner '%s'", passphrase);
    assert_string_equal(note, "SSH: banner '[redacted]'");
}

static void changes_nothing_else(void **state)
{
    (void)state;
    (void)fault_set(&fault, FAULT_EXPIRED, "", 0,
                    "the passphrase of postcheck must be changed first: 'Old passphrase:'; log in");
    fetch_fault(&job, "cli/status.txt", &fault, fetch_now_ms());
    assert_string_equal(told.text, fault.text);
    secret_wipe(&job.secret);
    fetch_note(&job, "SSH: logged in as postcheck with a public key");
    assert_string_equal(note, "SSH: logged in as postcheck with a public key");
}

/* In a report the fault stands under the document: the file that it is about must be named. */
static void names_the_file_that_it_is_about(void **state)
{
    (void)state;
    (void)fault_set(&fault, FAULT_LOGIN, "/etc/postcheck/credentials", 3, "no line for node x");
    fetch_fault(&job, "cli/status.txt", &fault, fetch_now_ms());
    assert_string_equal(told.text, "/etc/postcheck/credentials: no line for node x");
    assert_int_equal(told.kind, FAULT_LOGIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_secret(says_no_secret_that_an_appliance_echoes),
        with_secret(changes_nothing_else),
        with_secret(names_the_file_that_it_is_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
