/* Margins, confidences and targets as colours. */
#include "view/point_scale.h"

#include <math.h>

#include "view/scale.h"

static float largest_target(const struct data *data, bool *any_negative)
{
    const struct dataset *const splits[] = {&data->train, &data->test};
    float most = 0.0f;
    for (int i = 0; i < 2; i++) {
        for (uint32_t n = 0; n < splits[i]->count; n++) {
            const float y = splits[i]->targets[(size_t)n * (size_t)data->targets];
            *any_negative = *any_negative || y < 0.0f;
            most = fmaxf(most, fabsf(y));
        }
    }
    return most;
}

void point_scale_init(struct point_scale *scale, const struct data *data, const struct theme *theme)
{
    *scale = (struct point_scale){.theme = theme,
                                  .classes = data->targets > 0 ? 0 : data->classes,
                                  .map = MAP_WEIGHT,
                                  .is_signed = true,
                                  .scale = POINT_MARGIN_SCALE};
    if (data->targets == 0)
        return;
    bool any_negative = false;
    const float most = largest_target(data, &any_negative);
    scale->is_signed = any_negative;
    scale->map = any_negative ? MAP_WEIGHT : MAP_ACTIVATION;
    scale->scale = most > 0.0f ? scale_rung(scale_find_rung(most)) : 1.0f;
}

float point_margin(const float *outputs, int count)
{
    return count == 1 ? 2.0f * outputs[0] - 1.0f : outputs[1] - outputs[0];
}

static struct color mix(struct color a, struct color b, float share)
{
    return (struct color){a.r + (b.r - a.r) * share, a.g + (b.g - a.g) * share, a.b + (b.b - a.b) * share,
                          1.0f};
}

static struct color hue(const struct theme *theme, int class_)
{
    const struct color hues[] = {theme->train,          theme->test,         theme->gradient,
                                 theme->learning_rate,  theme->muted,        theme->maps[MAP_ACTIVATION][7],
                                 theme->delta_positive, theme->edge_negative};
    return hues[class_ % (int)(sizeof hues / sizeof hues[0])];
}

static struct color on_map(const struct point_scale *scale, float value)
{
    return theme_map_color(scale->theme, scale->map,
                           theme_map_value(scale->map, scale->is_signed, value, scale->scale));
}

/* The surface is weaker than the samples on it. */
static const float surface_strength = 0.62f;

struct color point_scale_answer(const struct point_scale *scale, const float *outputs, int count,
                                bool *is_number)
{
    bool number = true;
    int best = 0;
    for (int i = 0; i < count; i++) {
        number = number && isfinite(outputs[i]);
        best = outputs[i] > outputs[best] ? i : best;
    }
    if (is_number)
        *is_number = number;
    if (scale->classes == 0)
        return on_map(scale, outputs[0]);
    if (scale->classes == 2)
        return on_map(scale, point_margin(outputs, count));
    const float even = 1.0f / (float)count;
    const float strength = fminf(fmaxf((outputs[best] - even) / (1.0f - even), 0.0f), 1.0f);
    return mix(scale->theme->maps[MAP_WEIGHT][MAP_ANCHORS / 2], hue(scale->theme, best),
               surface_strength * strength);
}

struct color point_scale_class(const struct point_scale *scale, int class_)
{
    if (scale->classes == 2)
        return theme_map_color(scale->theme, MAP_WEIGHT, class_ == 0 ? 0.06f : 0.94f);
    return hue(scale->theme, class_);
}

struct color point_scale_sample(const struct point_scale *scale, const struct dataset *set, uint32_t index,
                                int targets)
{
    if (scale->classes == 0)
        return on_map(scale, set->targets[(size_t)index * (size_t)targets]);
    return point_scale_class(scale, set->labels[index]);
}
