/* `layerscope record`: a film of training, frame by frame, into a video file or a folder of pictures. */
#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/camera_path.h"
#include "app/commands.h"
#include "app/offline.h"
#include "app/outputs.h"
#include "app/progress.h"
#include "app/report.h"
#include "base/memory.h"
#include "base/number_text.h"
#include "base/terminal.h"
#include "media/png.h"
#include "media/video.h"

static const double seconds_per_probe = 2.0;

struct recording {
    const struct options *options;
    struct offline offline;
    struct outputs outputs;
    struct video *video; /* NULL: pictures into a folder */
    int folder;          /* of the pictures, locked; −1: none */
    const char *encoder;
    bool still; /* the camera does not move */
    struct camera_pose base;
    struct camera_path path;
    int64_t frames; /* to record */
    int64_t done;
};

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* A name without an ending, or an existing folder, asks for pictures. */
static bool wants_pictures(const char *path)
{
    const char *slash = strrchr(path, '/');
    return is_folder(path) || !strchr(slash ? slash + 1 : path, '.');
}

static bool folder_is_empty(const char *path, bool *empty)
{
    DIR *folder = opendir(path);
    if (!folder)
        return false;
    *empty = true;
    const struct dirent *entry;
    while ((entry = readdir(folder)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            *empty = false;
    closedir(folder);
    return true;
}

static bool check_output(const struct options *options, struct error *err)
{
    if (wants_pictures(options->output)) {
        bool empty;
        struct stat info;
        if (!is_folder(options->output) && stat(options->output, &info) == 0)
            return error_set(err,
                             "%s: exists and is no folder; expected a folder, or a name that ends in .mp4, "
                             ".mkv or .webm",
                             options->output);
        if (!is_folder(options->output))
            return mkdir(options->output, 0777) == 0 ||
                   error_set_errno(err, "%s: the folder cannot be made", options->output);
        if (!folder_is_empty(options->output, &empty))
            return error_set_errno(err, "%s: the folder cannot be read", options->output);
        return empty || options->overwrite ||
               error_set(err, "%s: the folder is not empty; pass --overwrite to write into it",
                         options->output);
    }
    if (!video_ending_known(options->output))
        return error_set_usage(
            err, "%s: expected a name that ends in .mp4, .mkv or .webm, or a folder for PNG pictures",
            options->output);
    if (options->width % 2 || options->height % 2)
        return error_set_usage(err, "--size: video needs an even width and height, found %dx%d",
                               options->width, options->height);
    return file_check_writable(options->output, options->overwrite, err);
}

/* Two programs that write pictures of the same names would mix them. */
static bool lock_folder(struct recording *recording, struct error *err)
{
    const char *path = recording->options->output;
    recording->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (recording->folder < 0 || flock(recording->folder, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
        return true; /* or the file system has no locks */
    return error_set(err, "%s: another program writes pictures into it; choose another folder", path);
}

static bool open_output(struct recording *recording, struct error *err)
{
    const struct options *options = recording->options;
    recording->encoder = "png";
    if (wants_pictures(options->output))
        return lock_folder(recording, err);
    const struct video_desc desc = {
        .path = options->output,
        .width = options->width,
        .height = options->height,
        .fps = options->fps,
        .overwrite = options->overwrite,
    };
    recording->video = video_create(&desc, err);
    if (recording->video)
        recording->encoder = video_encoder_name(recording->video);
    return recording->video != NULL;
}

static bool write_frame(struct recording *recording, struct error *err)
{
    const struct options *options = recording->options;
    if (recording->video)
        return video_add_frame(recording->video, recording->offline.pixels, err);
    char *path = ls_sprintf("%s/frame-%06" PRId64 ".png", options->output, recording->done);
    struct atomic_file file;
    const bool ok = atomic_file_open_alone(&file, path, options->overwrite, err) &&
                    png_write_to(&file, recording->offline.pixels, options->width, options->height, err);
    free(path);
    return ok;
}

/* Frames of a longer film before would follow this one's: files with exactly the names that write_frame
 * gives. */
static bool remove_later_frames(const struct recording *recording, struct error *err)
{
    const char *path = recording->options->output;
    DIR *folder = opendir(path);
    bool ok = folder != NULL || error_set_errno(err, "%s: the folder cannot be read", path);
    for (struct dirent *entry; ok && (entry = readdir(folder));) {
        int64_t number = -1;
        char name[64];
        if (sscanf(entry->d_name, "frame-%" SCNd64 ".png", &number) != 1 || number < recording->done)
            continue;
        snprintf(name, sizeof name, "frame-%06" PRId64 ".png", number);
        if (strcmp(name, entry->d_name) == 0 && unlinkat(dirfd(folder), name, 0) != 0)
            ok = error_set_errno(err, "%s/%s: is of a longer film and cannot be removed", path, name);
    }
    if (folder)
        closedir(folder);
    return ok;
}

/* The view frames the network when it first draws: that picture is not kept, its pose is. */
static bool set_up_camera(struct recording *recording, struct error *err)
{
    if (!offline_draw(&recording->offline, 0.0f, err))
        return false;
    recording->base = view_camera(recording->offline.view)->goal;
    const char *file = recording->options->camera_file;
    return !file || camera_path_read(&recording->path, file, &recording->base, err);
}

static void move_camera(struct recording *recording)
{
    if (recording->still)
        return;
    const float t = (float)recording->done / (float)recording->options->fps;
    const struct camera_pose pose =
        recording->path.count > 0 ? camera_path_pose(&recording->path, t) : camera_sway(&recording->base, t);
    camera_jump(view_camera(recording->offline.view), &pose);
}

static bool record_frame(struct recording *recording, struct error *err)
{
    const struct options *options = recording->options;
    struct trainer *trainer = recording->offline.session.trainer;
    const double t = (double)recording->done / options->fps;
    if (options->probe < 0)
        trainer_set_probe(trainer, (uint32_t)(t / seconds_per_probe + 1e-9));
    if (recording->done > 0)
        offline_train(&recording->offline, options->steps_per_frame);
    move_camera(recording);
    return offline_draw(&recording->offline, recording->done ? 1.0f / (float)options->fps : 0.0f, err) &&
           write_frame(recording, err);
}

static bool record_frames(struct recording *recording, struct error *err)
{
    struct progress progress;
    char text[96] = "";
    bool ok = true;
    progress_begin(&progress, "frames", (uint64_t)recording->frames, recording->options->quiet);
    while (ok && recording->done < recording->frames && !session_interrupted()) {
        ok = record_frame(recording, err);
        if (!ok)
            break;
        recording->done++;
        snprintf(text, sizeof text, "step %" PRIu64, trainer_steps_taken(recording->offline.session.trainer));
        progress_update(&progress, (uint64_t)recording->done, text);
    }
    progress_end(&progress, (uint64_t)recording->done, text);
    return ok;
}

static cJSON *results(const struct recording *recording, const struct evaluation_sample *evaluation)
{
    const struct options *options = recording->options;
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "file", options->output);
    cJSON_AddStringToObject(root, "encoder", recording->encoder);
    cJSON_AddNumberToObject(root, "width", options->width);
    cJSON_AddNumberToObject(root, "height", options->height);
    cJSON_AddNumberToObject(root, "fps", options->fps);
    cJSON_AddNumberToObject(root, "frames", (double)recording->done);
    cJSON_AddNumberToObject(root, "seconds", (double)recording->done / options->fps);
    cJSON_AddNumberToObject(root, "steps", (double)trainer_steps_taken(recording->offline.session.trainer));
    report_add_data(root, recording->offline.session.data);
    report_add_sharing(root, session_sharing(&recording->offline.session, recording->offline.view),
                       view_fallback_reason(recording->offline.view));
    report_add_traffic(root);
    cJSON_AddNumberToObject(root, "test_loss", (double)evaluation->loss);
    cJSON_AddNumberToObject(root, "test_accuracy", (double)evaluation->accuracy);
    report_warn_of_loss(root, recording->offline.session.trainer, evaluation->loss, false);
    return root;
}

static bool report(struct recording *recording, struct error *err)
{
    const struct options *options = recording->options;
    struct evaluation_sample evaluation;
    trainer_evaluate(recording->offline.session.trainer, &evaluation);
    const bool classified = recording->offline.session.data->classes > 0;
    char value[NUMBER_TEXT_SIZE];
    if (!options->quiet && !outputs_report_is_printed(options))
        terminal_print(stdout, "%s: %" PRId64 " frames, %s s, %s; test %s %s after %" PRIu64 " steps\n",
                       options->output, recording->done, LS_NUMBER((double)recording->done / options->fps),
                       recording->encoder, classified ? "accuracy" : "loss",
                       classified ? number_percent(value, (double)evaluation.accuracy, 2, NUMBER_PLAIN)
                                  : number_text(value, (double)evaluation.loss, 4, NUMBER_PLAIN),
                       trainer_steps_taken(recording->offline.session.trainer));
    const bool ok = outputs_save(&recording->outputs, recording->offline.session.trainer, err);
    return outputs_report(&recording->outputs, results(recording, &evaluation), err) && ok;
}

/* Everything that would be wrong at the end is found before the work. */
static bool prepare(struct recording *recording, const struct options *options, struct error *err)
{
    const struct camera_pose any = {.distance = 1.0f};
    recording->options = options;
    recording->frames =
        options->frames >= 0 ? options->frames : (int64_t)llround(options->seconds * options->fps);
    recording->still = options->camera_given && !options->camera_file &&
                       options->camera != CAMERA_THREE_QUARTER && options->camera != CAMERA_FILM;
    if (recording->frames < 1)
        return error_set_usage(err, "--seconds: %s s at %d frames a second is less than one frame",
                               LS_NUMBER_GIVEN(options->seconds), options->fps);
    if (options->camera_file) {
        if (!camera_path_read(&recording->path, options->camera_file, &any, err))
            return false;
        camera_path_deinit(&recording->path);
    }
    return check_output(options, err) && outputs_check(options, err);
}

bool command_record(const struct options *options, struct error *err)
{
    struct recording recording = {.folder = -1};
    if (!prepare(&recording, options, err) || !offline_init(&recording.offline, options, err))
        return false;
    session_catch_interrupts();
    bool ok = outputs_open(&recording.outputs, options, err) && open_output(&recording, err);
    if (ok) {
        if (options->steps > 0)
            offline_train(&recording.offline, options->steps);
        ok = set_up_camera(&recording, err) && record_frames(&recording, err);
        if (recording.video && recording.done > 0)
            ok = video_finish(recording.video, err) && ok;
        else
            video_discard(recording.video);
    }
    if (ok && recording.done > 0 && !recording.video && options->overwrite)
        ok = remove_later_frames(&recording, err);
    if (ok && recording.done > 0)
        ok = report(&recording, err);
    if (ok && session_interrupted()) {
        if (recording.done == 0)
            error_set(err, "interrupted before the first frame; nothing was written");
        else
            error_set(err, "interrupted after %" PRId64 " of %" PRId64 " frames; %s was finished",
                      recording.done, recording.frames, options->output);
        err->class_ = ERROR_INTERRUPTED;
        ok = false;
    }
    outputs_discard(&recording.outputs);
    if (recording.folder >= 0)
        close(recording.folder);
    camera_path_deinit(&recording.path);
    offline_deinit(&recording.offline);
    return ok;
}
