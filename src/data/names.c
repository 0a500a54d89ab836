/* classes.txt of IDX folders, batches.meta.txt of CIFAR-10. */
#include "data/names.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

enum { MAX_NAMES_SIZE = 1 << 20 };

bool names_read(const char *path, int most, char ***names, int *count, struct error *err)
{
    size_t size = 0;
    *names = ls_calloc((size_t)most, sizeof **names);
    *count = 0;
    char *text = file_read(path, MAX_NAMES_SIZE, &size, err);
    if (!text)
        return false;
    bool ok = memchr(text, 0, size) == NULL ||
              error_set(err, "%s: holds a byte of value 0; expected names, one a line", path);
    int found = 0;
    for (char *rest = text, *line; ok && (line = strsep(&rest, "\n"));) {
        line[strcspn(line, "\r")] = 0;
        if (*line && found++ < most)
            (*names)[(*count)++] = ls_strdup(line);
    }
    free(text);
    if (ok && found > most)
        ok = error_set(err, "%s: expected at most %d names, one a line, found %d", path, most, found);
    return ok;
}
