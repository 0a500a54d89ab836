/* The layout table: for each class of window size, which panels stand in which zone. A zone is a strip
 * along a window's edge; its panels share it in the order of their rows. */
#include "view/layout.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum size_class {
    SIZE_LARGE,
    SIZE_TALL,
    SIZE_MEDIUM,
    SIZE_SMALL,
    SIZE_TINY,
    SIZE_FILM_LARGE,
    SIZE_FILM,
    SIZE_FILM_SMALL,
    SIZE_CLASS_COUNT
};

enum zone {
    ZONE_TOP,    /* across the window's top */
    ZONE_FOOT,   /* across the bottom */
    ZONE_BOTTOM, /* across, above the foot */
    ZONE_RIGHT,  /* a column on the right, between top and bottom */
    ZONE_LEFT,   /* the same on the left */
    ZONE_COUNT
};

/* Lengths here are in pixels at 1080p; the layout's scale multiplies them. */
struct size_class_row {
    float min_width, min_height;
    bool portrait; /* only for windows higher than wide */
    float margin, gutter;
    float thickness[ZONE_COUNT]; /* 0: the class has no such zone */
};

/* Tried from the top: HUD_FULL up to SIZE_TINY, HUD_LEGEND from SIZE_FILM_LARGE on. */
static const struct size_class_row size_classes[SIZE_CLASS_COUNT] = {
    [SIZE_LARGE] = {1600,
                    860,
                    false,
                    24,
                    12,
                    {[ZONE_TOP] = 36, [ZONE_BOTTOM] = 220, [ZONE_RIGHT] = 384, [ZONE_LEFT] = 436}},
    [SIZE_TALL] = {600, 800, true, 16, 12, {[ZONE_TOP] = 36, [ZONE_BOTTOM] = 220, [ZONE_FOOT] = 100}},
    [SIZE_MEDIUM] = {1100,
                     600,
                     false,
                     16,
                     12,
                     {[ZONE_TOP] = 36, [ZONE_FOOT] = 100, [ZONE_RIGHT] = 292, [ZONE_LEFT] = 300}},
    [SIZE_SMALL] = {720, 440, false, 12, 8, {[ZONE_TOP] = 36, [ZONE_BOTTOM] = 140, [ZONE_LEFT] = 200}},
    [SIZE_TINY] = {300, 200, false, 8, 8, {[ZONE_TOP] = 32, [ZONE_FOOT] = 76}},
    [SIZE_FILM_LARGE] = {1600, 860, false, 24, 12, {[ZONE_FOOT] = 84, [ZONE_LEFT] = 436}},
    [SIZE_FILM] = {960, 540, false, 24, 12, {[ZONE_FOOT] = 84, [ZONE_LEFT] = 300}},
    [SIZE_FILM_SMALL] = {240, 150, false, 24, 12, {[ZONE_FOOT] = 84}},
};

enum { OPEN = PANEL_COUNT }; /* a row without a panel: the scene shows through */

struct panel_row {
    enum size_class size;
    enum zone zone;
    int panel;    /* enum panel or OPEN */
    float length; /* along the zone */
    float grow;   /* this row's share of what the zone has left over, or lacks */
    unsigned with,
        without; /* sets of enum layout_subject: it is there with all of the one, none of the other */
};

