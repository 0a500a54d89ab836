/* Fuzz target: writers of one file, in any order. A byte is one act of one of three writers; the low bits say
 * which act. After each of them the file is what one of them wrote, whole, and at most one has it open; in
 * the end nothing else lies in the folder. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic_file.h"
#include "fuzz.h"

enum { WRITERS = 3, MOST_ACTS = 64, LONGEST = 4096 };

enum act {
    ACT_OPEN,
    ACT_WRITE,
    ACT_COMMIT,
    ACT_DISCARD,
    ACT_DIE,
    ACT_REMOVE,
    ACT_KEEP,
    ACT_APPEAR,
    ACT_COUNT
};

struct writer {
    struct atomic_file file;
    bool open;
    size_t size;
    char text[LONGEST];
};

struct world {
    char folder[64], path[96];
    struct writer writers[WRITERS];
    bool exists; /* and its text: */
    size_t size;
    char text[LONGEST];
};

static int open_writers(const struct world *world)
{
    int count = 0;
    for (int i = 0; i < WRITERS; i++)
        count += world->writers[i].open;
    return count;
}

static void check(const struct world *world)
{
    FILE *file = fopen(world->path, "rb");
    LS_ASSERT((file != NULL) == world->exists);
    if (!file)
        return;
    char found[LONGEST + 1];
    LS_ASSERT(fread(found, 1, sizeof found, file) == world->size);
    LS_ASSERT(memcmp(found, world->text, world->size) == 0);
    fclose(file);
}

static void open_file(struct world *world, struct writer *writer, bool overwrite)
{
    struct error err = {0};
    const bool possible = open_writers(world) == 0 && (overwrite || !world->exists);
    LS_ASSERT(file_check_writable(world->path, overwrite, &err) == possible);
    struct error again = {0};
    writer->open = atomic_file_open(&writer->file, world->path, overwrite, &again);
    LS_ASSERT(writer->open == possible && (again.class_ == ERROR_NONE) == possible);
    writer->size = 0;
}

static void write_some(struct writer *writer, uint8_t byte)
{
    const size_t count = 1u + 7u * byte;
    if (writer->size + count > LONGEST)
        return;
    memset(writer->text + writer->size, 'a' + byte % 26, count);
    LS_ASSERT(fwrite(writer->text + writer->size, 1, count, writer->file.stream) == count);
    writer->size += count;
}

static void finish(struct world *world, struct writer *writer, bool keep)
{
    struct error err = {0};
    const bool taken = world->exists && !writer->file.overwrite;
    const bool ok = keep ? atomic_file_keep(&writer->file, &err) : atomic_file_commit(&writer->file, &err);
    LS_ASSERT(ok == !taken);
    writer->open = false;
    if (!ok) {
        const char *beside = strstr(err.message, "what was written is in ");
        LS_ASSERT(beside && unlink(beside + strlen("what was written is in ")) == 0);
        return;
    }
    world->exists = true;
    world->size = writer->size;
    memcpy(world->text, writer->text, writer->size);
}

/* What the end of its process does to a writer. */
static void die(struct writer *writer)
{
    struct atomic_file *file = &writer->file;
    free(file->part);
    file->part = NULL; /* so that it stays where it is */
    atomic_file_discard(file);
    writer->open = false;
}

/* Another program knows nothing of locks. */
static void appear(struct world *world)
{
    FILE *file = fopen(world->path, "wb");
    LS_ASSERT(file && fputs("foreign", file) >= 0);
    LS_ASSERT(fclose(file) == 0);
    world->exists = true;
    world->size = strlen("foreign");
    memcpy(world->text, "foreign", world->size);
}

static void act(struct world *world, uint8_t byte)
{
    struct writer *writer = &world->writers[byte / 16 % 4 % WRITERS];
    const enum act act = (enum act)(byte % 16 % ACT_COUNT);
    if (act == ACT_REMOVE) {
        world->exists = false;
        unlink(world->path);
    } else if (act == ACT_APPEAR) {
        appear(world);
    } else if (act == ACT_OPEN && !writer->open) {
        open_file(world, writer, byte & 128);
    } else if (writer->open && act == ACT_WRITE) {
        write_some(writer, byte);
    } else if (writer->open && (act == ACT_COMMIT || act == ACT_KEEP)) {
        finish(world, writer, act == ACT_KEEP);
    } else if (writer->open && act == ACT_DISCARD) {
        atomic_file_discard(&writer->file);
        writer->open = false;
    } else if (writer->open && act == ACT_DIE) {
        die(writer);
    }
}

/* A last writer leaves the file alone in its folder. */
static void tidy_up(struct world *world)
{
    struct error err = {0};
    for (int i = 0; i < WRITERS; i++)
        atomic_file_discard(&world->writers[i].file);
    struct atomic_file last;
    LS_ASSERT(atomic_file_open(&last, world->path, true, &err));
    LS_ASSERT(atomic_file_commit(&last, &err));
    DIR *folder = opendir(world->folder);
    LS_ASSERT(folder != NULL);
    for (struct dirent *entry; (entry = readdir(folder));)
        LS_ASSERT(entry->d_name[0] == '.' || strcmp(entry->d_name, "out") == 0);
    closedir(folder);
    unlink(world->path);
    LS_ASSERT(rmdir(world->folder) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    /* Bringing each file to a real disk would take most of the time. */
    snprintf(world.folder, sizeof world.folder, "%s/layerscope-writers-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    LS_ASSERT(mkdtemp(world.folder) != NULL);
    snprintf(world.path, sizeof world.path, "%s/out", world.folder);
    for (size_t i = 0; i < size && i < MOST_ACTS; i++) {
        act(&world, bytes[i]);
        check(&world);
        LS_ASSERT(open_writers(&world) <= 1);
    }
    tidy_up(&world);
    return 0;
}
