/* The HUD as a whole: labels go straight into the frame, panels into a layer of their own that is laid
 * over it. On a software renderer, where text and panels cost much, a panel is redrawn only when what it
 * shows has changed, at most five times a second, and the panels take turns. */
#include "view/hud.h"

#include <GL/glew.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "gl/debug.h"
#include "gl/framebuffer.h"
#include "gl/program.h"
#include "view/hud_content.h"
#include "view/hud_plots.h"
#include "view/hud_shape.h"
#include "view/panel_turns.h"
#include "view/ui_widgets.h"

static const unsigned plot_panels =
    1u << PANEL_LOSS | 1u << PANEL_ACCURACY | 1u << PANEL_LEARNING_RATE | 1u << PANEL_GRADIENT_NORM;

enum { MAX_RECTS = PANEL_COUNT + 3, ALL_PANELS = (1 << PANEL_COUNT) - 1 };

/* What the drawer shows; a change is drawn at once, and the drawer alone. */
struct drawer_state {
    float x, y; /* of the cursor while it matters, else 0 */
    bool over;
    struct hud_controls controls;
};

struct hud {
    struct hud_desc desc;
    struct ui *ui;
    struct plot *plot;
    struct hud_plot plots[PLOT_SERIES_COUNT]; /* as they stand in the layer */
    bool plotted[PLOT_SERIES_COUNT];
    struct confusion_state confusion;
    struct thumbnails thumbnails;
    struct surface_picture surface;
    struct gl_program program;
    GLint area, viewport;
    GLuint vertex_array; /* without attributes */

    struct gl_framebuffer layer;
    struct hud_shape shape;
    struct hud_content contents[PANEL_COUNT];
    struct panel_turns turns;
    double drawn_at; /* as a whole, seconds; 0: never */
    struct drawer_state drawer;
    struct hud_requests requests;
    struct rect rects[MAX_RECTS]; /* what the layer covers */
    int rect_count;
    struct rect solids[MAX_RECTS]; /* the same without shadows and the notice: the mouse does not pass */
    int solid_count;
    int drawer_solid;            /* among them; −1: closed */
    struct rect message, prompt; /* of no size: none */
};

struct hud *hud_create(const struct hud_desc *desc, struct error *err)
{
    struct hud *hud = ls_calloc(1, sizeof *hud);
    hud->desc = *desc;
    confusion_state_init(&hud->confusion);
    hud->ui = ui_create(1.0f, err);
    if (hud->ui == NULL)
        goto fail;
    hud->plot = plot_create(err);
    if (hud->plot == NULL || !gl_program_init(&hud->program, "hud.vert", "hud.frag", NULL, err))
        goto fail;
    hud->area = gl_program_uniform(&hud->program, "area");
    hud->viewport = gl_program_uniform(&hud->program, "viewport");
    glCreateVertexArrays(1, &hud->vertex_array);
    return hud;
fail:
    hud_destroy(hud);
    return NULL;
}

void hud_destroy(struct hud *hud)
{
    if (hud == NULL)
        return;
    if (hud->vertex_array != 0)
        glDeleteVertexArrays(1, &hud->vertex_array);
    gl_framebuffer_deinit(&hud->layer);
    gl_program_deinit(&hud->program);
    thumbnails_deinit(&hud->thumbnails);
    surface_picture_deinit(&hud->surface);
    plot_destroy(hud->plot);
    ui_destroy(hud->ui);
    free(hud);
}

struct ui *hud_ui(struct hud *hud) { return hud->ui; }

void hud_label_size(struct hud *hud, const struct label *label, float scale, float *width, float *height)
{
    ui_set_scale(hud->ui, scale);
    hud_label_extent(hud->ui, label, width, height);
}

/* The one place that makes a brush, whatever it will paint. */
static struct paint begin_painting(struct hud *hud, const struct hud_frame *frame)
{
    ui_set_scale(hud->ui, frame->layout->scale);
    return (struct paint){.ui = hud->ui,
                          .desc = &hud->desc,
                          .frame = frame,
                          .theme = frame->theme,
                          .scale = frame->layout->scale,
                          .requests = &hud->requests,
                          .predictions = frame->predictions,
                          .confusion = &hud->confusion,
                          .thumbnails = &hud->thumbnails,
                          .surface = &hud->surface};
}

