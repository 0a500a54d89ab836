/* Fuzz target: any bytes as CSV, for labels and for targets, with every column and without those that look
 * useless. What is accepted for targets has the same numbers as for labels. */
#include <string.h>

#include "data/csv_table.h"
#include "fuzz.h"

static bool parse(struct csv_table *table, const uint8_t *bytes, size_t size, const struct data_spec *spec)
{
    struct csv_columns columns = {0};
    struct error err = {0};
    memset(table, 0, sizeof *table);
    bool ok = csv_columns_read(&columns, bytes, size, "fuzz", spec, &err);
    if (ok)
        ok = csv_columns_choose(&columns, "fuzz", spec, &err);
    if (ok) {
        LS_ASSERT(columns.all[columns.label].use == CSV_LABEL && columns.features >= 1 &&
                  columns.features < columns.count);
        ok = csv_table_read(table, &columns, bytes, size, "fuzz", spec->task, &err);
    }
    LS_ASSERT(ok == (err.class_ == ERROR_NONE));
    csv_columns_deinit(&columns);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char none[] = "none", list[] = "1/a/2";
    for (int kept = 0; kept < 3; kept++) {
        struct csv_table tables[2];
        bool ok[2];
        for (int i = 0; i < 2; i++) {
            const struct data_spec spec = {.task = i ? TASK_REGRESS : TASK_CLASSIFY,
                                           .drop = kept == 1 ? none : NULL,
                                           .features = kept == 2 ? list : NULL};
            ok[i] = parse(&tables[i], bytes, size, &spec);
            for (uint32_t row = 0; ok[i] && row < tables[i].rows; row++)
                LS_ASSERT(strlen(tables[i].labels[row]) > 0);
        }
        LS_ASSERT(ok[0] || !ok[1]);
        if (ok[0] && ok[1]) {
            LS_ASSERT(tables[0].rows == tables[1].rows && tables[0].features == tables[1].features);
            LS_ASSERT(memcmp(tables[0].values, tables[1].values,
                             (size_t)tables[0].rows * (size_t)tables[0].features * sizeof(float)) == 0);
        }
        csv_table_deinit(&tables[0]);
        csv_table_deinit(&tables[1]);
    }
    return 0;
}
