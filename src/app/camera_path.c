/* Camera motion as a function of time. */
#include "app/camera_path.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_text.h"
#include "base/memory.h"
#include "base/number_exact.h"
#include "base/number_text.h"

enum { MAX_FILE = 4 << 20, MAX_KEYS = 4096, POSE_VALUES = 7 };
static const float max_turn = 20.0f; /* degrees per second; faster is hard to watch */
static const double most_distance = 1e6;
static const float max_pitch = 87.0f, max_fov = 120.0f;

/* A pose as a row of numbers, so that one loop serves all. Distance and angle of view go as logarithms: a
 * curve that overshoots stays positive. */
static void to_values(const struct camera_pose *pose, float *v)
{
    memcpy(v, pose->target, 3 * sizeof *v);
    v[3] = pose->yaw;
    v[4] = pose->pitch;
    v[5] = logf(pose->distance);
    v[6] = logf(pose->fov);
}

static struct camera_pose from_values(const float *v)
{
    struct camera_pose pose = {.yaw = v[3],
                               .pitch = fmaxf(-max_pitch, fminf(max_pitch, v[4])),
                               .distance = expf(v[5]),
                               .fov = fminf(max_fov, expf(v[6]))};
    memcpy(pose.target, v, 3 * sizeof *v);
    return pose;
}

static bool read_number(const cJSON *item, const char *name, float low, float high, float *value,
                        struct error *err)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(item, name);
    if (!number)
        return true;
    if (!cJSON_IsNumber(number) || !(number->valuedouble >= (double)low) ||
        number->valuedouble > (double)high)
        return error_set(err, "\"%s\" must be a number from %s to %s", name, LS_NUMBER_LIMIT(low),
                         LS_NUMBER_LIMIT(high));
    *value = (float)number->valuedouble;
    return true;
}

/* Each key at most once, and of `keys` (ended by NULL) only. */
static bool check_keys(const cJSON *object, const char *const *keys, struct error *err)
{
    for (const cJSON *member = object->child; member; member = member->next) {
        int k = 0;
        while (keys[k] && strcmp(keys[k], member->string) != 0)
            k++;
        if (!keys[k]) {
            char known[96] = "";
            for (k = 0; keys[k]; k++)
                snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", k ? ", " : "", keys[k]);
            return error_set(err, "expected the keys %s, found \"%.40s\"", known, member->string);
        }
        if (cJSON_GetObjectItemCaseSensitive(object, member->string) != member)
            return error_set(err, "\"%s\" is there twice; keep one", member->string);
    }
    return true;
}

static bool read_key(const cJSON *item, struct camera_key *key, struct error *err)
{
    static const char *const keys[] = {"t", "target", "yaw", "pitch", "distance", "fov", NULL};
    const cJSON *target = cJSON_GetObjectItemCaseSensitive(item, "target");
    if (!cJSON_IsObject(item) || !cJSON_GetObjectItemCaseSensitive(item, "t"))
        return error_set(err, "expected an object with a time \"t\"");
    if (!check_keys(item, keys, err))
        return false;
    if (target) {
        for (int i = 0; i < 3; i++) {
            const cJSON *number = cJSON_GetArrayItem(target, i);
            if (!cJSON_IsArray(target) || cJSON_GetArraySize(target) != 3 || !cJSON_IsNumber(number) ||
                !(fabs(number->valuedouble) <= most_distance))
                return error_set(err, "\"target\" must be [x, y, z], each from -%s to %s",
                                 LS_NUMBER_GIVEN(most_distance), LS_NUMBER_GIVEN(most_distance));
            key->pose.target[i] = (float)number->valuedouble;
        }
    }
    return read_number(item, "t", 0, 86400, &key->t, err) &&
           read_number(item, "yaw", -36000, 36000, &key->pose.yaw, err) &&
           read_number(item, "pitch", -max_pitch, max_pitch, &key->pose.pitch, err) &&
           read_number(item, "distance", 0.01f, (float)most_distance, &key->pose.distance, err) &&
           read_number(item, "fov", 1, max_fov, &key->pose.fov, err);
}

static bool check_order(const struct camera_path *path, struct error *err)
{
    for (int i = 1; i < path->count; i++) {
        if (!(path->keys[i].t > path->keys[i - 1].t))
            return error_set(err, "keyframe %d: its time %s does not follow %s", i,
                             LS_NUMBER_GIVEN(path->keys[i].t), LS_NUMBER_GIVEN(path->keys[i - 1].t));
    }
    return true;
}

