/* Fuzz target: any bytes as an IDX file, from memory and through zlib. What both accept must be the same,
 * and what begins like gzip only the second may accept. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "data/idx.h"
#include "fuzz.h"

static bool read_through_file(struct idx *idx, const uint8_t *bytes, size_t size)
{
    const int file = memfd_create("idx", 0);
    LS_ASSERT(file >= 0 && write(file, bytes, size) == (ssize_t)size);
    char path[48];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    struct error err = {0};
    const bool ok = idx_read(idx, path, NULL, NULL, &err);
    LS_ASSERT(ok == (err.class_ == ERROR_NONE));
    close(file);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct error err = {0};
    struct idx parsed, read;
    const bool from_memory = idx_parse(&parsed, bytes, size, "fuzz", &err);
    const bool from_file = read_through_file(&read, bytes, size);
    const bool packed = size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
    LS_ASSERT(packed ? !from_memory : from_memory == from_file);
    if (from_memory) {
        size_t count = 1;
        for (int i = 0; i < parsed.rank; i++)
            count *= parsed.dims[i];
        LS_ASSERT(parsed.rank == read.rank && memcmp(parsed.dims, read.dims, sizeof parsed.dims) == 0 &&
                  memcmp(parsed.values, read.values, count) == 0);
        idx_deinit(&parsed);
    }
    if (from_file)
        idx_deinit(&read);
    return 0;
}
