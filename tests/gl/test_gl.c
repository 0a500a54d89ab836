/* The OpenGL room on a context without a display. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "gl/context.h"
#include "gl/debug.h"
#include "gl/framebuffer.h"
#include "gl/program.h"
#include "gl/texture.h"
#include "gl/timing.h"

static struct gl_context *context;
static char root[] = "/tmp/layerscope-gl-XXXXXX";

static void write_shader(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/shaders/%s", root, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int set_up(void **state)
{
    (void)state;
    char folder[256];
    if (!mkdtemp(root))
        return -1;
    snprintf(folder, sizeof folder, "%s/shaders", root);
    mkdir(folder, 0700);
    setenv("LAYERSCOPE_ROOT", root, 1);
    struct error err = {0};
    context = gl_context_create_headless(&err);
    if (!context)
        fprintf(stderr, "%s\n", err.message);
    return context ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    gl_context_destroy(context);
    char command[256];
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

static void context_has_no_window(void **state)
{
    (void)state;
    assert_null(gl_context_window(context));
    assert_true(strlen(gl_context_renderer(context)) > 0);
    assert_true(strlen(gl_context_version(context)) > 0);
    assert_int_equal(gl_debug_message_count(), 0);
}

static void buffers_hold_what_is_written(void **state)
{
    (void)state;
    struct error err = {0};
    struct gl_buffer plain, mapped;
    const float values[4] = {1, 2, 3, 4};
    float back[4];
    assert_true(gl_buffer_init(&plain, "plain", sizeof values, values, true, &err));
    const float five = 5;
    gl_buffer_write(&plain, 4, &five, sizeof five);
    glGetNamedBufferSubData(plain.name, 0, sizeof back, back);
    assert_true(back[0] == 1 && back[1] == 5 && back[3] == 4);

    assert_true(gl_buffer_init_mapped(&mapped, "mapped", sizeof values, &err));
    memcpy(mapped.map, values, sizeof values);
    glFinish();
    glGetNamedBufferSubData(mapped.name, 0, sizeof back, back);
    assert_memory_equal(back, values, sizeof values);
    gl_buffer_deinit(&plain);
    gl_buffer_deinit(&mapped);
    assert_int_equal(gl_debug_message_count(), 0);
}

static const char vertex[] =
    "#version 450 core\n"
    "void main() { gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1) * 4.0 - 1.0, 0, 1); }\n";

static void a_program_reads_a_texture_buffer(void **state)
{
    (void)state;
    write_shader("full.vert", vertex);
    write_shader("row.glsl", "layout(binding = 0) uniform samplerBuffer rows;\n"
                             "float row() { return texelFetch(rows, int(gl_FragCoord.y)).r; }\n");
    write_shader("row.frag", "#version 450 core\n#include \"row.glsl\"\n#include \"row.glsl\"\n"
                             "out vec4 color;\nvoid main() { color = vec4(row() * SCALE, 0, 0, 1); }\n");
    struct error err = {0};
    struct gl_program program;
    assert_true(gl_program_init(&program, "full.vert", "row.frag", "#define SCALE 0.5\n", &err));
    assert_int_equal(gl_program_uniform(&program, "nothing"), -1);

    float values[64 + 4] = {0};
    values[64] = 1.0f; /* at byte 256, the lowest row of the picture */
    struct gl_buffer buffer;
    assert_true(gl_buffer_init(&buffer, "rows", sizeof values, values, false, &err));
    GLuint texture = gl_texture_buffer_create(&buffer, GL_R32F, 256, 16);
    struct gl_framebuffer target;
    assert_true(gl_framebuffer_init(&target, 5, 4, 1, &err));
    GLuint vertex_array;
    glCreateVertexArrays(1, &vertex_array);
    glBindVertexArray(vertex_array);
    glBindFramebuffer(GL_FRAMEBUFFER, target.name);
    glViewport(0, 0, 5, 4);
    glUseProgram(program.name);
    glBindTextureUnit(0, texture);
    glDrawArrays(GL_TRIANGLES, 0, 3);
    uint8_t pixels[4 * 5 * 4];
    gl_framebuffer_read(&target, pixels);
    assert_in_range(pixels[3 * 5 * 4], 127, 128); /* the lowest row comes last */
    assert_int_equal(pixels[0], 0);
    assert_int_equal(pixels[3], 255);
    glDeleteVertexArrays(1, &vertex_array);
    gl_texture_destroy(&texture);
    assert_int_equal(texture, 0);
    gl_framebuffer_deinit(&target);
    gl_buffer_deinit(&buffer);
    gl_program_deinit(&program);
    assert_int_equal(gl_debug_message_count(), 0);
}

