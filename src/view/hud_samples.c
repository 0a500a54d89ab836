/* The confusion matrix over the free view, and beside it the samples that the selected cell counts. */
#include "view/hud_paint.h"

#include <math.h>
#include <stdio.h>

#include "base/number_text.h"
#include "data/picture.h"

/* At 1080p. */
static const float item_width = 84.0f, picture_size = 56.0f, item_height = 100.0f, least_list_width = 180.0f;

struct list {
    struct rect area;
    int columns, rows;
    float item_width, item_height;
};

/* The matrix on the left; what its square leaves free on the right is the list's. */
static struct rect matrix_room(const struct paint *paint, struct rect rect)
{
    const float top = paint_px(paint, 46.0f), pad = paint_px(paint, 14.0f);
    const float height = rect.height - top - pad;
    const float width = fminf(rect.width - 2.0f * pad, height + paint_px(paint, 70.0f));
    return (struct rect){rect.x + pad, rect.y + top, width, height};
}

static struct list place_list(const struct paint *paint, struct rect rect, struct rect matrix)
{
    const float gap = paint_px(paint, 24.0f), pad = paint_px(paint, 14.0f), heading = paint_px(paint, 52.0f);
    const float left = matrix.x + matrix.width + gap;
    struct list list = {
        .area = {left, matrix.y, rect.x + rect.width - pad - left, matrix.height - paint_px(paint, 22.0f)},
        .item_width = paint_px(paint, item_width),
        .item_height = paint_px(paint, item_height)};
    if (list.area.width < paint_px(paint, least_list_width))
        return list;
    list.columns = (int)(list.area.width / list.item_width);
    list.item_width = floorf(list.area.width / (float)list.columns);
    list.rows = (int)((list.area.height - heading) / list.item_height);
    while (list.columns * list.rows > THUMBNAILS_MOST)
        list.rows--;
    return list;
}

static struct rect item_at(const struct paint *paint, const struct list *list, int index)
{
    const float x = list->area.x + list->item_width * (float)(index % list->columns);
    const float y =
        list->area.y + paint_px(paint, 52.0f) + list->item_height * (float)(index / list->columns);
    return (struct rect){x, y, list->item_width - paint_px(paint, 8.0f),
                         list->item_height - paint_px(paint, 8.0f)};
}

/* Whole pixels per value where there is room for them. */
static struct rect picture_in(const struct paint *paint, struct rect item)
{
    const struct dataset *set = &paint->desc->data->test;
    const float room = paint_px(paint, picture_size);
    float cell = room / fmaxf((float)set->width, (float)set->height);
    cell = cell >= 1.0f ? floorf(cell) : cell;
    const float width = cell * (float)set->width, height = cell * (float)set->height;
    return (struct rect){roundf(item.x + 0.5f * (room - width)), roundf(item.y + 0.5f * (room - height)),
                         width, height};
}

static struct rect numbers_in(const struct paint *paint, struct rect item)
{
    return (struct rect){item.x, item.y, paint_px(paint, picture_size), paint_px(paint, picture_size)};
}

/* The first values of a sample that is no picture. */
static void paint_values(const struct paint *paint, struct rect box, uint32_t sample)
{
    const struct dataset *set = &paint->desc->data->test;
    const float line = paint_px(paint, 15.0f), pad = paint_px(paint, 3.0f);
    const size_t room = (size_t)((box.height - 2.0f * pad) / line), size = dataset_sample_size(set);
    ui_clip(paint->ui, box);
    for (size_t i = 0; i < size && i < room; i++) {
        char text[24];
        number_text(text, (double)dataset_value(set, sample, i), 3, NUMBER_MINUS);
        if (i + 1 == room && size > room)
            snprintf(text, sizeof text, "…");
        paint_text(paint, UI_MONO, UI_TICK, box.x + box.width - pad, box.y + pad + line * (float)i,
                   ALIGN_RIGHT, paint->theme->secondary, text);
    }
    ui_unclip(paint->ui);
}

