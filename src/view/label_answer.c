/* The answer in words: names, values and targets beside the output's cells, or the likeliest of many classes
 * as a list. */
#include "view/label_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cglm/cglm.h>

#include "base/number_text.h"
#include "nn/answer.h"
#include "view/value_name.h"

/* Pixels at scale 1. */
static const float CLASS_OFFSET = 14.0f, VALUE_OFFSET = 10.0f;
static const float CLASS_PITCH = 10.0f;       /* closer classes show the true and the predicted one only */
static const float SMALL_CLASS_PITCH = 16.0f; /* closer classes are written smaller */

enum { RANKED_CLASSES = 10 };
static const float RANK_PITCH = 19.0f, PAIR_PITCH = 22.0f, DROP = 14.0f;

static const float VALUE_SHOWN_FROM = 0.01f;

static bool predicts_numbers(const struct label_source *source)
{
    return source->data && source->data->targets > 0;
}

static void class_name(const struct label_source *source, int class, char *text, size_t size)
{
    if (source->data && class < source->data->classes)
        snprintf(text, size, "%s", source->data->class_names[class]);
    else if (predicts_numbers(source))
        snprintf(text, size, "%s", value_name_target((char[VALUE_NAME_SIZE]){0}, source->data, class));
    else
        snprintf(text, size, "%d", class);
}

/* Right of the cell's bar. */
static struct label *add_value(struct collection *collection, const struct plate *plate, int cell,
                               float share, enum priority priority)
{
    vec3 tip;
    plate_value_position(plate, (size_t)cell, tip);
    glm_vec3_muladds((float *)plate->right, 0.5f, tip);
    tip[0] += plate->depth + SCENE_BAR_LENGTH * share;
    struct label *value = label_add(collection, tip, VALUE_OFFSET, 0.0f, LABEL_VALUE, priority);
    if (value)
        value->anchor = ANCHOR_LEFT;
    return value;
}

/* Left of the cell, `dy` pixels below its middle. */
static struct label *add_name(struct collection *collection, const struct plate *plate, int cell, float dy,
                              enum priority priority)
{
    vec3 left;
    plate_value_position(plate, (size_t)cell, left);
    glm_vec3_muladds((float *)plate->right, -0.5f, left);
    struct label *name = label_add(collection, left, -CLASS_OFFSET, dy, LABEL_CLASS, priority);
    if (name)
        name->anchor = ANCHOR_RIGHT;
    return name;
}

static void add_class(struct collection *collection, const struct plate *plate, int class, bool best,
                      bool small)
{
    const struct label_source *source = collection->source;
    const struct snapshot_info *info = source->info;
    const bool truth = info && class == info->probe_label;
    struct label *name = add_name(collection, plate, class, 0.0f,
                                  best    ? PRIORITY_ANSWER
                                  : truth ? PRIORITY_NAME
                                          : PRIORITY_CLASS);
    if (name) {
        class_name(source, class, name->text, sizeof name->text);
        name->outlined = truth;
        name->emphasized = best;
        name->small = small;
    }
    if (!info || plate->is_signed || !isfinite(info->output[class]) ||
        !(info->output[class] >= VALUE_SHOWN_FROM))
        return;
    struct label *value =
        add_value(collection, plate, class, info->output[class], best ? PRIORITY_ANSWER : PRIORITY_VALUE);
    if (value) {
        number_percent(value->text, (double)info->output[class], 1, NUMBER_MINUS);
        value->emphasized = best;
    }
}

/* Both classes beside the one cell: the second, whose bar and value it has, on their line, the first below.
 */
static void add_one_output(struct collection *collection, const struct plate *plate)
{
    const struct label_source *source = collection->source;
    const struct snapshot_info *info = source->info;
    const int best = info ? answer_class(info->output, 1) : ANSWER_NONE;
    for (int class = 1; class >= 0; class --) {
        const bool truth = info && class == info->probe_label;
        struct label *name = add_name(collection, plate, 0, class == 1 ? 0.0f : PAIR_PITCH,
                                      class == best ? PRIORITY_ANSWER : PRIORITY_NAME);
        if (!name)
            continue;
        class_name(source, class, name->text, sizeof name->text);
        name->outlined = truth;
        name->emphasized = class == best;
    }
    if (best == ANSWER_NONE)
        return;
    const float shown = plate->is_signed ? 0.0f : fminf(fmaxf(info->output[0], 0.0f), 1.0f);
    struct label *value = add_value(collection, plate, 0, shown, PRIORITY_ANSWER);
    if (!value)
        return;
    value->emphasized = true;
    vec3 corners[4];
    float x, top, bottom;
    plate_front(plate, corners);
    if (label_project(source, corners[1], &x, &top) && label_project(source, corners[2], &x, &bottom))
        value->drop = 0.5f * fabsf(bottom - top) + DROP * source->pixel_scale;
    if (plate->is_signed) {
        number_text(value->text, (double)info->output[0], 3, NUMBER_MINUS);
        return;
    }
    char percent[NUMBER_TEXT_SIZE], name[VALUE_NAME_SIZE];
    number_percent(percent, (double)info->output[0], 1, NUMBER_MINUS);
    value_name_class(name, source->data, value_class(1, 0));
    value_name_shorten(name, 32);
    snprintf(value->text, sizeof value->text, "%.32s  %s", name, percent);
}

