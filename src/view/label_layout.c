/* Labels are collected with their priorities, then placed greedily: each one that would touch a label
 * already placed, lie on a plate nearer to the eye than its own (small text: on any other, or on a wire), or
 * leave the free view, is dropped. */
#include "view/label_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cglm/cglm.h>

#include "base/memory.h"
#include "base/number_text.h"

/* Pixels at scale 1. */
static const float NAME_RISE = 34.0f, DETAIL_RISE = 15.0f;          /* above the slab's top edge */
static const float WEIGHT_DROP = 15.0f, WEIGHT_DETAIL_DROP = 31.0f; /* below its bottom edge */
/* Of the lower edge: weight plates stand to the left of it, those of a short layer behind to the right. */
static const float STATE_PLACE = 0.7f, SPARE_STATE_PLACE = 0.25f;
static const float SIDE_AIR = 7.0f, STRIP_OFFSET = 5.0f;
static const float SECONDARY_FROM_HEIGHT = 860.0f; /* in lower windows weight plates keep their names only */

static const float ANSWER_RISE = 17.0f;

static const float EDGE_AIR = 6.0f, EDGE_ON = 12.0f;

static int count_characters(const char *text)
{
    int characters = 0;
    for (const char *c = text; *c; c++)
        characters += ((unsigned char)*c & 0xC0u) != 0x80u;
    return characters;
}

/* At scale 1; a generous estimate, since the fonts are the HUD's. */
static float text_width(const struct label *label)
{
    static const float widths[] = {[LABEL_NAME] = 8.2f,
                                   [LABEL_DETAIL] = 7.3f,
                                   [LABEL_WEIGHT] = 6.6f,
                                   [LABEL_CLASS] = 8.6f,
                                   [LABEL_VALUE] = 7.3f};
    const bool big = label->emphasized && label->style == LABEL_VALUE;
    return (float)count_characters(label->text) * (big ? 9.8f : widths[label->style]);
}

bool label_project(const struct label_source *source, const vec3 world, float *x, float *y)
{
    vec4 clip;
    glm_mat4_mulv((vec4 *)source->view_projection, (vec4){world[0], world[1], world[2], 1.0f}, clip);
    if (clip[3] <= 0.0f)
        return false;
    *x = (clip[0] / clip[3] * 0.5f + 0.5f) * (float)source->width;
    *y = (0.5f - clip[1] / clip[3] * 0.5f) * (float)source->height;
    return true;
}

struct label *label_add(struct collection *collection, const vec3 world, float dx, float dy,
                        enum label_style style, enum priority priority)
{
    const struct label_source *source = collection->source;
    float x, y;
    if (collection->count == LABEL_CAPACITY || !label_project(source, world, &x, &y))
        return NULL;
    struct candidate *candidate = &collection->candidates[collection->count];
    memset(candidate, 0, sizeof *candidate);
    candidate->number = collection->count++;
    candidate->plate = collection->plate;
    candidate->label.x = x + dx * source->pixel_scale;
    candidate->label.y = y + dy * source->pixel_scale;
    candidate->label.style = style;
    candidate->label.anchor = ANCHOR_CENTER;
    candidate->label.priority = (int)priority;
    return &candidate->label;
}

/* "S 2.5"; of nothing but what is no number there is no S. */
static void print_scale(char *text, size_t size, const char *name, float scale)
{
    char number[NUMBER_TEXT_SIZE];
    snprintf(text, size, "  %s%s", isnan(scale) ? "" : name,
             number_text(number, (double)scale, 4, NUMBER_MINUS));
}

/* The shape, then S of what is shown, the gradients' behind ∂. */
static void describe_scales(const struct label_source *source, int index, char *text, size_t size)
{
    const struct plate *plate = &source->scene->plates[index];
    const float *scales = source->scales + (size_t)index * SIDE_COUNT;
    const bool has_gradients = source->info && plate->gradient_region >= 0 &&
                               (source->info->has_gradients || plate->kind != PLATE_WEIGHT);
    struct pane pane;
    plate_pane(plate, source->eye, &pane);
    const bool turned = pane.side == SIDE_GRADIENTS, stacked = source->scene->twin_count > 0;
    char values[40] = "", gradients[40] = "";
    if (source->info && !turned && plate->map != MAP_GREY &&
        (plate->kind != PLATE_OUTPUT || plate->is_signed))
        print_scale(values, sizeof values, "S ", scales[SIDE_VALUES]);
    if (has_gradients && (turned || stacked))
        print_scale(gradients, sizeof gradients, turned ? "∂ S " : "∂ ", scales[SIDE_GRADIENTS]);
    snprintf(text, size, "%s%s%s", plate->shape, values, gradients);
}

