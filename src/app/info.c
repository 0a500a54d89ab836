/* `layerscope info`: the model as a table, the data, the devices, the versions. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "app/commands.h"
#include "app/outputs.h"
#include "app/report.h"
#include "app/session.h"
#include "app/summary.h"
#include "base/number_text.h"
#include "base/terminal.h"
#include "compute/cuda/cublaslt.h"
#include "compute/cuda/device.h"
#include "compute/traffic.h"
#include "data/picture.h"
#include "gl/context.h"
#include "view/view.h"

enum { SHOWN_CLASSES = 12 };

static void print_shape(char *out, size_t capacity, struct shape shape)
{
    if (shape.height == 1 && shape.width == 1)
        snprintf(out, capacity, "%d", shape.channels);
    else
        snprintf(out, capacity, "%d×%d×%d", shape.channels, shape.height, shape.width);
}

static void print_data(const struct data *data)
{
    const struct dataset *train = &data->train;
    const bool pictures = dataset_has_picture(train);
    char shape[48];
    print_shape(shape, sizeof shape, (struct shape){train->channels, train->height, train->width});
    terminal_print(stdout, "data           %u training and %u test %s of %s%s, %d %s%s\n", train->count,
                   data->test.count, pictures ? "images" : "samples", shape,
                   pictures               ? ""
                   : train->channels == 1 ? " value"
                                          : " values",
                   data_outputs(data), data->targets ? "target" : "classes", data->targets > 1 ? "s" : "");
    terminal_print(stdout, "  read from    %s\n", data->format);
    if (!data->targets) {
        terminal_print(stdout, "  classes      ");
        for (int c = 0; c < data->classes && c < SHOWN_CLASSES; c++)
            terminal_print(stdout, "%s%s", c ? ", " : "", data->class_names[c]);
        terminal_print(stdout, "%s\n", data->classes > SHOWN_CLASSES ? ", …" : "");
    }
    if (*data->label)
        terminal_print(stdout, "  %-12s %s\n", data->targets ? "target" : "label", data->label);
    for (int i = 0; i < data->dropped_count; i++)
        terminal_print(stdout, "  %-12s column %d%s%s%s, %s\n", i ? "" : "dropped", data->dropped[i].column,
                       data->dropped[i].name ? ", \"" : "",
                       data->dropped[i].name ? data->dropped[i].name : "", data->dropped[i].name ? "\"" : "",
                       data->dropped[i].why);
    if (*data->doubt)
        terminal_print(stdout, "  in doubt     %s\n", data->doubt);
    terminal_print(stdout, "  split        %s\n", data->split);
    terminal_print(stdout, "  scaling      %s%s%s%s\n", data->scaling, *data->advice ? " (" : "",
                   data->advice, *data->advice ? ")" : "");
}

static void print_model(const struct session *session)
{
    summary_print(session);
    print_data(session->data);
}

/* "PATH, version 13.0.2", or why it cannot be used; false then. */
static bool find_cublaslt(char *text, size_t capacity)
{
    struct cublaslt *lt = cublaslt_open(text, capacity);
    cublaslt_close(lt);
    return lt != NULL;
}

/* How snapshots reach OpenGL here: tried as `record` does it, where a device trains. */
struct sharing {
    const char *way;
    char reason[1024]; /* empty: none */
};

/* Without a context, `err` says why there is none. */
static struct sharing find_sharing(const struct session *session, const struct options *options,
                                   const struct gl_context *context, struct error *err)
{
    struct sharing sharing = {.way = "cpu"};
    if (!trainer_snapshot_device(session->trainer))
        return sharing;
    const struct view_desc desc = session_view_desc(session, options);
    struct view *view = context ? view_create(&desc, err) : NULL;
    const char *reason = view ? view_fallback_reason(view) : err->message;
    sharing.way = view ? session_sharing(session, view) : "none";
    snprintf(sharing.reason, sizeof sharing.reason, "%s", reason ? reason : "");
    view_destroy(view);
    return sharing;
}

/* EGL's context, where a device may train, before CUDA's: the other way round some drivers make none. */
static struct gl_context *open_context(const struct options *options, struct error *err)
{
    struct cuda_status cuda;
    cuda_query(cuda_runtime(), &cuda);
    const bool may_train = options->backend == BACKEND_AUTO || options->backend == BACKEND_CUDA;
    return may_train && cuda.device_count > 0 ? gl_context_create_headless(err) : NULL;
}

