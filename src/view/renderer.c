/* The order of the passes, what they share, and the picture they draw into. */
#include "view/renderer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cglm/cglm.h>

#include "base/memory.h"
#include "base/slots.h"
#include "gl/debug.h"
#include "gl/texture.h"
#include "view/pass_dead.h"
#include "view/pass_ground.h"
#include "view/pass_numbers.h"
#include "view/pass_plates.h"
#include "view/pass_ribbons.h"
#include "view/pass_scale.h"
#include "view/pass_selection.h"
#include "view/pass_weight_histogram.h"
#include "view/pass_wires.h"
#include "view/scene_picture.h"

/* std140, shaders/frame.glsl. */
struct frame_block {
    mat4 view_projection;
    vec4 eye, viewport, ground;
    struct color background, slab, slab_top, slab_side, outline, tile_frame, grid, shadow, bar, bar_muted;
    struct color hatch_low, hatch_high, edge_positive, edge_negative, delta_positive, delta_negative;
    struct color select;
    vec4 pulse;
    struct color maps[MAP_COUNT][MAP_ANCHORS];
};

/* Of ribbons that give way to another neuron's. */
static const float FAINT = 0.22f;

struct renderer {
    const struct scene *scene;
    const struct arena *arena;
    struct scene_picture picture;
    GLuint vertex_array; /* shaders make their own vertices */
    GLuint slots[SLOT_COUNT];
    struct gl_buffer frame_buffer;
    struct frame_block drawn; /* of the picture as it is */
    struct display display;   /* of the picture as it is */
    bool counted_gradients;   /* of the shown snapshot */
    bool stale;
    struct plate_blocks blocks;
    struct pass_scale scales;
    struct plate_detail *details; /* (plates), of the picture as it is */
    struct pass_reduce reduced;
    struct pass_weight_histogram weights;
    struct pass_plates plates;
    struct pass_numbers numbers;
    struct pass_dead dead;
    struct pass_ground ground;
    struct gap *gaps;
    int gap_count;
    struct pass_ribbons ribbons;
    struct pass_selection selection;
    struct pass_wires wires;
};

static struct color rgba(unsigned hex, float alpha)
{
    return (struct color){(float)(hex >> 16 & 0xFF) / 255.0f, (float)(hex >> 8 & 0xFF) / 255.0f,
                          (float)(hex & 0xFF) / 255.0f, alpha};
}

/* The scene's own colours: those of the theme that have no place in the HUD. */
static void set_colors(struct frame_block *block, const struct theme *theme)
{
    const bool dark = theme->name == THEME_DARK;
    block->background = theme->background;
    block->slab = dark ? rgba(0x111824, 1.0f) : rgba(0xFFFFFF, 1.0f);
    block->slab_top = dark ? rgba(0x45546D, 1.0f) : rgba(0xE4E8EF, 1.0f);
    block->slab_side = dark ? rgba(0x2A364A, 1.0f) : rgba(0xC4CCD9, 1.0f);
    block->outline = dark ? rgba(0x5B6D8A, 0.85f) : rgba(0xA9B4C6, 0.9f);
    block->tile_frame = dark ? rgba(0x36445B, 1.0f) : rgba(0xC3CBD8, 1.0f);
    block->grid = dark ? rgba(0x3A4A66, 0.42f) : rgba(0xA7B2C6, 0.42f);
    block->shadow = dark ? rgba(0x000000, 0.55f) : rgba(0x5B6880, 0.28f);
    block->bar = theme->text;
    block->bar_muted = theme->muted;
    block->hatch_low = dark ? rgba(0x1E2531, 1.0f) : rgba(0xE2E5EA, 1.0f);
    block->hatch_high = dark ? rgba(0x2C3442, 1.0f) : rgba(0xCDD2DA, 1.0f);
    block->edge_positive = theme->edge_positive;
    block->edge_negative = theme->edge_negative;
    block->delta_positive = theme->delta_positive;
    block->delta_negative = theme->delta_negative;
    block->select = theme->select;
    memcpy(block->maps, theme->maps, sizeof block->maps);
}

