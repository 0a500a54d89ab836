/* Tells models, checkpoints and data apart. */
#include "app/offer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "data/source.h"
#include "nn/network.h"

enum kind { KIND_MODEL, KIND_CHECKPOINT, KIND_DATA };

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

static bool ends_with(const char *text, const char *ending)
{
    const size_t length = strlen(text), tail = strlen(ending);
    return length >= tail && strcasecmp(text + length - tail, ending) == 0;
}

static bool is_built_in_model(const char *text)
{
    const size_t length = strlen(text);
    const char *names = network_built_in_names();
    for (const char *at = strstr(names, text); at && length > 0; at = strstr(at + 1, text)) {
        const bool begins = at == names || at[-1] == ' ';
        if (begins && (at[length] == ',' || at[length] == 0))
            return true;
    }
    return false;
}

/* Files whose names say what they are, and that nothing here reads; what to do instead. */
static bool refuse_known(const char *path, const char *head, struct error *err)
{
    static const struct {
        const char *ending, *what;
    } strangers[] = {
        {".png", "is one image; drop the folder that holds a folder of images for each class"},
        {".jpg", "is one image; drop the folder that holds a folder of images for each class"},
        {".jpeg", "is one image; drop the folder that holds a folder of images for each class"},
        {".h5", "is HDF5; save the architecture with Keras's model.to_json() and drop that"},
        {".hdf5", "is HDF5; save the architecture with Keras's model.to_json() and drop that"},
        {".keras", "is Keras's archive; save the architecture with model.to_json() and drop that"},
        {".pt", "is a pickle of PyTorch; save the state_dict with safetensors.torch.save_file and drop that"},
        {".pth",
         "is a pickle of PyTorch; save the state_dict with safetensors.torch.save_file and drop that"},
        {".onnx", "is ONNX; expected a model in JSON, a safetensors file or data"},
    };
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++)
        if (ends_with(path, strangers[i].ending))
            return error_set(err, "%s: %s", path, strangers[i].what);
    if (memcmp(head, "\x89PNG", 4) == 0 || memcmp(head, "\xff\xd8\xff", 3) == 0)
        return error_set(err, "%s: %s", path, strangers[0].what);
    return true;
}

/* A safetensors file begins with the length of its header, which is JSON. */
static bool is_safetensors(const char *path, const unsigned char *head, size_t size)
{
    return ends_with(path, ".safetensors") ||
           (size > 9 && head[8] == '{' && head[4] + head[5] + head[6] + head[7] == 0);
}

static bool is_json(const char *path, const char *head, size_t size)
{
    const size_t space = strspn(head, " \t\r\n\xef\xbb\xbf");
    return ends_with(path, ".json") || (space < size && head[space] == '{');
}

static bool recognise_file(const char *path, enum kind *kind, struct error *err)
{
    enum data_format format;
    char head[65] = "";
    uint64_t length;
    FILE *file = file_open(path, &length, err);
    if (!file)
        return false;
    const size_t size = fread(head, 1, sizeof head - 1, file);
    fclose(file);
    if (size == 0)
        return error_set(err, "%s: is empty", path);
    if (!refuse_known(path, head, err))
        return false;
    *kind = KIND_DATA;
    if (is_safetensors(path, (const unsigned char *)head, size))
        *kind = KIND_CHECKPOINT;
    else if (is_json(path, head, size))
        *kind = KIND_MODEL;
    else if (strstr(last_part(path), "-ubyte"))
        return true; /* its folder is the data set */
    else if (!source_detect(path, &format, err))
        return error_prefix(err, "expected a model (.json), a checkpoint (.safetensors) or data");
    return true;
}

