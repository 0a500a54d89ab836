/* Fuzz target: any bytes as an .npy file. Every value of an accepted one can be read. */
#include "data/npy.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct error err = {0};
    struct npy npy;
    if (!npy_parse(&npy, bytes, size, "fuzz", &err)) {
        LS_ASSERT(err.class_ == ERROR_FAILED);
        return 0;
    }
    volatile double sum = 0.0;
    uint64_t last = 0;
    for (int i = 0; npy.count && i < npy.rank; i++)
        last += (npy.dims[i] - 1) * npy.strides[i];
    LS_ASSERT(npy.count == 0 || last == npy.count - 1);
    for (uint64_t i = 0; i < npy.count; i++)
        sum = sum + npy_value(&npy, i);
    char text[160];
    LS_ASSERT(npy_describe(&npy, text) == text);
    return 0;
}