static void fill_block(struct frame_block *block, const struct renderer *renderer,
                       const struct renderer_frame *frame)
{
    memset(block, 0, sizeof *block);
    glm_mat4_mul((vec4 *)frame->projection, (vec4 *)frame->view, block->view_projection);
    mat4 inverse;
    glm_mat4_inv((vec4 *)frame->view, inverse);
    glm_vec4_copy(inverse[3], block->eye);
    const struct scene_picture *picture = &renderer->picture;
    glm_vec4_copy((vec4){(float)picture->drawn.width, (float)picture->drawn.height,
                         frame->pixel_scale * (float)picture->supersampling / picture->coarseness,
                         (float)picture->supersampling},
                  block->viewport);
    const struct scene *scene = renderer->scene;
    block->ground[0] = 0.5f * (scene->bounds_min[0] + scene->bounds_max[0]);
    block->ground[1] = scene->ground_y;
    block->ground[2] = 0.5f * (scene->bounds_min[2] + scene->bounds_max[2]);
    block->ground[3] = 1.25f * scene->radius;
    glm_vec4_copy((vec4){frame->pulse_phase, 0.0f, 0.0f, 0.0f}, block->pulse);
    set_colors(block, frame->theme);
}

struct renderer *renderer_create(const struct scene *scene, const struct network *network,
                                 const struct snapshot_layout *layout, const struct arena *arena, int samples,
                                 struct error *err)
{
    struct renderer *renderer = ls_calloc_aligned(1, sizeof *renderer);
    renderer->scene = scene;
    renderer->arena = arena;
    scene_picture_init(&renderer->picture, samples);
    renderer->gaps = gaps_create(scene, network, layout, &renderer->gap_count);
    renderer->details = ls_calloc((size_t)scene->plate_count, sizeof *renderer->details);
    if (!gl_buffer_init(&renderer->frame_buffer, "frame", sizeof(struct frame_block), NULL, true, err) ||
        !plate_blocks_init(&renderer->blocks, scene, layout, err) ||
        !pass_scale_init(&renderer->scales, scene, layout, err) ||
        !pass_reduce_init(&renderer->reduced, scene, layout, err) ||
        !pass_weight_histogram_init(&renderer->weights, scene, network, layout, err) ||
        !pass_plates_init(&renderer->plates, err) || !pass_numbers_init(&renderer->numbers, err) ||
        !pass_dead_init(&renderer->dead, scene, err) || !pass_wires_init(&renderer->wires, scene, err) ||
        !pass_ground_init(&renderer->ground, err) ||
        !pass_ribbons_init(&renderer->ribbons, renderer->gaps, renderer->gap_count, err) ||
        !pass_selection_init(&renderer->selection, scene, network, layout, renderer->gaps,
                             renderer->gap_count, err)) {
        renderer_destroy(renderer);
        return NULL;
    }
    for (int i = 0; i < SLOT_COUNT; i++)
        renderer->slots[i] = gl_texture_buffer_create(arena_buffer(arena, i), GL_R32F, 0, layout->size);
    glCreateVertexArrays(1, &renderer->vertex_array);
    return renderer;
}

void renderer_destroy(struct renderer *renderer)
{
    if (!renderer)
        return;
    pass_selection_deinit(&renderer->selection);
    pass_wires_deinit(&renderer->wires);
    pass_ribbons_deinit(&renderer->ribbons);
    pass_ground_deinit(&renderer->ground);
    pass_dead_deinit(&renderer->dead);
    pass_numbers_deinit(&renderer->numbers);
    pass_plates_deinit(&renderer->plates);
    pass_weight_histogram_deinit(&renderer->weights);
    pass_reduce_deinit(&renderer->reduced);
    free(renderer->details);
    pass_scale_deinit(&renderer->scales);
    plate_blocks_deinit(&renderer->blocks);
    gl_buffer_deinit(&renderer->frame_buffer);
    scene_picture_deinit(&renderer->picture);
    for (int i = 0; i < SLOT_COUNT; i++)
        gl_texture_destroy(&renderer->slots[i]);
    if (renderer->vertex_array)
        glDeleteVertexArrays(1, &renderer->vertex_array);
    free(renderer->gaps);
    free(renderer);
}