static void shader_errors_name_file_and_line(void **state)
{
    (void)state;
    write_shader("full.vert", vertex);
    write_shader("broken.glsl", "float fine;\nfloat broken = ;\n");
    write_shader("broken.frag",
                 "#version 450 core\nout vec4 color;\n#include \"broken.glsl\"\nvoid main() {}\n");
    struct error err = {0};
    struct gl_program program;
    assert_false(gl_program_init(&program, "full.vert", "broken.frag", NULL, &err));
    assert_non_null(strstr(err.message, "shaders/broken.frag does not compile"));
    assert_non_null(strstr(err.message, "shaders/broken.glsl:2"));

    struct error missing = {0};
    write_shader("lost.frag", "#version 450 core\n#include \"lost.glsl\"\nvoid main() {}\n");
    assert_false(gl_program_init(&program, "full.vert", "lost.frag", NULL, &missing));
    assert_non_null(strstr(missing.message, "shaders/lost.frag:2"));
    assert_non_null(strstr(missing.message, "lost.glsl"));
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    struct error err = {0};
    const int before = gl_debug_message_count();
    struct gl_framebuffer target;
    assert_false(gl_framebuffer_init(&target, 1 << 20, 10, 1, &err));
    assert_non_null(strstr(err.message, "out of range"));
    assert_int_equal(gl_debug_message_count(), before);
}

static void debug_messages_are_counted(void **state)
{
    (void)state;
    const int before = gl_debug_message_count();
    glEnable(0xFFFF);
    assert_int_equal(gl_debug_message_count(), before + 1);
    while (glGetError() != GL_NO_ERROR)
        continue;
}

static void pass(const char *name, bool with_child)
{
    gl_debug_push(name);
    if (with_child)
        pass("child", false);
    gl_debug_pop();
}

/* Both ways of measuring, whatever this OpenGL's timestamps are worth. */
static void passes_are_timed(void **state)
{
    (void)state;
    const int before = gl_debug_message_count();
    for (int software = 0; software < 2; software++) {
        struct gl_timing *timing = gl_timing_create(software);
        pass("before", true);
        gl_timing_activate(timing);
        for (int frame = 0; frame < 4; frame++) {
            pass("outer", true);
            pass("last", false);
            if (frame == 0)
                pass("outer", false);
            gl_timing_end_frame(timing);
        }
        gl_timing_activate(NULL);
        pass("after", true);
        struct gl_pass_time passes[8];
        assert_int_equal(gl_timing_frames(timing), 4);
        assert_int_equal(gl_timing_passes(timing, passes, 8), 3);
        const char *const names[] = {"outer", "child", "last"};
        const int depths[] = {0, 1, 0}, runs[] = {5, 4, 4};
        for (int i = 0; i < 3; i++) {
            assert_string_equal(passes[i].name, names[i]);
            assert_int_equal(passes[i].depth, depths[i]);
            assert_int_equal(passes[i].runs, runs[i]);
            assert_true(passes[i].mean_ms >= 0.0 && passes[i].p95_ms >= 0.0);
            const double difference = passes[i].frame_ms * 4 - passes[i].mean_ms * runs[i];
            assert_true(difference < 1e-9 && difference > -1e-9);
        }
        assert_int_equal(gl_timing_passes(timing, passes, 1), 1);
        gl_timing_destroy(timing);
    }
    assert_int_equal(gl_debug_message_count(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(context_has_no_window),
        cmocka_unit_test(buffers_hold_what_is_written),
        cmocka_unit_test(a_program_reads_a_texture_buffer),
        cmocka_unit_test(shader_errors_name_file_and_line),
        cmocka_unit_test(passes_are_timed),
        cmocka_unit_test(impossible_sizes_are_refused),
        cmocka_unit_test(debug_messages_are_counted),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
