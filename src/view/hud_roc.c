/* The panel "ROC": one curve a class, the shown sample's predicted class and the worst one highlighted. Good
 * networks crowd into the upper left corner, so their axes show that corner alone. */
#include "base/number_text.h"
#include "view/hud_paint.h"
#include "view/plot_axis.h"

#include <math.h>
#include <stdio.h>

/* Above this mean AUC. */
static const double corner_auc = 0.99;

struct roc_plot {
    struct rect area;
    struct plot_axis x, y;
};

static struct roc_plot place_plot(const struct paint *paint, struct rect rect)
{
    const float left = paint_px(paint, 62.0f), right = paint_px(paint, 20.0f);
    const float top = paint_px(paint, 42.0f), bottom = paint_px(paint, 46.0f);
    struct roc_plot plot = {
        .area = {roundf(rect.x + left), roundf(rect.y + top), roundf(rect.width - left - right),
                 roundf(rect.height - top - bottom)},
        .x = {0.0, 1.0, false},
        .y = {0.0, 1.0, false},
    };
    if (paint->predictions->mean_auc > corner_auc) {
        plot.x = (struct plot_axis){1e-4, 1.0, true};
        plot.y.low = 0.5;
    }
    return plot;
}

static float x_of(const struct roc_plot *plot, double rate)
{
    const double least = plot->x.logarithmic ? fmax(rate, plot->x.low) : rate;
    return plot->area.x + (float)plot_axis_position(&plot->x, least) * plot->area.width;
}

static float y_of(const struct roc_plot *plot, double rate)
{
    return plot->area.y + (1.0f - (float)plot_axis_position(&plot->y, rate)) * plot->area.height;
}

static void paint_axes(const struct paint *paint, const struct roc_plot *plot, struct rect rect)
{
    static const struct {
        double rate;
        const char *text;
    } corner[] = {{1e-4, "10⁻⁴"}, {1e-3, ""}, {1e-2, "10⁻²"}, {1e-1, ""}, {1.0, "1"}},
      whole[] = {{0.0, "0"}, {0.25, ""}, {0.5, "0.5"}, {0.75, ""}, {1.0, "1"}};
    const struct rect area = plot->area;
    const struct theme *theme = paint->theme;
    const struct color grid = paint_fade(theme->border, 0.7f);
    const float thin = paint_px(paint, 1.0f);
    for (int i = 0; i < 5; i++) {
        const double rate = plot->x.logarithmic ? corner[i].rate : whole[i].rate;
        const float x = floorf(x_of(plot, rate)) + 0.5f * thin;
        ui_line(paint->ui, x, area.y, x, area.y + area.height, thin, grid);
        /* JetBrains Mono has no superscript minus. */
        paint_text(paint, UI_SANS, UI_TICK, x, area.y + area.height + paint_px(paint, 5.0f), ALIGN_CENTER,
                   theme->muted, plot->x.logarithmic ? corner[i].text : whole[i].text);
    }
    for (int i = 0; i <= 2; i++) {
        const double rate = plot->y.low + 0.5 * i * (plot->y.high - plot->y.low);
        const float y = floorf(y_of(plot, rate)) + 0.5f * thin;
        char text[NUMBER_TEXT_SIZE];
        number_text(text, rate, 3, NUMBER_MINUS);
        ui_line(paint->ui, area.x, y, area.x + area.width, y, thin, grid);
        paint_text(paint, UI_MONO, UI_TICK, area.x - paint_px(paint, 6.0f), y - paint_px(paint, 8.0f),
                   ALIGN_RIGHT, theme->muted, text);
    }
    paint_text(paint, UI_SANS, UI_TICK, area.x + 0.5f * area.width,
               rect.y + rect.height - paint_px(paint, 21.0f), ALIGN_CENTER, theme->muted,
               "false positive rate");
    const char *const name = "true positive rate";
    const float length = paint_text_width(paint, UI_SANS, UI_TICK, name);
    ui_text_upward(paint->ui, UI_SANS, UI_TICK, rect.x + paint_px(paint, 9.0f),
                   area.y + 0.5f * (area.height + length), theme->muted, name);
}

/* Chance. */
static void paint_diagonal(const struct paint *paint, const struct roc_plot *plot)
{
    enum { PIECES = 24 };
    float points[2 * (PIECES + 1)];
    for (int i = 0; i <= PIECES; i++) {
        const double rate = plot->y.low + (plot->y.high - plot->y.low) * i / PIECES;
        points[2 * i] = x_of(plot, rate);
        points[2 * i + 1] = y_of(plot, rate);
    }
    ui_polyline(paint->ui, points, PIECES + 1, paint_px(paint, 1.0f), paint->theme->border);
}

