/* Labels are collected with their priorities, then placed greedily: each one that would touch a label
 * already placed, or leave the free view, is dropped. */
#include "view/label_layout.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cglm/cglm.h>

static const float NAME_RISE = 34.0f, DETAIL_RISE = 15.0f; /* pixels above the slab's top edge */
static const float WEIGHT_DROP = 16.0f, WEIGHT_DETAIL_DROP = 32.0f;
static const float CLASS_OFFSET = 14.0f, VALUE_OFFSET = 10.0f;
static const float VALUE_SHOWN_FROM = 0.01f;
/* Below this many pixels of framebuffer (at scale 1), weight plates keep their names only. */
static const float SECONDARY_FROM_HEIGHT = 860.0f;

enum priority {
    PRIORITY_ANSWER,
    PRIORITY_NAME,
    PRIORITY_CLASS,
    PRIORITY_DETAIL,
    PRIORITY_VALUE,
    PRIORITY_WEIGHT
};

struct collection {
    const struct label_source *source;
    struct label *labels;
    int count;
};

static bool project(const struct label_source *source, const vec3 world, float *x, float *y)
{
    vec4 clip;
    glm_mat4_mulv((vec4 *)source->view_projection, (vec4){world[0], world[1], world[2], 1.0f}, clip);
    if (clip[3] <= 0.0f)
        return false;
    *x = (clip[0] / clip[3] * 0.5f + 0.5f) * (float)source->width;
    *y = (0.5f - clip[1] / clip[3] * 0.5f) * (float)source->height;
    return true;
}

/* Adds a label at a place in the scene, moved by pixels (at scale 1); returns it, or NULL when it lies
 * behind the eye. */
static struct label *add(struct collection *collection, const vec3 world, float dx, float dy,
                         enum label_style style, enum priority priority)
{
    const struct label_source *source = collection->source;
    float x, y;
    if (collection->count == LABEL_CAPACITY || !project(source, world, &x, &y))
        return NULL;
    struct label *label = &collection->labels[collection->count++];
    memset(label, 0, sizeof *label);
    label->x = x + dx * source->pixel_scale;
    label->y = y + dy * source->pixel_scale;
    label->style = style;
    label->anchor = ANCHOR_CENTER;
    label->priority = (int)priority;
    return label;
}

static void add_detail(struct collection *collection, int index, const vec3 world, float dy)
{
    const struct plate *plate = &collection->source->scene->plates[index];
    struct label *label = add(collection, world, 0.0f, dy, LABEL_DETAIL, PRIORITY_DETAIL);
    if (!label)
        return;
    const bool has_scale = plate->map != MAP_GREY && plate->kind != PLATE_OUTPUT && collection->source->info;
    if (has_scale)
        snprintf(label->text, sizeof label->text, "%s  S %.4g", plate->shape,
                 (double)collection->source->scales[index]);
    else
        snprintf(label->text, sizeof label->text, "%s", plate->shape);
}

/* The middle of the slab's front edge that is highest (or lowest) on the screen. */
static void edge_middle(const struct plate *plate, bool top, vec3 middle)
{
    vec3 corners[4];
    plate_front(plate, corners);
    glm_vec3_lerp(corners[top ? 0 : 3], corners[top ? 1 : 2], 0.5f, middle);
}

static void add_names(struct collection *collection, int index)
{
    const struct plate *plate = &collection->source->scene->plates[index];
    vec3 middle;
    edge_middle(plate, plate->kind != PLATE_WEIGHT, middle);
    if (plate->kind == PLATE_WEIGHT) {
        struct label *name = add(collection, middle, 0.0f, WEIGHT_DROP, LABEL_WEIGHT, PRIORITY_WEIGHT);
        if (name)
            snprintf(name->text, sizeof name->text, "%.63s", plate->title);
        if ((float)collection->source->height >= SECONDARY_FROM_HEIGHT * collection->source->pixel_scale)
            add_detail(collection, index, middle, WEIGHT_DETAIL_DROP);
        return;
    }
    struct label *name = add(collection, middle, 0.0f, -NAME_RISE, LABEL_NAME, PRIORITY_NAME);
    if (name)
        snprintf(name->text, sizeof name->text, "%.63s", plate->title);
    add_detail(collection, index, middle, -DETAIL_RISE);
}

