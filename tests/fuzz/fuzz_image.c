/* Fuzz target: any bytes as a picture. Measuring and decoding agree on its size. */
#include "data/dataset.h"
#include "data/image_file.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct image measured, decoded;
    struct error err = {0};
    if (!image_measure(&measured, bytes, size, "fuzz", &err)) {
        LS_ASSERT(err.class_ == ERROR_FAILED);
        return 0;
    }
    LS_ASSERT(measured.width >= 1 && measured.width <= DATA_MAX_SIDE && !measured.pixels);
    /* Large ones take long, and show nothing new. */
    if (measured.width > 256 || measured.height > 256)
        return 0;
    for (int channels = 1; channels <= 3; channels += 2) {
        struct error wrong = {0};
        if (!image_decode(&decoded, bytes, size, channels, "fuzz", &wrong))
            continue;
        LS_ASSERT(decoded.width == measured.width && decoded.height == measured.height);
        volatile unsigned sum = 0;
        for (int i = 0; i < decoded.width * decoded.height * channels; i++)
            sum = sum + decoded.pixels[i];
        image_deinit(&decoded);
    }
    return 0;
}
