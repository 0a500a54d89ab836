/* Labels of the scene: text with a thin halo of the background, so that it reads over plates and ribbons. */
#include "view/hud_paint.h"

#include <math.h>

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
        return (struct label_font){UI_MONO, UI_BODY};
    default:
        return (struct label_font){UI_MONO, label->emphasized ? UI_TITLE : UI_TICK};
    }
}

static struct color color_of(const struct theme *theme, const struct label *label)
{
    if (label->emphasized || label->outlined || label->style == LABEL_NAME)
        return theme->text;
    return label->style == LABEL_WEIGHT ? theme->muted : theme->secondary;
}

void hud_label_extent(struct ui *ui, const struct label *label, float *width, float *height)
{
    const struct label_font font = font_of(label);
    ui_text_size(ui, font.font, font.size, label->text, width, height);
}

static void paint_label(const struct paint *paint, const struct label *label)
{
    const struct label_font font = font_of(label);
    const struct color ink = color_of(paint->theme, label);
    const struct color halo = paint_fade(paint->theme->background, 0.55f);
    float width, height;
    hud_label_extent(paint->ui, label, &width, &height);
    const float side = label->anchor == ANCHOR_LEFT ? 0.0f : label->anchor == ANCHOR_CENTER ? 0.5f : 1.0f;
    const float x = roundf(label->x - side * width), y = roundf(label->y - 0.5f * height);
    const float reach = paint_px(paint, 1.0f);
    for (int i = 0; i < 4; i++) {
        const float dx = i % 2 == 0 ? -reach : reach, dy = i < 2 ? -reach : reach;
        ui_text(paint->ui, font.font, font.size, x + dx, y + dy, halo, label->text);
    }
    ui_text(paint->ui, font.font, font.size, x, y, ink, label->text);
    if (label->outlined) {
        const float pad = paint_px(paint, 5.0f);
        ui_rect_outline(paint->ui, (struct rect){x - pad, y, width + 2.0f * pad, height},
                        paint_px(paint, 4.0f), paint_px(paint, 1.5f), paint->theme->text);
    }
}

void hud_paint_labels(const struct paint *paint)
{
    for (int i = 0; i < paint->frame->label_count; i++)
        paint_label(paint, &paint->frame->labels[i]);
}
