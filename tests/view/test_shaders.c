/* Every shader of the pictures, compiled and linked without Mesa's cache: none draws a message, which a program
 * that comes from the cache keeps to itself, as it does in the other tests. */
#include "test.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "gl/debug.h"
#include "picture.h"

enum { MAX_NAMES = 1000, MAX_FILES = 100 };

struct seen {
    char files[MAX_FILES][64];
    int count;
};

static bool has(const struct seen *seen, const char *file)
{
    for (int i = 0; i < seen->count; i++)
        if (strcmp(seen->files[i], file) == 0)
            return true;
    return false;
}

/* A shader lives, with the label of its file, as long as a program that it is linked into. */
static void note_living_shaders(struct seen *seen)
{
    for (GLuint name = 1; name < MAX_NAMES; name++) {
        char label[64] = "";
        if (!glIsShader(name))
            continue;
        glGetObjectLabel(GL_SHADER, name, sizeof label, NULL, label);
        if (label[0] == '\0' || has(seen, label))
            continue;
        assert_true(seen->count < MAX_FILES);
        strcpy(seen->files[seen->count++], label);
    }
}

static void no_shader_draws_a_message(void **state)
{
    (void)state;
    struct error err = {0};
    struct gl_context *context = gl_context_create_headless(&err);
    if (!context)
        fail_msg("%s", err.message);
    struct specimen specimen;
    struct picture picture;
    struct seen seen = {.count = 0};
    specimen_init(&specimen, "lenet5");
    picture_init(&picture, &specimen, 320, 180, THEME_DARK, HUD_FULL, CAMERA_THREE_QUARTER);
    specimen_publish(&specimen, view_publisher(picture.view));
    /* With each of the two shaders that average a picture's samples: of software and of graphics cards. */
    for (picture.supersampling = 1; picture.supersampling <= 2; picture.supersampling++)
        picture_draw(&picture);
    note_living_shaders(&seen);
    struct gl_program multisampled;
    if (!gl_program_init(&multisampled, "resolve.vert", "resolve.frag", "#define MULTISAMPLED\n", &err))
        fail_msg("%s", err.message);
    gl_program_deinit(&multisampled);

    char *path = file_resource("shaders");
    DIR *folder = opendir(path);
    assert_non_null(folder);
    int missed = 0, files = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        const char *type = strrchr(entry->d_name, '.');
        if (!type || (strcmp(type, ".vert") != 0 && strcmp(type, ".frag") != 0 && strcmp(type, ".comp") != 0))
            continue;
        files++;
        if (!has(&seen, entry->d_name)) {
            print_error("no program of this picture has shaders/%s\n", entry->d_name);
            missed++;
        }
    }
    closedir(folder);
    free(path);
    assert_true(files > 20);
    assert_int_equal(missed, 0);
    assert_int_equal(gl_debug_message_count(), 0);
    picture_deinit(&picture);
    specimen_deinit(&specimen);
    gl_context_destroy(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_shader_draws_a_message)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