static void print_traffic(const struct sharing *sharing)
{
    struct traffic traffic;
    traffic_read(&traffic);
    terminal_print(stdout, "sharing        %s%s%s\n", sharing->way, sharing->reason[0] ? ": " : "",
                   sharing->reason);
    for (int purpose = 0; purpose < TRAFFIC_PURPOSE_COUNT; purpose++)
        terminal_print(stdout, "%-15s%s: %llu bytes to the device, %llu to the host\n",
                       purpose == 0 ? "traffic" : "", traffic_purpose_name((enum traffic_purpose)purpose),
                       (unsigned long long)traffic.to_device[purpose],
                       (unsigned long long)traffic.to_host[purpose]);
}

static void print_cuda(const struct cuda_status *cuda)
{
    if (cuda->problem[0])
        terminal_print(stdout, "cuda           %s\n", cuda->problem);
    for (int i = 0; i < cuda->device_count; i++)
        terminal_print(stdout, "cuda device %d  %s, compute capability %d.%d, %d multiprocessors, %s GiB\n",
                       i, cuda->devices[i].name, cuda->devices[i].major, cuda->devices[i].minor,
                       cuda->devices[i].multiprocessors,
                       LS_NUMBER((double)cuda->devices[i].memory / (1 << 30)));
    if (cuda->toolkit)
        terminal_print(stdout, "cuda runtime   %d.%d\n", cuda->runtime_version / 1000,
                       cuda->runtime_version % 1000 / 10);
    if (cuda->driver_version)
        terminal_print(stdout, "cuda driver    up to CUDA %d.%d\n", cuda->driver_version / 1000,
                       cuda->driver_version % 1000 / 10);
    char text[256];
    if (cuda->toolkit)
        terminal_print(stdout, "cublasLt       %s%s\n",
                       find_cublaslt(text, sizeof text) ? "" : "none: ", text);
}

static cJSON *as_json(const struct session *session, const struct cuda_status *cuda,
                      const struct sharing *sharing)
{
    const struct network *network = session->network;
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "version", LS_VERSION);
    cJSON_AddStringToObject(root, "model", network->name);
    cJSON_AddStringToObject(root, "data", session->data->name);
    report_add_data(root, session->data);
    summary_add_json(root, session);
    cJSON *backends = cJSON_AddArrayToObject(root, "backends");
    for (int backend = BACKEND_REFERENCE; backend <= BACKEND_CUDA; backend++)
        if (compute_backend_available((enum backend_kind)backend))
            cJSON_AddItemToArray(backends,
                                 cJSON_CreateString(compute_backend_name((enum backend_kind)backend)));
    cJSON_AddStringToObject(root, "device", compute_device_name(trainer_compute(session->trainer)));
    cJSON *item = cJSON_AddObjectToObject(root, "cuda");
    cJSON_AddStringToObject(item, "device", cuda->devices[0].name);
    cJSON *names = cJSON_AddArrayToObject(item, "devices");
    for (int i = 0; i < cuda->device_count; i++)
        cJSON_AddItemToArray(names, cJSON_CreateString(cuda->devices[i].name));
    cJSON_AddStringToObject(item, "problem", cuda->problem);
    cJSON_AddNumberToObject(item, "runtime_version", cuda->runtime_version);
    cJSON_AddNumberToObject(item, "driver_version", cuda->driver_version);
    char text[256] = "this build was made without the CUDA toolkit";
    const bool found = cuda->toolkit && find_cublaslt(text, sizeof text);
    cJSON_AddStringToObject(item, "cublaslt", found ? text : "");
    cJSON_AddStringToObject(item, "cublaslt_problem", found ? "" : text);
    report_add_sharing(root, sharing->way, sharing->reason[0] ? sharing->reason : NULL);
    report_add_traffic(root);
    return root;
}

static bool tell(const struct options *options, const struct session *session,
                 const struct gl_context *context, struct error *no_context, struct error *err)
{
    struct cuda_status cuda;
    cuda_query_device(cuda_runtime(), 0, &cuda);
    const struct sharing sharing = find_sharing(session, options, context, no_context);
    if (!outputs_report_is_printed(options)) {
        print_model(session);
        terminal_print(stdout, "backend        %s: %s\n",
                       compute_backend_name(compute_backend(trainer_compute(session->trainer))),
                       compute_device_name(trainer_compute(session->trainer)));
        print_cuda(&cuda);
        print_traffic(&sharing);
        terminal_print(stdout, "layerscope     %s\n", LS_VERSION);
    }
    struct outputs outputs;
    return outputs_open(&outputs, options, err) &&
           outputs_report(&outputs, as_json(session, &cuda, &sharing), err);
}

bool command_info(const struct options *options, struct error *err)
{
    struct session session;
    struct error no_context = {0};
    if (!outputs_check(options, err))
        return false;
    struct gl_context *context = open_context(options, &no_context);
    bool ok = session_init(&session, options, false, err);
    if (ok) {
        ok = tell(options, &session, context, &no_context, err);
        session_deinit(&session);
    }
    gl_context_destroy(context);
    return ok;
}
