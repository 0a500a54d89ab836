// The blocks and threads of a launch, in turn.
#include "shim.h"

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "fiber.h"
#include "shim_control.h"
#include "shim_record.h"

dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace
{

constexpr unsigned warp_size = 32;

enum class wait { none, block, warp, ended };

// A thread of the running block.
struct thread {
    struct fiber *fiber;
    dim3 index;
    wait waits;
    const char *file; // of the barrier or shuffle it waits at
    int line;
    uint32_t mask;     // of that shuffle
    uint32_t value[2]; // what it gives to its warp, this time and the time before
    unsigned shuffles;
};

struct crew : std::vector<thread> {
    ~crew()
    {
        for (const thread &t : *this)
            fiber_destroy(t.fiber);
    }
};

struct shared_variable {
    const void *key;
    void *memory;
};

enum shim_order order = SHIM_FORWARD;
uint64_t order_seed;
uint64_t launches, barriers;

// The running launch.
const char *kernel_name;
const std::function<void()> *kernel;
crew threads; // as many as any block had so far
unsigned thread_count;
unsigned running; // number of the running thread
std::vector<shared_variable> shared;
void *dynamic_memory;
size_t dynamic_size;

[[noreturn]] void fail(const char *what, unsigned a, unsigned b)
{
    const auto place = [](const thread &t) { return t.file ? t.file : "no barrier"; };
    std::fprintf(stderr, "shim: %s, block (%u, %u, %u): %s: thread %u %s %s:%d, thread %u %s %s:%d\n",
                 kernel_name, blockIdx.x, blockIdx.y, blockIdx.z, what, a,
                 threads[a].waits == wait::ended ? "ended" : "waits at", place(threads[a]), threads[a].line,
                 b, threads[b].waits == wait::ended ? "ended" : "waits at", place(threads[b]),
                 threads[b].line);
    std::abort();
}

void *poisoned(size_t bytes)
{
    void *memory = std::malloc(bytes ? bytes : 1);
    if (!memory)
        std::abort();
    std::memset(memory, 0xff, bytes);
    return memory;
}

// The order of `count` blocks or threads.
void fill_order(std::vector<uint32_t> &numbers, uint32_t count, uint32_t step)
{
    numbers.resize(count);
    const rng_shuffle shuffle = rng_shuffle_init(order_seed, step, count);
    for (uint32_t i = 0; i < count; i++)
        numbers[i] = order == SHIM_FORWARD   ? i
                     : order == SHIM_REVERSE ? count - 1 - i
                                             : rng_permute(&shuffle, i);
}

void call_kernel(void *) { (*kernel)(); }

void run_thread(unsigned number, bool start)
{
    thread &t = threads[number];
    running = number;
    threadIdx = t.index;
    t.waits = wait::none;
    if (start ? fiber_start(t.fiber, call_kernel, nullptr) : fiber_resume(t.fiber))
        t.waits = wait::ended;
}

// All threads of a warp that are named in a shuffle's mask have come to it.
bool warp_ready(unsigned first)
{
    const thread *meeting = nullptr;
    for (unsigned lane = 0; lane < warp_size && first + lane < thread_count; lane++) {
        const thread &t = threads[first + lane];
        if (t.waits != wait::warp)
            continue;
        meeting = meeting ? meeting : &t;
        if (t.mask != meeting->mask || t.line != meeting->line || t.file != meeting->file)
            return false;
    }
    if (!meeting)
        return false;
    for (unsigned lane = 0; lane < warp_size; lane++)
        if (meeting->mask >> lane & 1u)
            if (first + lane >= thread_count || threads[first + lane].waits != wait::warp)
                return false;
    return true;
}

// The threads of a warp run from shuffle to shuffle as long as all come to each.
bool run_warps(const std::vector<uint32_t> &turns)
{
    bool ran = false;
    for (unsigned first = 0; first < thread_count; first += warp_size)
        while (warp_ready(first)) {
            ran = true;
            for (const uint32_t number : turns)
                if (number / warp_size == first / warp_size && threads[number].waits == wait::warp)
                    run_thread(number, false);
        }
    return ran;
}

void run_block(const std::vector<uint32_t> &turns)
{
    for (const uint32_t number : turns)
        run_thread(number, true);
    for (;;) {
        while (run_warps(turns))
            ;
        unsigned ended = 0;
        for (unsigned i = 0; i < thread_count; i++) {
            if (threads[i].waits == wait::warp)
                fail("not all threads of a warp come to a shuffle", i, i ^ 1u ? i ^ 1u : 0);
            ended += threads[i].waits == wait::ended;
        }
        if (ended == thread_count)
            return;
        for (unsigned i = 1; i < thread_count; i++)
            if (threads[i].waits != threads[0].waits || threads[i].line != threads[0].line ||
                threads[i].file != threads[0].file)
                fail("not all threads come to a barrier", 0, i);
        barriers++;
        for (const uint32_t number : turns)
            run_thread(number, false);
    }
}

void wait_here(wait what, const char *file, int line)
{
    thread &t = threads[running];
    t.waits = what;
    t.file = file;
    t.line = line;
    fiber_yield();
}

void clear_shared()
{
    for (const shared_variable &variable : shared)
        std::free(variable.memory);
    shared.clear();
    std::free(dynamic_memory);
    dynamic_memory = nullptr;
}

dim3 place(uint32_t number, const dim3 &size)
{
    return dim3(number % size.x, number / size.x % size.y, number / size.x / size.y);
}

struct launch {
    const char *name;
    dim3 grid, block;
    size_t dynamic_bytes;
    std::function<void()> thread;
};

void run_launch(const launch &l)
{
    static std::mutex one_at_a_time;
    const std::lock_guard<std::mutex> lock(one_at_a_time);
    launches++;
    kernel_name = l.name;
    kernel = &l.thread;
    gridDim = l.grid;
    blockDim = l.block;
    dynamic_size = l.dynamic_bytes;
    thread_count = l.block.x * l.block.y * l.block.z;
    while (threads.size() < thread_count) {
        thread t = {};
        t.fiber = fiber_create();
        threads.push_back(t);
    }
    std::vector<uint32_t> blocks, turns;
    fill_order(blocks, l.grid.x * l.grid.y * l.grid.z, 0);
    for (size_t i = 0; i < blocks.size(); i++) {
        blockIdx = place(blocks[i], l.grid);
        for (unsigned t = 0; t < thread_count; t++) {
            threads[t].index = place(t, l.block);
            threads[t].file = nullptr;
            threads[t].line = 0;
            threads[t].shuffles = 0;
        }
        if (i == 0 || order == SHIM_SHUFFLED)
            fill_order(turns, thread_count, (uint32_t)i + 1);
        run_block(turns);
        clear_shared();
    }
}

} // namespace

