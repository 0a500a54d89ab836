/* The probe: the shown sample of the test split, and the network's answer as bars. */
#include "view/hud_paint.h"
#include "view/value_name.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number_text.h"
#include "data/picture.h"
#include "nn/answer.h"
#include "nn/network.h"

enum { MAX_BARS = 10 };

static const float NUMBER_ROOM = 58.0f; /* pixels at 1080p */

static float score(const struct snapshot_info *info, int class_)
{
    return answer_score(info->output, info->output_count, class_);
}

/* The classes to show: all of them in order, or the ten most probable. */
static int choose_classes(const struct snapshot_info *info, int classes, int order[MAX_BARS])
{
    if (classes > answer_classes(info->output_count))
        classes = answer_classes(info->output_count);
    if (classes <= MAX_BARS) {
        for (int i = 0; i < classes; i++)
            order[i] = i;
        return classes;
    }
    int count = 0;
    for (int c = 0; c < classes; c++) {
        int at = count;
        while (at > 0 && score(info, c) > score(info, order[at - 1]))
            at--;
        if (at >= MAX_BARS)
            continue;
        if (count < MAX_BARS)
            count++;
        for (int i = count - 1; i > at; i--)
            order[i] = order[i - 1];
        order[at] = c;
    }
    return count;
}

/* Whole pixels per value, centred in the box; 0 when the image has more values than the box pixels. */
static void paint_image(const struct paint *paint, struct rect box, const struct dataset *set, uint32_t index)
{
    const int height = set->height, width = set->width;
    const float cell = floorf(fminf(box.width / (float)width, box.height / (float)height));
    const struct color black = {0.0f, 0.0f, 0.0f, 1.0f};
    const struct rect image = {roundf(box.x + 0.5f * (box.width - cell * (float)width)),
                               roundf(box.y + 0.5f * (box.height - cell * (float)height)),
                               cell * (float)width, cell * (float)height};
    if (cell < 1.0f || index >= set->count)
        return;
    ui_rect_filled(paint->ui, image, 0.0f, black);
    const size_t stride = (size_t)width * 3;
    uint8_t *pixels = ls_calloc((size_t)height, stride);
    dataset_picture(set, index, pixels, stride);
    for (int row = 0; row < height; row++) {
        for (int column = 0; column < width; column++) {
            const uint8_t *p = pixels + (size_t)row * stride + 3 * (size_t)column;
            if (p[0] == 0 && p[1] == 0 && p[2] == 0)
                continue;
            const struct color color = {(float)p[0] / 255.0f, (float)p[1] / 255.0f, (float)p[2] / 255.0f,
                                        1.0f};
            const struct rect at = {image.x + cell * (float)column, image.y + cell * (float)row, cell, cell};
            ui_rect_filled(paint->ui, at, 0.0f, color);
        }
    }
    free(pixels);
    const float border = paint_px(paint, 1.0f);
    ui_rect_outline(paint->ui,
                    (struct rect){image.x - border, image.y - border, image.width + 2.0f * border,
                                  image.height + 2.0f * border},
                    0.0f, border, paint->theme->border);
}

static void paint_value(const struct paint *paint, struct rect box, int line, const char *name, float value)
{
    char text[NUMBER_TEXT_SIZE];
    const float y = roundf(box.y + box.height / MAX_BARS * (float)line);
    paint_text(paint, UI_MONO, UI_TICK, box.x, y, ALIGN_LEFT, paint->theme->secondary, name);
    paint_number(paint, (double)value, 3, NUMBER_MINUS, paint_px(paint, NUMBER_ROOM), text);
    paint_text(paint, UI_MONO, UI_TICK, box.x + box.width, y, ALIGN_RIGHT, paint->theme->text, text);
}

/* The width of a sample's numbers: what the names of columns need, within reason. */
static float numbers_width(const struct paint *paint, float least, float most)
{
    const struct data *data = paint->desc->data;
    char name[VALUE_NAME_SIZE];
    float widest = 0.0f;
    for (size_t i = 0; i < data->feature_count && i < MAX_BARS; i++)
        widest = fmaxf(widest, paint_text_width(paint, UI_MONO, UI_TICK, value_name_feature(name, data, i)));
    return fminf(fmaxf(widest + paint_px(paint, NUMBER_ROOM), least), most);
}

