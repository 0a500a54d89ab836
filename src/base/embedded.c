/* Looks names up in the table that cmake/embed.cmake generates. */
#include "base/embedded.h"

#include <string.h>

#include "base/embedded_table.h"

const void *embedded_find(const char *name, size_t *size)
{
    for (const struct embedded_file *file = embedded_files; file->name; file++) {
        if (strcmp(file->name, name) != 0)
            continue;
        *size = (size_t)(file->end - file->begin);
        return file->begin;
    }
    return NULL;
}
