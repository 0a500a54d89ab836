/* Interop with a fake CUDA runtime: what works, and every call failing once or for good. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "compute/cuda/interop.h"
#include "compute/cuda/interop_hint.h"
#include "kernels/kernels.h"
#include "runtime_shim.h"

enum { FLOATS = 70000, BUFFER = 7 };

static float storage[FLOATS]; /* of the only buffer that there is */
static bool spoil;            /* what OpenGL reads differs in one float */

static size_t size_of(unsigned buffer) { return assert_int_equal(buffer, BUFFER), sizeof storage; }
static void read_all(unsigned buffer, void *to, size_t bytes)
{
    assert_int_equal(buffer, BUFFER);
    memcpy(to, storage, bytes);
}
static void write_all(unsigned buffer, const void *from, size_t bytes)
{
    assert_int_equal(buffer, BUFFER);
    memcpy(storage, from, bytes);
}

static void read_back(void *context, unsigned buffer, size_t offset, void *to, size_t bytes)
{
    (void)context;
    assert_int_equal(buffer, BUFFER);
    assert_true(offset + bytes <= sizeof storage);
    memcpy(to, (char *)storage + offset, bytes);
    if (spoil)
        ((float *)to)[1234] += 1.0f;
}

static const struct shim_gl same_device = {0, size_of, read_all, write_all};

static struct interop_desc describe(void)
{
    return (struct interop_desc){.runtime = cuda_runtime(),
                                 .buffer = BUFFER,
                                 .bytes = sizeof storage,
                                 .read = read_back,
                                 .renderer = "NVIDIA H200/PCIe/SSE2"};
}

static int set_up(void **state)
{
    (void)state;
    spoil = false;
    unsetenv("LAYERSCOPE_INTEROP");
    unsetenv("DISPLAY");
    shim_set_gl(&same_device);
    shim_set_late(false);
    shim_fail(-1, 0, false);
    memset(storage, 0, sizeof storage);
    return 0;
}

static void assert_nothing_is_left(void)
{
    const struct shim_alive alive = shim_alive(), none = {0};
    assert_memory_equal(&alive, &none, sizeof none);
}

static struct interop *create(void)
{
    struct error err = {0};
    const struct interop_desc desc = describe();
    struct interop *interop = interop_create(&desc, &err);
    if (!interop)
        fail_msg("%s", err.message);
    return interop;
}

/* Work that waits until somebody waits for it must have run when OpenGL goes on. */
static void what_kernels_write_is_there_after_unmap(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        shim_set_late(late);
        struct interop *interop = create();
        struct CUstream_st *stream;
        assert_int_equal(cuda_runtime()->stream_create(&stream, true), 0);
        memset(storage, 0, sizeof storage);
        for (int frame = 0; frame < 3; frame++) {
            float *memory = interop_map(interop, stream);
            assert_non_null(memory);
            kernel_self_test(stream, memory + frame, 10);
            assert_true(storage[frame] <= 0.0f + (frame > 0 ? 2.0f : 0.0f));
            assert_true(interop_unmap(interop, stream));
            assert_true(storage[frame] == 0.5f && storage[frame + 9] == 9.5f);
        }
        assert_null(interop_problem(interop));
        cuda_runtime()->stream_destroy(stream);
        interop_destroy(interop);
        assert_nothing_is_left();
    }
}

static void expect_failure(const struct interop_desc *desc, const char *text)
{
    struct error err = {0};
    assert_null(interop_create(desc, &err));
    if (!strstr(err.message, text))
        fail_msg("expected \"%s\" in \"%s\"", text, err.message);
    assert_nothing_is_left();
}

/* Each call that creation makes fails, once or with all that follow: nothing is left behind. */
static void creation_survives_every_failure(void **state)
{
    (void)state;
    const struct interop_desc desc = describe();
    const long before = shim_calls();
    interop_destroy(create());
    const long calls = shim_calls() - before;
    assert_true(calls >= 7);
    int failed = 0;
    for (long call = 0; call < calls; call++)
        for (int lost = 0; lost < 2; lost++) {
            struct error err = {0};
            shim_fail(call, 999, lost);
            struct interop *interop = interop_create(&desc, &err);
            shim_fail(-1, 0, false);
            failed += !interop;
            if (!interop)
                assert_non_null(strstr(err.message, "cudaErrorOfATest (999"));
            interop_destroy(interop);
            assert_nothing_is_left();
        }
    /* All but the calls of the stream's and the buffer's end. */
    assert_true(failed >= 2 * (calls - 3));
}

