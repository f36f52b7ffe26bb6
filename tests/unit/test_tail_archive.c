/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "plugin/tail/archive.h"

enum { LINES = 40000, LINE = 20 };

static char folder[64], path[128];
static char text[LINES * LINE + 1]; /* that is packed */
static char got[2 * sizeof(text)];
static size_t got_n;
static char members[256]; /* names in the order of reading */

static int make_folder(void **state)
{
    for (int i = 0; i < LINES; i++)
        (void)snprintf(text + i * LINE, LINE + 1, "Info: %13d\n", i * 7919);
    (void)snprintf(folder, sizeof(folder), "/tmp/test_archive.XXXXXX");
    int failed = set_up(state) + (mkdtemp(folder) == NULL);
    (void)snprintf(path, sizeof(path), "%s/log", folder);
    return failed;
}

static int remove_folder(void **state)
{
    (void)unlink(path);
    return tear_down(state) + rmdir(folder);
}

#define with_folder(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

static struct archive *begin(int format, int filter, const char *options)
{
    struct archive *a = archive_write_new();
    assert_int_equal(archive_write_set_format(a, format), ARCHIVE_OK);
    assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
    if (options != NULL)
        assert_int_equal(archive_write_set_options(a, options), ARCHIVE_OK);
    assert_int_equal(archive_write_set_passphrase(a, "secret"), ARCHIVE_OK);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    return a;
}

static void add(struct archive *a, const char *name, mode_t type, const char *bytes, size_t n)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (int64_t)n);
    assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
    if (n > 0)
        assert_int_equal(archive_write_data(a, bytes, n), (la_ssize_t)n);
    archive_entry_free(entry);
}

static void finish(struct archive *a)
{
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    assert_int_equal(archive_write_free(a), ARCHIVE_OK);
}

static void pack(int format, int filter)
{
    struct archive *a = begin(format, filter, NULL);
    add(a, "mail.log", AE_IFREG, text, strlen(text));
    finish(a);
}

static void write_file(const char *bytes, size_t n)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* Reads all of it by SIZE bytes. False with fault. */
static bool read_all(size_t size)
{
    const char *member = NULL;
    ssize_t n;
    got_n = 0;
    members[0] = '\0';
    fault = (struct fault){.kind = FAULT_NONE};
    struct tail_archive *a = tail_archive_open(&arena, path, &fault);
    if (a == NULL)
        return false;
    while ((n = tail_archive_read(a, got + got_n, size, &fault)) > 0) {
        got_n += (size_t)n;
        assert_true(got_n + size < sizeof(got));
        if (member != tail_archive_member(a)) {
            member = tail_archive_member(a);
            (void)snprintf(members + strlen(members), sizeof(members) - strlen(members), "%s,",
                           member);
        }
    }
    assert_int_equal(tail_archive_read(a, got + got_n, size, &fault), n); /* and so it stays */
    tail_archive_close(a);
    return n == 0;
}

static void assert_whole(void)
{
    assert_true(read_all(64 * 1024));
    assert_int_equal(got_n, strlen(text));
    assert_memory_equal(got, text, got_n);
}

static void reads_plain_files(void **state)
{
    (void)state;
    write_file(text, strlen(text));
    assert_whole();
    assert_string_equal(members, arena_printf(&arena, "%s,", path));
    assert_true(read_all(7));
    assert_int_equal(got_n, strlen(text));
    write_file("", 0);
    assert_true(read_all(100));
    assert_int_equal(got_n, 0);
}

static const int filters[] = {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_XZ,
                              ARCHIVE_FILTER_ZSTD};

static void knows_what_is_compressed_by_its_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(filters); i++) {
        pack(ARCHIVE_FORMAT_RAW, filters[i]);
        assert_whole();
        assert_string_equal(members, arena_printf(&arena, "%s,", path));
        pack(ARCHIVE_FORMAT_TAR_USTAR, filters[i]);
        assert_whole();
        assert_string_equal(members, "mail.log,");
    }
    pack(ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE);
    assert_whole();
    pack(ARCHIVE_FORMAT_TAR_GNUTAR, ARCHIVE_FILTER_NONE);
    assert_whole();
}

