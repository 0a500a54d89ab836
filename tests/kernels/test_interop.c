/* Interop with a fake CUDA runtime: what works, and every call failing once or for good. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "compute/cuda/interop.h"
#include "compute/cuda/interop_hint.h"
#include "kernels/kernels.h"
#include "runtime_shim.h"

enum { FLOATS = 70000, FIRST = 7 };

static float storage[SHARED_BUFFER_COUNT][FLOATS]; /* of the buffers FIRST, FIRST + 1 … */
static int spoilt;    /* of them: what OpenGL reads there differs in one float; −1: of none */
static long accesses; /* of OpenGL's buffers by CUDA */

static float *find(unsigned buffer)
{
    assert_in_range(buffer, FIRST, FIRST + SHARED_BUFFER_COUNT - 1);
    return storage[buffer - FIRST];
}
static size_t size_of(unsigned buffer) { return find(buffer), sizeof storage[0]; }
static void read_all(unsigned buffer, void *to, size_t bytes)
{
    accesses++;
    memcpy(to, find(buffer), bytes);
}
static void write_all(unsigned buffer, const void *from, size_t bytes)
{
    accesses++;
    memcpy(find(buffer), from, bytes);
}

static void read_back(unsigned buffer, void *to, size_t bytes)
{
    assert_true(bytes <= sizeof storage[0]);
    memcpy(to, find(buffer), bytes);
    if ((int)buffer == FIRST + spoilt)
        ((float *)to)[1234] += 1.0f;
}

static const struct shim_gl same_device = {0, size_of, read_all, write_all};

static const struct shared_buffers buffers = {.names = {FIRST, FIRST + 1, FIRST + 2},
                                              .bytes = sizeof storage[0],
                                              .read = read_back,
                                              .renderer = "NVIDIA H200/PCIe/SSE2"};

static int set_up(void **state)
{
    (void)state;
    spoilt = -1;
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
    assert_null(kernel_last_error());
}

static struct interop *create(void)
{
    struct error err = {0};
    struct interop *interop = interop_create(cuda_runtime(), 0, &buffers, &err);
    if (!interop)
        fail_msg("%s", err.message);
    return interop;
}

static struct CUstream_st *create_stream(void)
{
    struct CUstream_st *stream = NULL;
    assert_int_equal(cuda_runtime()->stream_create(&stream, true), 0);
    return stream;
}

/* Work that waits until somebody waits for it must have run when OpenGL goes on. */
static void what_kernels_write_is_there_after_unmap(void **state)
{
    (void)state;
    for (int late = 0; late < 2; late++) {
        shim_set_late(late);
        struct interop *interop = create();
        struct CUstream_st *stream = create_stream();
        memset(storage, 0, sizeof storage);
        for (int frame = 0; frame < 6; frame++) {
            const int buffer = frame % SHARED_BUFFER_COUNT;
            float *shown = storage[buffer];
            const long before = accesses;
            float *memory = interop_map(interop, buffer, stream);
            assert_non_null(memory);
            kernel_self_test(stream, memory + frame, 10);
            assert_true(shown[frame + 9] < 9.0f);
            assert_true(interop_unmap(interop));
            assert_true(shown[frame] == 0.5f && shown[frame + 9] == 9.5f);
            /* Of the others nothing is read or written: what draws from them is not waited for. */
            assert_int_equal(accesses - before, 3);
        }
        assert_null(interop_problem(interop));
        cuda_runtime()->stream_destroy(stream);
        interop_destroy(interop);
        assert_nothing_is_left();
    }
}

/* What is left mapped is unmapped on the stream that it was mapped for. */
static void a_mapped_buffer_can_be_given_up(void **state)
{
    (void)state;
    struct interop *interop = create();
    struct CUstream_st *stream = create_stream();
    float *memory = interop_map(interop, 1, stream);
    kernel_self_test(stream, memory, 10);
    interop_destroy(interop);
    assert_true(storage[1][9] == 9.5f);
    cuda_runtime()->stream_destroy(stream);
    assert_nothing_is_left();
}

