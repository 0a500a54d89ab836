/* Labels of the scene: text on a little of the background's colour, so that it reads over plates
 * and ribbons. */
#include "view/hud_paint.h"

#include <math.h>

/* Of a class name: the box reaches this far beside the text, and beyond the line of a large name, whose
 * neighbours are farther away. In pixels at 1080p. */
static const float OUTLINE_PAD = 5.0f, OUTLINE_RISE = 1.0f;

static struct rect class_box(const struct paint *paint, const struct label *label, struct rect text)
{
    const float pad = paint_px(paint, label->outlined ? OUTLINE_PAD : 2.0f);
    const float rise = paint_px(paint, label->small ? 0.0f : OUTLINE_RISE);
    return (struct rect){text.x - pad, text.y - rise, text.width + 2.0f * pad, text.height + 2.0f * rise};
}

struct label_font {
    enum ui_font font;
    enum ui_size size;
};

static struct label_font font_of(const struct label *label)
{
    switch (label->style) {
    case LABEL_NAME:
        return (struct label_font){UI_SANS_SEMIBOLD, UI_BODY};
    case LABEL_DETAIL:
        return (struct label_font){UI_MONO, UI_TICK};
    case LABEL_WEIGHT:
        return (struct label_font){UI_SANS, UI_TICK};
    case LABEL_CLASS:
        return (struct label_font){UI_MONO, label->small ? UI_TICK : UI_BODY};
    default:
        return (struct label_font){UI_MONO, label->emphasized ? UI_TITLE : UI_TICK};
    }
}

static struct color color_of(const struct theme *theme, const struct label *label)
{
    if (label->emphasized || label->outlined || label->style == LABEL_NAME)
        return theme->text;
    if (label->style != LABEL_WEIGHT)
        return theme->secondary;
    /* On the light ground's grid and shadows the muted colour alone would be too faint. */
    const float share = theme->name == THEME_LIGHT ? 0.5f : 0.0f;
    const struct color a = theme->muted, b = theme->secondary;
    return (struct color){a.r + share * (b.r - a.r), a.g + share * (b.g - a.g), a.b + share * (b.b - a.b),
                          1.0f};
}

void hud_label_extent(struct ui *ui, const struct label *label, float *width, float *height)
{
    const struct label_font font = font_of(label);
    ui_text_size(ui, font.font, font.size, label->text, width, height);
}

/* The text's top left corner and size. */
static struct rect place(const struct paint *paint, const struct label *label)
{
    struct rect box;
    hud_label_extent(paint->ui, label, &box.width, &box.height);
    const float side = label->anchor == ANCHOR_LEFT ? 0.0f : label->anchor == ANCHOR_CENTER ? 0.5f : 1.0f;
    box.x = roundf(label->x - side * box.width);
    box.y = roundf(label->y - 0.5f * box.height);
    return box;
}

/* What keeps the text apart from the scene: class names stand in the thick of the ribbons. */
static void paint_ground(const struct paint *paint, const struct label *label)
{
    const struct label_font font = font_of(label);
    const struct rect box = place(paint, label);
    if (label->style == LABEL_CLASS) {
        ui_rect_filled(paint->ui, class_box(paint, label, box), paint_px(paint, 4.0f),
                       paint_fade(paint->theme->background, 0.85f));
        return;
    }
    const struct color halo = paint_fade(paint->theme->background, 0.55f);
    const float reach = paint_px(paint, 1.0f);
    for (int i = 0; i < 4; i++) {
        const float dx = i % 2 == 0 ? -reach : reach, dy = i < 2 ? -reach : reach;
        ui_text(paint->ui, font.font, font.size, box.x + dx, box.y + dy, halo, label->text);
    }
}

static void paint_label(const struct paint *paint, const struct label *label)
{
    const struct label_font font = font_of(label);
    const struct rect box = place(paint, label);
    ui_text(paint->ui, font.font, font.size, box.x, box.y, color_of(paint->theme, label), label->text);
    if (label->outlined) {
        ui_rect_outline(paint->ui, class_box(paint, label, box), paint_px(paint, label->small ? 3.0f : 4.0f),
                        paint_px(paint, label->small ? 1.0f : 1.5f), paint->theme->text);
    }
}

/* A line with ends turned down over each stage, its name above; all of them, or none when two names would
 * touch. */
void hud_paint_stages(const struct paint *paint)
{
    const struct theme *theme = paint->theme;
    const struct rect room = paint->frame->layout->free_view;
    const float top = room.y + paint_px(paint, 1.0f), line = top + paint_px(paint, 23.0f);
    const float thickness = paint_px(paint, 1.0f), drop = paint_px(paint, 5.0f);
    float end = -INFINITY;
    for (int i = 0; i < paint->frame->stage_count; i++) {
        const struct stage_bracket *stage = &paint->frame->stages[i];
        const float middle = 0.5f * (stage->left + stage->right);
        const float half = 0.5f * paint_text_width(paint, UI_SANS, UI_BODY, stage->name);
        if (middle - half < end)
            return;
        end = middle + half + paint_px(paint, 8.0f);
    }
    for (int i = 0; i < paint->frame->stage_count; i++) {
        const struct stage_bracket *stage = &paint->frame->stages[i];
        const float left = roundf(stage->left) + 0.5f * thickness,
                    right = roundf(stage->right) - 0.5f * thickness;
        const float y = roundf(line) + 0.5f * thickness;
        paint_text(paint, UI_SANS, UI_BODY, roundf(0.5f * (left + right)), top, ALIGN_CENTER,
                   theme->secondary, stage->name);
        ui_line(paint->ui, left, y, right, y, thickness, theme->muted);
        ui_line(paint->ui, left, y, left, y + drop, thickness, theme->muted);
        ui_line(paint->ui, right, y, right, y + drop, thickness, theme->muted);
    }
}

/* No label's ground covers another label's text. */
void hud_paint_labels(const struct paint *paint)
{
    for (int i = 0; i < paint->frame->label_count; i++)
        paint_ground(paint, &paint->frame->labels[i]);
    for (int i = 0; i < paint->frame->label_count; i++)
        paint_label(paint, &paint->frame->labels[i]);
}