static void add_detail(struct collection *collection, const vec3 world, float dy, enum priority priority)
{
    struct label *label = label_add(collection, world, 0.0f, dy, LABEL_DETAIL, priority);
    if (!label)
        return;
    describe_scales(collection->source, collection->plate, label->text, sizeof label->text);
}

/* Above the middle of the plate's top edge, or, where that edge runs up the screen, above its upper end. */
static void find_name_place(const struct collection *collection, const struct plate *plate, vec3 place)
{
    const struct label_source *source = collection->source;
    vec3 corners[4];
    float x0, y0, x1, y1;
    plate_front(plate, corners);
    glm_vec3_lerp(corners[0], corners[1], 0.5f, place);
    if (label_project(source, corners[0], &x0, &y0) && label_project(source, corners[1], &x1, &y1) &&
        fabsf(y1 - y0) > fabsf(x1 - x0))
        glm_vec3_copy(corners[y0 < y1 ? 0 : 1], place);
}

/* The one above or below which there is room for names. */
static const struct plate *outer_slab(const struct collection *collection)
{
    const struct scene *scene = collection->source->scene;
    return scene->twin_count > 0 ? &scene->twins[collection->plate] : &scene->plates[collection->plate];
}

/* The channels that a stack shows. */
static void describe_stack(const struct plate *plate, char *text, size_t size)
{
    if (plate->tiles > PLATE_MAX_PLANES)
        snprintf(text, size, "ch 0 … %d  +%d", PLATE_MAX_PLANES - 1, plate->tiles - PLATE_MAX_PLANES);
    else
        snprintf(text, size, "ch 0 … %d", plate->tiles - 1);
}

/* "dead 12%", or nothing when no unit is; a share that is not quite none or all is not rounded to that. */
static void describe_dead(const struct label_source *source, const struct plate *plate, char *text,
                          size_t size)
{
    text[0] = '\0';
    const int dead = source->predictions ? predictions_dead_count(source->predictions, plate->layer) : 0;
    if (dead <= 0)
        return;
    const int units = source->predictions->units[plate->layer];
    const int percent = (int)lrint(100.0 * dead / units);
    if (percent == 0)
        snprintf(text, size, "dead <1%%");
    else
        snprintf(text, size, "dead %d%%", percent == 100 && dead < units ? 99 : percent);
}

/* "16 + 12": the channels of each input of a concatenation; "train": the hatching is of a training step. */
static void describe_layer(const struct label_source *source, const struct plate *plate, char *text,
                           size_t size)
{
    const struct network *network = source->scene->network;
    const struct layer *layer = &network->layers[plate->layer];
    text[0] = '\0';
    if (layer->kind == LAYER_DROPOUT && source->info && source->info->step > 0)
        snprintf(text, size, "train");
    size_t at = 0;
    for (int i = 0; layer->kind == LAYER_CONCATENATE && i < layer->input_count && at + 16 < size; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%d", i > 0 ? " + " : "",
                               network->layers[layer->inputs[i]].output.channels);
}

/* Below the plate, clear of its sloping edge. */
static void add_state(struct collection *collection, const struct plate *plate)
{
    const struct label_source *source = collection->source;
    char stack[48] = "", dead[16];
    describe_layer(source, plate, stack, sizeof stack);
    if (plate->fold == 1.0f && !stack[0])
        describe_stack(plate, stack, sizeof stack);
    describe_dead(source, plate, dead, sizeof dead);
    vec3 corners[4], middle;
    float x0, y0, x1, y1;
    plate_front(plate, corners);
    if ((!stack[0] && !dead[0]) || !label_project(source, corners[3], &x0, &y0) ||
        !label_project(source, corners[2], &x1, &y1))
        return;
    glm_vec3_lerp(corners[3], corners[2], STATE_PLACE, middle);
    struct label *label = label_add(collection, middle, 0.0f, WEIGHT_DROP, LABEL_DETAIL, PRIORITY_DETAIL);
    if (!label)
        return;
    snprintf(label->text, sizeof label->text, "%s%s%s", stack, stack[0] && dead[0] ? "  " : "", dead);
    const float share = text_width(label) * source->pixel_scale / fmaxf(fabsf(x1 - x0), 1.0f);
    label->y += 0.5f * fabsf(y1 - y0) * fminf(share, 1.0f);
    float *spare = collection->candidates[collection->count - 1].spare;
    spare[0] = (SPARE_STATE_PLACE - STATE_PLACE) * (x1 - x0);
    spare[1] = (SPARE_STATE_PLACE - STATE_PLACE) * (y1 - y0);
}

