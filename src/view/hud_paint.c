/* The brush of the HUD's panels. */
#include "view/hud_paint.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

float paint_px(const struct paint *paint, float units) { return roundf(units * paint->scale); }

float paint_text_width(const struct paint *paint, enum ui_font font, enum ui_size size, const char *text)
{
    float width, height;
    ui_text_size(paint->ui, font, size, text, &width, &height);
    return width;
}

float paint_text(const struct paint *paint, enum ui_font font, enum ui_size size, float x, float y,
                 enum align align, struct color color, const char *text)
{
    const float width = paint_text_width(paint, font, size, text);
    ui_text(paint->ui, font, size, x - 0.5f * (float)align * width, y, color, text);
    return width;
}

const char *paint_number(const struct paint *paint, double value, int decimals, unsigned form, float room,
                         char text[NUMBER_TEXT_SIZE])
{
    number_fixed(text, value, decimals, form);
    for (int digits = NUMBER_MOST_DIGITS; digits > 0; digits--) {
        if (paint_text_width(paint, UI_MONO, UI_TICK, text) <= room)
            break;
        number_text(text, value, digits, form);
    }
    return text;
}

/* Whole characters: bytes 10xxxxxx go on with one. */
void paint_shorten(const struct paint *paint, enum ui_font font, enum ui_size size, const char *text,
                   float width, char shortened[64])
{
    snprintf(shortened, 61, "%s", text);
    size_t length = strlen(shortened);
    if (strcmp(shortened, text) == 0 && paint_text_width(paint, font, size, text) <= width)
        return;
    do {
        while (length > 0 && ((unsigned char)text[length] & 0xC0u) == 0x80u)
            length--;
        snprintf(shortened + length, 64 - length, "…");
    } while (paint_text_width(paint, font, size, shortened) > width && length-- > 0);
}

float paint_text_top(const struct paint *paint, enum ui_size size, float y, float height)
{
    float width, line;
    ui_text_size(paint->ui, UI_SANS, size, "", &width, &line);
    return roundf(y + 0.5f * (height - line));
}

struct color paint_fade(struct color color, float alpha)
{
    color.a *= alpha;
    return color;
}

float paint_shadow(const struct paint *paint)
{
    return paint->theme->name == THEME_LIGHT ? paint_px(paint, 5.0f) : 0.0f;
}

void paint_panel(const struct paint *paint, struct rect rect)
{
    const float radius = paint_px(paint, 8.0f);
    const float reach = paint_shadow(paint);
    if (paint->keeps_shadows)
        ui_clip(paint->ui, rect);
    for (float r = reach; r >= 1.0f; r -= 1.0f) {
        const struct rect shadow = {rect.x - r, rect.y - r + 1.0f, rect.width + 2.0f * r,
                                    rect.height + 2.0f * r};
        ui_rect_filled(paint->ui, shadow, radius + r, paint_fade(paint->theme->border, 0.14f));
    }
    ui_rect_filled(paint->ui, rect, radius, paint->theme->panel);
    ui_rect_outline(paint->ui, rect, radius, paint_px(paint, 1.0f), paint->theme->border);
    if (paint->keeps_shadows)
        ui_unclip(paint->ui);
}

float paint_title(const struct paint *paint, struct rect rect, const char *title)
{
    const float left = rect.x + paint_px(paint, 14.0f), top = rect.y + paint_px(paint, 9.0f);
    return left +
           paint_text(paint, UI_SANS_SEMIBOLD, UI_TITLE, left, top, ALIGN_LEFT, paint->theme->text, title);
}

void paint_empty(const struct paint *paint, struct rect rect, const char *text)
{
    const float top = paint_text_top(paint, UI_TICK, rect.y, rect.height);
    paint_text(paint, UI_SANS, UI_TICK, rect.x + 0.5f * rect.width, top, ALIGN_CENTER, paint->theme->muted,
               text);
}

float paint_key_cap(const struct paint *paint, float x, float y, const char *key)
{
    const float pad = paint_px(paint, 6.0f);
    const float width = paint_text_width(paint, UI_MONO, UI_TICK, key) + 2.0f * pad;
    const struct rect cap = {x, y - paint_px(paint, 2.0f), width, paint_px(paint, 19.0f)};
    ui_rect_filled(paint->ui, cap, paint_px(paint, 4.0f), paint->theme->border);
    paint_text(paint, UI_MONO, UI_TICK, x + pad, y, ALIGN_LEFT, paint->theme->text, key);
    return width;
}
