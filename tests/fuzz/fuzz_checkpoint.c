/* Fuzz target: any bytes as a checkpoint of a network with one layer. What is accepted says how to go on, and
 * everything can be read; what is refused is named in one line. */
#include "fuzz.h"

#include <string.h>

#include "base/log.h"
#include "nn/checkpoint.h"

enum { COUNT = 8 };

static void check_refusal(const struct error *err)
{
    LS_ASSERT(err->class_ == ERROR_FAILED && strncmp(err->message, "fuzz: ", 6) == 0);
}

static void read_values(const struct checkpoint *checkpoint, size_t size)
{
    struct layer layer = {.name = "a",
                          .parameters = {{"weight", 2, {2, 3}, 0, 6}, {"bias", 1, {2}, 6, 2}},
                          .parameter_count = 2};
    const struct network network = {.name = "fuzz", .layers = &layer, .layer_count = 1};
    double values[COUNT];
    struct error err = {0};
    if (!checkpoint_read_parameters(checkpoint, &network, values, NULL, size, &err))
        check_refusal(&err);
    for (int moment = 0; moment < 2 && checkpoint->info.has_training; moment++) {
        struct error wrong = {0};
        if (!checkpoint_read_moment(checkpoint, moment, values, COUNT, size, &wrong))
            check_refusal(&wrong);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct error err = {0};
    struct checkpoint checkpoint;
    log_set_level(LOG_ERROR);
    if (!checkpoint_parse(&checkpoint, (const char *)bytes, size, "fuzz", &err)) {
        check_refusal(&err);
        return 0;
    }
    const struct checkpoint_training *training = &checkpoint.info.training;
    LS_ASSERT(!checkpoint.info.has_training ||
              (training->batch > 0 && training->samples > 0 && training->learning_rate >= 0.0f));
    read_values(&checkpoint, sizeof(float));
    read_values(&checkpoint, sizeof(double));
    checkpoint_close(&checkpoint);
    return 0;
}