static void add_activation_names(struct collection *collection, const struct plate *plate)
{
    vec3 middle;
    find_name_place(collection, outer_slab(collection), middle);
    struct label *name = label_add(collection, middle, 0.0f, -NAME_RISE, LABEL_NAME, PRIORITY_NAME);
    if (name)
        snprintf(name->text, sizeof name->text, "%.63s", plate->title);
    add_detail(collection, middle, -DETAIL_RISE, PRIORITY_DETAIL);
    add_state(collection, plate);
}

/* "γ−1" beside a norm's strip. */
static void add_strip_symbol(struct collection *collection, const struct plate *plate)
{
    vec3 corners[4], middle;
    plate_front(outer_slab(collection), corners);
    glm_vec3_lerp(corners[1], corners[2], 0.5f, middle);
    struct label *symbol =
        label_add(collection, middle, STRIP_OFFSET, 0.0f, LABEL_WEIGHT, PRIORITY_WEIGHT_DETAIL);
    if (!symbol)
        return;
    snprintf(symbol->text, sizeof symbol->text, "%.63s", strrchr(plate->title, ' ') + 1);
    symbol->anchor = ANCHOR_LEFT;
}

/* Below the plate; "dense2 weights" becomes "dense2" where the plate is too narrow for it. */
static void add_weight_names(struct collection *collection, const struct plate *plate)
{
    const struct label_source *source = collection->source;
    vec3 corners[4], middle;
    float x0, y0, x1, y1;
    plate_front(outer_slab(collection), corners);
    if (!label_project(source, corners[3], &x0, &y0) || !label_project(source, corners[2], &x1, &y1))
        return;
    /* Seen edge-on it says nothing, and what lies behind it would shine through its name. */
    float top_x, top_y;
    if (!label_project(source, corners[0], &top_x, &top_y) ||
        hypotf(top_x - x0, top_y - y0) < EDGE_ON * source->pixel_scale)
        return;
    if (plate->strip_count > 0)
        add_strip_symbol(collection, plate);
    if (plate->strip_place + 1 < plate->strip_count)
        return;
    glm_vec3_lerp(corners[3], corners[2], 0.5f, middle);
    struct label *name = label_add(collection, middle, 0.0f, WEIGHT_DROP, LABEL_WEIGHT, PRIORITY_WEIGHT);
    if (!name)
        return;
    snprintf(name->text, sizeof name->text, "%.63s", plate->title);
    const float width = text_width(name) * source->pixel_scale, room = fabsf(x1 - x0);
    char *suffix = strrchr(name->text, ' ');
    if ((width > room || plate->strip_count > 0) && suffix)
        *suffix = '\0';
    /* The edge slopes, and the text's corner has to clear it too. */
    const float clear = 0.5f * fabsf(y1 - y0) * fminf(width / fmaxf(room, 1.0f), 1.0f);
    name->y += clear;
    if (plate->strip_count > 0)
        return;
    if ((float)source->height >= SECONDARY_FROM_HEIGHT * source->pixel_scale)
        add_detail(collection, middle, WEIGHT_DETAIL_DROP + clear / source->pixel_scale,
                   PRIORITY_WEIGHT_DETAIL);
}

static struct rect label_box(const struct label *label, float pixel_scale)
{
    const float width = text_width(label) * pixel_scale;
    const float height = (label->style == LABEL_NAME ? 17.0f : 12.0f) * pixel_scale;
    const float side = label->anchor == ANCHOR_LEFT ? 0.0f : label->anchor == ANCHOR_CENTER ? 0.5f : 1.0f;
    return (struct rect){label->x - side * width, label->y - 0.5f * height, width, height};
}

