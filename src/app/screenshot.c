/* `layerscope screenshot`: one picture, and what it shows as JSON. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "app/commands.h"
#include "app/offline.h"
#include "app/outputs.h"
#include "app/report.h"
#include "base/number_exact.h"
#include "media/png.h"
#include "view/surface_picture.h"

enum { DEFAULT_STEPS = 100 };

static cJSON *corner_json(const float *corner)
{
    const double pixels[2] = {round((double)corner[0] * 100) / 100, round((double)corner[1] * 100) / 100};
    return cJSON_CreateDoubleArray(pixels, 2);
}

static cJSON *plate_json(const struct view_plate *plate, uint64_t step)
{
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "layer", plate->layer);
    cJSON_AddStringToObject(item, "kind", plate->kind);
    if (plate->parameter)
        cJSON_AddStringToObject(item, "parameter", plate->parameter);
    if (plate->plate->strip == STRIP_DEVIATION)
        cJSON_AddNumberToObject(item, "epsilon", number_plain(plate->epsilon));
    cJSON *quad = cJSON_AddArrayToObject(item, "quad");
    for (int corner = 0; corner < 4; corner++)
        cJSON_AddItemToArray(quad, corner_json(plate->quad[corner]));
    cJSON_AddStringToObject(item, "map", plate->map);
    cJSON_AddNumberToObject(item, "scale", number_plain(plate->scale));
    cJSON_AddNumberToObject(item, "clip_percent", number_plain(plate->clip_percent));
    if (plate->dead >= 0)
        cJSON_AddNumberToObject(item, "dead", plate->dead);
    cJSON_AddNumberToObject(item, "step", (double)step);
    cJSON_AddBoolToObject(item, "signed", plate->plate->is_signed || plate->side == SIDE_GRADIENTS);
    cJSON_AddNumberToObject(item, "values", plate->plate->values);
    cJSON_AddNumberToObject(item, "kernel", plate->plate->kernel);
    cJSON_AddNumberToObject(item, "tiles", plate->plate->tiles);
    cJSON_AddNumberToObject(item, "tile_columns", plate->plate->tile_columns);
    cJSON_AddNumberToObject(item, "tile_rows", plate->plate->tile_rows);
    cJSON_AddBoolToObject(item, "tiles_down", plate->plate->tiles_down);
    cJSON_AddNumberToObject(item, "tile_width", plate->plate->tile_width);
    cJSON_AddNumberToObject(item, "tile_height", plate->plate->tile_height);
    cJSON_AddNumberToObject(item, "gap", number_plain(plate->plate->gap));
    return item;
}

static void add_edges(cJSON *root, const struct view *view)
{
    int count;
    struct view_edge *edges = view_read_edges(view, &count);
    cJSON_AddStringToObject(root, "edge_ranking", view_edge_ranking(view));
    cJSON *list = cJSON_AddArrayToObject(root, "edges");
    for (int i = 0; i < count; i++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "source_layer", edges[i].source_layer);
        cJSON_AddStringToObject(item, "target_layer", edges[i].target_layer);
        cJSON_AddNumberToObject(item, "source", edges[i].source);
        cJSON_AddNumberToObject(item, "target", edges[i].target);
        cJSON_AddNumberToObject(item, "strength", number_plain(edges[i].strength));
        cJSON_AddItemToArray(list, item);
    }
    free(edges);
}

/* The cell whose receptive field is outlined. */
static void add_selection(cJSON *root, const struct offline *offline)
{
    const struct selection *selection = view_selection(offline->view);
    const struct view_plate *plates;
    view_plates(offline->view, &plates);
    if (selection->cell.plate < 0)
        return;
    cJSON *item = cJSON_AddObjectToObject(root, "selection");
    cJSON_AddStringToObject(item, "layer", plates[selection->cell.plate].layer);
    cJSON_AddNumberToObject(item, "value", selection->cell.value);
    cJSON *parts = cJSON_AddArrayToObject(item, "parts");
    for (int i = 0; i < selection->part_count; i++) {
        cJSON *part = cJSON_CreateObject();
        cJSON_AddNumberToObject(part, "source", selection->parts[i]);
        cJSON_AddNumberToObject(part, "contribution", number_plain(selection->contributions[i]));
        cJSON_AddItemToArray(parts, part);
    }
}

static cJSON *plot_json(const struct plot_frame *plot)
{
    const struct rect area = plot->area;
    const double pixels[4] = {(double)area.x, (double)area.y, (double)area.width, (double)area.height};
    const double steps[2] = {plot->steps.low, plot->steps.high};
    const double values[2] = {plot->values.low, plot->values.high};
    cJSON *item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "series", plot_series_name(plot->series));
    cJSON_AddItemToObject(item, "area", cJSON_CreateDoubleArray(pixels, 4));
    cJSON_AddItemToObject(item, "steps", cJSON_CreateDoubleArray(steps, 2));
    cJSON_AddItemToObject(item, "values", cJSON_CreateDoubleArray(values, 2));
    cJSON_AddBoolToObject(item, "logarithmic", plot->values.logarithmic);
    return item;
}

