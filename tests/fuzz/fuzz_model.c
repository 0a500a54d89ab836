/* Fuzz target: any text as a model file, ours or Keras's. An accepted one is a right program. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "compute/program.h"
#include "fuzz.h"
#include "nn/network.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = ls_calloc(size + 1, 1);
    memcpy(text, bytes, size);
    struct error err = {0};
    struct network *network = network_parse(text, "fuzz", (struct shape){1, 28, 28}, 10, &err);
    LS_ASSERT(network || (err.message[0] && !strchr(err.message, '\n')));
    if (network)
        program_check(&network->program);
    network_destroy(network);
    free(text);
    return 0;
}