static bool overlap(struct rect a, struct rect b)
{
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/* Texts side by side stand apart, so that they do not read as one. */
static bool touches(struct rect a, struct rect b, float air)
{
    a.x -= air;
    a.width += 2.0f * air;
    return overlap(a, b);
}

/* Inside the window, with a little air, and on no panel. */
static bool has_room(const struct label_source *source, struct rect box)
{
    const float air = EDGE_AIR * source->pixel_scale;
    if (box.x < air || box.y < air || box.x + box.width > (float)source->width - air ||
        box.y + box.height > (float)source->height - air)
        return false;
    if (source->band > 0.0f && box.y < source->layout->free_view.y + source->band)
        return false;
    for (int i = 0; i < PANEL_COUNT; i++)
        if (source->layout->visible[i] && overlap(box, source->layout->panels[i]))
            return false;
    return true;
}

static void find_outlines(struct collection *collection)
{
    const struct label_source *source = collection->source;
    for (int i = 0; i < source->scene->plate_count + source->scene->twin_count; i++) {
        struct outline *outline = &collection->outlines[i];
        vec3 corners[4], middle;
        plate_front(scene_slab(source->scene, i), corners);
        glm_vec3_lerp(corners[0], corners[2], 0.5f, middle);
        outline->distance = glm_vec3_distance(middle, (float *)source->eye);
        outline->visible = true;
        for (int k = 0; k < 4; k++)
            outline->visible =
                label_project(source, corners[k], &outline->x[k], &outline->y[k]) && outline->visible;
    }
}

/* Inside a convex outline of either winding. */
static bool covers(const struct outline *outline, float x, float y)
{
    int left = 0, right = 0;
    for (int k = 0; k < 4; k++) {
        const int next = (k + 1) % 4;
        const float side = (outline->x[next] - outline->x[k]) * (y - outline->y[k]) -
                           (outline->y[next] - outline->y[k]) * (x - outline->x[k]);
        left += side > 0.0f;
        right += side < 0.0f;
    }
    return left == 0 || right == 0;
}

/* Edges go along wires, many and bright. */
static bool lies_on_wire(const struct collection *collection, struct rect box)
{
    enum { PIECES = 32 };
    const struct label_source *source = collection->source;
    const struct scene *scene = source->scene;
    for (int i = 0; i < scene->wire_count; i++)
        for (int k = 0; k <= PIECES; k++) {
            const float t = (float)k / PIECES, u = 1.0f - t;
            const float weights[4] = {u * u * u, 3.0f * u * u * t, 3.0f * u * t * t, t * t * t};
            vec3 place = {0.0f, 0.0f, 0.0f};
            float x, y;
            for (int p = 0; p < 4; p++)
                glm_vec3_muladds((float *)scene->wires[i].points[p], weights[p], place);
            if (label_project(source, place, &x, &y) && overlap(box, (struct rect){x, y, 0.0f, 0.0f}))
                return true;
        }
    return false;
}

/* Names may stand before what is behind their plate; small text is not read there. */
static bool is_hidden(const struct collection *collection, const struct candidate *candidate, struct rect box)
{
    const enum label_style style = candidate->label.style;
    const bool small = style == LABEL_WEIGHT || style == LABEL_DETAIL;
    if (small && lies_on_wire(collection, box))
        return true;
    const float own = small ? HUGE_VALF : collection->outlines[candidate->plate].distance;
    const struct scene *scene = collection->source->scene;
    for (int i = 0; i < scene->plate_count + scene->twin_count; i++) {
        const struct outline *outline = &collection->outlines[i];
        if (i % scene->plate_count == candidate->plate || !outline->visible || outline->distance >= own)
            continue;
        for (int k = 0; k < 5; k++) {
            const float u = k == 4 ? 0.5f : (float)(k & 1), v = k == 4 ? 0.5f : (float)(k >> 1);
            if (covers(outline, box.x + u * box.width, box.y + v * box.height))
                return true;
        }
    }
    return false;
}

static int by_priority(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    return x->label.priority != y->label.priority ? x->label.priority - y->label.priority
                                                  : x->number - y->number;
}

/* "120  S 6" without room for it: "S 6"; how many neurons there are, the plate shows as well. */
static bool shorten(struct label *label)
{
    const char *scale = label->style == LABEL_DETAIL ? strstr(label->text, "  ") : NULL;
    if (!scale)
        return false;
    memmove(label->text, scale + 2, strlen(scale + 2) + 1);
    return true;
}

static bool move_to_spare(struct candidate *candidate)
{
    candidate->label.x += candidate->spare[0];
    candidate->label.y += candidate->spare[1];
    return candidate->spare[0] != 0.0f || candidate->spare[1] != 0.0f;
}

/* The answer is said in any case: without room behind its bar it stands above or below the bar's end. */
static bool move_answer(const struct label_source *source, struct label *label)
{
    if (label->style != LABEL_VALUE || !label->emphasized)
        return false;
    const struct rect box = label_box(label, source->pixel_scale), *view = &source->layout->free_view;
    const float beyond = box.x + box.width + EDGE_AIR * source->pixel_scale - (view->x + view->width);
    label->x -= fmaxf(beyond, 0.0f);
    label->y += label->drop > 0.0f ? label->drop : -ANSWER_RISE * source->pixel_scale;
    return true;
}

/* Fills boxes[kept] where the candidate has room. */
static bool find_room(const struct collection *collection, const struct candidate *candidate,
                      struct rect *boxes, int kept)
{
    const struct label_source *source = collection->source;
    const struct rect box = label_box(&candidate->label, source->pixel_scale);
    bool fits = has_room(source, box) && !is_hidden(collection, candidate, box);
    for (int k = 0; fits && k < kept; k++)
        fits = !touches(box, boxes[k], SIDE_AIR * source->pixel_scale);
    boxes[kept] = box;
    return fits;
}

int label_layout(const struct label_source *source, struct label *labels)
{
    const int plates = source->scene->plate_count;
    struct collection *collection = ls_calloc(1, sizeof *collection);
    collection->source = source;
    collection->outlines =
        ls_calloc((size_t)(plates + source->scene->twin_count), sizeof *collection->outlines);
    for (int i = 0; i < plates; i++) {
        const struct plate *plate = &source->scene->plates[i];
        collection->plate = i;
        if (plate->kind == PLATE_WEIGHT)
            add_weight_names(collection, plate);
        else
            add_activation_names(collection, plate);
        if (plate->kind == PLATE_OUTPUT)
            label_add_answers(collection, plate);
    }
    find_outlines(collection);
    qsort(collection->candidates, (size_t)collection->count, sizeof *collection->candidates, by_priority);

    struct rect boxes[LABEL_CAPACITY];
    int kept = 0;
    bool answer_named = false;
    bool *named = ls_calloc((size_t)plates, sizeof *named);
    for (int i = 0; i < collection->count; i++) {
        struct candidate *candidate = &collection->candidates[i];
        if (candidate->label.style == LABEL_VALUE && candidate->label.emphasized && !answer_named)
            label_name_answer(source, &candidate->label);
        /* What is said of a layer goes with its name. */
        if (candidate->label.style == LABEL_DETAIL && !named[candidate->plate])
            continue;
        bool fits = find_room(collection, candidate, boxes, kept);
        if (!fits && (shorten(&candidate->label) || move_answer(source, &candidate->label)))
            fits = find_room(collection, candidate, boxes, kept);
        if (!fits && move_to_spare(candidate))
            fits = find_room(collection, candidate, boxes, kept);
        if (!fits)
            continue;
        answer_named = answer_named || (candidate->label.style == LABEL_CLASS && candidate->label.emphasized);
        named[candidate->plate] = named[candidate->plate] || candidate->label.style == LABEL_NAME ||
                                  candidate->label.style == LABEL_WEIGHT;
        labels[kept++] = candidate->label;
    }
    free(named);
    free(collection->outlines);
    free(collection);
    return kept;
}

struct label_margins label_layout_margins(float pixel_scale)
{
    const struct label_margins at_1080p = {.left = 10.0f, .top = 50.0f, .right = 86.0f, .bottom = 44.0f};
    return (struct label_margins){at_1080p.left * pixel_scale, at_1080p.top * pixel_scale,
                                  at_1080p.right * pixel_scale, at_1080p.bottom * pixel_scale};
}