/* `solid`: the mouse does not reach what lies below. */
static void cover(struct hud *hud, const struct paint *paint, struct rect rect, bool solid)
{
    LS_ASSERT(hud->rect_count < MAX_RECTS);
    const float reach = paint_shadow(paint);
    const float left = fmaxf(0.0f, floorf(rect.x - reach)), top = fmaxf(0.0f, floorf(rect.y - reach));
    const float right = fminf((float)paint->frame->width, ceilf(rect.x + rect.width + reach));
    const float bottom = fminf((float)paint->frame->height, ceilf(rect.y + rect.height + reach + 1.0f));
    hud->rects[hud->rect_count++] = (struct rect){left, top, right - left, bottom - top};
    if (solid)
        hud->solids[hud->solid_count++] = rect;
}

/* Over the free view, the inspector included. */
static bool confusion_is_enlarged(const struct hud *hud, const struct hud_frame *frame)
{
    return hud->confusion.enlarged && frame->predictions != NULL && frame->layout->visible[PANEL_CONFUSION];
}

static void cover_panels(struct hud *hud, const struct paint *paint)
{
    const struct layout *layout = paint->frame->layout;
    hud->rect_count = hud->solid_count = 0;
    for (int i = 0; i < PANEL_COUNT; i++) {
        if (i == PANEL_DRAWER)
            hud->drawer_solid = layout->visible[i] ? hud->solid_count : -1;
        if (layout->visible[i])
            cover(hud, paint, layout->panels[i], true);
    }
}

static void paint_plots(struct hud *hud, const struct paint *paint, unsigned panels)
{
    for (int i = 0; i < PLOT_SERIES_COUNT; i++) {
        const enum panel panel = hud_plot_panel((enum plot_series)i);
        if (panels & 1u << panel)
            hud_paint_plot(paint, paint->frame->layout->panels[panel], plot_history(hud->plot),
                           (enum plot_series)i, &hud->plots[i]);
    }
}

static void draw_curves(struct hud *hud, unsigned panels)
{
    gl_debug_push("curves");
    for (int i = 0; i < PLOT_SERIES_COUNT; i++)
        if (panels & 1u << hud_plot_panel((enum plot_series)i))
            plot_draw(hud->plot, &hud->plots[i].frame);
    gl_debug_pop();
}

/* A set of visible panels. */
static void paint_panels(struct hud *hud, const struct paint *paint, unsigned panels)
{
    typedef void painter(const struct paint *, struct rect);
    static painter *const painters[PANEL_COUNT] = {
        [PANEL_TOP_BAR] = hud_paint_top_bar,     [PANEL_PROBE] = hud_paint_probe,
        [PANEL_LEGEND] = hud_paint_legend,       [PANEL_RIDGELINE] = hud_paint_ridgeline,
        [PANEL_CONFUSION] = hud_paint_confusion, [PANEL_ROC] = hud_paint_roc,
        [PANEL_INSPECTOR] = hud_paint_inspector, [PANEL_DRAWER] = hud_paint_drawer,
        [PANEL_POINTS] = hud_paint_points,       [PANEL_FIT] = hud_paint_fit,
    };
    const struct layout *layout = paint->frame->layout;
    if (confusion_is_enlarged(hud, paint->frame))
        panels &= ~(1u << PANEL_INSPECTOR);
    gl_debug_push("panels");
    ui_begin(hud->ui, paint->frame->width, paint->frame->height);
    for (int i = 0; i < PANEL_COUNT; i++)
        if (painters[i] != NULL && panels & 1u << i)
            painters[i](paint, layout->panels[i]);
    paint_plots(hud, paint, panels);
    ui_end(hud->ui);
    gl_debug_pop();
    draw_curves(hud, panels);
    if (panels & 1u << PANEL_DRAWER)
        hud_run_drawer(paint, layout->panels[PANEL_DRAWER]);
}

/* Above the panels, curves included. */
static void paint_overlays(struct hud *hud, const struct paint *paint)
{
    const bool notice =
        paint->frame->notice != NULL && !paint->frame->hide_wall_clock && paint->frame->mode != HUD_NONE;
    const bool enlarged = confusion_is_enlarged(hud, paint->frame);
    if (!notice && !paint->frame->help && !enlarged)
        return;
    ui_begin(hud->ui, paint->frame->width, paint->frame->height);
    if (enlarged && hud_paint_samples(paint, paint->frame->layout->free_view))
        cover(hud, paint, paint->frame->layout->free_view, true);
    if (notice) {
        const struct rect rect = hud_notice_rect(paint);
        cover(hud, paint, rect, false);
        hud_paint_notice(paint, rect);
    }
    if (paint->frame->help) {
        const struct rect rect = hud_help_rect(paint);
        cover(hud, paint, rect, true);
        hud_paint_help(paint, rect);
    }
    ui_end(hud->ui);
}

