/* Files that are replaced in one piece or not at all, by one writer at a time. Each test has a folder of its
 * own. */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/unfinished.h"

struct folder {
    char path[64];
    char file[96]; /* PATH/out.bin */
    char other[96];
};

static int make_folder(void **state)
{
    struct folder *folder = ls_calloc(1, sizeof *folder);
    snprintf(folder->path, sizeof folder->path, "/tmp/layerscope-test-XXXXXX");
    if (!mkdtemp(folder->path))
        return -1;
    snprintf(folder->file, sizeof folder->file, "%s/out.bin", folder->path);
    snprintf(folder->other, sizeof folder->other, "%s/other", folder->path);
    *state = folder;
    return 0;
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;
    unlink(folder->file);
    unlink(folder->other);
    const int left = rmdir(folder->path); /* fails when a test left something behind */
    free(folder);
    return left;
}

static bool exists(const char *path) { return access(path, F_OK) == 0; }

static int count_files(const struct folder *folder)
{
    DIR *list = opendir(folder->path);
    int count = 0;
    for (struct dirent *entry; list && (entry = readdir(list));)
        count += entry->d_name[0] != '.';
    closedir(list);
    return count;
}

static void write_text(const char *path, const char *text)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(text, 1, strlen(text), stream), strlen(text));
    assert_int_equal(fclose(stream), 0);
}

static void expect_text(const char *path, const char *text)
{
    struct error err = {0};
    size_t size = 0;
    char *found = file_read(path, SIZE_MAX, &size, &err);
    assert_non_null(found);
    assert_string_equal(found, text);
    free(found);
}

static void a_file_appears_when_it_is_complete(void **state)
{
    const struct folder *folder = *state;
    struct error err = {0};
    struct atomic_file file;
    assert_true(atomic_file_open(&file, folder->file, false, &err));
    assert_true(fputs("complete", file.stream) >= 0);
    assert_false(exists(folder->file));
    assert_true(exists(file.part) && strstr(file.part, "/out.bin.") && strstr(file.part, ".part"));
    assert_true(file_name_is_taken(folder->file));
    assert_true(atomic_file_commit(&file, &err));
    assert_int_equal(count_files(folder), 1);
    expect_text(folder->file, "complete");
    atomic_file_discard(&file);
    expect_text(folder->file, "complete");
}

static void a_discarded_file_leaves_the_old_one(void **state)
{
    const struct folder *folder = *state;
    write_text(folder->file, "old");
    struct error err = {0};
    struct atomic_file file;
    assert_true(atomic_file_open(&file, folder->file, true, &err));
    assert_true(fputs("new", file.stream) >= 0);
    atomic_file_discard(&file);
    assert_int_equal(count_files(folder), 1);
    expect_text(folder->file, "old");

    assert_true(atomic_file_open(&file, folder->file, true, &err));
    assert_true(fputs("new", file.stream) >= 0);
    assert_true(atomic_file_commit(&file, &err));
    expect_text(folder->file, "new");
}

static void an_existing_file_is_kept(void **state)
{
    const struct folder *folder = *state;
    write_text(folder->file, "old");
    struct error err = {0};
    struct atomic_file file;
    assert_false(atomic_file_open(&file, folder->file, false, &err));
    assert_non_null(strstr(err.message, folder->file));
    assert_non_null(strstr(err.message, "--overwrite"));
    assert_int_equal(count_files(folder), 1);
    expect_text(folder->file, "old");
    atomic_file_discard(&file);
}

static void expect_refusal(const char *path, const char *reason)
{
    struct error err = {0};
    struct atomic_file file;
    assert_false(atomic_file_open(&file, path, true, &err));
    assert_non_null(strstr(err.message, path));
    assert_non_null(strstr(err.message, reason));
    struct error again = {0};
    assert_false(file_check_writable(path, true, &again));
    assert_string_equal(again.message, err.message);
}

static void impossible_places_are_refused(void **state)
{
    const struct folder *folder = *state;
    char path[160];
    snprintf(path, sizeof path, "%s/missing/out.bin", folder->path);
    expect_refusal(path, "No such file or directory");
    expect_refusal(folder->path, "is a folder");
    write_text(folder->file, "a file");
    snprintf(path, sizeof path, "%s/out.bin", folder->file);
    expect_refusal(path, "ot a "); /* "is not a folder", or the system's "Not a directory" */
}

static void a_folder_without_permission_is_refused(void **state)
{
    const struct folder *folder = *state;
    if (geteuid() == 0)
        skip(); /* root may write anywhere */
    assert_int_equal(chmod(folder->path, 0500), 0);
    expect_refusal(folder->file, "permission");
    assert_int_equal(chmod(folder->path, 0700), 0);
}

