/* The controls. What they show comes with the frame; what they are asked for leaves as requests, which the
 * viewer answers with the rows of its command table and the setters behind them. */
#include "view/hud_paint.h"

#include <math.h>
#include <stdio.h>

#include "base/number_text.h"
#include "view/ui_widgets.h"

/* Steps a second; 0: no limit. */
static const float speeds[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 0};
enum { SPEED_COUNT = sizeof speeds / sizeof speeds[0] };

static const float rate_low = 1e-5f, rate_high = 1.0f, most_smoothing = 0.995f;

void hud_ask(struct hud_requests *requests, const char *name, double value)
{
    if (requests->count < HUD_MAX_REQUESTS)
        requests->items[requests->count++] = (struct hud_request){name, value};
}

/* A button for a row of the command table. */
static void command(const struct paint *paint, const char *name, const char *text, const char *key, bool on,
                    int place, int count)
{
    if (ui_button(paint->ui, name, text, key, on, place, count))
        hud_ask(paint->requests, name, NAN);
}

static void choice(const struct paint *paint, const char *name, const char *label, const char *const *names,
                   int count, int chosen)
{
    if (ui_choice(paint->ui, name, label, names, count, &chosen))
        hud_ask(paint->requests, name, (double)chosen);
}

static void training(const struct paint *paint, const struct hud_controls *controls)
{
    char text[32];
    const bool paused = paint->frame->paused;
    ui_heading(paint->ui, "Network and data");
    command(paint, "open", "choose …", "Ctrl+O", false, 0, 1);
    ui_heading(paint->ui, "Training");
    command(paint, "pause", paused ? "run" : "pause", "Space", paused, 0, 2);
    command(paint, "step", "one step", ".", false, 1, 2);
    command(paint, "save", "save", "Ctrl+S", false, 0, 2);
    command(paint, "restart", "restart", "Ctrl+R", false, 1, 2);
    char number[NUMBER_TEXT_SIZE];
    float rate = controls->learning_rate;
    const int used = snprintf(text, sizeof text, "%s", number_text(number, (double)rate, 3, NUMBER_MINUS));
    if (controls->rate > 0.0f)
        snprintf(text + used, sizeof text - (size_t)used, ", now %s",
                 number_text(number, (double)controls->rate, 3, NUMBER_MINUS));
    if (ui_slider(paint->ui, "learning-rate", "learning rate", &rate, rate_low, rate_high, true, text))
        hud_ask(paint->requests, "learning-rate", (double)rate);
    int speed = 0;
    while (speed < SPEED_COUNT - 1 && speeds[speed] != controls->speed)
        speed++;
    float place = (float)speed;
    if (controls->speed > 0.0f)
        snprintf(text, sizeof text, "%s steps/s",
                 number_text(number, (double)controls->speed, 5, NUMBER_MINUS));
    else
        snprintf(text, sizeof text, "unlimited");
    if (ui_slider(paint->ui, "speed", "at most", &place, 0.0f, (float)(SPEED_COUNT - 1), false, text) &&
        (int)lroundf(place) != speed)
        hud_ask(paint->requests, "speed", (double)speeds[(int)lroundf(place)]);
}

static void probe(const struct paint *paint, const struct hud_controls *controls)
{
    char text[48];
    ui_heading(paint->ui, "Probe");
    const float last = controls->probe_count > 0 ? (float)(controls->probe_count - 1) : 0.0f;
    float index = (float)controls->probe;
    snprintf(text, sizeof text, "#%u of %u", controls->probe, controls->probe_count);
    if (ui_slider(paint->ui, "probe", "test sample", &index, 0.0f, last, false, text) &&
        lroundf(index) != (long)controls->probe)
        hud_ask(paint->requests, "probe", (double)lroundf(index));
    command(paint, "previous-probe", "previous", "P", false, 0, 3);
    command(paint, "next-probe", "next", "N", false, 1, 3);
    if (ui_button(paint->ui, "cycle-probe", "cycle", NULL, controls->cycles, 2, 3))
        hud_ask(paint->requests, "cycle-probe", controls->cycles ? 0.0 : 1.0);
}

static void toggle(const struct paint *paint, const char *name, const char *text, bool shown, int place,
                   int count)
{
    if (ui_button(paint->ui, name, text, NULL, shown, place, count))
        hud_ask(paint->requests, name, shown ? 0.0 : 1.0);
}