/* The curve between keyframes can turn faster than from one to the next on average. */
static bool check_turns(const struct camera_path *path, struct error *err)
{
    enum { PIECES = 32 };
    for (int i = 1; i < path->count; i++) {
        const float t = path->keys[i - 1].t, span = path->keys[i].t - t;
        float fastest = 0.0f;
        struct camera_pose last = path->keys[i - 1].pose;
        for (int piece = 1; piece <= PIECES; piece++) {
            const struct camera_pose pose = camera_path_pose(path, t + span * (float)piece / PIECES);
            const float turn = fmaxf(fabsf(pose.yaw - last.yaw), fabsf(pose.pitch - last.pitch));
            fastest = fmaxf(fastest, turn * PIECES / span);
            last = pose;
        }
        if (fastest > max_turn * 1.001f)
            return error_set(err, "keyframe %d: turns up to %s° a second before it; expected at most %s", i,
                             LS_NUMBER(fastest), LS_NUMBER(max_turn));
    }
    return true;
}

bool camera_path_read(struct camera_path *path, const char *file, const struct camera_pose *base,
                      struct error *err)
{
    memset(path, 0, sizeof *path);
    size_t size;
    char *text = file_read(file, MAX_FILE, &size, err);
    if (!text)
        return false;
    static const char *const keys[] = {"keyframes", NULL};
    cJSON *root = json_text_has_zero(text, size) ? NULL : cJSON_ParseWithOpts(text, NULL, true);
    free(text);
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "keyframes");
    const int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    bool ok = (count >= 1 && count <= MAX_KEYS) ||
              error_set(err, "expected JSON with \"keyframes\", a list of 1 to %d", MAX_KEYS);
    ok = ok && check_keys(root, keys, err);
    path->keys = ls_calloc(ok ? (size_t)count : 0, sizeof *path->keys);
    const cJSON *item = ok ? list->child : NULL;
    for (; ok && item; item = item->next) {
        struct camera_key *key = &path->keys[path->count];
        key->pose = *base;
        ok = read_key(item, key, err) || error_prefix(err, "keyframe %d", path->count);
        path->count++;
    }
    ok = ok && check_order(path, err) && check_turns(path, err);
    cJSON_Delete(root);
    if (!ok) {
        error_prefix(err, "%s", file);
        camera_path_deinit(path);
    }
    return ok;
}

void camera_path_deinit(struct camera_path *path)
{
    free(path->keys);
    memset(path, 0, sizeof *path);
}

/* The slope at key i: through its neighbours, one-sided at the ends. */
static float slope(const struct camera_path *path, int i, int value)
{
    const int before = i > 0 ? i - 1 : i, after = i + 1 < path->count ? i + 1 : i;
    float a[POSE_VALUES], b[POSE_VALUES];
    to_values(&path->keys[before].pose, a);
    to_values(&path->keys[after].pose, b);
    return (b[value] - a[value]) / (path->keys[after].t - path->keys[before].t);
}

struct camera_pose camera_path_pose(const struct camera_path *path, float t)
{
    if (path->count == 1 || t <= path->keys[0].t)
        return path->keys[0].pose;
    if (t >= path->keys[path->count - 1].t)
        return path->keys[path->count - 1].pose;
    int i = 0;
    while (path->keys[i + 1].t <= t)
        i++;
    const float span = path->keys[i + 1].t - path->keys[i].t, s = (t - path->keys[i].t) / span;
    const float s2 = s * s, s3 = s2 * s;
    float a[POSE_VALUES], b[POSE_VALUES], v[POSE_VALUES];
    to_values(&path->keys[i].pose, a);
    to_values(&path->keys[i + 1].pose, b);
    for (int k = 0; k < POSE_VALUES; k++)
        v[k] = (2 * s3 - 3 * s2 + 1) * a[k] + (s3 - 2 * s2 + s) * span * slope(path, i, k) +
               (3 * s2 - 2 * s3) * b[k] + (s3 - s2) * span * slope(path, i + 1, k);
    return from_values(v);
}

struct camera_pose camera_sway(const struct camera_pose *base, float t)
{
    const float turn = 2.0f * 3.14159265f * t / 24.0f, draw_back = 0.04f;
    /* The sine eases in, so that the first frame is at rest. */
    const float s = fminf(t / 5.0f, 1.0f), ease = s * s * (3.0f - 2.0f * s);
    struct camera_pose pose = *base;
    /* Farther to the front than to the side, where plates are seen edge-on. */
    pose.yaw += ease * (6.0f * sinf(turn) - 3.0f * (1.0f - cosf(turn)));
    pose.pitch += ease * (1.0f - cosf(turn));
    pose.distance *= 1.0f + ease * draw_back; /* room for what turns toward the edges */
    return pose;
}