/* A number that is predicted, and what it should be. */
static void add_target(struct collection *collection, const struct plate *plate, int output)
{
    const struct label_source *source = collection->source;
    const struct snapshot_info *info = source->info;
    const struct dataset *test = &source->data->test;
    const size_t targets = (size_t)source->data->targets;
    struct label *name = add_name(collection, plate, output, 0.0f, PRIORITY_CLASS);
    if (name)
        class_name(source, output, name->text, sizeof name->text);
    if (!info || info->probe_index >= test->count)
        return;
    const float shown = plate->is_signed ? 0.0f : fminf(fmaxf(info->output[output], 0.0f), 1.0f);
    struct label *value = add_value(collection, plate, output, shown, PRIORITY_VALUE);
    char predicted[NUMBER_TEXT_SIZE], target[NUMBER_TEXT_SIZE];
    if (value)
        snprintf(value->text, sizeof value->text, "%s  target %s",
                 number_text(predicted, (double)info->output[output], 3, NUMBER_MINUS),
                 number_text(target, (double)test->targets[info->probe_index * targets + (size_t)output], 3,
                             NUMBER_MINUS));
}

/* A place in a list beside the plate. */
static void add_ranked_class(struct collection *collection, const vec3 beside, int place, int class)
{
    const struct label_source *source = collection->source;
    const struct snapshot_info *info = source->info;
    const float dy = RANK_PITCH * ((float)place - 0.5f * (float)(RANKED_CLASSES - 1));
    struct label *label = label_add(collection, beside, VALUE_OFFSET, dy, LABEL_CLASS,
                                    place == 0 ? PRIORITY_ANSWER : PRIORITY_CLASS);
    if (!label)
        return;
    char name[64], share[NUMBER_TEXT_SIZE];
    class_name(source, class, name, sizeof name);
    snprintf(label->text, sizeof label->text, "%.32s  %s", name,
             number_percent(share, (double)info->output[class], 1, NUMBER_MINUS));
    label->anchor = ANCHOR_LEFT;
    label->outlined = class == info->probe_label;
    label->emphasized = place == 0 && answer_class(info->output, info->output_count) != ANSWER_NONE;
    label->small = place > 0;
}

/* Of many classes the likeliest, the largest first. */
static void add_ranking(struct collection *collection, const struct plate *plate)
{
    const struct snapshot_info *info = collection->source->info;
    if (!info || plate->is_signed)
        return;
    vec3 beside;
    glm_vec3_copy((float *)plate->origin, beside);
    glm_vec3_add(beside, (float *)plate->right, beside);
    glm_vec3_muladds((float *)plate->down, 0.5f, beside);
    beside[0] += plate->depth;
    bool taken[SNAPSHOT_MAX_OUTPUTS] = {false};
    for (int place = 0; place < RANKED_CLASSES && place < info->output_count; place++) {
        int best = -1;
        for (int i = 0; i < info->output_count; i++)
            if (!taken[i] && (best < 0 || info->output[i] > info->output[best]))
                best = i;
        taken[best] = true;
        add_ranked_class(collection, beside, place, best);
    }
}

void label_add_answers(struct collection *collection, const struct plate *plate)
{
    const struct label_source *source = collection->source;
    const struct snapshot_info *info = source->info;
    if (plate->tiles == 1 && plate->values > 1) {
        if (!predicts_numbers(source))
            add_ranking(collection, plate);
        return;
    }
    if (predicts_numbers(source)) {
        for (int i = 0; i < plate->values && i < SNAPSHOT_MAX_OUTPUTS; i++)
            add_target(collection, plate, i);
        return;
    }
    if (plate->values == 1) {
        add_one_output(collection, plate);
        return;
    }
    const int classes = plate->values < SNAPSHOT_MAX_OUTPUTS ? plate->values : SNAPSHOT_MAX_OUTPUTS;
    const int best = info ? answer_class(info->output, classes) : ANSWER_NONE;
    float x, first_y = 0.0f, last_y = 0.0f;
    vec3 first, last;
    plate_value_position(plate, 0, first);
    plate_value_position(plate, (size_t)classes - 1, last);
    if (!label_project(source, first, &x, &first_y) || !label_project(source, last, &x, &last_y))
        return;
    const bool dense = last_y - first_y < CLASS_PITCH * source->pixel_scale * (float)(classes - 1);
    const bool small = last_y - first_y < SMALL_CLASS_PITCH * source->pixel_scale * (float)(classes - 1);
    for (int i = 0; i < classes; i++)
        if (!dense || i == best || (info && i == info->probe_label))
            add_class(collection, plate, i, i == best, small);
}

void label_name_answer(const struct label_source *source, struct label *value)
{
    char text[sizeof value->text], name[32] = "";
    const struct snapshot_info *info = source->info;
    const int best = answer_class(info->output, info->output_count);
    if (best == ANSWER_NONE)
        return;
    class_name(source, best, name, sizeof name);
    /* A single output's value is the second class's, which nothing says without the names. */
    if (info->output_count == 1 && strchr(value->text, '%'))
        number_percent(value->text, (double)answer_score(info->output, 1, best), 1, NUMBER_MINUS);
    snprintf(text, sizeof text, "%s  %.24s", name, value->text);
    memcpy(value->text, text, sizeof text);
}
