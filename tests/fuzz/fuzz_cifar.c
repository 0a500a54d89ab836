/* Fuzz target: any bytes as a batch of CIFAR-10, appended to itself. */
#include <string.h>

#include "data/cifar.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct dataset set = {0};
    struct error err = {0};
    if (cifar_parse(&set, bytes, size, "fuzz", &err) && cifar_parse(&set, bytes, size, "fuzz", &err)) {
        LS_ASSERT(set.count == 2 * size / CIFAR_RECORD);
        for (uint32_t n = 0; n < set.count; n++) {
            const uint8_t *record = bytes + n % (set.count / 2) * CIFAR_RECORD;
            LS_ASSERT(set.labels[n] == record[0] && set.labels[n] < CIFAR_CLASSES);
            LS_ASSERT(memcmp(set.pixels + n * dataset_sample_size(&set), record + 1, CIFAR_RECORD - 1) == 0);
        }
    } else {
        LS_ASSERT(err.class_ == ERROR_FAILED);
    }
    dataset_deinit(&set);
    return 0;
}
