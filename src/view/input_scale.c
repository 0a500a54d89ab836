/* One pass over the samples, when a data set is first shown. */
#include "view/input_scale.h"

#include <math.h>

#include "view/scale.h"

static const size_t counted_most = (size_t)1 << 22;

struct seen {
    bool leaves_unit;
    uint32_t bins[SCALE_BINS], count;
};

static void look_at(struct seen *seen, const struct dataset *set)
{
    const size_t values = (size_t)set->count * dataset_sample_size(set);
    const size_t stride = values / counted_most + 1;
    for (size_t i = 0; i < values; i++) {
        const float x = set->values[i];
        if (!isfinite(x))
            continue;
        seen->leaves_unit = seen->leaves_unit || x < 0.0f || x > 1.0f;
        if (i % stride != 0)
            continue;
        seen->count++;
        if (x != 0.0f)
            seen->bins[scale_find_rung(fabsf(x))]++;
    }
}

float input_scale(const struct data *data)
{
    struct seen seen = {.leaves_unit = false};
    if (!data->test.values)
        return 0.0f;
    if (data->train.values)
        look_at(&seen, &data->train);
    look_at(&seen, &data->test);
    if (!seen.leaves_unit)
        return 0.0f;
    struct scale scale;
    scale_init(&scale);
    scale_update(&scale, seen.bins, seen.count);
    return scale_value(&scale);
}