void shim_set_order(enum shim_order new_order, uint64_t seed)
{
    order = new_order;
    order_seed = seed;
}

uint64_t shim_launches(void) { return launches; }
uint64_t shim_barriers(void) { return barriers; }

void shim_enqueue(const char *name, dim3 grid, dim3 block, size_t dynamic_bytes, struct CUstream_st *stream,
                  std::function<void()> thread_function)
{
    const unsigned count = block.x * block.y * block.z;
    // What a GPU would refuse.
    if (count == 0 || count > 1024 || grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.y > 65535 ||
        grid.z > 65535 || dynamic_bytes > 48 * 1024) {
        std::fprintf(stderr,
                     "shim: %s: no GPU launches a grid of (%u, %u, %u) blocks of %u threads with %zu bytes\n",
                     name, grid.x, grid.y, grid.z, count, dynamic_bytes);
        std::abort();
    }
    shim_record(
        stream, [](void *launch) { run_launch(*static_cast<struct launch *>(launch)); },
        new launch{name, grid, block, dynamic_bytes, std::move(thread_function)},
        [](void *launch) { delete static_cast<struct launch *>(launch); });
}

void shim_barrier(const char *file, int line) { wait_here(wait::block, file, line); }

void shim_warp_barrier(uint32_t mask, const char *file, int line)
{
    threads[running].mask = mask;
    wait_here(wait::warp, file, line);
}

// Two values a thread are enough: no one comes to the next shuffle but one before all have left this one.
uint32_t shim_shuffle_xor(uint32_t mask, uint32_t value, int distance, const char *file, int line)
{
    const unsigned self = running;
    const unsigned turn = threads[self].shuffles++ & 1u;
    threads[self].value[turn] = value;
    threads[self].mask = mask;
    wait_here(wait::warp, file, line);
    return threads[self ^ (unsigned)distance].value[turn];
}

void *shim_shared(const void *key, size_t bytes)
{
    for (const shared_variable &variable : shared)
        if (variable.key == key)
            return variable.memory;
    shared.push_back({key, poisoned(bytes)});
    return shared.back().memory;
}

void *shim_dynamic_shared(void)
{
    if (!dynamic_memory)
        dynamic_memory = poisoned(dynamic_size);
    return dynamic_memory;
}