static bool resize_layer(struct hud *hud, int width, int height)
{
    if (hud->layer.name != 0 && hud->layer.width == width && hud->layer.height == height)
        return true;
    gl_framebuffer_deinit(&hud->layer);
    return gl_framebuffer_init(&hud->layer, width, height, 1, NULL);
}

static unsigned visible_panels(const struct layout *layout)
{
    unsigned panels = 0;
    for (int i = 0; i < PANEL_COUNT; i++)
        panels |= layout->visible[i] ? 1u << i : 0u;
    return panels;
}

static void update_plots(struct hud *hud, const struct hud_frame *frame)
{
    const struct plot_smoothing smoothing = hud_plot_smoothing(frame->display);
    plot_update(hud->plot, hud->desc.metrics, &smoothing);
}

static void redraw_layer(struct hud *hud, const struct paint *paint)
{
    const float transparent[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    gl_debug_push("hud layer");
    update_plots(hud, paint->frame);
    glBindFramebuffer(GL_DRAW_FRAMEBUFFER, hud->layer.name);
    glClearBufferfv(GL_COLOR, 0, transparent);
    cover_panels(hud, paint);
    for (int i = 0; i < PLOT_SERIES_COUNT; i++)
        hud->plotted[i] = paint->frame->layout->visible[hud_plot_panel((enum plot_series)i)];
    paint_panels(hud, paint, visible_panels(paint->frame->layout));
    paint_overlays(hud, paint);
    gl_debug_pop();
}

/* The rest of the layer stays as it is, shadows too. */
static void redraw_panels(struct hud *hud, const struct paint *paint, unsigned panels)
{
    const float transparent[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    struct paint within = *paint;
    within.keeps_shadows = true;
    gl_debug_push("hud layer");
    if (panels & plot_panels)
        update_plots(hud, paint->frame);
    glBindFramebuffer(GL_DRAW_FRAMEBUFFER, hud->layer.name);
    glEnable(GL_SCISSOR_TEST);
    for (int i = 0; i < PANEL_COUNT; i++) {
        const struct rect r = paint->frame->layout->panels[i];
        if (!(panels & 1u << i))
            continue;
        glScissor((GLint)r.x, paint->frame->height - (GLint)ceilf(r.y + r.height),
                  (GLsizei)(ceilf(r.x + r.width) - floorf(r.x)),
                  (GLsizei)(ceilf(r.y + r.height) - floorf(r.y)));
        glClearBufferfv(GL_COLOR, 0, transparent);
    }
    glDisable(GL_SCISSOR_TEST);
    paint_panels(hud, &within, panels);
    gl_debug_pop();
}

static void composite_layer(const struct hud *hud, const struct hud_frame *frame)
{
    gl_debug_push("composite");
    glViewport(0, 0, frame->width, frame->height);
    glDisable(GL_DEPTH_TEST);
    glDisable(GL_CULL_FACE);
    glEnable(GL_BLEND);
    glBlendEquation(GL_FUNC_ADD);
    glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
    glUseProgram(hud->program.name);
    glBindVertexArray(hud->vertex_array);
    glBindTextureUnit(0, hud->layer.color);
    glUniform2f(hud->viewport, (float)frame->width, (float)frame->height);
    /* Where rectangles overlap (help over panels) the layer is opaque, and blending it twice changes nothing.
     */
    for (int i = 0; i < hud->rect_count; i++) {
        const struct rect r = hud->rects[i];
        glUniform4f(hud->area, r.x, r.y, r.width, r.height);
        glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    }
    glBindTextureUnit(0, 0);
    glBindVertexArray(0);
    glUseProgram(0);
    glDisable(GL_BLEND);
    gl_debug_pop();
}

bool hud_covers(const struct hud *hud, float x, float y)
{
    for (int i = 0; i < hud->solid_count; i++) {
        if (rect_holds(hud->solids[i], x, y))
            return true;
    }
    return rect_holds(hud->message, x, y) || rect_holds(hud->prompt, x, y);
}

bool hud_take_clicked_sample(struct hud *hud, uint32_t *sample)
{
    if (hud->confusion.clicked < 0)
        return false;
    *sample = (uint32_t)hud->confusion.clicked;
    hud->confusion.clicked = -1;
    return true;
}

bool hud_close_enlarged(struct hud *hud)
{
    const bool open = hud->confusion.enlarged;
    hud->confusion.enlarged = false;
    return open;
}

/* What a panel answers, it answers in this frame; a release also ends what was begun on a panel. The drawer
 * looks after itself. */
static bool is_touched(const struct hud *hud, const struct pointer *pointer)
{
    const struct pointer p = pointer_or_none(pointer);
    for (int i = 0; i < hud->solid_count && pointer_acts(pointer); i++) {
        const bool touched =
            rect_holds(hud->solids[i], p.x, p.y) || rect_holds(hud->solids[i], p.pressed_x, p.pressed_y);
        if (touched && i != hud->drawer_solid)
            return true;
    }
    return false;
}

static bool rects_meet(struct rect a, struct rect b)
{
    return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/* A panel that lies under something else is drawn with the whole layer. */
static bool lies_over_panels(const struct hud *hud, const struct paint *paint)
{
    const struct hud_frame *frame = paint->frame;
    if (frame->help || confusion_is_enlarged(hud, frame))
        return true;
    return frame->notice != NULL && frame->layout->visible[PANEL_INSPECTOR] &&
           rects_meet(hud_notice_rect(paint), frame->layout->panels[PANEL_INSPECTOR]);
}

/* The panels to draw now: ALL_PANELS, the whole layer, or some, or none. */
static unsigned due_panels(struct hud *hud, const struct paint *paint)
{
    const struct hud_frame *frame = paint->frame;
    const struct hud_shape shape = hud_shape_of(frame, confusion_is_enlarged(hud, frame));
    const double now = clock_seconds();
    struct hud_content contents[PANEL_COUNT];
    hud_contents(paint, contents);
    unsigned stale = 0;
    for (int i = 0; i < PANEL_COUNT; i++)
        stale |= memcmp(&contents[i], &hud->contents[i], sizeof contents[i]) != 0 ? 1u << i : 0u;
    const bool at_once = !hud->desc.retained || frame->lock_step;
    const bool together = at_once || lies_over_panels(hud, paint);
    const bool rested = at_once || now - hud->drawn_at >= PANEL_TURNS_SECONDS;
    const bool reshaped = memcmp(&shape, &hud->shape, sizeof shape) != 0 || is_touched(hud, frame->pointer);
    unsigned due = 0;
    if (hud->drawn_at <= 0.0 || reshaped || (together && stale != 0 && rested)) {
        due = ALL_PANELS;
        hud->shape = shape;
        hud->drawn_at = now;
        panel_turns_drawn(&hud->turns, due, now);
    } else if (!together) {
        due =
            hud_contents_together(hud->contents, contents, stale, panel_turns_take(&hud->turns, stale, now));
        panel_turns_drawn(&hud->turns, due, now);
    }
    for (int i = 0; i < PANEL_COUNT; i++)
        if (due & 1u << i)
            hud->contents[i] = contents[i];
    return due;
}

static void paint_hover(struct hud *hud, const struct paint *paint)
{
    const float *cursor = paint->frame->cursor;
    const int series = hud_plot_at(paint->frame->layout, cursor[0], cursor[1]);
    if (series < 0 || paint->frame->help || !hud->plotted[series])
        return;
    ui_begin(hud->ui, paint->frame->width, paint->frame->height);
    hud_paint_plot_hover(paint, &hud->plots[series], plot_history(hud->plot));
    ui_end(hud->ui);
}

/* The help lies over the drawer: then the whole layer is drawn, or nothing. */
static bool drawer_is_due(struct hud *hud, const struct hud_frame *frame)
{
    struct drawer_state state;
    memset(&state, 0, sizeof state); /* compared as bytes */
    if (!frame->layout->visible[PANEL_DRAWER] || frame->help)
        return false;
    state.over = pointer_over(frame->pointer, frame->layout->panels[PANEL_DRAWER]);
    const bool matters = frame->pointer != NULL && (state.over || ui_window_is_busy(hud->ui));
    if (matters) {
        state.x = frame->pointer->x;
        state.y = frame->pointer->y;
    }
    if (frame->controls != NULL)
        state.controls = *frame->controls;
    const bool due =
        memcmp(&state, &hud->drawer, sizeof state) != 0 || (matters && pointer_acts(frame->pointer));
    hud->drawer = state;
    return due;
}

bool hud_take_request(struct hud *hud, struct hud_request *request)
{
    if (hud->requests.count == 0)
        return false;
    *request = hud->requests.items[0];
    hud->requests.count--;
    memmove(hud->requests.items, hud->requests.items + 1,
            (size_t)hud->requests.count * sizeof hud->requests.items[0]);
    return true;
}

bool hud_control_at(const struct hud *hud, int index, const char **name, struct rect *rect)
{
    return hud->shape.drawer && ui_control_at(hud->ui, index, name, rect);
}

/* Straight into the frame: the prompt, and below it the message, which a click closes. */
static void paint_windows(struct hud *hud, const struct paint *paint)
{
    const struct hud_frame *frame = paint->frame;
    hud->message = hud->prompt = (struct rect){0};
    if (frame->prompt == NULL && frame->message == NULL)
        return;
    ui_begin(hud->ui, frame->width, frame->height);
    if (frame->prompt != NULL) {
        hud->prompt = hud_prompt_rect(paint);
        hud_paint_prompt(paint, hud->prompt);
    }
    if (frame->message != NULL) {
        hud->message = hud_message_rect(paint);
        const float lowest = (float)frame->height - hud->message.height;
        const float below = frame->prompt != NULL ? hud->prompt.y + hud->prompt.height + 8.0f : 0.0f;
        hud->message.y = fmaxf(fminf(fmaxf(hud->message.y, below), lowest), 0.0f);
        if (pointer_clicked(frame->pointer, hud->message))
            hud_ask(&hud->requests, "message", 0.0);
        hud_paint_message(paint, hud->message);
    }
    ui_end(hud->ui);
}

void hud_draw(struct hud *hud, const struct hud_frame *frame)
{
    if (frame->width <= 0 || frame->height <= 0)
        return;
    GLint target = 0;
    glGetIntegerv(GL_DRAW_FRAMEBUFFER_BINDING, &target);
    metrics_read_surface(hud->desc.metrics, &hud->surface.surface);
    const struct paint paint = begin_painting(hud, frame);
    gl_debug_push("hud");
    unsigned due = drawer_is_due(hud, frame) ? 1u << PANEL_DRAWER : 0u;
    due |= due_panels(hud, &paint);
    if (due == ALL_PANELS && resize_layer(hud, frame->width, frame->height)) {
        redraw_layer(hud, &paint);
        /* A click may have changed it while the panels were painted. */
        hud->shape = hud_shape_of(frame, confusion_is_enlarged(hud, frame));
    } else if (due != 0 && hud->layer.name != 0) {
        redraw_panels(hud, &paint, due);
    }
    glBindFramebuffer(GL_DRAW_FRAMEBUFFER, (GLuint)target);
    if (frame->label_count > 0 || frame->stage_count > 0) {
        gl_debug_push("labels");
        ui_begin(hud->ui, frame->width, frame->height);
        hud_paint_stages(&paint);
        hud_paint_labels(&paint);
        ui_end(hud->ui);
        gl_debug_pop();
    }
    if (hud->layer.name != 0)
        composite_layer(hud, frame);
    paint_hover(hud, &paint);
    if (frame->inspector.hovered != NULL && frame->mode != HUD_NONE) {
        ui_begin(hud->ui, frame->width, frame->height);
        hud_paint_tooltip(&paint);
        ui_end(hud->ui);
    }
    if (!frame->hide_wall_clock)
        paint_windows(hud, &paint);
    gl_debug_pop();
}

void hud_draw_marks(struct hud *hud, const struct hud_frame *frame)
{
    if (!frame->recording.on)
        return;
    const struct paint paint = begin_painting(hud, frame);
    gl_debug_push("marks");
    if (frame->mode != HUD_NONE) {
        ui_begin(hud->ui, frame->width, frame->height);
        hud_paint_recording(&paint);
        if (frame->notice != NULL)
            hud_paint_notice(&paint, hud_notice_rect(&paint));
        ui_end(hud->ui);
    }
    paint_windows(hud, &paint);
    gl_debug_pop();
}

int hud_plots(const struct hud *hud, struct plot_frame frames[PLOT_SERIES_COUNT])
{
    int count = 0;
    for (int i = 0; i < PLOT_SERIES_COUNT; i++)
        if (hud->plotted[i])
            frames[count++] = hud->plots[i].frame;
    return count;
}

const struct surface_picture *hud_surface(const struct hud *hud)
{
    return hud->surface.texture == 0 ? NULL : &hud->surface;
}

int hud_plot_axis_at(const struct hud *hud, float x, float y)
{
    for (int i = 0; i < PLOT_SERIES_COUNT; i++)
        if (hud->plotted[i] && rect_holds(hud->plots[i].log, x, y))
            return (int)hud->plots[i].frame.series;
    return -1;
}
