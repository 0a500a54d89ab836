/* Typing, choosing and completing in the prompt. */
#include "app/viewer_prompt.h"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/session_private.h"
#include "app/viewer.h"
#include "base/memory.h"
#include "nn/optimizer.h"

static const char *const batch_names[] = {"1", "8", "16", "32", "64", "128", "256", "512"};
enum { BATCHES = sizeof batch_names / sizeof *batch_names };

/* Cuts a list with commas into names, leaving out second names of the same. */
static int split(char *list, const char **names)
{
    int count = 0;
    for (char *rest = list, *name; count < PROMPT_NAMES && (name = strsep(&rest, ","));) {
        name += strspn(name, " ");
        if (name[0] && strcmp(name, "lenet") != 0)
            names[count++] = name;
    }
    return count;
}

static int optimizers(const char **names)
{
    for (int kind = 0; kind < OPTIMIZER_COUNT; kind++)
        names[kind] = optimizer_name((enum optimizer_kind)kind);
    return OPTIMIZER_COUNT;
}

void viewer_prompt_show(struct viewer *viewer, bool shown)
{
    struct viewer_prompt *prompt = &viewer->prompt;
    memset(prompt, 0, sizeof *prompt);
    prompt->shown = shown;
    for (int row = 0; row < PROMPT_ROWS; row++)
        prompt->chosen[row] = -1;
    snprintf(prompt->models, sizeof prompt->models, "%s", network_built_in_names());
    snprintf(prompt->data, sizeof prompt->data, "%s", data_built_in_names());
    prompt->model_count = split(prompt->models, prompt->model_names);
    prompt->data_count = split(prompt->data, prompt->data_names);
}

void viewer_prompt_choose(struct viewer *viewer, enum prompt_row row, int choice)
{
    int *chosen = &viewer->prompt.chosen[row];
    *chosen = *chosen == choice ? -1 : choice;
}

/* Without blanks and quotes around it; "~" is the home folder. */
static char *clean_path(const char *text)
{
    size_t length;
    text += strspn(text, " \t\r\n");
    length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]))
        length--;
    if (length > 1 && (text[0] == '\'' || text[0] == '"') && text[length - 1] == text[0]) {
        text++;
        length -= 2;
    }
    if (length > 7 && strncmp(text, "file://", 7) == 0) {
        text += 7;
        length -= 7;
    }
    const char *home = getenv("HOME");
    if (home && length > 0 && text[0] == '~' && (length == 1 || text[1] == '/'))
        return ls_sprintf("%s%.*s", home, (int)length - 1, text + 1);
    return ls_sprintf("%.*s", (int)length, text);
}

void viewer_prompt_submit(struct viewer *viewer)
{
    struct viewer_prompt *prompt = &viewer->prompt;
    const int *chosen = prompt->chosen;
    const char *texts[3], *optimizer_names[PROMPT_NAMES];
    int count = 0;
    struct offer offer;
    struct error err = {0};
    char *path = clean_path(prompt->text);
    if (path[0])
        texts[count++] = path;
    if (chosen[PROMPT_MODEL] >= 0)
        texts[count++] = prompt->model_names[chosen[PROMPT_MODEL]];
    if (chosen[PROMPT_DATA] >= 0)
        texts[count++] = prompt->data_names[chosen[PROMPT_DATA]];
    const bool ok = offer_read(&offer, texts, count, &err);
    free(path);
    if (!ok) {
        viewer_open_refuse(viewer, err.message);
        return;
    }
    optimizers(optimizer_names);
    offer.optimizer_given = chosen[PROMPT_OPTIMIZER] >= 0 &&
                            optimizer_from_name(optimizer_names[chosen[PROMPT_OPTIMIZER]], &offer.optimizer);
    if (chosen[PROMPT_BATCH] >= 0)
        offer.batch = atoi(batch_names[chosen[PROMPT_BATCH]]);
    if (!offer_is_empty(&offer))
        viewer_open_offer(viewer, &offer);
    prompt->shown = false;
}

static void append(struct viewer_prompt *prompt, const char *text)
{
    const size_t used = strlen(prompt->text);
    if (used + strlen(text) < sizeof prompt->text)
        memcpy(prompt->text + used, text, strlen(text) + 1);
}

