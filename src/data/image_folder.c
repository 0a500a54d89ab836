/* A folder for each class, with its pictures in it; or two such folders, train and test. */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/bytes.h"
#include "data/capacity.h"
#include "data/image_file.h"
#include "data/readers.h"

struct list {
    char **texts;
    uint32_t count, capacity;
};

static void list_add(struct list *list, char *text)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 64;
        list->texts = ls_realloc(list->texts, list->capacity * sizeof *list->texts);
    }
    list->texts[list->count++] = text;
}

static void list_deinit(struct list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        free(list->texts[i]);
    free(list->texts);
    memset(list, 0, sizeof *list);
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_picture_name(const char *name)
{
    static const char *const endings[] = {".png", ".jpg", ".jpeg"};
    const size_t length = strlen(name);
    for (int i = 0; i < 3; i++) {
        const size_t tail = strlen(endings[i]);
        if (length > tail && strcasecmp(name + length - tail, endings[i]) == 0)
            return true;
    }
    return false;
}

/* Names in `folder`, sorted: its folders, or its pictures. */
static bool list_names(struct list *list, const char *folder, bool folders, struct error *err)
{
    DIR *entries = opendir(folder);
    if (!entries)
        return error_set_errno(err, "%s: cannot be opened", folder);
    for (struct dirent *entry; (entry = readdir(entries));) {
        if (entry->d_name[0] == '.' || (!folders && !is_picture_name(entry->d_name)))
            continue;
        char *path = ls_sprintf("%s/%s", folder, entry->d_name);
        if (folders ? path_is_folder(path) : path_is_file(path))
            list_add(list, ls_strdup(entry->d_name));
        free(path);
    }
    closedir(entries);
    if (list->count)
        qsort(list->texts, list->count, sizeof *list->texts, compare_texts);
    return true;
}

/* The pictures of a split with their classes. */
struct pictures {
    struct list paths;
    int32_t *labels;
};

static void pictures_deinit(struct pictures *pictures)
{
    list_deinit(&pictures->paths);
    free(pictures->labels);
}

static bool list_pictures(struct pictures *pictures, const char *folder, const struct list *classes,
                          bool may_lack, struct error *err)
{
    bool ok = true;
    for (uint32_t c = 0; ok && c < classes->count; c++) {
        char *inner = ls_sprintf("%s/%s", folder, classes->texts[c]);
        struct list names = {0};
        if (!may_lack || path_is_folder(inner))
            ok = list_names(&names, inner, false, err);
        if (ok && names.count == 0 && !may_lack)
            ok = error_set(err, "%s: expected PNG or JPEG files in the folder of a class, found none", inner);
        const uint32_t before = pictures->paths.count;
        for (uint32_t i = 0; ok && i < names.count; i++)
            list_add(&pictures->paths, ls_sprintf("%s/%s", inner, names.texts[i]));
        const uint32_t total = pictures->paths.count;
        pictures->labels = ls_realloc(pictures->labels, ((size_t)total + 1) * sizeof *pictures->labels);
        for (uint32_t i = before; i < total; i++)
            pictures->labels[i] = (int32_t)c;
        list_deinit(&names);
        free(inner);
    }
    return ok;
}

/* ---- pixels ---- */

static bool measure_file(struct image *image, const char *path, struct error *err)
{
    uint8_t *bytes;
    size_t size;
    if (!bytes_read(path, IMAGE_MAX_BYTES, &bytes, &size, err))
        return false;
    const bool ok = image_measure(image, bytes, size, path, err);
    free(bytes);
    return ok;
}

/* The shape of all samples: as asked for; else that of the first picture, and coloured when one of them is.
 */
static bool find_shape(const struct pictures *pictures, const struct data_spec *spec, int shape[3],
                       struct error *err)
{
    for (int i = 0; i < 3; i++)
        shape[i] = spec->shape[i];
    if (shape[0] == 1 || shape[0] == 3)
        return true;
    if (shape[0])
        return error_set_usage(err, "%s: shape: expected 1 or 3 channels, found %d", spec->path, shape[0]);
    const bool scaled = shape[1] != 0;
    for (uint32_t i = 0; i < pictures->paths.count; i++) {
        struct image image;
        const char *path = pictures->paths.texts[i];
        if (!measure_file(&image, path, err))
            return false;
        if (i == 0 && !scaled) {
            shape[1] = image.height;
            shape[2] = image.width;
        }
        if (!scaled && (image.height != shape[1] || image.width != shape[2]))
            return error_set(
                err, "%s: is %d×%d pixels, %s is %d×%d; expected one size: say shape=%dx%d to scale all",
                path, image.width, image.height, pictures->paths.texts[0], shape[2], shape[1], shape[1],
                shape[2]);
        shape[0] = image.channels > shape[0] ? image.channels : shape[0];
    }
    return true;
}

/* The mean over the part of the picture that one sample pixel covers. */
static uint8_t mean_over(const struct image *image, int channel, const double x[2], const double y[2])
{
    double sum = 0.0, area = 0.0;
    for (int row = (int)y[0]; row < image->height && row < y[1]; row++) {
        const double high = fmin(y[1], row + 1) - fmax(y[0], row);
        for (int column = (int)x[0]; column < image->width && column < x[1]; column++) {
            const double part = high * (fmin(x[1], column + 1) - fmax(x[0], column));
            const size_t at = (size_t)row * (size_t)image->width + (size_t)column;
            sum += part * image->pixels[at * (size_t)image->channels + (size_t)channel];
            area += part;
        }
    }
    return area > 0.0 ? (uint8_t)(sum / area + 0.5) : 0;
}

/* (height, width, channels) → (channels, height, width), scaled. */
static void place_pixels(uint8_t *pixels, const struct image *image, const int shape[3])
{
    const double tall = (double)image->height / shape[1], wide = (double)image->width / shape[2];
    for (int c = 0; c < shape[0]; c++)
        for (int row = 0; row < shape[1]; row++)
            for (int column = 0; column < shape[2]; column++)
                *pixels++ = mean_over(image, c, (const double[]){column * wide, (column + 1) * wide},
                                      (const double[]){row * tall, (row + 1) * tall});
}

static bool read_pictures(struct dataset *set, struct pictures *pictures, const int shape[3], bool scaled,
                          const char *origin, struct error *err)
{
    *set = (struct dataset){
        .count = pictures->paths.count, .channels = shape[0], .height = shape[1], .width = shape[2]};
    const size_t sample = dataset_sample_size(set);
    if (!capacity_check(set->count, sample, origin, err))
        return false;
    set->pixels = ls_calloc((size_t)set->count + 1, sample);
    set->labels = pictures->labels;
    pictures->labels = NULL;
    for (uint32_t i = 0; i < set->count; i++) {
        const char *path = pictures->paths.texts[i];
        uint8_t *bytes;
        size_t size;
        struct image image = {0};
        if (!bytes_read(path, IMAGE_MAX_BYTES, &bytes, &size, err))
            return false;
        bool ok = image_decode(&image, bytes, size, shape[0], path, err);
        free(bytes);
        if (ok && !scaled && (image.height != shape[1] || image.width != shape[2]))
            ok = error_set(err, "%s: is %d×%d pixels; expected %d×%d as in training", path, image.width,
                           image.height, shape[2], shape[1]);
        if (ok)
            place_pixels(set->pixels + i * sample, &image, shape);
        image_deinit(&image);
        if (!ok)
            return false;
    }
    return true;
}

/* ---- folders ---- */

/* A class that only the test pictures have cannot be learned. */
static bool check_test_classes(const struct list *classes, const char *test, struct error *err)
{
    struct list found = {0};
    bool ok = list_names(&found, test, true, err);
    for (uint32_t i = 0; ok && i < found.count; i++)
        if (!bsearch(&found.texts[i], classes->texts, classes->count, sizeof *classes->texts, compare_texts))
            ok = error_set(err, "%s/%s: there is no such class among the training pictures", test,
                           found.texts[i]);
    list_deinit(&found);
    return ok;
}

static bool take_classes(struct data *data, const struct list *classes, const char *folder, struct error *err)
{
    if (classes->count > DATA_MAX_CLASSES)
        return error_set(err, "%s: expected at most %d folders, one for each class, found %u", folder,
                         DATA_MAX_CLASSES, classes->count);
    data->class_names = ls_calloc((size_t)classes->count + 1, sizeof *data->class_names);
    for (; data->classes < (int)classes->count; data->classes++)
        data->class_names[data->classes] = ls_strdup(classes->texts[data->classes]);
    return true;
}

static bool read_folders(struct data *data, const struct data_spec *spec, const char *train, const char *test,
                         struct error *err)
{
    struct list classes = {0};
    struct pictures pictures = {{0}, NULL}, tests = {{0}, NULL};
    int shape[3] = {0};
    const bool scaled = spec->shape[1] != 0;
    const bool ok = list_names(&classes, train, true, err) && take_classes(data, &classes, train, err) &&
                    list_pictures(&pictures, train, &classes, false, err) &&
                    (!test || (check_test_classes(&classes, test, err) &&
                               list_pictures(&tests, test, &classes, true, err))) &&
                    (pictures.paths.count > 0 ||
                     error_set(err, "%s: expected a folder for each class in it, found none", train)) &&
                    find_shape(&pictures, spec, shape, err) &&
                    read_pictures(&data->train, &pictures, shape, scaled, train, err) &&
                    (tests.paths.count == 0 || read_pictures(&data->test, &tests, shape, scaled, test, err));
    list_deinit(&classes);
    pictures_deinit(&pictures);
    pictures_deinit(&tests);
    return ok;
}

bool image_folder_read(struct data *data, const struct data_spec *spec, struct error *err)
{
    static const char *const test_names[] = {"test", "val", "valid", "validation"};
    char *train = ls_sprintf("%s/train", spec->path), *test = NULL;
    for (int i = 0; i < 4 && !test; i++) {
        test = ls_sprintf("%s/%s", spec->path, test_names[i]);
        if (!path_is_folder(test)) {
            free(test);
            test = NULL;
        }
    }
    const bool ok = path_is_folder(train) ? read_folders(data, spec, train, test, err)
                                          : read_folders(data, spec, spec->path, NULL, err);
    free(train);
    free(test);
    return ok;
}
