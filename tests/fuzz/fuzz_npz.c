/* Fuzz target: any bytes as an archive. Every member is read, or refused with an error. */
#include <stdlib.h>
#include <string.h>

#include "data/npz.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct error err = {0};
    struct npz *npz = npz_open_bytes(bytes, size, "fuzz", &err);
    LS_ASSERT((npz == NULL) == (err.class_ == ERROR_FAILED));
    for (int i = 0; npz && i < npz_count(npz); i++) {
        struct error member = {0};
        uint8_t *contents;
        size_t length;
        LS_ASSERT(strlen(npz_name(npz, i)) < 256);
        const bool ok = npz_read(npz, i, &contents, &length, &member);
        LS_ASSERT(ok == (member.class_ == ERROR_NONE) && ok == (contents != NULL));
        free(contents);
    }
    npz_close(npz);
    return 0;
}
