/* Fuzz target: any bytes as CSV, for labels and for targets. What is accepted for targets has the same
 * numbers as for labels. */
#include <string.h>

#include "data/csv.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct csv_table tables[2];
    bool ok[2];
    for (int i = 0; i < 2; i++) {
        const struct data_spec spec = {.task = i ? TASK_REGRESS : TASK_CLASSIFY};
        struct error err = {0};
        ok[i] = csv_table_parse(&tables[i], bytes, size, "fuzz", &spec, &err);
        LS_ASSERT(ok[i] == (err.class_ == ERROR_NONE));
        for (uint32_t row = 0; ok[i] && !i && row < tables[0].rows; row++)
            LS_ASSERT(tables[0].labels[row] != NULL);
    }
    LS_ASSERT(ok[0] || !ok[1]);
    if (ok[0] && ok[1]) {
        LS_ASSERT(tables[0].rows == tables[1].rows && tables[0].features == tables[1].features);
        LS_ASSERT(memcmp(tables[0].values, tables[1].values,
                         (size_t)tables[0].rows * (size_t)tables[0].features * sizeof(float)) == 0);
    }
    csv_table_deinit(&tables[0]);
    csv_table_deinit(&tables[1]);
    return 0;
}
