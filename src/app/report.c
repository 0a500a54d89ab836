/* Results as JSON. */
#include "app/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/file.h"

bool report_check(const char *path, bool overwrite, struct error *err)
{
    return !path || strcmp(path, "-") == 0 || file_check_writable(path, overwrite, err);
}

bool report_write(struct cJSON *root, const char *path, bool overwrite, struct error *err)
{
    char *text = path ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    if (!path)
        return true;
    bool ok;
    if (strcmp(path, "-") == 0) {
        ok = puts(text) >= 0 && fflush(stdout) == 0;
        if (!ok)
            error_set_errno(err, "standard output cannot be written");
    } else {
        struct atomic_file file;
        ok = atomic_file_open(&file, path, overwrite, err);
        if (ok) {
            fprintf(file.stream, "%s\n", text);
            ok = atomic_file_commit(&file, err);
        }
    }
    free(text);
    return ok;
}
