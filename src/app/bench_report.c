/* A table to read and JSON to compare. */
#include "app/bench_report.h"

#include <cjson/cJSON.h>
#include <stdio.h>

#include "app/report.h"
#include "base/number_text.h"
#include "base/terminal.h"

static void print_figures(int count, const double *values)
{
    char text[NUMBER_TEXT_SIZE];
    for (int i = 0; i < count; i++)
        terminal_print(stdout, " %10s", number_fixed(text, values[i], 2, NUMBER_PLAIN));
}

static void print_row(const char *name, double value, const char *unit)
{
    terminal_print(stdout, "%-34s", name);
    print_figures(1, &value);
    terminal_print(stdout, " %s\n", unit);
}

static void print_time(const char *name, const struct bench_time *time)
{
    const double figures[] = {time->mean_ms, time->p95_ms, time->cpu_ms};
    terminal_print(stdout, "%-34s", name);
    print_figures(3, figures);
    terminal_print(stdout, "\n");
}

static double kept_percent(const struct bench *bench)
{
    return bench->steps_per_second > 0.0 ? 100.0 * bench->live_steps_per_second / bench->steps_per_second
                                         : 0.0;
}

/* Between host and device, both ways. */
static double bytes_per_frame(const struct bench *bench, int purpose)
{
    const double bytes =
        (double)(bench->live_traffic.to_host[purpose] + bench->live_traffic.to_device[purpose]);
    return bench->live_frames > 0 ? bytes / bench->live_frames : 0.0;
}

static void print_traffic(const struct bench *bench)
{
    for (int purpose = 0; purpose < TRAFFIC_PURPOSE_COUNT; purpose++) {
        char name[64];
        snprintf(name, sizeof name, "live: copied for %s",
                 traffic_purpose_name((enum traffic_purpose)purpose));
        print_row(name, bytes_per_frame(bench, purpose) / 1024.0, "KiB/frame");
    }
}

void bench_print(const struct bench *bench, const struct options *options)
{
    terminal_print(stdout, "%s, %s, %dx%d\n", bench->model, bench->device, options->width, options->height);
    terminal_print(stdout, "OpenGL: %s; the window has %d sample%s a pixel\n\n", bench->renderer,
                   bench->samples, bench->samples == 1 ? "" : "s");
    print_row("load data, network, trainer", bench->load_ms, "ms");
    print_row("prepare drawing", bench->view_ms, "ms");
    print_row("first frame after program start", bench->first_frame_ms, "ms");
    print_row("training alone", bench->steps_per_second, "steps/s");
    print_row("evaluation of the test images", bench->evaluation_ms, "ms");

    terminal_print(stdout, "%-34s %s%s%s\n", "what is drawn comes by", bench->sharing,
                   bench->sharing_reason[0] ? ": " : "", bench->sharing_reason);

    terminal_print(stdout, "\n%-34s %10s %10s %10s\n", "a frame of the window, ms", "mean", "95 % below",
                   "CPU time");
    print_time("publish a snapshot", &bench->publish);
    print_time("draw a frame", &bench->draw);
    print_time("read a frame back", &bench->read);

    terminal_print(stdout, "\n%-34s %10s %10s %10s %10s\n", "each pass on its own, ms", "mean", "95 % below",
                   "a frame", "CPU/frame");
    for (int i = 0; i < bench->pass_count; i++) {
        const struct gl_pass_time *pass = &bench->passes[i];
        const double figures[] = {pass->mean_ms, pass->p95_ms, pass->frame_ms, pass->frame_cpu_ms};
        terminal_print(stdout, "%*s%-*s", 2 * pass->depth, "", 34 - 2 * pass->depth, pass->name);
        print_figures(4, figures);
        terminal_print(stdout, "\n");
    }

    terminal_print(stdout, "\n");
    print_row("live: frames", bench->live_fps, "frames/s");
    print_row("live: longest frame", bench->live.longest_ms, "ms");
    print_row("live: most CPU time of a frame", bench->live.longest_own_ms, "ms");
    print_row("live: training", bench->live_steps_per_second, "steps/s");
    print_row("live: training kept", kept_percent(bench), "%");
    print_traffic(bench);
    print_row("recording, one step a frame", bench->film_fps, "frames/s");
}

static void add_time(cJSON *root, const char *name, const struct bench_time *time)
{
    cJSON *json = cJSON_AddObjectToObject(root, name);
    cJSON_AddNumberToObject(json, "mean_ms", time->mean_ms);
    cJSON_AddNumberToObject(json, "p95_ms", time->p95_ms);
    cJSON_AddNumberToObject(json, "cpu_ms", time->cpu_ms);
}

cJSON *bench_json(const struct bench *bench, const struct options *options)
{
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "model", bench->model);
    cJSON_AddStringToObject(root, "device", bench->device);
    cJSON_AddStringToObject(root, "renderer", bench->renderer);
    cJSON_AddNumberToObject(root, "width", options->width);
    cJSON_AddNumberToObject(root, "height", options->height);
    cJSON_AddNumberToObject(root, "samples", bench->samples);
    cJSON_AddNumberToObject(root, "load_ms", bench->load_ms);
    cJSON_AddNumberToObject(root, "view_ms", bench->view_ms);
    cJSON_AddNumberToObject(root, "first_frame_ms", bench->first_frame_ms);
    cJSON_AddNumberToObject(root, "steps_per_second", bench->steps_per_second);
    cJSON_AddNumberToObject(root, "evaluation_ms", bench->evaluation_ms);
    report_add_sharing(root, bench->sharing, bench->sharing_reason[0] ? bench->sharing_reason : NULL);
    report_add_traffic(root);
    add_time(root, "publish", &bench->publish);
    add_time(root, "draw", &bench->draw);
    add_time(root, "read", &bench->read);
    cJSON *passes = cJSON_AddArrayToObject(root, "passes");
    for (int i = 0; i < bench->pass_count; i++) {
        const struct gl_pass_time *pass = &bench->passes[i];
        cJSON *json = cJSON_CreateObject();
        cJSON_AddStringToObject(json, "name", pass->name);
        cJSON_AddNumberToObject(json, "depth", pass->depth);
        cJSON_AddNumberToObject(json, "runs", pass->runs);
        cJSON_AddNumberToObject(json, "mean_ms", pass->mean_ms);
        cJSON_AddNumberToObject(json, "p95_ms", pass->p95_ms);
        cJSON_AddNumberToObject(json, "frame_ms", pass->frame_ms);
        cJSON_AddNumberToObject(json, "frame_cpu_ms", pass->frame_cpu_ms);
        cJSON_AddItemToArray(passes, json);
    }
    cJSON_AddNumberToObject(root, "live_frames_per_second", bench->live_fps);
    cJSON_AddNumberToObject(root, "live_longest_frame_ms", bench->live.longest_ms);
    cJSON_AddNumberToObject(root, "live_longest_own_ms", bench->live.longest_own_ms);
    cJSON_AddNumberToObject(root, "live_steps_per_second", bench->live_steps_per_second);
    cJSON_AddNumberToObject(root, "live_kept_percent", kept_percent(bench));
    cJSON *bytes = cJSON_AddObjectToObject(root, "live_bytes_per_frame");
    for (int purpose = 0; purpose < TRAFFIC_PURPOSE_COUNT; purpose++)
        cJSON_AddNumberToObject(bytes, traffic_purpose_name((enum traffic_purpose)purpose),
                                bytes_per_frame(bench, purpose));
    cJSON_AddNumberToObject(root, "recording_frames_per_second", bench->film_fps);
    return root;
}
