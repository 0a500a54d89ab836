/* Feeds a fuzz target the given files and RUNS mutations of them, the same ones in every run:
 * PROGRAM RUNS FILE… */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/rng.h"
#include "fuzz.h"

enum { MAX_EDITS = 6, MAX_GROWTH = 64 };

/* One draw below `limit`, numbered by `*draw`. */
static uint32_t below(uint32_t run, uint64_t *draw, size_t limit)
{
    return rng_word(1, RNG_TEST, run, (*draw)++) % (uint32_t)limit;
}

static size_t edit(uint8_t *bytes, size_t size, uint32_t run, uint64_t *draw)
{
    static const uint8_t telling[] = {0, 1, 4, 8, 0x7f, 0x80, 0xff, '"', '{', '[', '-', '9', ','};
    const size_t at = size ? below(run, draw, size) : 0;
    switch (below(run, draw, 6)) {
    case 0: /* any byte */
        if (size)
            bytes[at] = (uint8_t)below(run, draw, 256);
        return size;
    case 1: /* a byte that formats care about */
        if (size)
            bytes[at] = telling[below(run, draw, sizeof telling)];
        return size;
    case 2: /* one bit */
        if (size)
            bytes[at] ^= (uint8_t)(1u << below(run, draw, 8));
        return size;
    case 3: /* cut */
        return at;
    case 4: { /* drop a few */
        const size_t drop = size ? below(run, draw, size - at < 9 ? size - at : 9) : 0;
        memmove(bytes + at, bytes + at + drop, size - at - drop);
        return size - drop;
    }
    default: { /* repeat a few */
        const size_t more = size ? 1 + below(run, draw, size - at < 8 ? size - at : 8) : 0;
        memmove(bytes + at + more, bytes + at, size - at);
        return size + more;
    }
    }
}

static void run_mutations(const uint8_t *seed, size_t size, uint32_t first, uint32_t count)
{
    for (uint32_t run = first; run < first + count; run++) {
        /* Exactly as big as the input, so that the address sanitizer sees each byte beyond it. */
        uint8_t *work = ls_calloc(size + MAX_GROWTH, 1);
        memcpy(work, seed, size);
        size_t length = size;
        uint64_t draw = 0;
        const uint32_t edits = 1 + below(run, &draw, MAX_EDITS);
        for (uint32_t e = 0; e < edits; e++)
            length = edit(work, length, run, &draw);
        uint8_t *exact = malloc(length ? length : 1);
        LS_ASSERT(exact != NULL);
        memcpy(exact, work, length);
        LLVMFuzzerTestOneInput(exact, length);
        free(exact);
        free(work);
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s RUNS FILE…\n", argv[0]);
        return 2;
    }
    const uint32_t runs = (uint32_t)strtoul(argv[1], NULL, 10), files = (uint32_t)argc - 2;
    for (uint32_t i = 0; i < files; i++) {
        struct error err = {0};
        size_t size;
        char *seed = file_read(argv[i + 2], SIZE_MAX, &size, &err);
        if (!seed) {
            fprintf(stderr, "%s\n", err.message);
            return 1;
        }
        LLVMFuzzerTestOneInput((const uint8_t *)seed, size);
        run_mutations((const uint8_t *)seed, size, i * (runs / files), runs / files);
        free(seed);
    }
    printf("%u mutations of %u files\n", runs / files * files, files);
    return 0;
}