static void takes_text_that_looks_packed_as_text(void **state)
{
    (void)state;
    char line[600];
    memset(line, 'x', sizeof(line));
    memcpy(line + 257, "ustar  x", 8);
    write_file(line, sizeof(line));
    assert_true(read_all(1000));
    assert_int_equal(got_n, sizeof(line));
    write_file("PK is no zip\nBZh9\n", 18);
    assert_true(read_all(1000));
    assert_int_equal(got_n, 18);
}

static void reads_members_in_the_order_of_their_names(void **state)
{
    (void)state;
    static const int formats[] = {ARCHIVE_FORMAT_ZIP, ARCHIVE_FORMAT_TAR_USTAR};
    for (size_t i = 0; i < COUNT(formats); i++) {
        struct archive *a = begin(formats[i], ARCHIVE_FILTER_NONE, NULL);
        add(a, "mail.@3.s", AE_IFREG, "three\n", 6);
        add(a, "mail.@1.s", AE_IFREG, "one\n", 4);
        add(a, "folder/", AE_IFDIR, NULL, 0);
        add(a, "mail.@0.s", AE_IFREG, "", 0);
        add(a, "mail.@2.s", AE_IFREG, "two\n", 4);
        finish(a);
        assert_true(read_all(3));
        assert_span(((struct span){got, got_n}), "one\ntwo\nthree\n");
        assert_string_equal(members, "mail.@1.s,mail.@2.s,mail.@3.s,");
    }
}

static void cut_file(off_t by)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(truncate(path, info.st_size - by), 0);
}

static void gives_what_there_is_of_a_file_that_is_cut_off(void **state)
{
    (void)state;
    struct stat info;
    for (size_t i = 0; i < COUNT(filters) + 1; i++) {
        const bool zip = i == COUNT(filters);
        pack(zip ? ARCHIVE_FORMAT_ZIP : ARCHIVE_FORMAT_RAW, zip ? ARCHIVE_FILTER_NONE : filters[i]);
        assert_int_equal(stat(path, &info), 0);
        cut_file(info.st_size / 4);
        assert_false(read_all(64 * 1024));
        assert_int_equal(fault.kind, FAULT_CUT);
        assert_string_equal(fault.origin, path);
        assert_true(text_starts(text_of(fault.text), "ends early: "));
        assert_true(text_find(text_of(fault.text), "copy the file again") > 0);
        assert_memory_equal(got, text, got_n);
        if (zip || filters[i] != ARCHIVE_FILTER_BZIP2) /* one block of it is all of the text */
            assert_true(got_n > strlen(text) / 4);
    }
}

/* What zlib itself makes of the file, fed byte by byte. */
static size_t unpacked_by_zlib(void)
{
    static char out[sizeof(text)];
    z_stream z = {.next_out = (Bytef *)out, .avail_out = sizeof(out)};
    FILE *file = fopen(path, "r");
    int c;
    assert_non_null(file);
    assert_int_equal(inflateInit2(&z, 31), Z_OK);
    while ((c = fgetc(file)) != EOF) {
        Bytef byte = (Bytef)c;
        z.next_in = &byte;
        z.avail_in = 1;
        (void)inflate(&z, Z_SYNC_FLUSH);
    }
    (void)fclose(file);
    (void)inflateEnd(&z);
    return sizeof(out) - z.avail_out;
}

