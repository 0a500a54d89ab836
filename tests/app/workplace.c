/* The folder, and expectations on what is run in it. */
#include "workplace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "test.h"

static char folder[] = "/tmp/layerscope-program-XXXXXX";

int workplace_set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

int workplace_tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

const char *workplace_path(void) { return folder; }

struct program_result workplace_expect(int status, const char *text, const char *command)
{
    const struct program_result result = program_run(folder, command);
    if (result.status != status || (text && !strstr(result.err, text) && !strstr(result.out, text)))
        fail_msg("%s\nexit status %d, expected %d; expected to read: %s\nout: %s\nerr: %s", command,
                 result.status, status, text ? text : "", result.out, result.err);
    return result;
}

char *workplace_read(const char *name)
{
    char *path = ls_sprintf("%s/%s", folder, name);
    struct error err = {0};
    size_t size;
    char *text = file_read(path, SIZE_MAX, &size, &err);
    if (!text)
        fail_msg("%s", err.message);
    free(path);
    return text;
}

bool workplace_has(const char *name)
{
    char *path = ls_sprintf("%s/%s", folder, name);
    const bool there = program_finds(path);
    free(path);
    return there;
}
