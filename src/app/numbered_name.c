/* A file that is being written has its name with ".part" behind it. */
#include "app/numbered_name.h"

#include <stdio.h>
#include <unistd.h>

enum { LAST = 9999 };

bool numbered_name(char name[NUMBERED_NAME_SIZE], const char *ending, struct error *err)
{
    char part[NUMBERED_NAME_SIZE + 8];
    for (int i = 1; i <= LAST; i++) {
        snprintf(name, NUMBERED_NAME_SIZE, "layerscope-%04d%s", i, ending);
        snprintf(part, sizeof part, "%s.part", name);
        if (access(name, F_OK) != 0 && access(part, F_OK) != 0)
            return true;
    }
    return error_set(err, "layerscope-0001%s to layerscope-%d%s all exist; move some away", ending, LAST,
                     ending);
}
