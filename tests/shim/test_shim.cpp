// The shim itself: does it run what a GPU would, and find what it says it finds?
extern "C" {
#include "test.h"

#include "kernels/kernels.h"
#include "runtime_shim.h"
}

#include <algorithm>
#include <vector>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

#include "kernels/launch.h"
#include "shim_control.h"

namespace
{

struct CUstream_st *stream;

void each_order(void (*check)(enum shim_order order))
{
    for (int order = 0; order < SHIM_ORDERS; order++) {
        shim_set_order(static_cast<enum shim_order>(order), 5);
        check(static_cast<enum shim_order>(order));
    }
    shim_set_order(SHIM_FORWARD, 0);
}

// Does it end by abort()?
template <class Function> bool aborts(Function function)
{
    const pid_t child = fork();
    if (child == 0) {
        std::signal(SIGABRT, SIG_DFL);
        if (!std::freopen("/dev/null", "w", stderr))
            _exit(2);
        function();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

__global__ void number_kernel(std::vector<unsigned> *numbers)
{
    const unsigned block = blockIdx.x + gridDim.x * (blockIdx.y + gridDim.y * blockIdx.z);
    const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    numbers->push_back(block * blockDim.x * blockDim.y * blockDim.z + thread);
}

void every_thread_runs_once(void **)
{
    each_order([](enum shim_order order) {
        std::vector<unsigned> numbers;
        LS_LAUNCH(number_kernel, dim3(3, 2, 2), dim3(4, 3, 2), 0, stream, &numbers);
        std::vector<unsigned> sorted = numbers;
        std::sort(sorted.begin(), sorted.end());
        assert_int_equal(sorted.size(), 3 * 2 * 2 * 4 * 3 * 2);
        for (unsigned i = 0; i < sorted.size(); i++)
            assert_int_equal(sorted[i], i);
        if (order == SHIM_REVERSE)
            std::reverse(numbers.begin(), numbers.end());
        assert_int_equal(numbers == sorted, order != SHIM_SHUFFLED);
    });
}

template <int COUNT> __device__ void fill(bool *fresh)
{
    LS_SHARED_ARRAY(float, values, COUNT);
    __syncthreads();
    *fresh = *fresh && isnan(values[threadIdx.x]);
    __syncthreads();
    values[threadIdx.x] = 1.0f;
}

__global__ void fresh_kernel(bool *fresh)
{
    LS_DYNAMIC_SHARED(int, more);
    fill<40>(fresh);
    fill<64>(fresh);
    *fresh = *fresh && more[threadIdx.x] == -1;
    __syncthreads();
    more[threadIdx.x] = 0;
}

void shared_memory_is_poisoned_before_each_block(void **)
{
    each_order([](enum shim_order) {
        bool fresh = true;
        LS_LAUNCH(fresh_kernel, dim3(3), dim3(40), 40 * sizeof(int), stream, &fresh);
        assert_true(fresh);
    });
}

// Each thread gives its value to its neighbour on the left.
__global__ void shift_kernel(const float *in, float *out, bool barrier)
{
    LS_SHARED_ARRAY(float, values, 64);
    values[threadIdx.x] = in[threadIdx.x];
    if (barrier)
        __syncthreads();
    out[threadIdx.x] = values[(threadIdx.x + 1) % 64];
}

bool shifts(bool barrier)
{
    bool right = true;
    for (int order = 0; order < SHIM_ORDERS; order++) {
        shim_set_order(static_cast<enum shim_order>(order), 5);
        float in[64], out[64];
        for (int i = 0; i < 64; i++)
            in[i] = static_cast<float>(i);
        LS_LAUNCH(shift_kernel, dim3(1), dim3(64), 0, stream, in, out, barrier);
        for (int i = 0; i < 64; i++)
            right = right && out[i] == in[(i + 1) % 64];
    }
    shim_set_order(SHIM_FORWARD, 0);
    return right;
}

void a_missing_barrier_shows(void **)
{
    assert_true(shifts(true));
    assert_false(shifts(false));
}

enum divergence { NONE, ONE_RETURNS, ANOTHER_LINE, ONE_MORE };

__global__ void barrier_kernel(enum divergence divergence)
{
    if (divergence == ONE_RETURNS && threadIdx.x == 17)
        return;
    if (divergence == ANOTHER_LINE && threadIdx.x == 17)
        __syncthreads();
    else
        __syncthreads();
    if (divergence == ONE_MORE && threadIdx.x == 0)
        __syncthreads();
}

void divergent_barriers_abort(void **)
{
    for (const enum divergence divergence : {NONE, ONE_RETURNS, ANOTHER_LINE, ONE_MORE})
        assert_int_equal(aborts([=] { LS_LAUNCH(barrier_kernel, dim3(2), dim3(40), 0, stream, divergence); }),
                         divergence != NONE);
}

__global__ void shuffle_kernel(unsigned *sums, bool one_stays_away)
{
    unsigned sum = threadIdx.x;
    for (int distance = 16; distance > 0; distance /= 2)
        if (!one_stays_away || distance != 4 || threadIdx.x != 40)
            sum += __shfl_xor_sync(0xffffffffu, sum, distance);
    __syncwarp();
    sums[threadIdx.x] = sum;
}

void shuffles_exchange_within_a_warp(void **)
{
    each_order([](enum shim_order) {
        unsigned sums[64];
        LS_LAUNCH(shuffle_kernel, dim3(1), dim3(64), 0, stream, sums, false);
        for (unsigned i = 0; i < 64; i++)
            assert_int_equal(sums[i], i < 32 ? 31 * 32 / 2 : 31 * 32 / 2 + 32 * 32);
    });
    assert_true(aborts([] {
        unsigned sums[64];
        LS_LAUNCH(shuffle_kernel, dim3(1), dim3(64), 0, stream, sums, true);
    }));
    // A warp of 20 lanes lacks 12 of those that are asked for.
    assert_true(aborts([] {
        unsigned sums[64];
        LS_LAUNCH(shuffle_kernel, dim3(1), dim3(52), 0, stream, sums, false);
    }));
}

void what_no_gpu_launches_fails(void **)
{
    const auto launch = [](dim3 grid, dim3 block, size_t bytes) {
        const uint64_t before = shim_launches();
        LS_LAUNCH(barrier_kernel, grid, block, bytes, stream, NONE);
        const cudaError_t error = cudaGetLastError();
        assert_int_equal(shim_launches() - before, error == cudaSuccess);
        assert_int_equal(cudaGetLastError(), cudaSuccess);
        return error;
    };
    assert_int_equal(launch(dim3(1), dim3(1024), 48 * 1024), cudaSuccess);
    assert_int_equal(launch(dim3(70000, 2, 2), dim3(1), 0), cudaSuccess);
    assert_int_equal(launch(dim3(1), dim3(2, 2, 64), 0), cudaSuccess);
    const struct {
        dim3 grid, block;
        size_t bytes;
    } refused[] = {{dim3(0), dim3(32), 0},
                   {dim3(1), dim3(0), 0},
                   {dim3(1), dim3(1025), 0},
                   {dim3(1), dim3(65536, 65536), 0},
                   {dim3(1), dim3(1, 1, 65), 0},
                   {dim3(1, 65536), dim3(1), 0},
                   {dim3(1, 1, 65536), dim3(1), 0},
                   {dim3(0x80000000u), dim3(1), 0},
                   {dim3(1), dim3(32), 48 * 1024 + 1}};
    for (const auto &r : refused)
        assert_int_equal(launch(r.grid, r.block, r.bytes), cudaErrorInvalidConfiguration);
}

void a_launch_that_fails_is_named(void **)
{
    assert_null(kernel_last_error());
    LS_LAUNCH(barrier_kernel, dim3(1, 65536), dim3(32), 8, stream, NONE);
    LS_LAUNCH(shuffle_kernel, dim3(0), dim3(32), 0, stream, nullptr, false);
    const char *text = kernel_last_error();
    assert_non_null(text);
    assert_non_null(std::strstr(text, "barrier_kernel (test_shim.cpp:"));
    assert_non_null(std::strstr(text, "grid 1x65536x1, block 32x1x1, 8 bytes): invalid configuration"));
    assert_null(kernel_last_error());
}

// What a kernel did wrong while it ran, the next launch is told: it is not to blame.
void a_launch_after_a_kernel_that_failed_is_not_blamed(void **)
{
    shim_fail(0, 719, true);
    assert_int_equal(cuda_runtime()->stream_wait(stream), 719);
    LS_LAUNCH(barrier_kernel, dim3(1), dim3(32), 0, stream, NONE);
    assert_int_equal(std::strncmp(kernel_last_error(), "a kernel before barrier_kernel (", 32), 0);
    shim_fail(-1, 0, false);
    assert_null(kernel_last_error());
}

__global__ void greedy_kernel(void)
{
    LS_SHARED_ARRAY(float, values, 1024);
    values[threadIdx.x] = 0.0f;
}

void a_block_has_48_kib(void **)
{
    const auto launch = [](size_t dynamic_bytes) {
        return aborts(
            [=] { shim_launch("greedy_kernel", dim3(1), dim3(32), dynamic_bytes, stream, greedy_kernel); });
    };
    assert_false(launch(44 * 1024));
    assert_true(launch(44 * 1024 + 1));
}

__global__ void store_kernel(int value, int *to) { *to = value; }

void arguments_are_those_of_the_launch(void **)
{
    shim_set_late(true);
    int value = 1, stored = 0;
    LS_LAUNCH(store_kernel, dim3(1), dim3(1), 0, stream, value, &stored);
    value = 2;
    assert_int_equal(stored, 0);
    assert_int_equal(cuda_runtime()->stream_wait(stream), 0);
    assert_int_equal(stored, 1);
    shim_set_late(false);
}

__global__ void pass_kernel(const int *from, int *to) { *to = *from; }

// A stream hands a value to another, which waits for it or does not.
bool is_handed_over(bool waits, uint64_t seed)
{
    const struct cuda_runtime *runtime = cuda_runtime();
    struct CUstream_st *other = nullptr;
    struct CUevent_st *event = nullptr;
    runtime->stream_create(&other, false);
    runtime->event_create(&event, false);
    shim_set_seed(seed);
    shim_forget_events(!waits);
    int first = 0, second = 0;
    LS_LAUNCH(store_kernel, dim3(1), dim3(1), 0, stream, 7, &first);
    runtime->event_record(event, stream);
    runtime->stream_after(other, event);
    LS_LAUNCH(pass_kernel, dim3(1), dim3(1), 0, other, &first, &second);
    runtime->event_destroy(event); // before it has come
    runtime->stream_wait(other);
    runtime->stream_wait(stream);
    runtime->stream_destroy(other);
    shim_forget_events(false);
    return second == 7;
}

void a_missing_wait_between_streams_shows(void **)
{
    int without = 0;
    shim_set_late(true);
    for (uint64_t seed = 0; seed < 16; seed++) {
        assert_true(is_handed_over(true, seed));
        without += is_handed_over(false, seed);
    }
    shim_set_late(false);
    // Sometimes it goes well, as it does on a GPU.
    assert_in_range(without, 1, 15);
}

void errors_stay_until_they_are_taken(void **)
{
    const struct cuda_runtime *runtime = cuda_runtime();
    struct CUevent_st *event = nullptr;
    int stored = 0;
    runtime->event_create(&event, false);
    shim_set_late(true);
    LS_LAUNCH(store_kernel, dim3(1), dim3(1), 0, stream, 1, &stored);
    runtime->event_record(event, stream);
    assert_int_equal(runtime->event_query(event), CUDA_NOT_READY);
    assert_int_equal(runtime->event_wait(event), 0);
    assert_int_equal(cudaPeekAtLastError(), CUDA_NOT_READY);
    assert_int_equal(runtime->last_error(), CUDA_NOT_READY);
    assert_null(kernel_last_error());
    // A thread that uses another device launches nothing here.
    const struct shim_device devices[] = {{9, 0}, {9, 0}};
    shim_set_devices(devices, 2);
    runtime->device_use(1);
    LS_LAUNCH(store_kernel, dim3(1), dim3(1), 0, stream, 2, &stored);
    assert_non_null(std::strstr(kernel_last_error(), "invalid resource handle"));
    runtime->device_use(0);
    shim_set_devices(devices, 1);
    shim_set_late(false);
    assert_int_equal(stored, 1);
    runtime->event_destroy(event);
}

void copies_to_pinned_memory_come_later(void **)
{
    const struct cuda_runtime *runtime = cuda_runtime();
    void *device = nullptr, *pinned = nullptr;
    const int value = 5;
    int pageable = 0, landed = 0;
    runtime->memory_alloc(&device, sizeof value);
    runtime->pinned_alloc(&pinned, sizeof value);
    const long before = shim_pageable_copies();
    shim_set_late(true);
    runtime->copy(device, &value, sizeof value, CUDA_TO_DEVICE, stream);
    runtime->copy(&pageable, device, sizeof value, CUDA_TO_HOST, stream);
    assert_int_equal(pageable, 5);
    assert_int_equal(shim_pageable_copies() - before, 2);
    runtime->copy(pinned, device, sizeof value, CUDA_TO_HOST, stream);
    std::memcpy(&landed, pinned, sizeof landed);
    assert_int_equal(landed, -1);
    assert_true(aborts([=] { runtime->pinned_free(pinned); }));
    runtime->stream_wait(stream);
    std::memcpy(&landed, pinned, sizeof landed);
    assert_int_equal(landed, 5);
    shim_set_late(false);
    runtime->memory_free(device);
    runtime->pinned_free(pinned);
}

} // namespace

int main()
{
    if (cuda_runtime()->stream_create(&stream, false) != 0)
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_thread_runs_once),
                                       cmocka_unit_test(shared_memory_is_poisoned_before_each_block),
                                       cmocka_unit_test(a_missing_barrier_shows),
                                       cmocka_unit_test(divergent_barriers_abort),
                                       cmocka_unit_test(shuffles_exchange_within_a_warp),
                                       cmocka_unit_test(what_no_gpu_launches_fails),
                                       cmocka_unit_test(a_launch_that_fails_is_named),
                                       cmocka_unit_test(a_launch_after_a_kernel_that_failed_is_not_blamed),
                                       cmocka_unit_test(a_block_has_48_kib),
                                       cmocka_unit_test(arguments_are_those_of_the_launch),
                                       cmocka_unit_test(a_missing_wait_between_streams_shows),
                                       cmocka_unit_test(errors_stay_until_they_are_taken),
                                       cmocka_unit_test(copies_to_pinned_memory_come_later)};
    const int failed = cmocka_run_group_tests(tests, nullptr, nullptr);
    cuda_runtime()->stream_destroy(stream);
    return failed;
}