static void a_frame_survives_every_failure(void **state)
{
    (void)state;
    static const char *const calls[] = {"cudaGraphicsMapResources", "cudaGraphicsResourceGetMappedPointer",
                                        "cudaGraphicsUnmapResources"};
    for (int call = 0; call < 3; call++)
        for (int lost = 0; lost < 2; lost++) {
            struct interop *interop = create();
            struct CUstream_st *stream;
            assert_int_equal(cuda_runtime()->stream_create(&stream, true), 0);
            shim_fail(call, 719, lost);
            void *memory = interop_map(interop, stream);
            assert_int_equal(memory != NULL, call == 2);
            if (memory)
                assert_false(interop_unmap(interop, stream));
            assert_non_null(strstr(interop_problem(interop), calls[call]));
            shim_fail(-1, 0, false);
            assert_null(interop_map(interop, stream)); /* for good */
            assert_false(interop_unmap(interop, stream));
            cuda_runtime()->stream_destroy(stream);
            interop_destroy(interop);
            assert_nothing_is_left();
        }
}

static void wrong_contents_are_noticed(void **state)
{
    (void)state;
    const struct interop_desc desc = describe();
    spoil = true;
    expect_failure(&desc, "a kernel wrote 1234.5 at float 1234, OpenGL read 1235.5");
}

static void the_device_must_drive_opengl(void **state)
{
    (void)state;
    struct interop_desc desc = describe();
    struct shim_gl other = same_device;
    other.device = 1;
    shim_set_gl(&other);
    expect_failure(&desc, "OpenGL is driven by CUDA device 1, training runs on device 0");
    shim_set_gl(NULL);
    desc.renderer = "llvmpipe (LLVM 15.0.6, 256 bits)";
    expect_failure(&desc, "__NV_PRIME_RENDER_OFFLOAD=1");
}

static void it_can_be_turned_off(void **state)
{
    (void)state;
    const struct interop_desc desc = describe();
    setenv("LAYERSCOPE_INTEROP", "off", 1);
    const long before = shim_calls();
    expect_failure(&desc, "LAYERSCOPE_INTEROP=off");
    assert_int_equal(shim_calls(), before);
}

static void hints_follow_the_surroundings(void **state)
{
    (void)state;
    struct interop_surroundings at = {.renderer = "NVIDIA GeForce RTX 4090/PCIe/SSE2"};
    assert_non_null(strstr(interop_hint(&at), "CUDA_VISIBLE_DEVICES"));
    at.renderer = "Mesa Intel(R) UHD Graphics 630 (CFL GT2)";
    assert_non_null(strstr(interop_hint(&at), "__GLX_VENDOR_LIBRARY_NAME=nvidia"));
    at.remote_display = true;
    assert_non_null(strstr(interop_hint(&at), "another machine"));
    at.virtual_gl = true;
    assert_non_null(strstr(interop_hint(&at), "vglrun"));
    at.wsl = true;
    assert_non_null(strstr(interop_hint(&at), "WSL"));

    static const struct {
        const char *display;
        bool remote;
    } displays[] = {
        {":0", false}, {":1.0", false}, {"unix:0", false}, {"localhost:10.0", true}, {"there:0", true}};
    for (size_t i = 0; i < sizeof displays / sizeof displays[0]; i++) {
        setenv("DISPLAY", displays[i].display, 1);
        interop_look_around(&at, NULL);
        assert_int_equal(at.remote_display, displays[i].remote);
    }
    setenv("VGL_ISACTIVE", "1", 1);
    interop_look_around(&at, NULL);
    assert_true(at.virtual_gl);
    unsetenv("VGL_ISACTIVE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_kernels_write_is_there_after_unmap, set_up),
        cmocka_unit_test_setup(creation_survives_every_failure, set_up),
        cmocka_unit_test_setup(a_frame_survives_every_failure, set_up),
        cmocka_unit_test_setup(wrong_contents_are_noticed, set_up),
        cmocka_unit_test_setup(the_device_must_drive_opengl, set_up),
        cmocka_unit_test_setup(it_can_be_turned_off, set_up),
        cmocka_unit_test_setup(hints_follow_the_surroundings, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
