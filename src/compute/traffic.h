/* How many bytes have crossed between host and device since the program began; the CPU's backends move none.
 * Any thread may read: the difference of two readings is what a frame cost. */
#ifndef LS_COMPUTE_TRAFFIC_H
#define LS_COMPUTE_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum traffic_purpose {
    TRAFFIC_TRAINING, /* data sets, batches, metrics, parameters from and to files, evaluations */
    TRAFFIC_VIEW,     /* what is drawn: 0 with interop */
    TRAFFIC_TEXT,     /* numbers printed as text */
    TRAFFIC_PURPOSE_COUNT
};

struct traffic {
    uint64_t to_device[TRAFFIC_PURPOSE_COUNT], to_host[TRAFFIC_PURPOSE_COUNT];
};

void traffic_read(struct traffic *out);
struct traffic traffic_since(const struct traffic *before);
void traffic_add(enum traffic_purpose purpose, bool to_device, size_t bytes);
const char *traffic_purpose_name(enum traffic_purpose purpose); /* "training", "view", "text" */

#endif