static void erase(struct viewer_prompt *prompt)
{
    size_t length = strlen(prompt->text);
    while (length > 0 && ((unsigned char)prompt->text[length - 1] & 0xc0) == 0x80)
        length--;
    prompt->text[length > 0 ? length - 1 : 0] = '\0';
}

static bool is_folder(const char *folder, const char *name)
{
    struct stat info;
    char *whole = ls_sprintf("%s%s", folder, name);
    const bool is = name[0] && stat(whole, &info) == 0 && S_ISDIR(info.st_mode);
    free(whole);
    return is;
}

static int in_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in a folder that begin so, in order; the caller frees them and the list. */
static char **list_names(const char *folder, const char *begin, size_t *count)
{
    char **names = NULL;
    size_t capacity = 0;
    DIR *entries = opendir(folder);
    *count = 0;
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        if (strncmp(entry->d_name, begin, strlen(begin)) != 0 || (entry->d_name[0] == '.' && !begin[0]))
            continue;
        if (*count == capacity) {
            capacity = capacity == 0 ? 16 : 2 * capacity;
            names = ls_realloc(names, capacity * sizeof *names);
        }
        names[(*count)++] = ls_strdup(entry->d_name);
    }
    if (entries)
        closedir(entries);
    if (*count > 0)
        qsort(names, *count, sizeof *names, in_order);
    return names;
}

/* Of names in order the first and the last agree least. A character is kept or left whole. */
static size_t common_length(const char *first, const char *last)
{
    size_t same = 0;
    while (first[same] && first[same] == last[same])
        same++;
    while (same > 0 && ((unsigned char)first[same] & 0xc0) == 0x80)
        same--;
    return same;
}

static void list_completions(struct viewer_prompt *prompt, const char *folder, char *const *names,
                             size_t count)
{
    prompt->completion_total = (int)count;
    for (size_t i = 0; i < count && i < PROMPT_COMPLETIONS; i++) {
        snprintf(prompt->completions[i], PROMPT_COMPLETION, "%.60s%s", names[i],
                 is_folder(folder, names[i]) ? "/" : "");
        prompt->completion_names[i] = prompt->completions[i];
    }
}

/* As far as all names of the folder that begin so agree; where there are several, they are listed. */
static void complete(struct viewer_prompt *prompt)
{
    size_t count;
    char *path = clean_path(prompt->text);
    const char *slash = strrchr(path, '/'), *begin = slash ? slash + 1 : path;
    char *folder = slash ? ls_sprintf("%.*s", (int)(slash - path + 1), path) : ls_strdup("./");
    char **names = list_names(folder, begin, &count);
    if (count > 0) {
        const size_t common = common_length(names[0], names[count - 1]), typed = strlen(begin);
        char *more = ls_sprintf("%.*s", common > typed ? (int)(common - typed) : 0, names[0] + typed);
        append(prompt, more);
        if (count == 1 && is_folder(folder, names[0]))
            append(prompt, "/");
        if (count > 1)
            list_completions(prompt, folder, names, count);
        free(more);
    }
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    free(folder);
    free(path);
}

static void paste(struct viewer *viewer)
{
    const char *text = glfwGetClipboardString(viewer->window);
    if (text)
        append(&viewer->prompt, text);
}

bool viewer_prompt_key(struct viewer *viewer, int key, int modifiers)
{
    struct viewer_prompt *prompt = &viewer->prompt;
    if (!prompt->shown || (key >= GLFW_KEY_F1 && key <= GLFW_KEY_F25))
        return false;
    prompt->completion_total = 0;
    if (modifiers & GLFW_MOD_CONTROL) {
        if (key == GLFW_KEY_V)
            paste(viewer);
        else if (key == GLFW_KEY_U)
            prompt->text[0] = '\0';
        else if (key == GLFW_KEY_O)
            prompt->shown = false;
        return key != GLFW_KEY_Q;
    }
    if (key == GLFW_KEY_ENTER || key == GLFW_KEY_KP_ENTER)
        viewer_prompt_submit(viewer);
    else if (key == GLFW_KEY_ESCAPE)
        prompt->shown = false;
    else if (key == GLFW_KEY_BACKSPACE)
        erase(prompt);
    else if (key == GLFW_KEY_TAB)
        complete(prompt);
    return true;
}