static void gives_every_byte_of_gzip_that_is_cut_off(void **state)
{
    (void)state;
    pack(ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    const off_t last[] = {1, 4, 8, 9, 10, 100, 5000, info.st_size - 40, info.st_size - 3};
    for (size_t i = 0; i < COUNT(last); i++) {
        pack(ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP);
        cut_file(last[i]);
        const size_t wanted = unpacked_by_zlib();
        for (size_t size = 64 * 1024; size > 0; size /= 4000) {
            assert_false(read_all(size));
            assert_int_equal(fault.kind, FAULT_CUT);
            assert_int_equal(got_n, wanted);
            assert_memory_equal(got, text, got_n);
        }
        assert_true(last[i] > 8 || got_n == strlen(text)); /* of the trailer nothing is unpacked */
    }
}

static void change_byte(off_t from_end, char value)
{
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    assert_int_equal(pwrite(fd, &value, 1, info.st_size - from_end), 1);
    assert_int_equal(close(fd), 0);
}

static void verifies_the_checksum_of_gzip(void **state)
{
    (void)state;
    static const int formats[] = {ARCHIVE_FORMAT_RAW, ARCHIVE_FORMAT_TAR_USTAR};
    for (off_t at = 1; at <= 8; at += 7) /* its length, its CRC */
        for (size_t i = 0; i < COUNT(formats); i++) {
            pack(formats[i], ARCHIVE_FILTER_GZIP);
            change_byte(at, '\x77');
            assert_false(read_all(64 * 1024));
            assert_int_equal(fault.kind, FAULT_SYNTAX);
            assert_true(text_find(text_of(fault.text), "its checksum is wrong") > 0);
            assert_int_equal(got_n, strlen(text));
            assert_memory_equal(got, text, got_n);
        }
}

/* Appends the N bytes at BYTES to the file. */
static void append(const void *bytes, size_t n)
{
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* `gzip a b >all` has two of them; tapes are filled with zeros. */
static void reads_gzip_behind_gzip(void **state)
{
    (void)state;
    static const char zeros[512];
    char packed[4096];
    struct archive *a = begin(ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP, NULL);
    add(a, "x", AE_IFREG, "one\n", 4);
    finish(a);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    const size_t n = fread(packed, 1, sizeof(packed), file);
    (void)fclose(file);
    append(packed, n);
    append(zeros, sizeof(zeros));
    assert_true(read_all(100));
    assert_span(((struct span){got, got_n}), "one\none\n");
    append("more", 4);
    assert_false(read_all(100));
    assert_span(((struct span){got, got_n}), "one\none\n");
    assert_string_equal(fault.text, "goes on with bytes that are no gzip: they were not read");
}

/* The file as it comes through a pipe, in two pieces: FIRST bytes, and after a while the others. */
static pid_t pipe_in(size_t first)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    (void)fflush(NULL);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char bytes[1000];
        const struct timespec pause = {0, 30000000};
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        (void)close(ends[0]);
        ssize_t n = read(fd, bytes, first);
        while (n > 0 && write(ends[1], bytes, (size_t)n) == n) {
            if (first > 0)
                (void)nanosleep(&pause, NULL);
            first = 0;
            n = read(fd, bytes, sizeof(bytes));
        }
        _exit(0);
    }
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    (void)close(ends[0]);
    (void)close(ends[1]);
    return pid;
}

