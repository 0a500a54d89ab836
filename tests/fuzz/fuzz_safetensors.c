/* Fuzz target: any bytes as a safetensors file. Every tensor of an accepted one can be read to its end. */
#include "fuzz.h"
#include "nn/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct error err = {0};
    struct safetensors file;
    if (!safetensors_parse(&file, (const char *)bytes, size, "fuzz", &err)) {
        LS_ASSERT(err.class_ == ERROR_FAILED);
        return 0;
    }
    volatile unsigned sum = 0;
    for (int i = 0; i < file.count; i++) {
        const struct tensor *tensor = &file.tensors[i];
        const char *values = tensor->values;
        LS_ASSERT(safetensors_find(&file, tensor->name) == tensor);
        for (size_t b = 0; b < tensor->size; b++)
            sum += (unsigned char)values[b];
    }
    safetensors_deinit(&file);
    return 0;
}