static const struct panel_row rows[] = {
    {SIZE_LARGE, ZONE_TOP, PANEL_TOP_BAR, 0, 1, 0, 0},
    {SIZE_LARGE, ZONE_RIGHT, PANEL_LOSS, 240, 240, 0, 0},
    {SIZE_LARGE, ZONE_RIGHT, PANEL_ACCURACY, 180, 180, 0, 0},
    {SIZE_LARGE, ZONE_RIGHT, PANEL_LEARNING_RATE, 130, 130, 0, 0},
    {SIZE_LARGE, ZONE_RIGHT, PANEL_GRADIENT_NORM, 166, 166, 0, 0},
    {SIZE_LARGE, ZONE_BOTTOM, PANEL_PROBE, 420, 0, 0, 0},
    {SIZE_LARGE, ZONE_BOTTOM, PANEL_RIDGELINE, 0, 1, 0, 0},
    {SIZE_LARGE, ZONE_BOTTOM, PANEL_CONFUSION, 244, 0, 0, LAYOUT_TARGETS},
    {SIZE_LARGE, ZONE_BOTTOM, PANEL_ROC, 250, 0, 0, LAYOUT_TARGETS},
    {SIZE_LARGE, ZONE_BOTTOM, PANEL_FIT, 506, 0, LAYOUT_TARGETS, 0},
    {SIZE_LARGE, ZONE_BOTTOM, PANEL_LEGEND, 344, 0, 0, 0},
    {SIZE_LARGE, ZONE_LEFT, PANEL_POINTS, 506, 0, LAYOUT_POINTS, 0},
    {SIZE_LARGE, ZONE_LEFT, OPEN, 0, 1, LAYOUT_POINTS, 0},

    {SIZE_TALL, ZONE_TOP, PANEL_TOP_BAR, 0, 1, 0, 0},
    {SIZE_TALL, ZONE_BOTTOM, PANEL_POINTS, 228, 0, LAYOUT_POINTS, 0},
    {SIZE_TALL, ZONE_BOTTOM, PANEL_LOSS, 0, 1, 0, 0},
    {SIZE_TALL, ZONE_BOTTOM, PANEL_ACCURACY, 0, 1, 0, LAYOUT_POINTS},
    {SIZE_TALL, ZONE_FOOT, PANEL_LEGEND, 0, 1, 0, 0},

    {SIZE_MEDIUM, ZONE_TOP, PANEL_TOP_BAR, 0, 1, 0, 0},
    {SIZE_MEDIUM, ZONE_RIGHT, PANEL_LOSS, 286, 286, 0, 0},
    {SIZE_MEDIUM, ZONE_RIGHT, PANEL_ACCURACY, 234, 234, 0, 0},
    {SIZE_MEDIUM, ZONE_FOOT, PANEL_LEGEND, 0, 1, 0, 0},
    {SIZE_MEDIUM, ZONE_LEFT, PANEL_POINTS, 370, 0, LAYOUT_POINTS, 0},
    {SIZE_MEDIUM, ZONE_LEFT, OPEN, 0, 1, LAYOUT_POINTS, 0},

    {SIZE_SMALL, ZONE_TOP, PANEL_TOP_BAR, 0, 1, 0, 0},
    {SIZE_SMALL, ZONE_BOTTOM, PANEL_LOSS, 0, 1, 0, 0},
    {SIZE_SMALL, ZONE_BOTTOM, PANEL_ACCURACY, 0, 1, 0, 0},
    {SIZE_SMALL, ZONE_BOTTOM, PANEL_LEGEND, 0, 1, 0, 0},
    {SIZE_SMALL, ZONE_LEFT, PANEL_POINTS, 0, 1, LAYOUT_POINTS, 0},

    {SIZE_TINY, ZONE_TOP, PANEL_TOP_BAR, 0, 1, 0, 0},
    {SIZE_TINY, ZONE_FOOT, PANEL_LEGEND, 0, 1, 0, 0},

    {SIZE_FILM_LARGE, ZONE_FOOT, OPEN, 0, 1, 0, 0},
    {SIZE_FILM_LARGE, ZONE_FOOT, PANEL_LEGEND, 700, 0, 0, 0},
    {SIZE_FILM_LARGE, ZONE_LEFT, PANEL_POINTS, 506, 0, LAYOUT_POINTS, 0},
    {SIZE_FILM_LARGE, ZONE_LEFT, OPEN, 0, 1, LAYOUT_POINTS, 0},

    {SIZE_FILM, ZONE_FOOT, OPEN, 0, 1, 0, 0},
    {SIZE_FILM, ZONE_FOOT, PANEL_LEGEND, 700, 0, 0, 0},
    {SIZE_FILM, ZONE_LEFT, PANEL_POINTS, 370, 0, LAYOUT_POINTS, 0},
    {SIZE_FILM, ZONE_LEFT, OPEN, 0, 1, LAYOUT_POINTS, 0},

    {SIZE_FILM_SMALL, ZONE_FOOT, OPEN, 0, 1, 0, 0},
    {SIZE_FILM_SMALL, ZONE_FOOT, PANEL_LEGEND, 700, 0, 0, 0},
};

static const float INSPECTOR_WIDTH = 428, INSPECTOR_HEIGHT = 136;
static const float DRAWER_WIDTH = 300, DRAWER_MIN_HEIGHT = 300;

enum { ROW_COUNT = sizeof rows / sizeof rows[0], NO_CLASS = -1 };

static int find_class(float width, float height, enum hud_mode mode)
{
    const int first = mode == HUD_LEGEND ? SIZE_FILM_LARGE : 0;
    const int end = mode == HUD_LEGEND ? SIZE_CLASS_COUNT : SIZE_FILM_LARGE;
    for (int i = first; i < end && mode != HUD_NONE; i++) {
        const struct size_class_row *c = &size_classes[i];
        if (width >= c->min_width && height >= c->min_height && (!c->portrait || height > width))
            return i;
    }
    return NO_CLASS;
}

/* Cuts the zone's strip off `room` and returns it. */
static struct rect cut_zone(struct rect *room, enum zone zone, float thickness, float gutter)
{
    struct rect strip = *room;
    switch (zone) {
    case ZONE_TOP:
        strip.height = thickness;
        room->y += thickness + gutter;
        room->height -= thickness + gutter;
        break;
    case ZONE_RIGHT:
        strip.x += strip.width - thickness;
        strip.width = thickness;
        room->width -= thickness + gutter;
        break;
    case ZONE_LEFT:
        strip.width = thickness;
        room->x += thickness + gutter;
        room->width -= thickness + gutter;
        break;
    default:
        strip.y += strip.height - thickness;
        strip.height = thickness;
        room->height -= thickness + gutter;
        break;
    }
    return strip;
}

struct zone_key {
    int size; /* enum size_class */
    enum zone zone;
    unsigned subject;
};