/* As when a library crashes: what has begun is of use. */
static void empty_parts_go_when_the_program_ends_in_the_middle(void **state)
{
    const struct folder *folder = *state;
    struct atomic_file empty, begun;
    assert_true(atomic_file_open(&empty, folder->file, false, NULL));
    assert_true(atomic_file_open(&begun, folder->other, false, NULL));
    assert_true(atomic_file_write(&begun, "a", 1));
    unfinished_remove_empty();
    assert_false(exists(empty.part));
    assert_true(exists(begun.part));
    assert_int_equal(count_files(folder), 1);
    atomic_file_discard(&empty);
    atomic_file_discard(&begun);
    assert_int_equal(count_files(folder), 0);
}

static void a_failing_commit_says_so(void **state)
{
    const struct folder *folder = *state;
    struct error err = {0};
    struct atomic_file file;
    assert_true(atomic_file_open(&file, folder->file, false, &err));
    assert_int_equal(unlink(file.part), 0);
    assert_false(atomic_file_commit(&file, &err));
    assert_non_null(strstr(err.message, folder->file));
    assert_false(exists(folder->file));
}

/* ---- two writers ---- */

static void a_second_writer_is_refused(void **state)
{
    const struct folder *folder = *state;
    struct error err = {0}, again = {0};
    struct atomic_file first, second;
    assert_true(atomic_file_open(&first, folder->file, true, &err));
    assert_false(atomic_file_open(&second, folder->file, true, &err));
    assert_non_null(strstr(err.message, "is being written by another program"));
    assert_false(file_check_writable(folder->file, true, &again));
    assert_string_equal(again.message, err.message);
    atomic_file_discard(&second);
    assert_int_equal(count_files(folder), 1); /* the first one's */
    fputs("first", first.stream);
    assert_true(atomic_file_commit(&first, NULL));
    expect_text(folder->file, "first");
    assert_true(atomic_file_open(&second, folder->file, true, NULL));
    atomic_file_discard(&second);
    expect_text(folder->file, "first");
}

static void one_file_under_two_names_is_known(void **state)
{
    const struct folder *folder = *state;
    char *around = ls_sprintf("%s/.//out.bin", folder->path);
    assert_true(file_same_target(folder->file, around));
    assert_false(file_same_target(folder->file, folder->other));
    assert_int_equal(symlink("out.bin", folder->other), 0); /* leads to what does not exist yet */
    assert_true(file_same_target(folder->other, around));
    assert_false(file_same_target("/dev/null", "/dev/../dev/null"));
    assert_false(file_same_target("no folder/a", "no folder/./a"));
    free(around);
}

static void a_file_alone_in_its_folder_is_as_whole(void **state)
{
    const struct folder *folder = *state;
    struct atomic_file file;
    assert_true(atomic_file_open_alone(&file, folder->file, false, NULL));
    fputs("alone", file.stream);
    assert_int_not_equal(access(folder->file, F_OK), 0);
    assert_true(atomic_file_commit(&file, NULL));
    expect_text(folder->file, "alone");
    assert_int_equal(count_files(folder), 1);
    assert_false(atomic_file_open_alone(&file, folder->file, false, NULL));
}

static void what_appeared_meanwhile_stays(void **state)
{
    struct folder *folder = *state;
    struct error err = {0};
    struct atomic_file file;
    assert_true(atomic_file_open(&file, folder->file, false, &err));
    fputs("the work of hours", file.stream);
    write_text(folder->file, "foreign");
    assert_false(atomic_file_commit(&file, &err));
    expect_text(folder->file, "foreign");
    const char *beside = strstr(err.message, "what was written is in ");
    assert_non_null(beside);
    beside += strlen("what was written is in ");
    expect_text(beside, "the work of hours");
    assert_int_equal(unlink(beside), 0);
}

/* The lock of a killed program is gone, its file is not; strangers' files of like names stay. */
static void what_the_killed_left_is_swept_up(void **state)
{
    const struct folder *folder = *state;
    char stale[128], alike[128];
    struct atomic_file file;
    snprintf(stale, sizeof stale, "%s.a1b2c3.part", folder->file);
    snprintf(alike, sizeof alike, "%s.part", folder->file);
    write_text(stale, "half");
    write_text(alike, "a stranger's");
    assert_true(file_name_is_taken(folder->file));
    assert_true(file_check_writable(folder->file, false, NULL));
    assert_true(atomic_file_open(&file, folder->file, false, NULL));
    expect_text(stale, "half");
    assert_true(atomic_file_commit(&file, NULL));
    assert_false(exists(stale));
    expect_text(alike, "a stranger's");
    unlink(alike);
}

