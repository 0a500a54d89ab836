/* Free memory as Linux tells it. */
#include "data/capacity.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/number_text.h"

/* The number in a file of one line; UINT64_MAX when there is none ("max", no such file). */
static uint64_t read_number(const char *path)
{
    FILE *file = fopen(path, "r");
    unsigned long long value;
    const bool ok = file && fscanf(file, "%llu", &value) == 1;
    if (file)
        fclose(file);
    return ok ? value : UINT64_MAX;
}

static uint64_t least(uint64_t a, uint64_t b) { return a < b ? a : b; }

static uint64_t machine(void)
{
    FILE *file = fopen("/proc/meminfo", "r");
    if (!file)
        return UINT64_MAX;
    char line[128];
    unsigned long long kib = 0;
    bool found = false;
    while (!found && fgets(line, sizeof line, file))
        found = sscanf(line, "MemAvailable: %llu kB", &kib) == 1;
    fclose(file);
    return found ? (uint64_t)kib * 1024 : UINT64_MAX;
}

/* Memory that the kernel would drop to make room (its file caches) is part of what is used. */
static uint64_t control_group(void)
{
    const uint64_t limit = read_number("/sys/fs/cgroup/memory.max");
    const uint64_t used = read_number("/sys/fs/cgroup/memory.current");
    if (limit == UINT64_MAX || used == UINT64_MAX)
        return UINT64_MAX;
    uint64_t dropped = 0;
    FILE *file = fopen("/sys/fs/cgroup/memory.stat", "r");
    char line[128];
    unsigned long long value;
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "inactive_file %llu", &value) == 1)
            dropped = value;
    if (file)
        fclose(file);
    const uint64_t held = used > dropped ? used - dropped : 0;
    return limit > held ? limit - held : 0;
}

static uint64_t process(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return UINT64_MAX;
    const uint64_t pages = read_number("/proc/self/statm");
    const uint64_t used = pages == UINT64_MAX ? 0 : pages * (uint64_t)sysconf(_SC_PAGESIZE);
    return limit.rlim_cur > used ? limit.rlim_cur - used : 0;
}

uint64_t capacity_free(void) { return least(machine(), least(control_group(), process())); }

const char *capacity_text(double bytes, char text[32])
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    int unit = 0;
    for (; bytes >= 1024.0 && unit < 6; unit++)
        bytes /= 1024.0;
    char number[NUMBER_TEXT_SIZE];
    snprintf(text, 32, "%s %s", number_fixed(number, bytes, unit ? 1 : 0, NUMBER_PLAIN), units[unit]);
    return text;
}

bool capacity_check(uint64_t count, uint64_t size, const char *what, struct error *err)
{
    const double needed = (double)count * (double)size, free_bytes = (double)capacity_free();
    /* Small needs are not worth the question, and a machine without /proc gives no answer. */
    if (needed <= 64.0 * (1 << 20) || needed <= 0.9 * free_bytes)
        return true;
    char need_text[32], free_text[32];
    return error_set(
        err, "%s: needs %s of memory, %s are free; take fewer samples or smaller ones, or free memory", what,
        capacity_text(needed, need_text), capacity_text(free_bytes, free_text));
}