/* A name, or a name or path with options. */
static bool recognise_name(const char *text, enum kind *kind, struct error *err)
{
    enum data_format format;
    struct stat info;
    const char *colon = strrchr(text, ':');
    char *base = colon ? ls_sprintf("%.*s", (int)(colon - text), text) : ls_strdup(text);
    bool ok = true;
    if (is_built_in_model(text))
        *kind = KIND_MODEL;
    else if (strcmp(base, "mnist") == 0 || stat(base, &info) == 0 || source_detect(base, &format, NULL))
        *kind = KIND_DATA;
    else
        ok = error_set(err, "%s: there is no such file or folder; expected one, a model (%s) or data (%s)",
                       text, network_built_in_names(), data_built_in_names());
    free(base);
    return ok;
}

static bool recognise(const char *text, enum kind *kind, struct error *err)
{
    struct stat info;
    if (stat(text, &info) != 0)
        return recognise_name(text, kind, err);
    *kind = KIND_DATA;
    return S_ISDIR(info.st_mode) || recognise_file(text, kind, err);
}

/* The folder that a file lies in, or a copy of `path` where there is none. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return ls_strdup(".");
    return slash == path ? ls_strdup("/") : ls_sprintf("%.*s", (int)(slash - path), path);
}

/* One of several files that are a data set only with others beside them. */
static bool is_part(const char *path)
{
    const char *name = last_part(path);
    return strstr(name, "-ubyte") || ends_with(name, ".npy") || ends_with(name, ".bin") ||
           strcmp(name, "train.csv") == 0 || strcmp(name, "test.csv") == 0;
}

static bool join_data(struct offer *offer, const char *path, struct error *err)
{
    char *old = offer->data;
    char *before = folder_of(old), *now = folder_of(path);
    bool ok = true;
    if (is_part(old) && is_part(path) && strcmp(before, now) == 0) {
        offer->data = ls_strdup(before);
        free(old);
    } else if (strcmp(old, now) != 0 || !is_part(path)) {
        ok = is_part(old) && is_part(path)
                 ? error_set(err, "%s and %s lie in different folders; put the files of a data set into one",
                             old, path)
                 : error_set(err, "%s and %s are two data sets; drop one", old, path);
    }
    free(before);
    free(now);
    return ok;
}

static bool take(char **place, const char *text, const char *what, struct error *err)
{
    if (*place)
        return error_set(err, "%s and %s are two %s; drop one", *place, text, what);
    *place = ls_strdup(text);
    return true;
}

static bool add(struct offer *offer, const char *text, struct error *err)
{
    enum kind kind;
    if (!recognise(text, &kind, err))
        return false;
    if (kind == KIND_MODEL)
        return take(&offer->model, text, "models", err);
    if (kind == KIND_CHECKPOINT)
        return take(&offer->checkpoint, text, "checkpoints", err);
    if (offer->data)
        return join_data(offer, text, err);
    offer->data = strstr(last_part(text), "-ubyte") ? folder_of(text) : ls_strdup(text);
    return true;
}

bool offer_read(struct offer *offer, const char *const *texts, int count, struct error *err)
{
    memset(offer, 0, sizeof *offer);
    bool ok = true;
    for (int i = 0; i < count && ok; i++)
        ok = add(offer, texts[i], err);
    if (!ok)
        offer_deinit(offer);
    return ok;
}

bool offer_is_empty(const struct offer *offer)
{
    return !offer->model && !offer->data && !offer->checkpoint && !offer->optimizer_given &&
           offer->batch == 0;
}

void offer_deinit(struct offer *offer)
{
    free(offer->model);
    free(offer->data);
    free(offer->checkpoint);
    memset(offer, 0, sizeof *offer);
}

void offer_describe(const struct offer *offer, char *text, int size)
{
    const char *const parts[] = {offer->checkpoint, offer->model, offer->data};
    int used = 0;
    text[0] = 0;
    for (int i = 0; i < 3; i++)
        if (parts[i] && used < size)
            used += snprintf(text + used, (size_t)(size - used), "%s%s", used > 0 ? " and " : "",
                             last_part(parts[i]));
    if (used == 0)
        snprintf(text, (size_t)size, "the same anew");
}