/* Each round: opens, writes its own letter in pieces, and ends in one of four ways, one of them by dying. */
static void race(const char *path, uint64_t writer)
{
    for (uint32_t round = 0; round < 40; round++) {
        struct atomic_file file;
        const uint32_t draw = rng_word(7, RNG_TEST, round, writer);
        if (!atomic_file_open(&file, path, true, NULL))
            continue;
        for (uint32_t i = 0; i <= draw % 5; i++)
            for (int k = 0; k < 3000; k++)
                putc('a' + (int)writer, file.stream);
        putc('\n', file.stream);
        if (draw / 8 % 4 == 0)
            atomic_file_discard(&file);
        else if (round == 39 && writer % 2)
            kill(getpid(), SIGKILL);
        else if (!atomic_file_commit(&file, NULL))
            _exit(1);
    }
    _exit(0);
}

static bool is_whole(const char *path)
{
    size_t size;
    char *text = file_read(path, SIZE_MAX, &size, NULL);
    bool whole = !text || (size % 3000 == 1 && text[size - 1] == '\n');
    for (size_t i = 0; text && whole && i + 1 < size; i++)
        whole = text[i] == text[0];
    free(text);
    return whole;
}

static void racing_writers_leave_one_whole_file(void **state)
{
    const struct folder *folder = *state;
    enum { RACERS = 4 };
    pid_t racers[RACERS];
    for (int i = 0; i < RACERS; i++) {
        racers[i] = fork();
        assert_true(racers[i] >= 0);
        if (racers[i] == 0)
            race(folder->file, (uint64_t)i);
    }
    int running = RACERS;
    while (running > 0) {
        int status;
        const pid_t ended = waitpid(-1, &status, WNOHANG);
        running -= ended > 0;
        if (ended > 0)
            assert_false(WIFEXITED(status) && WEXITSTATUS(status) != 0);
        assert_true(is_whole(folder->file));
    }
    struct atomic_file last;
    assert_true(atomic_file_open(&last, folder->file, true, NULL));
    assert_true(atomic_file_commit(&last, NULL));
    assert_int_equal(count_files(folder), 1);
}

/* ---- what is no plain file ---- */

static void devices_are_written_through(void **state)
{
    (void)state;
    struct stat before, after;
    struct atomic_file file;
    assert_int_equal(stat("/dev/null", &before), 0);
    for (int overwrite = 0; overwrite < 2; overwrite++) {
        assert_true(file_check_writable("/dev/null", overwrite, NULL));
        assert_true(atomic_file_open(&file, "/dev/null", overwrite, NULL));
        assert_null(file.part);
        assert_true(fputs("text", file.stream) >= 0);
        assert_true(atomic_file_commit(&file, NULL));
    }
    assert_int_equal(stat("/dev/null", &after), 0);
    assert_true(S_ISCHR(after.st_mode) && before.st_ino == after.st_ino);
}

static void pipes_are_written_through(void **state)
{
    const struct folder *folder = *state;
    assert_int_equal(mkfifo(folder->file, 0600), 0);
    const int reader = open(folder->file, O_RDONLY | O_NONBLOCK);
    struct atomic_file file;
    char text[16] = "";
    assert_true(reader >= 0 && atomic_file_open(&file, folder->file, true, NULL));
    assert_true(fputs("through", file.stream) >= 0);
    assert_true(atomic_file_commit(&file, NULL));
    assert_int_equal(read(reader, text, sizeof text - 1), 7);
    assert_string_equal(text, "through");
    close(reader);
    struct stat info;
    assert_true(stat(folder->file, &info) == 0 && S_ISFIFO(info.st_mode));

    /* A pipe that takes the file's place while it is written is not replaced either. */
    unlink(folder->file);
    struct error err = {0};
    assert_true(atomic_file_open(&file, folder->file, true, NULL));
    assert_int_equal(mkfifo(folder->file, 0600), 0);
    assert_false(atomic_file_commit(&file, &err));
    assert_true(stat(folder->file, &info) == 0 && S_ISFIFO(info.st_mode));
    unlink(strstr(err.message, "is in ") + strlen("is in "));
}