/* The values of a sample that is no picture: as many as there is room for. */
static void paint_numbers(const struct paint *paint, struct rect box, const struct dataset *set,
                          uint32_t index)
{
    const size_t size = dataset_sample_size(set);
    const int most = size > MAX_BARS ? MAX_BARS - 1 : (int)size;
    char name[64], whole[VALUE_NAME_SIZE];
    if (index >= set->count)
        return;
    for (int i = 0; i < most; i++) {
        paint_shorten(paint, UI_MONO, UI_TICK, value_name_feature(whole, paint->desc->data, (size_t)i),
                      box.width - paint_px(paint, NUMBER_ROOM), name);
        paint_value(paint, box, i, name, dataset_value(set, index, (size_t)i));
    }
    if (size <= MAX_BARS)
        return;
    snprintf(name, sizeof name, "and %zu more", size - (size_t)most);
    paint_text(paint, UI_SANS, UI_TICK, box.x, roundf(box.y + box.height / MAX_BARS * (float)most),
               ALIGN_LEFT, paint->theme->muted, name);
}

/* The one target and what was predicted, on the way from the least target of the split to the largest. */
static void paint_scale(const struct paint *paint, struct rect box, const struct dataset *set)
{
    const struct snapshot_info *info = paint->frame->info;
    const struct theme *theme = paint->theme;
    float low = INFINITY, high = -INFINITY;
    for (uint32_t n = 0; n < set->count; n++) {
        low = fminf(low, set->targets[n]);
        high = fmaxf(high, set->targets[n]);
    }
    const struct rect track = {box.x, roundf(box.y), box.width, paint_px(paint, 14.0f)};
    ui_rect_filled(paint->ui, track, 0.0f, paint_fade(theme->border, 0.6f));
    if (!(low < high))
        return;
    const float values[] = {info->output[0], set->targets[info->probe_index]};
    const float wide = paint_px(paint, 4.0f), reach = paint_px(paint, 3.0f);
    for (int k = 0; k < 2; k++) {
        const float share = (values[k] - low) / (high - low);
        if (!(share >= 0.0f && share <= 1.0f))
            continue;
        const struct rect mark = {roundf(track.x + share * (track.width - wide)), track.y - reach, wide,
                                  track.height + 2.0f * reach};
        const float rim = paint_px(paint, 1.0f);
        if (k == 0)
            ui_rect_filled(paint->ui, mark, 0.0f, theme->text);
        else
            ui_rect_outline(paint->ui,
                            (struct rect){mark.x - 2.0f * rim, mark.y - 2.0f * rim, wide + 4.0f * rim,
                                          mark.height + 4.0f * rim},
                            0.0f, rim, theme->text);
    }
    char text[NUMBER_TEXT_SIZE];
    const float below = track.y + track.height + paint_px(paint, 8.0f);
    number_text(text, (double)low, 3, NUMBER_MINUS);
    paint_text(paint, UI_MONO, UI_TICK, track.x, below, ALIGN_LEFT, theme->muted, text);
    number_text(text, (double)high, 3, NUMBER_MINUS);
    paint_text(paint, UI_MONO, UI_TICK, track.x + track.width, below, ALIGN_RIGHT, theme->muted, text);
}

/* Three digits, or as many as have room. */
static void fit_number(const struct paint *paint, double value, unsigned form, float room,
                       char text[NUMBER_TEXT_SIZE])
{
    int digits = 3;
    do
        number_text(text, value, digits, form);
    while (paint_text_width(paint, UI_MONO, UI_TICK, text) > room && --digits > 0);
}

/* "predicted", "target" and how far apart they are, a row each; the same as marks between the least and the
 * largest target where there is room. */