/* Points nearer to each other than `least` pixels are one: they would cost much and show nothing. */
static void paint_curve(const struct paint *paint, const struct roc_plot *plot, const struct roc_curve *curve,
                        float least, float thickness, struct color color)
{
    float points[2 * ROC_POINTS];
    int count = 0;
    for (int i = 0; i < curve->count; i++) {
        const float x = x_of(plot, (double)curve->points[i].false_positive);
        const float y = y_of(plot, (double)curve->points[i].true_positive);
        const bool last = i + 1 == curve->count;
        if (count > 0 && !last && hypotf(x - points[2 * count - 2], y - points[2 * count - 1]) < least)
            continue;
        points[2 * count] = x;
        points[2 * count + 1] = y;
        count++;
    }
    ui_polyline(paint->ui, points, count, thickness, color);
}

int hud_predicted_class(const struct snapshot_info *info)
{
    return answer_class(info->output, info->output_count);
}

/* "worst 3  0.9997" beside the diagonal's foot; `line` counts from the bottom. */
static void paint_name(const struct paint *paint, const struct roc_plot *plot, int line, int class_,
                       const char *remark, struct color color)
{
    const float room = plot->area.width - paint_px(paint, 22.0f);
    char text[96], auc[NUMBER_TEXT_SIZE];
    number_fixed(auc, paint->predictions->curves[class_].auc, 4, NUMBER_MINUS);
    /* A long name is cut. */
    for (int letters = 40; letters >= 0; letters--) {
        snprintf(text, sizeof text, "%s%.*s  %s", remark, letters, paint->desc->data->class_names[class_],
                 auc);
        if (paint_text_width(paint, UI_MONO, UI_TICK, text) <= room)
            break;
    }
    const float line_height = paint_px(paint, 17.0f), reach = paint_px(paint, 3.0f);
    const float right = plot->area.x + plot->area.width - paint_px(paint, 16.0f);
    const float y =
        plot->area.y + plot->area.height - paint_px(paint, 4.0f) - (float)(line + 1) * line_height;
    const float width = paint_text_width(paint, UI_MONO, UI_TICK, text);
    ui_rect_filled(paint->ui, (struct rect){right - width - reach, y, width + 2.0f * reach, line_height},
                   reach, paint_fade(paint->theme->panel, 0.85f));
    paint_text(paint, UI_MONO, UI_TICK, right, y, ALIGN_RIGHT, color, text);
}

static void paint_curves(const struct paint *paint, const struct roc_plot *plot)
{
    const struct predictions *p = paint->predictions;
    const struct theme *theme = paint->theme;
    const int shown = paint->frame->info == NULL ? -1 : hud_predicted_class(paint->frame->info);
    const int worst = p->worst_class;
    const bool shows = shown >= 0 && shown < p->classes && p->curves[shown].count > 0;
    /* A hundred curves in full strength would be a wall. */
    const bool many = p->classes > 20;
    const struct color muted = paint_fade(theme->muted, many ? 0.25f : 0.55f);
    const float room = paint_px(paint, 2.0f), thick = paint_px(paint, 2.0f);
    ui_clip(paint->ui, (struct rect){plot->area.x - room, plot->area.y - room, plot->area.width + 2.0f * room,
                                     plot->area.height + room + paint_px(paint, 1.0f)});
    paint_diagonal(paint, plot);
    for (int c = 0; c < p->classes; c++) {
        if (c != worst && c != shown && p->curves[c].count > 0)
            paint_curve(paint, plot, &p->curves[c], many ? 2.0f : 0.75f, paint_px(paint, 1.0f), muted);
    }
    if (worst >= 0)
        paint_curve(paint, plot, &p->curves[worst], 0.75f, thick, theme->test);
    if (shows && shown != worst)
        paint_curve(paint, plot, &p->curves[shown], 0.75f, thick, theme->train);
    ui_unclip(paint->ui);
    if (worst >= 0)
        paint_name(paint, plot, 0, worst, p->outputs == 1 ? "" : "worst ", theme->test);
    if (shows && shown != worst)
        paint_name(paint, plot, 1, shown, "predicted ", theme->train);
}

void hud_paint_roc(const struct paint *paint, struct rect rect)
{
    paint_panel(paint, rect);
    const float title = paint_title(paint, rect, "ROC");
    if (paint->predictions == NULL) {
        paint_empty(paint, rect,
                    paint->desc->data->classes ? "no evaluation yet" : "targets have no classes");
        return;
    }
    char text[48] = "no class has an AUC", auc[NUMBER_TEXT_SIZE];
    if (isfinite(paint->predictions->mean_auc))
        snprintf(text, sizeof text, "mean AUC %s",
                 number_fixed(auc, paint->predictions->mean_auc, 4, NUMBER_MINUS));
    paint_text(paint, UI_SANS, UI_TICK, title + paint_px(paint, 10.0f), rect.y + paint_px(paint, 13.0f),
               ALIGN_LEFT, paint->theme->secondary, text);
    const struct roc_plot plot = place_plot(paint, rect);
    paint_axes(paint, &plot, rect);
    paint_curves(paint, &plot);
}