static void add_classes(struct collection *collection, const struct plate *plate)
{
    const struct label_source *source = collection->source;
    const struct snapshot_info *info = source->info;
    const int classes = plate->values < SNAPSHOT_MAX_OUTPUTS ? plate->values : SNAPSHOT_MAX_OUTPUTS;
    vec3 right;
    glm_vec3_copy((float *)plate->right, right);
    int best = 0;
    for (int i = 1; info && i < classes; i++)
        if (info->output[i] > info->output[best])
            best = i;
    for (int i = 0; i < classes; i++) {
        vec3 cell, left, tip;
        plate_value_position(plate, (size_t)i, cell);
        glm_vec3_copy(cell, left);
        glm_vec3_muladds(right, -0.5f, left);
        struct label *name = add(collection, left, -CLASS_OFFSET, 0.0f, LABEL_CLASS,
                                 info && i == best ? PRIORITY_ANSWER : PRIORITY_CLASS);
        if (name) {
            if (source->data && i < source->data->classes)
                snprintf(name->text, sizeof name->text, "%s", source->data->class_names[i]);
            else
                snprintf(name->text, sizeof name->text, "%d", i);
            name->anchor = ANCHOR_RIGHT;
            name->outlined = info && i == info->probe_label;
            name->emphasized = info && i == best;
        }
        if (!info || plate->is_signed || !(info->output[i] >= VALUE_SHOWN_FROM))
            continue;
        glm_vec3_copy(cell, tip);
        glm_vec3_muladds(right, 0.5f, tip);
        tip[0] += plate->depth + SCENE_BAR_LENGTH * info->output[i];
        struct label *value = add(collection, tip, VALUE_OFFSET, 0.0f, LABEL_VALUE,
                                  i == best ? PRIORITY_ANSWER : PRIORITY_VALUE);
        if (value) {
            snprintf(value->text, sizeof value->text, "%.1f %%", 100.0 * (double)info->output[i]);
            value->anchor = ANCHOR_LEFT;
            value->emphasized = i == best;
        }
    }
}

/* A generous estimate: the fonts are the HUD's. */
static struct rect label_box(const struct label *label, float pixel_scale)
{
    static const float advance[] = {8.2f, 7.4f, 6.8f, 8.6f, 7.4f};
    const float per_character =
        label->emphasized && label->style == LABEL_VALUE ? 9.8f : advance[label->style];
    int characters = 0;
    for (const char *c = label->text; *c; c++)
        characters += ((unsigned char)*c & 0xC0u) != 0x80u;
    const float width = (float)characters * per_character * pixel_scale;
    const float height = (label->style == LABEL_NAME ? 17.0f : 14.0f) * pixel_scale;
    const float side = label->anchor == ANCHOR_LEFT ? 0.0f : label->anchor == ANCHOR_CENTER ? 0.5f : 1.0f;
    return (struct rect){label->x - side * width, label->y - 0.5f * height, width, height};
}

static bool overlap(struct rect a, struct rect b)
{
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

static bool inside(struct rect a, struct rect room)
{
    return a.x >= room.x && a.y >= room.y && a.x + a.width <= room.x + room.width &&
           a.y + a.height <= room.y + room.height;
}

static int by_priority(const void *a, const void *b)
{
    return ((const struct label *)a)->priority - ((const struct label *)b)->priority;
}

/* Keeps the order of equal priorities, which qsort does not promise. */
static void sort_labels(struct label *labels, int count)
{
    for (int i = 0; i < count; i++)
        labels[i].priority = labels[i].priority * LABEL_CAPACITY + i;
    qsort(labels, (size_t)count, sizeof *labels, by_priority);
    for (int i = 0; i < count; i++)
        labels[i].priority /= LABEL_CAPACITY;
}

int label_layout(const struct label_source *source, struct label *labels)
{
    struct collection collection = {.source = source, .labels = labels};
    for (int i = 0; i < source->scene->plate_count; i++) {
        add_names(&collection, i);
        if (source->scene->plates[i].kind == PLATE_OUTPUT)
            add_classes(&collection, &source->scene->plates[i]);
    }
    sort_labels(labels, collection.count);
    struct rect boxes[LABEL_CAPACITY];
    int kept = 0;
    for (int i = 0; i < collection.count; i++) {
        const struct rect box = label_box(&labels[i], source->pixel_scale);
        bool fits = inside(box, source->room);
        for (int k = 0; fits && k < kept; k++)
            fits = !overlap(box, boxes[k]);
        if (!fits)
            continue;
        boxes[kept] = box;
        labels[kept++] = labels[i];
    }
    return kept;
}

struct label_margins label_layout_margins(float pixel_scale)
{
    const struct label_margins at_1080p = {.left = 10.0f, .top = 50.0f, .right = 70.0f, .bottom = 44.0f};
    return (struct label_margins){at_1080p.left * pixel_scale, at_1080p.top * pixel_scale,
                                  at_1080p.right * pixel_scale, at_1080p.bottom * pixel_scale};
}
