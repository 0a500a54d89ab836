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

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(memory, bytes) ((void)(memory), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(memory, bytes) ((void)(memory), (void)(bytes))
#endif

dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace
{

constexpr unsigned warp_size = 32;

enum class wait { none, block, warp, ended };

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

// Shared memory of one variable: `bytes` and then a guard, all ones at first.
struct shared_variable {
    const void *key;
    unsigned char *memory;
    size_t bytes;
};

constexpr size_t guard_bytes = 64, most_shared_bytes = 48 * 1024;
const char dynamic_key = 0;

// A block that runs, or has run and lends its stacks to the next.
struct block {
    dim3 index;
    std::vector<thread> threads; // as many as any block had here
    std::vector<uint32_t> turns; // the order in which its threads run
    std::vector<uint32_t> warp_turns; // the same, warp after warp
    std::vector<unsigned> meeting; // of each warp: how many of its threads wait at a shuffle
    size_t next;                 // of the turns; threads run once each from barrier to barrier
    bool fresh;                  // its threads have not begun
    std::vector<shared_variable> shared;

    ~block()
    {
        for (const thread &t : threads)
            fiber_destroy(t.fiber);
    }
};

// Blocks that are on the device at the same time when the order is shuffled.
constexpr unsigned residents = 4;

struct launch {
    const char *name;
    dim3 grid, block;
    size_t dynamic_bytes;
    std::function<void()> thread;
};

enum shim_order order = SHIM_FORWARD;
uint64_t order_seed;
uint64_t launches, barriers;

// The running launch, block and thread.
const launch *work;
block blocks[residents];
block *now;
unsigned thread_count;
unsigned running;

[[noreturn]] void fail(const char *what)
{
    std::fprintf(stderr, "shim: %s, block (%u, %u, %u): %s", work->name, now->index.x, now->index.y,
                 now->index.z, what);
    // One thread of each kind of wait.
    const thread *told = nullptr;
    for (unsigned i = 0; i < thread_count; i++) {
        const thread &t = now->threads[i];
        if (told && told->waits == t.waits && told->line == t.line)
            continue;
        told = &t;
        if (t.waits == wait::ended)
            std::fprintf(stderr, "; thread %u ended", i);
        else
            std::fprintf(stderr, "; thread %u waits at %s:%d", i, t.file, t.line);
    }
    std::fprintf(stderr, "\n");
    std::abort();
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

void call_kernel(void *) { work->thread(); }

void run_thread(unsigned number, bool start)
{
    thread &t = now->threads[number];
    running = number;
    threadIdx = t.index;
    unsigned &meeting = now->meeting[number / warp_size];
    meeting -= t.waits == wait::warp;
    t.waits = wait::none;
    if (start ? fiber_start(t.fiber, call_kernel, nullptr) : fiber_resume(t.fiber))
        t.waits = wait::ended;
    meeting += t.waits == wait::warp;
}

// All threads of a warp that are named in a shuffle's mask have come to it.
bool warp_ready(unsigned first)
{
    const thread *meeting = nullptr;
    for (unsigned lane = 0; lane < warp_size && first + lane < thread_count; lane++) {
        const thread &t = now->threads[first + lane];
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
            if (first + lane >= thread_count || now->threads[first + lane].waits != wait::warp)
                return false;
    return true;
}

// A warp runs from shuffle to shuffle as long as all its threads come to each: ahead of the other warps.
// Nothing new can run unless the one that ran last came to a shuffle, and was not the first of many to.
void run_warp(const thread &last, unsigned first)
{
    if (last.waits != wait::warp ||
        now->meeting[first / warp_size] < static_cast<unsigned>(__builtin_popcount(last.mask)))
        return;
    const unsigned end = first + warp_size < thread_count ? first + warp_size : thread_count;
    while (warp_ready(first))
        for (unsigned i = first; i < end; i++) {
            const uint32_t number = now->warp_turns[i];
            if (now->threads[number].waits == wait::warp)
                run_thread(number, false);
        }
}

// Between two turns: all threads have run as far as they can. False: they have ended.
bool meet()
{
    unsigned ended = 0;
    for (unsigned i = 0; i < thread_count; i++) {
        const thread &t = now->threads[i], &first = now->threads[0];
        if (t.waits == wait::warp)
            fail("not all threads of a warp come to a shuffle");
        if (t.waits != first.waits ||
            (t.waits == wait::block && (t.line != first.line || t.file != first.file)))
            fail("not all threads come to a barrier");
        ended += t.waits == wait::ended;
    }
    if (ended == thread_count)
        return false;
    barriers++;
    now->next = 0;
    now->fresh = false;
    return true;
}

// One turn of the block. False: all its threads have ended.
bool step(block &b)
{
    now = &b;
    blockIdx = b.index;
    if (b.next == thread_count && !meet())
        return false;
    const uint32_t number = b.turns[b.next++];
    run_thread(number, b.fresh);
    run_warp(b.threads[number], number / warp_size * warp_size);
    return true;
}

void wait_here(wait what, const char *file, int line)
{
    thread &t = now->threads[running];
    t.waits = what;
    t.file = file;
    t.line = line;
    fiber_yield();
}

void clear_shared(block &b)
{
    for (const shared_variable &variable : b.shared) {
        ASAN_UNPOISON_MEMORY_REGION(variable.memory + variable.bytes, guard_bytes);
        for (size_t i = 0; i < guard_bytes; i++)
            if (variable.memory[variable.bytes + i] != 0xff)
                fail("a thread wrote behind a shared array");
        std::free(variable.memory);
    }
    b.shared.clear();
}

// CUDA C++ Programming Guide, "Technical specifications per compute capability": what every GPU takes.
bool is_launchable(const dim3 &grid, const dim3 &block, size_t dynamic_bytes)
{
    const uint64_t threads = (uint64_t)block.x * block.y * block.z;
    return grid.x > 0 && grid.x <= 0x7fffffff && grid.y > 0 && grid.y <= 65535 && grid.z > 0 &&
           grid.z <= 65535 && threads > 0 && threads <= 1024 && block.x <= 1024 && block.y <= 1024 &&
           block.z <= 64 && dynamic_bytes <= most_shared_bytes;
}

dim3 place(uint32_t number, const dim3 &size)
{
    return dim3(number % size.x, number / size.x % size.y, number / size.x / size.y);
}

void sort_by_warp(block &b)
{
    std::vector<uint32_t> next(b.meeting.size());
    for (uint32_t warp = 0; warp < next.size(); warp++)
        next[warp] = warp * warp_size;
    b.warp_turns.resize(thread_count);
    for (const uint32_t number : b.turns)
        b.warp_turns[next[number / warp_size]++] = number;
}

void begin(block &b, uint32_t number, uint32_t turn)
{
    b.index = place(number, work->grid);
    while (b.threads.size() < thread_count) {
        thread t = {};
        t.fiber = fiber_create();
        b.threads.push_back(t);
    }
    for (unsigned i = 0; i < thread_count; i++) {
        b.threads[i].index = place(i, work->block);
        b.threads[i].waits = wait::none;
        b.threads[i].shuffles = 0;
    }
    b.meeting.assign((thread_count + warp_size - 1) / warp_size, 0);
    if (b.turns.size() != thread_count || turn == 0 || order == SHIM_SHUFFLED) {
        fill_order(b.turns, thread_count, turn + 1);
        sort_by_warp(b);
    }
    b.next = 0;
    b.fresh = true;
}

// One block after the other; or, shuffled, some at once, each in its turn for a while.
void run_launch(const launch &l)
{
    static std::mutex one_at_a_time;
    const std::lock_guard<std::mutex> lock(one_at_a_time);
    launches++;
    work = &l;
    gridDim = l.grid;
    blockDim = l.block;
    thread_count = l.block.x * l.block.y * l.block.z;
    std::vector<uint32_t> numbers;
    fill_order(numbers, l.grid.x * l.grid.y * l.grid.z, 0);
    std::vector<block *> active;
    size_t begun = 0;
    uint64_t turn = 0;
    for (unsigned i = 0; i < (order == SHIM_SHUFFLED ? residents : 1) && begun < numbers.size(); i++) {
        begin(blocks[i], numbers[begun], (uint32_t)begun);
        active.push_back(&blocks[i]);
        begun++;
    }
    while (!active.empty()) {
        const uint32_t draw = rng_word(order_seed, RNG_TEST, 0, turn++);
        const size_t which = draw % active.size();
        unsigned steps = active.size() > 1 ? 1 + (draw >> 16) % (3 * thread_count) : ~0u;
        while (steps > 0 && step(*active[which]))
            steps--;
        if (steps == 0)
            continue;
        clear_shared(*active[which]);
        if (begun < numbers.size()) {
            begin(*active[which], numbers[begun], (uint32_t)begun);
            begun++;
        } else {
            active.erase(active.begin() + (std::ptrdiff_t)which);
        }
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
    if (!is_launchable(grid, block, dynamic_bytes)) {
        shim_set_last_error(cudaErrorInvalidConfiguration);
        return;
    }
    shim_record(
        stream, [](void *launch) { run_launch(*static_cast<struct launch *>(launch)); },
        new launch{name, grid, block, dynamic_bytes, std::move(thread_function)},
        [](void *launch) { delete static_cast<struct launch *>(launch); });
}

void shim_barrier(const char *file, int line) { wait_here(wait::block, file, line); }

void shim_warp_barrier(uint32_t mask, const char *file, int line)
{
    now->threads[running].mask = mask;
    wait_here(wait::warp, file, line);
}

// Two values a thread are enough: no one comes to the next shuffle but one before all have left this one.
uint32_t shim_shuffle_xor(uint32_t mask, uint32_t value, int distance, const char *file, int line)
{
    std::vector<thread> &threads = now->threads;
    const unsigned self = running;
    const unsigned turn = threads[self].shuffles++ & 1u;
    threads[self].value[turn] = value;
    threads[self].mask = mask;
    wait_here(wait::warp, file, line);
    return threads[self ^ (unsigned)distance].value[turn];
}

void *shim_shared(const void *key, size_t bytes)
{
    for (const shared_variable &variable : now->shared)
        if (variable.key == key)
            return variable.memory;
    size_t used = bytes + (key == &dynamic_key ? 0 : work->dynamic_bytes);
    for (const shared_variable &variable : now->shared)
        used += variable.key == &dynamic_key ? 0 : variable.bytes;
    if (used > most_shared_bytes)
        fail("more shared memory than a block has");
    const size_t all = bytes + guard_bytes;
    unsigned char *memory = static_cast<unsigned char *>(std::aligned_alloc(16, (all + 15) / 16 * 16));
    if (!memory)
        std::abort();
    std::memset(memory, 0xff, all);
    ASAN_POISON_MEMORY_REGION(memory + bytes, guard_bytes);
    now->shared.push_back({key, memory, bytes});
    return memory;
}

void *shim_dynamic_shared(void) { return shim_shared(&dynamic_key, work->dynamic_bytes); }
