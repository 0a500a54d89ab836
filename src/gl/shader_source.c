/* Reading shaders: from the binary in release builds, from shaders/ in development. */
#include "gl/shader_source.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "base/file.h"
#include "base/memory.h"

static char *read_file(const char *file, struct error *err)
{
    char *name = ls_sprintf("shaders/%s", file);
    size_t size = 0;
    const void *embedded = embedded_find(name, &size);
    char *text = NULL;
    if (embedded) {
        text = ls_calloc(size + 1, 1);
        memcpy(text, embedded, size);
    } else {
        char *path = file_resource(name);
        text = file_read(path, 1 << 20, &size, err);
        free(path);
    }
    free(name);
    return text;
}

static void append(char **text, const char *piece, size_t length)
{
    const size_t used = *text ? strlen(*text) : 0;
    *text = ls_realloc(*text, used + length + 1);
    memcpy(*text + used, piece, length);
    (*text)[used + length] = 0;
}

static void append_line_number(struct shader_source *source, int line, int file)
{
    char directive[64];
    const int length = snprintf(directive, sizeof directive, "#line %d %d\n", line, file);
    append(&source->text, directive, (size_t)length);
}

static bool included_already(const struct shader_source *source, const char *file)
{
    for (int i = 0; i < source->file_count; i++)
        if (strcmp(source->files[i], file) == 0)
            return true;
    return false;
}

static bool add_file(struct shader_source *source, const char *file, const char *defines, struct error *err)
{
    if (included_already(source, file))
        return true;
    if (source->file_count == SHADER_MAX_FILES || strlen(file) >= sizeof source->files[0])
        return error_set(err, "shaders/%s: more than %d files in one shader", file, SHADER_MAX_FILES);
    const int number = source->file_count++;
    snprintf(source->files[number], sizeof source->files[number], "%s", file);
    char *text = read_file(file, err);
    if (!text)
        return false;

    bool ok = true;
    int line = 1;
    for (char *at = text; ok && *at; line++) {
        char *end = strchr(at, '\n');
        const size_t length = end ? (size_t)(end - at) + 1 : strlen(at);
        char name[64];
        if (sscanf(at, "#include \"%63[^\"]\"", name) == 1) {
            ok = add_file(source, name, NULL, err) || error_prefix(err, "shaders/%s:%d", file, line);
            append_line_number(source, line + 1, number);
        } else {
            if (line == 1 && number > 0)
                append_line_number(source, 1, number);
            append(&source->text, at, length);
            if (strncmp(at, "#version", 8) == 0) {
                if (defines)
                    append(&source->text, defines, strlen(defines));
                append_line_number(source, line + 1, number);
            }
        }
        at += length;
    }
    free(text);
    return ok;
}

bool shader_source_load(struct shader_source *source, const char *file, const char *defines,
                        struct error *err)
{
    memset(source, 0, sizeof *source);
    if (add_file(source, file, defines, err))
        return true;
    shader_source_deinit(source);
    return false;
}

void shader_source_deinit(struct shader_source *source)
{
    free(source->text);
    source->text = NULL;
}

void shader_source_explain(const struct shader_source *source, const char *log, char *out, int capacity)
{
    int used = 0;
    while (*log && used < capacity - 1) {
        char *end;
        const long number = strtol(log, &end, 10);
        if (end != log && (*end == '(' || *end == ':') && number >= 0 && number < source->file_count) {
            used += snprintf(out + used, (size_t)(capacity - used), "shaders/%s", source->files[number]);
            log = end;
        }
        while (*log && used < capacity - 1) {
            const char c = *log++;
            out[used++] = c;
            if (c == '\n')
                break;
        }
    }
    used = used < capacity - 1 ? used : capacity - 1;
    while (used > 0 && isspace((unsigned char)out[used - 1]))
        used--;
    out[used] = 0;
}