/* The likeliest class other than `except`. */
static int likeliest(const struct snapshot_info *info, int except)
{
    int best = -1;
    for (int i = 0; i < info->output_count; i++)
        if (i != except && (best < 0 || info->output[i] > info->output[best]))
            best = i;
    return best;
}

static bool shows_gradients(const struct renderer *renderer, const struct renderer_frame *frame)
{
    mat4 camera_to_world;
    glm_mat4_inv((vec4 *)frame->view, camera_to_world);
    return scene_shows_gradients(renderer->scene, camera_to_world[3]);
}

/* Gradients are counted only while they are seen: they double the work. */
static void count_values(struct renderer *renderer, const struct renderer_frame *frame, GLuint slot)
{
    const bool gradients = shows_gradients(renderer, frame);
    if (frame->snapshot_changed)
        renderer->counted_gradients = false;
    if (frame->snapshot_changed || (gradients && !renderer->counted_gradients))
        renderer->counted_gradients = pass_scale_count(&renderer->scales, slot, gradients) && gradients;
}

static void trace_ribbons(struct renderer *renderer, const struct renderer_frame *frame, GLuint slot,
                          bool rearranged)
{
    const struct snapshot_info *info = arena_info(renderer->arena);
    const struct display *display = frame->display;
    const int answer = likeliest(info, -1);
    struct ribbon_trace from = {.ranking = display->gradients == GRADIENTS_TURNED ? RIBBONS_BY_GRADIENT
                                           : display->edges_by_weight             ? RIBBONS_BY_WEIGHT
                                                                                  : RIBBONS_BY_CONTRIBUTION,
                                .classes = {answer, likeliest(info, answer)},
                                .focus = {.plate = -1}};
    const bool changed = frame->snapshot_changed || rearranged;
    if (changed || pass_ribbons_wants(&renderer->ribbons, &from))
        pass_ribbons_trace(&renderer->ribbons, &renderer->blocks, slot, &from);
    from.focus = display->isolated;
    if (from.focus.plate >= 0 && (changed || pass_ribbons_wants(&renderer->ribbons, &from)))
        pass_ribbons_trace(&renderer->ribbons, &renderer->blocks, slot, &from);
}

/* Where one neuron's edges stand out, the others are left faint: they still say where it stands. */
static void draw_ribbons(const struct renderer *renderer)
{
    const struct display *display = &renderer->display;
    const float height_px = renderer->drawn.viewport[1] / renderer->drawn.viewport[3];
    const float opacities[RIBBON_SETS] = {
        [RIBBONS_OF_ANSWER] = 1.0f - (1.0f - FAINT) * display->isolation,
        [RIBBONS_OF_FOCUS] = display->isolated.plate >= 0 ? 1.0f : 0.0f,
    };
    for (int i = 0; i < RIBBON_SETS; i++) {
        const enum ribbon_set_name name = (enum ribbon_set_name)i;
        if (opacities[i] <= 0.0f)
            continue;
        pass_ribbons_draw(&renderer->ribbons, name, renderer->scene, (vec4 *)renderer->drawn.view_projection,
                          height_px, opacities[i]);
        if (!display->pulses_hidden)
            pass_ribbons_draw_pulses(&renderer->ribbons, name, renderer->scene, opacities[i]);
    }
}

static void update_details(struct renderer *renderer, const struct renderer_frame *frame, GLuint slot)
{
    const struct scene *scene = renderer->scene;
    const int width = renderer->picture.drawn.width / renderer->picture.supersampling;
    const int height = renderer->picture.drawn.height / renderer->picture.supersampling;
    for (int i = 0; i < scene->plate_count + scene->twin_count; i++) {
        struct plate_detail detail;
        plate_detail_compute(&detail, scene_slab(scene, i), renderer->drawn.view_projection, width, height);
        if (i < scene->plate_count)
            renderer->details[i] = detail;
        else
            plate_detail_merge(&renderer->details[i - scene->plate_count], &detail);
    }
    const bool sides[SIDE_COUNT] = {true, shows_gradients(renderer, frame)};
    if (slot)
        pass_reduce_update(&renderer->reduced, renderer->details, slot, sides, frame->snapshot_changed);
}

