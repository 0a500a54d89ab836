/* Memory of the device and pinned memory, both the host's, and copies between them. */
#include "runtime_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { MEMORY_MIB = 4096, MOST_BLOCKS = 256 };

static struct block {
    char *begin;
    size_t bytes;
    bool pinned;
} blocks[MOST_BLOCKS];

static long pageable_copies;

static int memory_info(size_t *free_bytes, size_t *total_bytes)
{
    const int error = shim_begin();
    *free_bytes = *total_bytes = (size_t)MEMORY_MIB << 20;
    return shim_end(error);
}

static struct block *find(const void *begin)
{
    for (int i = 0; i < MOST_BLOCKS; i++)
        if (blocks[i].begin == begin)
            return &blocks[i];
    return NULL;
}

static bool is_pinned(const void *memory, size_t bytes)
{
    const char *from = memory;
    for (int i = 0; i < MOST_BLOCKS; i++)
        if (blocks[i].pinned && from >= blocks[i].begin && from + bytes <= blocks[i].begin + blocks[i].bytes)
            return true;
    return false;
}

static int *living(bool pinned) { return pinned ? &shim_living.pinned : &shim_living.memory; }

/* All bits set: every float is a NaN until somebody writes it. */
static int allocate(void **memory, size_t bytes, bool pinned)
{
    const int error = shim_begin();
    if (error)
        return shim_end(error);
    *memory = aligned_alloc(256, (bytes + 255) / 256 * 256);
    if (!*memory)
        return shim_end(OUT_OF_MEMORY);
    memset(*memory, 0xff, bytes);
    struct block *block = find(NULL);
    LS_ASSERT(block);
    *block = (struct block){*memory, bytes, pinned};
    ++*living(pinned);
    return shim_end(0);
}

struct transfer {
    void *to;
    const void *from;
    size_t bytes;
    int byte;
};

static bool overlap(const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
    const char *one = a, *other = b;
    return one && other && one < other + b_bytes && other < one + a_bytes;
}

/* CUDA promises nothing about memory that is freed while copies use it. */
static void expect_elsewhere(void *context, void *argument)
{
    const struct transfer *t = context;
    const struct block *freed = argument;
    LS_ASSERT(!overlap(t->to, t->bytes, freed->begin, freed->bytes) &&
              !overlap(t->from, t->bytes, freed->begin, freed->bytes));
}

static void do_copy(void *context)
{
    const struct transfer *t = context;
    memmove(t->to, t->from, t->bytes);
}

/* Copies to the host leave the device before they are in the host's memory. */
struct landing {
    struct transfer transfer; /* first: both are visited alike */
    char bytes[];
};

static void fetch(void *context)
{
    struct landing *landing = context;
    memcpy(landing->bytes, landing->transfer.from, landing->transfer.bytes);
}

void shim_land(void *context)
{
    const struct landing *landing = context;
    memcpy(landing->transfer.to, landing->bytes, landing->transfer.bytes);
}

static void do_fill(void *context)
{
    const struct transfer *t = context;
    memset(t->to, t->byte, t->bytes);
}

static int release(void *memory)
{
    const int error = shim_begin();
    struct block *block = find(memory);
    LS_ASSERT(memory && block);
    void (*const functions[])(void *) = {do_copy, do_fill, fetch, shim_land};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        shim_visit_queued(functions[i], expect_elsewhere, block);
    if (!block->pinned) /* cudaFree waits for the device, cudaFreeHost promises nothing */
        shim_finish_all();
    free(memory);
    --*living(block->pinned);
    *block = (struct block){0};
    return shim_end(error);
}

static int memory_alloc(void **memory, size_t bytes) { return allocate(memory, bytes, false); }
static int pinned_alloc(void **memory, size_t bytes) { return allocate(memory, bytes, true); }

static void enqueue(struct CUstream_st *stream, void (*function)(void *), struct transfer t)
{
    struct transfer *own = ls_calloc(1, sizeof *own);
    *own = t;
    shim_enqueue_work(stream, (struct closure){function, own, free});
}

static void note_reader(void *context, void *argument)
{
    const struct transfer *t = context;
    struct transfer *written = argument;
    if (overlap(t->from, t->bytes, written->to, written->bytes))
        written->byte++;
}

/* Until the copy is made nobody may read what is there; a NaN tells those who do. */
static void spoil(struct transfer t)
{
    t.byte = 0;
    shim_visit_queued(do_copy, note_reader, &t);
    if (t.byte == 0)
        memset(t.to, 0xff, t.bytes);
}

static int copy(void *to, const void *from, size_t bytes, enum cuda_direction direction,
                struct CUstream_st *stream)
{
    const int error = shim_begin();
    if (error)
        return shim_end(error);
    LS_ASSERT(stream && direction >= CUDA_TO_DEVICE && direction <= CUDA_ON_DEVICE);
    const struct transfer t = {.to = to, .from = from, .bytes = bytes};
    const bool waits = (direction == CUDA_TO_DEVICE && !is_pinned(from, bytes)) ||
                       (direction == CUDA_TO_HOST && !is_pinned(to, bytes));
    LS_ASSERT(!waits || !stream->capture);
    if (direction == CUDA_TO_HOST && !stream->capture) {
        struct landing *landing = ls_calloc(1, sizeof *landing + bytes);
        landing->transfer = t;
        spoil(t);
        shim_enqueue_work(stream, (struct closure){fetch, landing, NULL});
        shim_enqueue_work(stream, (struct closure){shim_land, landing, free});
    } else {
        enqueue(stream, do_copy, t);
    }
    if (waits) {
        pageable_copies++;
        shim_finish_stream(stream);
    }
    return shim_end(0);
}

static int fill(void *memory, int byte, size_t bytes, struct CUstream_st *stream)
{
    const int error = shim_begin();
    if (!error)
        enqueue(stream, do_fill, (struct transfer){.to = memory, .bytes = bytes, .byte = byte});
    return shim_end(error);
}

void shim_fill_memory(struct cuda_runtime *table)
{
    table->memory_info = memory_info;
    table->memory_alloc = memory_alloc;
    table->memory_free = release;
    table->pinned_alloc = pinned_alloc;
    table->pinned_free = release;
    table->copy = copy;
    table->fill = fill;
}

long shim_pageable_copies(void) { return pageable_copies; }