static void links_stay_and_lead_to_the_new_file(void **state)
{
    const struct folder *folder = *state;
    struct atomic_file file;
    struct stat info;
    char stranger[] = "/tmp/layerscope-test-away-XXXXXX", away[96];
    assert_non_null(mkdtemp(stranger));
    snprintf(away, sizeof away, "%s/target", stranger);
    assert_int_equal(symlink(away, folder->other), 0);
    assert_int_equal(symlink("other", folder->file), 0);
    for (int round = 0; round < 2; round++) { /* a target that is missing, and one that is there */
        assert_true(atomic_file_open(&file, folder->file, round == 1, NULL));
        assert_memory_equal(file.part, away, strlen(away));
        assert_true(fprintf(file.stream, "round %d", round) > 0);
        assert_true(atomic_file_commit(&file, NULL));
        expect_text(away, round ? "round 1" : "round 0");
        assert_true(lstat(folder->file, &info) == 0 && S_ISLNK(info.st_mode));
        assert_true(lstat(folder->other, &info) == 0 && S_ISLNK(info.st_mode));
    }
    assert_false(atomic_file_open(&file, folder->file, false, NULL));
    unlink(away);
    rmdir(stranger);
    unlink(folder->other);
    assert_int_equal(symlink("out.bin", folder->other), 0);
    unlink(folder->file);
    assert_int_equal(symlink("other", folder->file), 0);
    expect_refusal(folder->file, "symbolic links");
}

static void permissions_of_what_is_replaced_stay(void **state)
{
    const struct folder *folder = *state;
    struct atomic_file file;
    struct stat info;
    write_text(folder->file, "secret");
    assert_int_equal(chmod(folder->file, 0600), 0);
    assert_true(atomic_file_open(&file, folder->file, true, NULL));
    assert_true(atomic_file_commit(&file, NULL));
    assert_int_equal(stat(folder->file, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    expect_refusal("/tmp/", "is a folder");
    char path[112];
    snprintf(path, sizeof path, "%s/none/", folder->path);
    expect_refusal(path, "names no file");
}

/* ---- no room ---- */

static void a_full_device_fails_the_commit(void **state)
{
    (void)state;
    if (access("/dev/full", W_OK) != 0)
        skip();
    struct error err = {0};
    struct atomic_file file;
    assert_true(atomic_file_open(&file, "/dev/full", false, &err));
    for (int i = 0; i < 100000; i++) /* far more than the stream's buffer */
        fputs("text", file.stream);
    errno = EINVAL; /* of something else, later */
    assert_false(atomic_file_commit(&file, &err));
    assert_string_equal(err.message, "/dev/full: cannot be written: No space left on device");
    struct stat info;
    assert_true(stat("/dev/full", &info) == 0 && S_ISCHR(info.st_mode));
}

/* In a child: the limit cannot be raised again. */
static void a_limit_of_size_is_an_error(void **state)
{
    const struct folder *folder = *state;
    const pid_t child = fork();
    if (child == 0) {
        const struct rlimit limit = {10000, 10000};
        struct error err = {0};
        struct atomic_file file;
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        if (!atomic_file_open(&file, folder->file, false, &err))
            _exit(2);
        for (int i = 0; i < 50000; i++)
            fputs("text", file.stream);
        const bool committed = atomic_file_commit(&file, &err);
        _exit(!committed && strstr(err.message, "File too large") ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(count_files(folder), 0);
}

static void what_was_written_can_be_kept(void **state)
{
    const struct folder *folder = *state;
    struct error err = {0};
    struct atomic_file file;
    assert_true(atomic_file_open(&file, folder->file, false, &err));
    fputs("rows", file.stream);
    assert_true(atomic_file_flush(&file, &err));
    file.write_errno = ENOSPC;
    fputs("lost", file.stream);
    assert_false(atomic_file_keep(&file, &err));
    assert_non_null(strstr(err.message, "No space left"));
    expect_text(folder->file, "rows");
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(a_file_appears_when_it_is_complete),
        WITH_FOLDER(a_discarded_file_leaves_the_old_one),
        WITH_FOLDER(an_existing_file_is_kept),
        WITH_FOLDER(impossible_places_are_refused),
        WITH_FOLDER(a_folder_without_permission_is_refused),
        WITH_FOLDER(a_failing_commit_says_so),
        WITH_FOLDER(empty_parts_go_when_the_program_ends_in_the_middle),
        WITH_FOLDER(a_second_writer_is_refused),
        WITH_FOLDER(one_file_under_two_names_is_known),
        WITH_FOLDER(a_file_alone_in_its_folder_is_as_whole),
        WITH_FOLDER(what_appeared_meanwhile_stays),
        WITH_FOLDER(what_the_killed_left_is_swept_up),
        WITH_FOLDER(racing_writers_leave_one_whole_file),
        WITH_FOLDER(devices_are_written_through),
        WITH_FOLDER(pipes_are_written_through),
        WITH_FOLDER(links_stay_and_lead_to_the_new_file),
        WITH_FOLDER(permissions_of_what_is_replaced_stay),
        WITH_FOLDER(a_full_device_fails_the_commit),
        WITH_FOLDER(a_limit_of_size_is_an_error),
        WITH_FOLDER(what_was_written_can_be_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
