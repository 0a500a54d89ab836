/* The text of a shader: its file with #include lines replaced; private to gl/. */
#ifndef LS_GL_SHADER_SOURCE_H
#define LS_GL_SHADER_SOURCE_H

#include "base/error.h"

enum { SHADER_MAX_FILES = 16 };

struct shader_source {
    char *text;                       /* what the compiler gets */
    char files[SHADER_MAX_FILES][64]; /* file number in #line → name */
    int file_count;
};

/* Puts `defines` behind the #version line. Each file is included once. */
bool shader_source_load(struct shader_source *source, const char *file, const char *defines,
                        struct error *err);
void shader_source_deinit(struct shader_source *source);
/* Writes the compiler's log with "NUMBER(" or "NUMBER:" at line starts replaced by the file's name. */
void shader_source_explain(const struct shader_source *source, const char *log, char *out, int capacity);

#endif