static void paint_targets(const struct paint *paint, struct rect box, const struct dataset *set)
{
    const struct snapshot_info *info = paint->frame->info;
    const struct theme *theme = paint->theme;
    static const char *const heads[] = {"predicted", "target", "off by"};
    const int targets = paint->desc->data->targets;
    const float column = 0.28f * box.width, line = box.height / MAX_BARS;
    char name[64], whole[VALUE_NAME_SIZE];
    if (info->probe_index >= set->count)
        return;
    /* The name of a table's column has a line of its own: beside the numbers is room for "y1". */
    const bool named = data_target_name(paint->desc->data, 0) != NULL;
    if (named) {
        paint_shorten(paint, UI_MONO, UI_TICK, value_name_target(whole, paint->desc->data, 0), box.width,
                      name);
        paint_text(paint, UI_MONO, UI_TICK, box.x, box.y, ALIGN_LEFT, theme->secondary, name);
        box.y += roundf(line);
    }
    for (int k = 0; k < 3; k++)
        paint_text(paint, UI_SANS, UI_TICK, box.x + box.width - column * (float)(2 - k), box.y, ALIGN_RIGHT,
                   theme->muted, heads[k]);
    const int most = targets < MAX_BARS ? targets : MAX_BARS - 1;
    for (int i = 0; i < most && i < info->output_count; i++) {
        const float target = set->targets[(size_t)info->probe_index * (size_t)targets + (size_t)i];
        const float numbers[] = {info->output[i], target, info->output[i] - target};
        const float y = roundf(box.y + line * (float)(i + 1));
        char text[NUMBER_TEXT_SIZE];
        if (!named)
            paint_text(paint, UI_MONO, UI_TICK, box.x, y, ALIGN_LEFT, theme->secondary,
                       value_name_target(whole, paint->desc->data, i));
        for (int k = 0; k < 3; k++) {
            fit_number(paint, (double)numbers[k], k == 2 ? NUMBER_SIGNED | NUMBER_MINUS : NUMBER_MINUS,
                       column - paint_px(paint, 6.0f), text);
            /* How far off words are is no news. */
            if (k == 2 && !isfinite(numbers[k]))
                strcpy(text, "–");
            paint_text(paint, UI_MONO, UI_TICK, box.x + box.width - column * (float)(2 - k), y, ALIGN_RIGHT,
                       k == 2 ? theme->secondary : theme->text, text);
        }
    }
    if (targets == 1)
        paint_scale(paint, (struct rect){box.x, box.y + 3.0f * line, box.width, 3.5f * line}, set);
}

/* What the longest of the names needs, within reason. */
static float name_room(const struct paint *paint, const int *order, int count, float width)
{
    float most = paint_px(paint, 36.0f);
    for (int i = 0; i < count; i++)
        most =
            fmaxf(most, paint_text_width(paint, UI_MONO, UI_TICK, paint->desc->data->class_names[order[i]]));
    return fminf(most + paint_px(paint, 8.0f), 0.45f * width);
}

static void paint_bar(const struct paint *paint, struct rect row, float name_width, int class_, float share,
                      bool predicted, bool truth, const char *text)
{
    const struct theme *theme = paint->theme;
    const float text_width = paint_px(paint, NUMBER_ROOM);
    const float top = paint_text_top(paint, UI_TICK, row.y, row.height);
    const struct color ink = predicted || truth ? theme->text : theme->secondary;
    const float left = row.x + name_width;

    char name[64];
    paint_shorten(paint, UI_MONO, UI_TICK, paint->desc->data->class_names[class_],
                  name_width - paint_px(paint, 8.0f), name);
    paint_text(paint, UI_MONO, UI_TICK, left - paint_px(paint, 8.0f), top, ALIGN_RIGHT, ink, name);

    paint_text(paint, UI_MONO, UI_TICK, row.x + row.width, top, ALIGN_RIGHT, ink, text);
    if (isnan(share)) /* in words, which take the bar's place */
        return;
    const struct rect track = {left, row.y + paint_px(paint, 2.0f), row.width - name_width - text_width,
                               row.height - paint_px(paint, 4.0f)};
    ui_rect_filled(paint->ui, track, 0.0f, paint_fade(theme->border, 0.6f));
    struct rect bar = track;
    bar.width = fmaxf(paint_px(paint, 1.0f), roundf(track.width * fminf(fmaxf(share, 0.0f), 1.0f)));
    ui_rect_filled(paint->ui, bar, 0.0f, predicted ? theme->text : theme->muted);
    if (truth) {
        const float reach = paint_px(paint, 2.0f);
        const struct rect frame = {track.x - reach, track.y - reach, track.width + 2.0f * reach,
                                   track.height + 2.0f * reach};
        ui_rect_outline(paint->ui, frame, paint_px(paint, 2.0f), paint_px(paint, 1.0f), theme->text);
    }
}