static void assert_whole_from_a_pipe(size_t first, const char *wanted)
{
    char kept[sizeof(path)];
    (void)snprintf(kept, sizeof(kept), "%s", path);
    const pid_t pid = pipe_in(first);
    (void)snprintf(path, sizeof(path), "-");
    const bool whole = read_all(64 * 1024);
    (void)snprintf(path, sizeof(path), "%s", kept);
    assert_string_equal(whole ? "" : fault.text, "");
    assert_int_equal(got_n, strlen(wanted));
    assert_memory_equal(got, wanted, got_n);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void reads_what_comes_through_a_pipe(void **state)
{
    (void)state;
    static const size_t firsts[] = {1, 9, 264, 600};
    const int kept = dup(STDIN_FILENO);
    write_file(text, strlen(text));
    for (size_t i = 0; i < COUNT(firsts); i++)
        assert_whole_from_a_pipe(firsts[i], text);
    for (size_t k = 0; k < COUNT(filters); k++) {
        pack(ARCHIVE_FORMAT_TAR_USTAR, filters[k]);
        assert_whole_from_a_pipe(firsts[k], text);
        pack(ARCHIVE_FORMAT_RAW, filters[k]);
        for (size_t i = 0; i < COUNT(firsts); i++)
            assert_whole_from_a_pipe(firsts[i], text);
    }
    static const int formats[] = {ARCHIVE_FORMAT_ZIP, ARCHIVE_FORMAT_TAR_USTAR};
    for (size_t i = 0; i < COUNT(formats); i++) { /* also in the order of their names */
        struct archive *a = begin(formats[i], ARCHIVE_FILTER_NONE, NULL);
        add(a, "mail.@2.s", AE_IFREG, "two\n", 4);
        add(a, "mail.@1.s", AE_IFREG, "one\n", 4);
        finish(a);
        assert_whole_from_a_pipe(3, "one\ntwo\n");
    }
    write_file("", 0);
    assert_whole_from_a_pipe(1, "");
    write_file("S", 1);
    assert_whole_from_a_pipe(1, "S");
    assert_int_equal(dup2(kept, STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(close(kept), 0);
}

static void tells_what_is_damaged(void **state)
{
    (void)state;
    struct stat info;
    pack(ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_XZ);
    assert_int_equal(stat(path, &info), 0);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    for (off_t at = info.st_size / 2; at < info.st_size * 3 / 4; at += 2)
        assert_int_equal(pwrite(fd, "\xff\xff", 2, at), 2);
    assert_int_equal(close(fd), 0);
    assert_false(read_all(64 * 1024));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
    assert_true(text_starts(text_of(fault.text), "is damaged: "));
    assert_null(strchr(fault.text, '\n'));
}

static void reads_on_behind_a_damaged_member(void **state)
{
    (void)state;
    char bytes[4096];
    struct archive *a = begin(ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, "zip:compression=store");
    add(a, "1", AE_IFREG, "the first\n", 10);
    add(a, "2", AE_IFREG, "the other\n", 10);
    finish(a);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    const size_t n = fread(bytes, 1, sizeof(bytes), file);
    const ptrdiff_t at = text_find((struct span){bytes, n}, "the first\n");
    assert_true(at > 0);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_true(fputs("THE", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_false(read_all(100));
    assert_true(text_ends((struct span){got, got_n}, "the other\n"));
    assert_int_equal(fault.kind, FAULT_SYNTAX);
}

static void refuses_what_it_cannot_read(void **state)
{
    (void)state;
    assert_false(read_all(100));
    assert_int_equal(fault.kind, FAULT_NOT_CAPTURED);
    assert_string_equal(fault.origin, path);
    assert_null(tail_archive_open(&arena, folder, &fault));
    assert_string_equal(fault.text, "is a folder: name the files in it");
    struct archive *a =
        begin(ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, "zip:encryption=traditional");
    add(a, "mail.log", AE_IFREG, "one\n", 4);
    finish(a);
    assert_false(read_all(100));
    assert_string_equal(fault.text, "is encrypted: unpack it by hand first");
}

static void survives_any_bytes(void **state)
{
    (void)state;
    static const char *const heads[] = {"\x1f\x8b\x08",
                                        "\xfd"
                                        "7zXZ",
                                        "\x28\xb5\x2f\xfd",
                                        "BZh91AY&SY",
                                        "PK\x03\x04",
                                        "PK\x05\x06"};
    uint32_t seed = 1;
    for (int i = 0; i < 600; i++) {
        char bytes[600];
        for (size_t j = 0; j < sizeof(bytes); j++) {
            seed = seed * 1664525 + 1013904223;
            bytes[j] = (char)(seed >> 24);
        }
        const char *head = heads[(size_t)i % COUNT(heads)];
        memcpy(bytes, head, strlen(head));
        write_file(bytes, sizeof(bytes));
        (void)read_all(1000);
    }
}

/* 100 MiB of a line in 100 KiB of gzip: only a buffer of it is in memory at once. */
static void takes_little_memory(void **state)
{
    (void)state;
    struct rusage before, after;
    struct archive *a = begin(ARCHIVE_FORMAT_RAW, ARCHIVE_FILTER_GZIP, NULL);
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    assert_int_equal(archive_write_header(a, entry), ARCHIVE_OK);
    archive_entry_free(entry);
    memset(got, 'x', sizeof(got));
    for (int i = 0; i < 64; i++)
        assert_int_equal(archive_write_data(a, got, sizeof(got)), sizeof(got));
    finish(a);
    struct tail_archive *t = tail_archive_open(&arena, path, &fault);
    assert_non_null(t);
    assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
    size_t all = 0;
    for (ssize_t n; (n = tail_archive_read(t, got, 64 * 1024, &fault)) > 0; all += (size_t)n)
        ;
    assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
    assert_int_equal(all, 64 * sizeof(got));
    assert_true(after.ru_maxrss - before.ru_maxrss < 4096);
    tail_archive_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(reads_plain_files),
        with_folder(knows_what_is_compressed_by_its_bytes),
        with_folder(takes_text_that_looks_packed_as_text),
        with_folder(reads_members_in_the_order_of_their_names),
        with_folder(gives_what_there_is_of_a_file_that_is_cut_off),
        with_folder(gives_every_byte_of_gzip_that_is_cut_off),
        with_folder(verifies_the_checksum_of_gzip),
        with_folder(reads_gzip_behind_gzip),
        with_folder(reads_what_comes_through_a_pipe),
        with_folder(tells_what_is_damaged),
        with_folder(reads_on_behind_a_damaged_member),
        with_folder(refuses_what_it_cannot_read),
        with_folder(survives_any_bytes),
        with_folder(takes_little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
