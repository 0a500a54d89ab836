/* What is drawn of a sample. */
#include "data/picture.h"

bool dataset_has_picture(const struct dataset *set) { return set->height > 1 || set->width > 1; }

/* x → (x − low) · factor is from 0 to 255. */
static void find_range(const struct dataset *set, uint32_t sample, float *low, float *factor)
{
    float least = 0.0f, most = 1.0f;
    const size_t size = dataset_sample_size(set);
    bool inside = true;
    for (size_t i = 0; i < size; i++) {
        const float x = dataset_value(set, sample, i);
        inside = inside && x >= 0.0f && x <= 1.0f;
        least = i == 0 || x < least ? x : least;
        most = i == 0 || x > most ? x : most;
    }
    *low = inside ? 0.0f : least;
    *factor = inside ? 255.0f : 255.0f / (most > least ? most - least : 1.0f);
}

void dataset_picture(const struct dataset *set, uint32_t sample, uint8_t *rgb, size_t stride)
{
    const size_t width = (size_t)set->width, plane = width * (size_t)set->height;
    float low = 0.0f, factor = 255.0f;
    if (set->values)
        find_range(set, sample, &low, &factor);
    for (size_t i = 0; i < plane; i++) {
        uint8_t *to = rgb + i / width * stride + i % width * 3;
        for (size_t channel = 0; channel < 3; channel++) {
            const size_t at = i + (set->channels >= 3 ? channel * plane : 0);
            to[channel] = set->pixels ? set->pixels[sample * dataset_sample_size(set) + at]
                                      : (uint8_t)((dataset_value(set, sample, at) - low) * factor + 0.5f);
        }
    }
}