static void paint_bars(const struct paint *paint, struct rect box)
{
    const struct snapshot_info *info = paint->frame->info;
    const bool percent = network_has_probabilities(paint->desc->network);
    int order[MAX_BARS];
    const int count = choose_classes(info, paint->desc->data->classes, order);
    const int predicted = hud_predicted_class(info);
    const float step = box.height / MAX_BARS, names = name_room(paint, order, count, box.width);
    for (int i = 0; i < count; i++) {
        const float value = score(info, order[i]);
        char text[NUMBER_TEXT_SIZE];
        if (percent)
            number_percent(text, (double)value, 1, NUMBER_MINUS);
        else
            paint_number(paint, (double)value, 3, NUMBER_MINUS, paint_px(paint, NUMBER_ROOM - 4.0f), text);
        const float y = roundf(box.y + step * (float)i);
        paint_bar(paint, (struct rect){box.x, y, box.width, roundf(box.y + step * (float)(i + 1)) - y}, names,
                  order[i], value, order[i] == predicted, order[i] == info->probe_label, text);
    }
}

/* What the filled and the outlined bar mean. */
static void paint_keys(const struct paint *paint, float right, float small_top)
{
    const struct theme *theme = paint->theme;
    const float mark = paint_px(paint, 10.0f);
    float x =
        right - paint_text(paint, UI_SANS, UI_TICK, right, small_top, ALIGN_RIGHT, theme->muted, "truth");
    x -= mark + paint_px(paint, 5.0f);
    const float mark_top = small_top + paint_px(paint, 3.0f);
    ui_rect_outline(paint->ui, (struct rect){x, mark_top, mark, mark}, 0.0f, paint_px(paint, 1.0f),
                    theme->text);
    x -= paint_px(paint, 14.0f);
    x -= paint_text(paint, UI_SANS, UI_TICK, x, small_top, ALIGN_RIGHT, theme->muted, "predicted");
    x -= mark + paint_px(paint, 5.0f);
    ui_rect_filled(paint->ui, (struct rect){x, mark_top, mark, mark}, 0.0f, theme->text);
}

void hud_paint_probe(const struct paint *paint, struct rect rect)
{
    const struct theme *theme = paint->theme;
    const struct snapshot_info *info = paint->frame->info;
    paint_panel(paint, rect);
    const float pad = paint_px(paint, 14.0f), top = rect.y + paint_px(paint, 9.0f);
    const float small_top = top + paint_px(paint, 4.0f);
    const float title =
        paint_text(paint, UI_SANS_SEMIBOLD, UI_TITLE, rect.x + pad, top, ALIGN_LEFT, theme->text, "probe");
    if (info == NULL)
        return;
    char name[48];
    snprintf(name, sizeof name, "test #%u", (unsigned)info->probe_index);
    paint_text(paint, UI_MONO, UI_TICK, rect.x + pad + title + paint_px(paint, 10.0f), small_top, ALIGN_LEFT,
               theme->secondary, name);

    const float right = rect.x + rect.width - pad;
    if (paint->desc->data->classes > 0 || paint->desc->data->targets == 1)
        paint_keys(paint, right, small_top);
    const float content = rect.y + paint_px(paint, 38.0f);
    const float height = rect.y + rect.height - paint_px(paint, 12.0f) - content;
    const struct dataset *test = &paint->desc->data->test;
    const bool pictured = dataset_has_picture(test);
    const float beside = pictured
                             ? height
                             : numbers_width(paint, 0.72f * height,
                                             0.72f * height + (test->targets ? 0.13f : 0.2f) * rect.width);
    const struct rect sample = {rect.x + pad, content, roundf(beside), height};
    if (pictured)
        paint_image(paint, sample, test, info->probe_index);
    else
        paint_numbers(paint, sample, test, info->probe_index);
    const float gap = paint_px(paint, pictured ? 4.0f : 16.0f);
    const float left = rect.x + pad + sample.width + gap;
    const struct rect answers = {left, content, right - left, height};
    if (test->targets)
        paint_targets(paint, answers, test);
    else
        paint_bars(paint, answers);
}