/* What the network says of the probe, and what it should say. */
static void add_targets(cJSON *root, const struct data *data, const struct snapshot_info *info)
{
    cJSON *outputs = cJSON_AddArrayToObject(root, "outputs");
    cJSON *targets = cJSON_AddArrayToObject(root, "targets");
    for (int i = 0; i < info->output_count && i < data->targets; i++) {
        const size_t at = (size_t)info->probe_index * (size_t)data->targets + (size_t)i;
        cJSON_AddItemToArray(outputs, cJSON_CreateNumber(number_plain(info->output[i])));
        cJSON_AddItemToArray(targets, cJSON_CreateNumber(number_plain(data->test.targets[at])));
    }
}

/* The plane of the points: its pixels, and what they stand for. */
static void add_surface(cJSON *root, const struct surface_picture *picture)
{
    if (!picture)
        return;
    const struct surface *surface = &picture->surface;
    const double area[4] = {(double)picture->area.x, (double)picture->area.y, (double)picture->area.width,
                            (double)picture->area.height};
    const double x[2] = {surface->low[0], surface->high[0]}, y[2] = {surface->low[1], surface->high[1]};
    cJSON *item = cJSON_AddObjectToObject(root, "surface");
    cJSON_AddItemToObject(item, "area", cJSON_CreateDoubleArray(area, 4));
    cJSON_AddItemToObject(item, "x1", cJSON_CreateDoubleArray(x, 2));
    cJSON_AddItemToObject(item, "x2", cJSON_CreateDoubleArray(y, 2));
    cJSON_AddNumberToObject(item, "columns", surface->columns);
    cJSON_AddNumberToObject(item, "rows", surface->rows);
    cJSON_AddNumberToObject(item, "step", (double)surface->step);
}

static cJSON *picture_json(const struct offline *offline)
{
    const struct options *options = offline->options;
    const struct snapshot_info *info = view_info(offline->view);
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "file", options->output);
    cJSON_AddNumberToObject(root, "width", options->width);
    cJSON_AddNumberToObject(root, "height", options->height);
    cJSON_AddStringToObject(root, "theme", options->theme == THEME_DARK ? "dark" : "light");
    cJSON_AddStringToObject(root, "model", offline->session.network->name);
    cJSON_AddNumberToObject(root, "step", (double)info->step);
    cJSON_AddNumberToObject(root, "probe", info->probe_index);
    if (info->probe_label >= 0)
        cJSON_AddNumberToObject(root, "label", info->probe_label);
    else
        cJSON_AddNullToObject(root, "label");
    if (offline->session.data->targets > 0) {
        add_targets(root, offline->session.data, info);
    } else {
        /* null where an output is no number */
        const int best = answer_class(info->output, info->output_count);
        const bool answers = best != ANSWER_NONE;
        cJSON_AddNumberToObject(root, "prediction", answers ? best : (double)NAN);
        cJSON_AddNumberToObject(root, "probability",
                                answers ? number_plain(answer_score(info->output, info->output_count, best))
                                        : (double)NAN);
    }
    cJSON_AddNumberToObject(root, "pulse_steps", view_pulse(offline->view)->steps);
    cJSON_AddNumberToObject(root, "pulse_phase", number_plain(pulse_phase(view_pulse(offline->view))));
    add_edges(root, offline->view);
    add_selection(root, offline);
    report_add_data(root, offline->session.data);
    report_add_sharing(root, session_sharing(&offline->session, offline->view),
                       view_fallback_reason(offline->view));
    report_add_traffic(root);
    cJSON *plates = cJSON_AddArrayToObject(root, "plates");
    const struct view_plate *list;
    const int count = view_plates(offline->view, &list);
    for (int i = 0; i < count; i++)
        if (list[i].visible)
            cJSON_AddItemToArray(plates, plate_json(&list[i], info->step));
    cJSON *plots = cJSON_AddArrayToObject(root, "plots");
    struct plot_frame frames[PLOT_SERIES_COUNT];
    const int plot_count = view_plots(offline->view, frames);
    for (int i = 0; i < plot_count; i++)
        cJSON_AddItemToArray(plots, plot_json(&frames[i]));
    add_surface(root, view_surface(offline->view));
    cJSON_AddNumberToObject(root, "smoothing", number_plain(view_display(offline->view)->smoothing));
    return root;
}

bool command_screenshot(const struct options *options, struct error *err)
{
    const char *dot = strrchr(options->output, '.');
    if (!dot || strcasecmp(dot, ".png") != 0)
        return error_set_usage(err, "%s: expected a name that ends in .png", options->output);
    if (!file_check_writable(options->output, options->overwrite, err) || !outputs_check(options, err))
        return false;
    struct offline offline;
    struct outputs outputs = {0};
    struct atomic_file picture = {0};
    if (!offline_init(&offline, options, err))
        return false;
    session_catch_interrupts();
    bool ok = outputs_open(&outputs, options, err) &&
              atomic_file_open(&picture, options->output, options->overwrite, err);
    if (ok && !offline_train(&offline, options->steps >= 0 ? options->steps : DEFAULT_STEPS)) {
        ok = false;
        error_set(err, "interrupted while training; nothing was written");
        err->class_ = ERROR_INTERRUPTED;
    }
    ok = ok && offline_draw(&offline, 0.0f, err) &&
         png_write_to(&picture, offline.pixels, options->width, options->height, err) &&
         outputs_report(&outputs, picture_json(&offline), err);
    atomic_file_discard(&picture);
    outputs_discard(&outputs);
    offline_deinit(&offline);
    return ok;
}
