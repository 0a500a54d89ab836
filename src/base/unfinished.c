/* A fixed table, as handlers can take no locks and no memory. */
#include "base/unfinished.h"

#include <stdatomic.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 32 };

static _Atomic(const char *) table[MOST]; /* NULL: free */

void unfinished_note(const char *path)
{
    for (int i = 0; i < MOST; i++) {
        const char *none = NULL;
        if (atomic_compare_exchange_strong(&table[i], &none, path))
            return;
    }
}

void unfinished_forget(const char *path)
{
    for (int i = 0; i < MOST; i++)
        if (atomic_load(&table[i]) == path)
            atomic_store(&table[i], NULL);
}

void unfinished_remove_empty(void)
{
    for (int i = 0; i < MOST; i++) {
        struct stat info;
        const char *path = atomic_load(&table[i]);
        if (path && stat(path, &info) == 0 && info.st_size == 0)
            unlink(path);
    }
}