static void paint_item(const struct paint *paint, struct rect item, int index, uint32_t sample)
{
    const struct theme *theme = paint->theme;
    const struct network *network = paint->desc->network;
    const bool pictured = dataset_has_picture(&paint->desc->data->test);
    const struct rect picture = pictured ? picture_in(paint, item) : numbers_in(paint, item);
    if (pictured)
        ui_image(paint->ui, paint->thumbnails->texture, thumbnails_part(paint->thumbnails, index), picture);
    else
        paint_values(paint, picture, sample);
    const bool shown = paint->frame->info != NULL && paint->frame->info->probe_index == sample;
    const float edge = paint_px(paint, shown ? 2.0f : 1.0f);
    ui_rect_outline(paint->ui,
                    (struct rect){picture.x - edge, picture.y - edge, picture.width + 2.0f * edge,
                                  picture.height + 2.0f * edge},
                    0.0f, edge, shown ? theme->text : theme->border);
    char text[24];
    const float y = item.y + paint_px(paint, picture_size + 4.0f);
    snprintf(text, sizeof text, "#%u", sample);
    paint_text(paint, UI_MONO, UI_TICK, item.x, y, ALIGN_LEFT, theme->muted, text);
    const double confidence = (double)paint->predictions->confidence[sample];
    if (network_has_probabilities(network))
        number_percent(text, confidence, 1, NUMBER_MINUS);
    else
        number_fixed(text, confidence, 3, NUMBER_MINUS);
    paint_text(paint, UI_MONO, UI_TICK, item.x, y + paint_px(paint, 15.0f), ALIGN_LEFT, theme->text, text);
}

static void paint_list_heading(const struct paint *paint, const struct list *list, uint32_t total, int shown)
{
    const struct confusion_pair pair = paint->confusion->selected;
    char *const *names = paint->desc->data->class_names;
    char text[160], share[NUMBER_TEXT_SIZE];
    snprintf(text, sizeof text, "true %.40s, predicted %.40s", names[pair.truth], names[pair.predicted]);
    ui_clip(paint->ui, list->area);
    paint_text(paint, UI_SANS_SEMIBOLD, UI_TITLE, list->area.x, list->area.y, ALIGN_LEFT, paint->theme->text,
               text);
    if (total == 0 && pair.truth == pair.predicted)
        snprintf(text, sizeof text, "no test sample of class %.40s was recognised", names[pair.truth]);
    else if (total == 0)
        snprintf(text, sizeof text, "no test sample of class %.40s was taken for %.40s", names[pair.truth],
                 names[pair.predicted]);
    else
        snprintf(text, sizeof text, "%u sample%s, %s of class %.40s; the %s confident first", total,
                 total == 1 ? "" : "s",
                 number_percent(share, confusion_share(paint->predictions, pair.truth, pair.predicted), 1,
                                NUMBER_MINUS),
                 names[pair.truth], pair.truth == pair.predicted ? "least" : "most");
    paint_text(paint, UI_SANS, UI_TICK, list->area.x, list->area.y + paint_px(paint, 23.0f), ALIGN_LEFT,
               paint->theme->secondary, text);
    ui_unclip(paint->ui);
    const uint32_t first = paint->confusion->first;
    if (shown == 0 || (uint32_t)shown == total)
        return;
    snprintf(text, sizeof text, "%u to %u of %u; the wheel shows more", first + 1, first + (uint32_t)shown,
             total);
    paint_text(paint, UI_SANS, UI_TICK, list->area.x,
               list->area.y + list->area.height + paint_px(paint, 4.0f), ALIGN_LEFT, paint->theme->muted,
               text);
}