static void draw_numbers(struct renderer *renderer, const struct plates_source *plates)
{
    const struct frame_block *drawn = &renderer->drawn;
    const int supersampling = renderer->picture.supersampling;
    struct numbers_view view = {.pixel_scale = drawn->viewport[2] / (float)supersampling,
                                .supersampling = supersampling};
    glm_vec3_copy((float *)drawn->eye, view.eye);
    pass_numbers_draw(&renderer->numbers, plates, &view);
}

static void draw_passes(struct renderer *renderer, GLuint slot)
{
    const struct color back = renderer->drawn.background;
    glBindFramebuffer(GL_FRAMEBUFFER, renderer->picture.drawn.name);
    glViewport(0, 0, renderer->picture.drawn.width, renderer->picture.drawn.height);
    glClipControl(GL_LOWER_LEFT, GL_ZERO_TO_ONE);
    glDisable(GL_SCISSOR_TEST);
    glDisable(GL_CULL_FACE);
    glDisable(GL_BLEND);
    glEnable(GL_DEPTH_TEST);
    glDepthFunc(GL_GREATER);
    glDepthMask(GL_TRUE);
    glClearColor(back.r, back.g, back.b, 1.0f);
    glClearDepth(0.0);
    gl_debug_push("clear");
    glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
    gl_debug_pop();
    glBindBufferBase(GL_UNIFORM_BUFFER, 0, renderer->frame_buffer.name);
    glBindVertexArray(renderer->vertex_array);

    const struct plates_source plates = {.scene = renderer->scene,
                                         .blocks = &renderer->blocks,
                                         .scales = &renderer->scales,
                                         .details = renderer->details,
                                         .reduced = &renderer->reduced,
                                         .slot = slot,
                                         .info = slot ? arena_info(renderer->arena) : NULL};
    pass_plates_draw(&renderer->plates, &plates);
    glEnable(GL_BLEND);
    glBlendFunc(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA);
    if (slot)
        pass_plates_draw_bars(&renderer->plates, renderer->scene, &renderer->blocks, slot,
                              likeliest(arena_info(renderer->arena), -1));
    glDepthMask(GL_FALSE);
    draw_numbers(renderer, &plates);
    pass_dead_draw(&renderer->dead, &renderer->blocks, renderer->details, renderer->drawn.eye,
                   renderer->drawn.viewport[2] / renderer->drawn.viewport[3]);
    pass_ground_draw(&renderer->ground, &renderer->blocks, renderer->drawn.ground[3]);
    /* Wires and ribbons have the depth of the background: no pixel of data is ever tinted. */
    glDepthFunc(GL_GEQUAL);
    pass_wires_draw(&renderer->wires, renderer->scene);
    if (slot && !renderer->display.edges_hidden)
        draw_ribbons(renderer);
    glDepthFunc(GL_GREATER);
    pass_wires_draw_nodes(&renderer->wires, renderer->scene);
    pass_plates_draw_edges(&renderer->plates, &renderer->blocks);
    if (slot && !renderer->display.selection_hidden)
        pass_selection_draw(&renderer->selection);

    glDepthMask(GL_TRUE);
    glDepthFunc(GL_LESS);
    glDisable(GL_DEPTH_TEST);
    glDisable(GL_BLEND);
    glClipControl(GL_LOWER_LEFT, GL_NEGATIVE_ONE_TO_ONE);
    glBindVertexArray(0);
    glUseProgram(0);
}

static GLuint shown_slot(const struct renderer *renderer)
{
    const int slot = arena_shown(renderer->arena);
    return slot < 0 ? 0 : renderer->slots[slot];
}

