/* Counters that threads add to without waiting for each other. */
#include "compute/traffic.h"

#include <stdatomic.h>

static _Atomic uint64_t counters[TRAFFIC_PURPOSE_COUNT][2];

void traffic_add(enum traffic_purpose purpose, bool to_device, size_t bytes)
{
    atomic_fetch_add_explicit(&counters[purpose][to_device], bytes, memory_order_relaxed);
}

void traffic_read(struct traffic *out)
{
    for (int purpose = 0; purpose < TRAFFIC_PURPOSE_COUNT; purpose++) {
        out->to_host[purpose] = atomic_load_explicit(&counters[purpose][0], memory_order_relaxed);
        out->to_device[purpose] = atomic_load_explicit(&counters[purpose][1], memory_order_relaxed);
    }
}

struct traffic traffic_since(const struct traffic *before)
{
    struct traffic now;
    traffic_read(&now);
    for (int purpose = 0; purpose < TRAFFIC_PURPOSE_COUNT; purpose++) {
        now.to_host[purpose] -= before->to_host[purpose];
        now.to_device[purpose] -= before->to_device[purpose];
    }
    return now;
}

const char *traffic_purpose_name(enum traffic_purpose purpose)
{
    static const char *const names[] = {"training", "view", "text"};
    return names[purpose];
}