/* The wheel moves by rows; the last row stays on screen. */
static void scroll(const struct paint *paint, const struct list *list, uint32_t total)
{
    struct confusion_state *state = paint->confusion;
    const struct pointer *pointer = paint->frame->pointer;
    const int64_t columns = list->columns;
    int64_t row = (int64_t)state->first / columns;
    if (pointer != NULL && pointer_over(pointer, list->area))
        row -= lroundf(pointer->wheel);
    const int64_t last = ((int64_t)total + columns - 1) / columns - list->rows;
    row = row > last ? last : row;
    state->first = (uint32_t)((row > 0 ? row : 0) * columns);
}

static void paint_list(const struct paint *paint, const struct list *list)
{
    const struct dataset *set = &paint->desc->data->test;
    const struct confusion_pair pair = paint->confusion->selected;
    if (list->columns < 1 || list->rows < 1)
        return;
    if (pair.truth < 0) {
        paint_text(paint, UI_SANS, UI_BODY, list->area.x, list->area.y, ALIGN_LEFT, paint->theme->secondary,
                   "a click on a cell lists its samples");
        return;
    }
    uint32_t samples[THUMBNAILS_MOST];
    const uint32_t most = (uint32_t)(list->columns * list->rows);
    const uint32_t total = confusion_samples(paint->predictions, set->labels, pair, 0, samples, 0);
    scroll(paint, list, total);
    confusion_samples(paint->predictions, set->labels, pair, paint->confusion->first, samples, most);
    const uint32_t left = total - paint->confusion->first;
    const int count = (int)(left < most ? left : most);
    if (dataset_has_picture(set))
        thumbnails_show(paint->thumbnails, set, samples, count);
    paint_list_heading(paint, list, total, count);
    for (int i = 0; i < count; i++) {
        const struct rect item = item_at(paint, list, i);
        if (pointer_clicked(paint->frame->pointer, item))
            paint->confusion->clicked = samples[i];
        paint_item(paint, item, i, samples[i]);
    }
}

static struct rect close_button(const struct paint *paint, struct rect rect)
{
    const float width = paint_px(paint, 90.0f), height = paint_px(paint, 30.0f);
    return (struct rect){rect.x + rect.width - width - paint_px(paint, 8.0f), rect.y + paint_px(paint, 6.0f),
                         width, height};
}

static void paint_heading(const struct paint *paint, struct rect rect)
{
    const struct theme *theme = paint->theme;
    const float top = rect.y + paint_px(paint, 13.0f);
    char text[160], summary[64];
    const float title = paint_title(paint, rect, "confusion");
    hud_confusion_summary(paint->predictions, summary);
    snprintf(text, sizeof text, "%s at step %llu, %u test samples; rows add up to 100 %%", summary,
             (unsigned long long)paint->predictions->step, paint->predictions->samples);
    paint_text(paint, UI_SANS, UI_TICK, title + paint_px(paint, 10.0f), top, ALIGN_LEFT, theme->secondary,
               text);
    const struct rect button = close_button(paint, rect);
    const float x = button.x + paint_px(paint, 4.0f);
    const float cap = paint_key_cap(paint, x, top, "Esc");
    paint_text(paint, UI_SANS, UI_TICK, x + cap + paint_px(paint, 8.0f), top, ALIGN_LEFT, theme->secondary,
               "close");
}

bool hud_paint_samples(const struct paint *paint, struct rect rect)
{
    const struct pointer *pointer = paint->frame->pointer;
    const struct rect room = matrix_room(paint, rect);
    const struct list list = place_list(paint, rect, room);
    if (pointer_clicked(pointer, close_button(paint, rect)) ||
        (pointer_double_clicked(pointer, rect) && !pointer_over(pointer, list.area))) {
        paint->confusion->enlarged = false;
        return false;
    }
    paint_panel(paint, rect);
    paint_heading(paint, rect);
    const struct confusion_grid grid = hud_paint_confusion_matrix(paint, room, UI_BODY);
    struct confusion_pair pair;
    if (pointer_clicked(pointer, room) && confusion_cell_at(&grid, pointer->x, pointer->y, &pair))
        confusion_select(paint->confusion, pair);
    paint_list(paint, &list);
    return true;
}