bool renderer_draw(struct renderer *renderer, const struct renderer_frame *frame, GLuint target)
{
    if (scene_picture_resize(&renderer->picture, frame->width, frame->height, frame->supersampling,
                             frame->coarseness))
        renderer->stale = true;
    if (!renderer->picture.drawn.name)
        return false;
    gl_debug_push("scene");
    const GLuint slot = shown_slot(renderer);
    const bool rearranged = plate_blocks_update(&renderer->blocks);
    if (rearranged)
        pass_wires_update(&renderer->wires, renderer->scene);
    if (slot)
        trace_ribbons(renderer, frame, slot, rearranged);
    if (slot)
        count_values(renderer, frame, slot);
    const struct display_cell wished = frame->display->selected;
    if (slot && (frame->snapshot_changed || pass_selection_wants(&renderer->selection, wished)))
        pass_selection_find(&renderer->selection, slot, wished, arena_info(renderer->arena)->probe_index);
    const bool selected = pass_selection_collect(&renderer->selection, frame->wait_for_scales);
    const bool collected = pass_scale_collect(&renderer->scales, frame->wait_for_scales);
    const bool rescaled = pass_scale_set_scope(&renderer->scales, frame->display->scope) || collected;

    const bool evaluated = pass_dead_update(&renderer->dead, frame->predictions);

    struct frame_block block;
    fill_block(&block, renderer, frame);
    const bool moved = memcmp(&block, &renderer->drawn, sizeof block) != 0;
    /* Copied as bytes, as it is compared. What is only pointed at changes nothing of the scene. */
    struct display display;
    memcpy(&display, frame->display, sizeof display);
    display.hovered = (struct display_cell){.plate = -1};
    const bool redisplayed = memcmp(&display, &renderer->display, sizeof display) != 0;
    const bool anew = moved || rearranged || redisplayed || rescaled || selected || evaluated ||
                      frame->snapshot_changed || renderer->stale;
    if (anew) {
        if (moved)
            gl_buffer_write(&renderer->frame_buffer, 0, &block, sizeof block);
        renderer->drawn = block;
        memcpy(&renderer->display, &display, sizeof renderer->display);
        renderer->stale = false;
        update_details(renderer, frame, slot);
        draw_passes(renderer, slot);
    }
    gl_debug_push("resolve");
    scene_picture_resolve(&renderer->picture, target);
    gl_debug_pop();
    glBindFramebuffer(GL_FRAMEBUFFER, target);
    gl_debug_pop();
    return anew;
}

float renderer_scale(const struct renderer *renderer, int plate, enum plate_side side)
{
    return pass_scale_has_numbers(&renderer->scales, plate, side)
               ? pass_scale_value(&renderer->scales, plate, side)
               : NAN;
}

float renderer_clip_percent(const struct renderer *renderer, int plate, enum plate_side side)
{
    return pass_scale_clip_percent(&renderer->scales, plate, side);
}

const struct plate_detail *renderer_detail(const struct renderer *renderer, int plate)
{
    return &renderer->details[plate];
}

void renderer_count_weights(struct renderer *renderer, bool wait)
{
    const GLuint slot = shown_slot(renderer);
    if (slot)
        pass_weight_histogram_count(&renderer->weights, slot, arena_info(renderer->arena)->step);
    renderer_collect_weights(renderer, wait);
}

void renderer_collect_weights(struct renderer *renderer, bool wait)
{
    pass_weight_histogram_collect(&renderer->weights, wait);
}

const struct weight_history *renderer_weight_history(const struct renderer *renderer)
{
    return &renderer->weights.history;
}

int renderer_weight_tensor(const struct renderer *renderer, int layer, const char **title)
{
    const int tensor = pass_weight_histogram_tensor(&renderer->weights, layer);
    if (tensor >= 0)
        *title = renderer->scene->plates[renderer->weights.plates[tensor]].title;
    return tensor;
}

int renderer_samples(const struct renderer *renderer) { return scene_picture_samples(&renderer->picture); }

const struct selection *renderer_selection(const struct renderer *renderer)
{
    return &renderer->selection.shown;
}

int renderer_gaps(const struct renderer *renderer, const struct gap **gaps)
{
    *gaps = renderer->gaps;
    return renderer->gap_count;
}

bool renderer_can_isolate(const struct renderer *renderer, struct display_cell cell)
{
    return pass_ribbons_can_focus(&renderer->ribbons, cell);
}

void renderer_read_edges(const struct renderer *renderer, int gap, struct ribbon_edge *edges)
{
    pass_ribbons_read(&renderer->ribbons, RIBBONS_OF_ANSWER, gap, edges);
}