bool viewer_prompt_character(struct viewer *viewer, unsigned character)
{
    char text[5] = "";
    if (!viewer->prompt.shown)
        return false;
    if (character < 0x80) {
        text[0] = (char)character;
    } else if (character < 0x800) {
        text[0] = (char)(0xc0 | character >> 6);
        text[1] = (char)(0x80 | (character & 0x3f));
    } else if (character < 0x10000) {
        text[0] = (char)(0xe0 | character >> 12);
        text[1] = (char)(0x80 | (character >> 6 & 0x3f));
        text[2] = (char)(0x80 | (character & 0x3f));
    } else {
        text[0] = (char)(0xf0 | character >> 18);
        text[1] = (char)(0x80 | (character >> 12 & 0x3f));
        text[2] = (char)(0x80 | (character >> 6 & 0x3f));
        text[3] = (char)(0x80 | (character & 0x3f));
    }
    append(&viewer->prompt, text);
    viewer->prompt.completion_total = 0;
    return true;
}

static int find(const char *const *names, int count, const char *name)
{
    for (int i = 0; name && i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

static void summarize(struct viewer_prompt *prompt)
{
    const int *chosen = prompt->chosen;
    const char *model = chosen[PROMPT_MODEL] >= 0 ? prompt->model_names[chosen[PROMPT_MODEL]] : NULL;
    const char *data = chosen[PROMPT_DATA] >= 0 ? prompt->data_names[chosen[PROMPT_DATA]] : NULL;
    const char *how = chosen[PROMPT_OPTIMIZER] >= 0 || chosen[PROMPT_BATCH] >= 0 ? ", trained as chosen" : "";
    if (prompt->text[0])
        snprintf(prompt->summary, sizeof prompt->summary, "opens what is typed%s%s%s%s",
                 model ? " with " : "", model ? model : "", data ? " on " : "", data ? data : "");
    else if (model && data)
        snprintf(prompt->summary, sizeof prompt->summary, "trains %s on %s%s", model, data, how);
    else if (model)
        snprintf(prompt->summary, sizeof prompt->summary, "trains %s, on the present data if they fit%s",
                 model, how);
    else if (data)
        snprintf(prompt->summary, sizeof prompt->summary, "trains on %s, the present network if it fits%s",
                 data, how);
    else
        snprintf(prompt->summary, sizeof prompt->summary, "%s",
                 how[0] ? "trains the present network anew, as chosen" : "trains what is chosen");
}

const struct hud_prompt *viewer_prompt_at(struct viewer *viewer, struct hud_prompt *shown)
{
    static const char *optimizer_names[PROMPT_NAMES];
    struct viewer_prompt *prompt = &viewer->prompt;
    const struct session *session = &viewer->session;
    const char *model = session->model_name ? session->model_name : session_suitable_model(session->data);
    char batch[16];
    if (!prompt->shown)
        return NULL;
    summarize(prompt);
    snprintf(batch, sizeof batch, "%d", trainer_batch(session->trainer));
    const int optimizer_count = optimizers(optimizer_names);
    const char *optimizer = optimizer_name(trainer_optimizer(session->trainer)->kind);
    *shown = (struct hud_prompt){
        prompt->text,
        prompt->summary,
        prompt->completion_names,
        prompt->completion_total < PROMPT_COMPLETIONS ? prompt->completion_total : PROMPT_COMPLETIONS,
        prompt->completion_total,
        {{"network", "prompt-model", prompt->model_names, prompt->model_count, prompt->chosen[PROMPT_MODEL],
          find(prompt->model_names, prompt->model_count, model)},
         {"data", "prompt-data", prompt->data_names, prompt->data_count, prompt->chosen[PROMPT_DATA],
          find(prompt->data_names, prompt->data_count, session->data_spec)},
         {"optimizer", "prompt-optimizer", optimizer_names, optimizer_count, prompt->chosen[PROMPT_OPTIMIZER],
          find(optimizer_names, optimizer_count, optimizer)},
         {"batch", "prompt-batch", batch_names, BATCHES, prompt->chosen[PROMPT_BATCH],
          find(batch_names, BATCHES, batch)}}};
    return shown;
}