static void expect_failure(const struct shared_buffers *desc, const char *text)
{
    struct error err = {0};
    assert_null(interop_create(cuda_runtime(), 0, desc, &err));
    if (!strstr(err.message, text))
        fail_msg("expected \"%s\" in \"%s\"", text, err.message);
    assert_nothing_is_left();
}

/* Each call that creation makes fails, once or with all that follow: nothing is left behind. */
static void creation_survives_every_failure(void **state)
{
    (void)state;
    const long before = shim_calls();
    interop_destroy(create());
    const long calls = shim_calls() - before;
    assert_true(calls >= 7);
    int failed = 0;
    for (long call = 0; call < calls; call++)
        for (int lost = 0; lost < 2; lost++) {
            struct error err = {0};
            shim_fail(call, 999, lost);
            struct interop *interop = interop_create(cuda_runtime(), 0, &buffers, &err);
            shim_fail(-1, 0, false);
            failed += !interop;
            if (!interop)
                assert_non_null(strstr(err.message, "cudaErrorOfATest (999"));
            interop_destroy(interop);
            assert_nothing_is_left();
        }
    /* All but the calls of the stream's and the buffers' end. */
    assert_true(failed >= 2 * (calls - 1 - SHARED_BUFFER_COUNT));
}

static void a_frame_survives_every_failure(void **state)
{
    (void)state;
    static const char *const calls[] = {"cudaGraphicsMapResources", "cudaGraphicsResourceGetMappedPointer",
                                        "cudaGraphicsUnmapResources"};
    for (int call = 0; call < 3; call++)
        for (int lost = 0; lost < 2; lost++) {
            struct interop *interop = create();
            struct CUstream_st *stream = create_stream();
            shim_fail(call, 719, lost);
            void *memory = interop_map(interop, 2, stream);
            assert_int_equal(memory != NULL, call == 2);
            if (memory)
                assert_false(interop_unmap(interop));
            assert_non_null(strstr(interop_problem(interop), calls[call]));
            shim_fail(-1, 0, false);
            assert_null(interop_map(interop, 2, stream)); /* for good */
            assert_false(interop_unmap(interop));
            cuda_runtime()->stream_destroy(stream);
            interop_destroy(interop);
            assert_nothing_is_left();
        }
}

static void wrong_contents_are_noticed(void **state)
{
    (void)state;
    for (spoilt = 0; spoilt < SHARED_BUFFER_COUNT; spoilt++)
        expect_failure(&buffers, "a kernel wrote 1234.5 at float 1234, OpenGL read 1235.5");
}

static void the_device_must_drive_opengl(void **state)
{
    (void)state;
    struct shared_buffers mesas = buffers;
    struct shim_gl other = same_device;
    other.device = 1;
    shim_set_gl(&other);
    expect_failure(&buffers, "OpenGL is driven by CUDA device 1, training runs on device 0");
    shim_set_gl(NULL);
    mesas.renderer = "llvmpipe (LLVM 15.0.6, 256 bits)";
    expect_failure(&mesas, "__NV_PRIME_RENDER_OFFLOAD=1");
}

static void it_can_be_turned_off(void **state)
{
    (void)state;
    setenv("LAYERSCOPE_INTEROP", "off", 1);
    const long before = shim_calls();
    expect_failure(&buffers, "LAYERSCOPE_INTEROP=off");
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
        cmocka_unit_test_setup(a_mapped_buffer_can_be_given_up, set_up),
        cmocka_unit_test_setup(creation_survives_every_failure, set_up),
        cmocka_unit_test_setup(a_frame_survives_every_failure, set_up),
        cmocka_unit_test_setup(wrong_contents_are_noticed, set_up),
        cmocka_unit_test_setup(the_device_must_drive_opengl, set_up),
        cmocka_unit_test_setup(it_can_be_turned_off, set_up),
        cmocka_unit_test_setup(hints_follow_the_surroundings, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