static bool row_is_in(const struct panel_row *row, const struct zone_key *key)
{
    return (int)row->size == key->size && row->zone == key->zone && (row->with & key->subject) == row->with &&
           (row->without & key->subject) == 0;
}

static bool zone_has_rows(const struct zone_key *key)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (row_is_in(&rows[i], key))
            return true;
    return false;
}

/* A window narrower than the zone's fixed lengths lets them all shrink. */
static void fill_zone(struct layout *layout, const struct zone_key *key, struct rect strip, float gutter)
{
    const bool vertical = key->zone == ZONE_RIGHT || key->zone == ZONE_LEFT;
    float fixed = 0.0f, grow = 0.0f, gutters = -gutter;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (!row_is_in(&rows[i], key))
            continue;
        fixed += rows[i].length * layout->scale;
        grow += rows[i].grow;
        gutters += gutter;
    }
    const float available = (vertical ? strip.height : strip.width) - gutters;
    const bool squeeze = available < fixed && !vertical;
    float cursor = 0.0f;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct panel_row *row = &rows[i];
        if (!row_is_in(row, key))
            continue;
        float length = row->length * layout->scale;
        length = squeeze ? length * available / fixed : length + (available - fixed) * row->grow / grow;
        if (row->panel != OPEN) {
            layout->visible[row->panel] = true;
            /* Whole pixels, so that one-pixel borders stay sharp. */
            const float begin = roundf(cursor), end = roundf(cursor + length);
            layout->panels[row->panel] =
                vertical ? (struct rect){strip.x, strip.y + begin, strip.width, end - begin}
                         : (struct rect){strip.x + begin, strip.y, end - begin, strip.height};
        }
        cursor += length + gutter;
    }
}

/* Over the scene, where the default view leaves the ground empty. */
static void place_inspector(struct layout *layout)
{
    const struct rect room = layout->free_view;
    const float width = roundf(INSPECTOR_WIDTH * layout->scale);
    const float height = roundf(INSPECTOR_HEIGHT * layout->scale);
    if (room.width < 2.0f * width || room.height < 3.0f * height)
        return;
    layout->visible[PANEL_INSPECTOR] = true;
    layout->panels[PANEL_INSPECTOR] =
        (struct rect){room.x + room.width - width, room.y + room.height - height, width, height};
}

void layout_compute(struct layout *layout, int width, int height, enum hud_mode mode)
{
    layout_compute_for(layout, 0, width, height, mode);
}

void layout_compute_for(struct layout *layout, unsigned subject, int width, int height, enum hud_mode mode)
{
    *layout = (struct layout){.scale = 1.0f};
    if (width <= 0 || height <= 0)
        return;
    layout->scale = fmaxf(1.0f, fminf((float)width / 1920.0f, (float)height / 1080.0f));
    const float scale = layout->scale;
    const int size = find_class((float)width / scale, (float)height / scale, mode);

    float margin = roundf(size_classes[size == NO_CLASS ? SIZE_FILM_SMALL : size].margin * scale);
    margin = fminf(margin, floorf(0.05f * fminf((float)width, (float)height)));
    struct rect room = {margin, margin, (float)width - 2.0f * margin, (float)height - 2.0f * margin};
    if (size != NO_CLASS) {
        const float gutter = roundf(size_classes[size].gutter * scale);
        for (int zone = 0; zone < ZONE_COUNT; zone++) {
            const float thickness = roundf(size_classes[size].thickness[zone] * scale);
            const struct zone_key key = {size, (enum zone)zone, subject};
            if (thickness > 0.0f && zone_has_rows(&key))
                fill_zone(layout, &key, cut_zone(&room, key.zone, thickness, gutter), gutter);
        }
    }
    layout->free_view = room;
    if (size == SIZE_LARGE || size == SIZE_MEDIUM)
        place_inspector(layout);
}

bool layout_has_drawer_room(const struct layout *layout)
{
    const struct rect *room = &layout->free_view;
    return layout->visible[PANEL_DRAWER] || (room->width >= 2.0f * roundf(DRAWER_WIDTH * layout->scale) &&
                                             room->height >= DRAWER_MIN_HEIGHT * layout->scale);
}

void layout_open_drawer(struct layout *layout)
{
    struct rect *room = &layout->free_view;
    const float width = roundf(DRAWER_WIDTH * layout->scale), gutter = roundf(12.0f * layout->scale);
    if (!layout_has_drawer_room(layout))
        return;
    layout->visible[PANEL_DRAWER] = true;
    layout->panels[PANEL_DRAWER] = (struct rect){room->x, room->y, width, room->height};
    room->x += width + gutter;
    room->width -= width + gutter;
}

bool layout_is_roomy(const struct layout *layout)
{
    const struct rect room = layout->free_view;
    return room.width >= 2.5f * INSPECTOR_WIDTH * layout->scale &&
           room.height >= 5.0f * INSPECTOR_HEIGHT * layout->scale;
}

bool hud_mode_from_name(const char *text, enum hud_mode *mode)
{
    static const char *const names[] = {"full", "legend", "none"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            *mode = (enum hud_mode)i;
            return true;
        }
    }
    return false;
}
