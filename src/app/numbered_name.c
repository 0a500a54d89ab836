/* Counting up. */
#include "app/numbered_name.h"

#include <stdio.h>

#include "base/atomic_file.h"

enum { LAST = 9999 };

bool numbered_name(char name[NUMBERED_NAME_SIZE], const char *ending, struct error *err)
{
    for (int i = 1; i <= LAST; i++) {
        snprintf(name, NUMBERED_NAME_SIZE, "layerscope-%04d%s", i, ending);
        if (!file_name_is_taken(name))
            return true;
    }
    return error_set(err, "layerscope-0001%s to layerscope-%d%s all exist; move some away", ending, LAST,
                     ending);
}