static void view(const struct paint *paint)
{
    static const char *const themes[] = {"dark", "light"}, *const gradients[] = {"off", "turned", "both"},
                             *const stacks[] = {"folded", "unfolded"},
                             *const scopes[] = {"layer", "kind", "all"}, *const edges[] = {"w × a", "w"};
    const struct display *display = paint->frame->display;
    ui_heading(paint->ui, "View");
    choice(paint, "theme-name", "theme", themes, 2, (int)paint->theme->name);
    choice(paint, "show", "gradients", gradients, 3, (int)display->gradients);
    if (paint->frame->can_unfold)
        choice(paint, "stacks", "feature maps", stacks, 2, display->unfolded);
    choice(paint, "scale-scope", "one S per", scopes, 3, (int)display->scope);
    choice(paint, "edge-measure", "edges by", edges, 2, display->edges_by_weight);
    toggle(paint, "show-edges", "edges", !display->edges_hidden, 0, 4);
    toggle(paint, "show-pulses", "pulses", !display->pulses_hidden, 1, 4);
    toggle(paint, "show-labels", "labels", !display->labels_hidden, 2, 4);
    toggle(paint, "show-selection", "selected", !display->selection_hidden, 3, 4);
    command(paint, "legend", "legend", "Shift+Tab", false, 0, 2);
    command(paint, "hud", "hide all", "Tab", false, 1, 2);
}

static void plots(const struct paint *paint)
{
    static const char *const axes[] = {"log", "linear"};
    const struct display *display = paint->frame->display;
    char text[32];
    ui_heading(paint->ui, "Plots");
    float beta = display->smoothing;
    snprintf(text, sizeof text, "β %s", LS_NUMBER(beta));
    if (ui_slider(paint->ui, "smoothing", "smoothing", &beta, 0.0f, most_smoothing, false, text))
        hud_ask(paint->requests, "smoothing", (double)beta);
    choice(paint, "loss-axis", "loss axis", axes, 2, display->linear[PLOT_LOSS]);
    if (paint->frame->layout->visible[PANEL_GRADIENT_NORM])
        choice(paint, "gradient-norm-axis", "grad norm axis", axes, 2, display->linear[PLOT_GRADIENT_NORM]);
}

static void camera(const struct paint *paint, const struct hud_controls *controls)
{
    ui_heading(paint->ui, "Camera");
    command(paint, "three-quarter", "¾", "1", false, 0, 4);
    command(paint, "front", "front", "2", false, 1, 4);
    command(paint, "side", "side", "3", false, 2, 4);
    command(paint, "top", "top", "4", false, 3, 4);
    command(paint, "fit", "fit", "F", false, 0, 2);
    command(paint, "orbit", "swing", "O", controls->auto_orbit, 1, 2);
}

static void record(const struct paint *paint)
{
    const bool on = paint->frame->recording.on;
    ui_heading(paint->ui, "Record");
    command(paint, "record", on ? "end film" : "film", "F9", on, 0, 2);
    command(paint, "screenshot", "picture", "F12", false, 1, 2);
}

static float title_height(const struct paint *paint) { return paint_px(paint, 34.0f); }

void hud_paint_drawer(const struct paint *paint, struct rect rect)
{
    paint_panel(paint, rect);
    paint_title(paint, rect, "controls");
    const float cap = paint_px(paint, 19.0f), right = rect.x + rect.width - paint_px(paint, 14.0f);
    const float text = paint_text_width(paint, UI_SANS, UI_TICK, "close");
    const float top = rect.y + paint_px(paint, 12.0f);
    paint_text(paint, UI_SANS, UI_TICK, right, top, ALIGN_RIGHT, paint->theme->muted, "close");
    paint_key_cap(paint, right - text - paint_px(paint, 6.0f) - cap, top, "C");
    const struct rect close = {right - text - cap - paint_px(paint, 14.0f), rect.y,
                               text + cap + paint_px(paint, 28.0f), title_height(paint)};
    if (pointer_clicked(paint->frame->pointer, close))
        hud_ask(paint->requests, "controls", NAN);
}

static void run(const struct paint *paint, struct rect body, bool down, bool draw)
{
    static const struct hud_controls nothing = {0};
    const struct hud_frame *frame = paint->frame;
    const struct hud_controls *controls = frame->controls == NULL ? &nothing : frame->controls;
    ui_window_begin(paint->ui, frame->width, frame->height, body, paint->theme, frame->pointer, down);
    training(paint, controls);
    probe(paint, controls);
    view(paint);
    if (frame->layout->visible[PANEL_LOSS])
        plots(paint);
    camera(paint, controls);
    record(paint);
    ui_window_end(paint->ui, draw);
}

/* A button that went down and came up again since the last frame counts as held once in between. */
void hud_run_drawer(const struct paint *paint, struct rect rect)
{
    const struct pointer *pointer = paint->frame->pointer;
    const bool held = pointer != NULL && pointer->down, pressed = pointer != NULL && pointer->pressed;
    const float head = title_height(paint);
    const struct rect body = {rect.x, rect.y + head, rect.width, rect.height - head - paint_px(paint, 8.0f)};
    if (ui_window_is_new(paint->ui, body)) {
        run(paint, body, false, false);
        run(paint, body, false, false);
    }
    if (pressed && !held)
        run(paint, body, true, false);
    run(paint, body, held, true);
}
