/* The table, devices, and errors that tests ask for. */
#include "runtime_parts.h"

#include <pthread.h>
#include <stdio.h>

#include "base/error.h"
#include "shim_record.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct shim_device devices[SHIM_MOST_DEVICES] = {{9, 0}};
static int device_total = 1;
static long calls, single_launches, fails_at = -1;
static int fails_with;
static bool fails_for_good;
struct shim_alive shim_living;

/* Each thread has its own, as in CUDA. */
static _Thread_local int current_device, error_left;

void shim_lock(void) { pthread_mutex_lock(&mutex); }
void shim_unlock(void) { pthread_mutex_unlock(&mutex); }
int shim_current_device(void) { return current_device; }

static bool is_lost(void) { return fails_at >= 0 && fails_for_good && calls > fails_at; }

int shim_begin(void)
{
    shim_lock();
    calls++;
    return is_lost() || (fails_at >= 0 && calls == fails_at + 1) ? fails_with : 0;
}

int shim_end(int error)
{
    shim_unlock();
    if (error)
        error_left = error;
    return error;
}

/* Launches say nothing; what becomes of them is the thread's last error. */
void shim_record(struct CUstream_st *stream, void (*function)(void *), void *context, void (*destroy)(void *))
{
    shim_lock();
    LS_ASSERT(stream && !stream->destroyed);
    const int error = is_lost() ? fails_with : stream->device != current_device ? INVALID_HANDLE : 0;
    if (error) {
        error_left = error;
        destroy(context);
    } else {
        single_launches += !stream->capture;
        shim_enqueue_work(stream, (struct closure){function, context, destroy});
    }
    shim_unlock();
}

/* ---- devices ---- */

static int version(int *out) { return *out = 13000, 0; }

static int device_count(int *count)
{
    const int error = shim_begin();
    *count = error ? 0 : device_total;
    return shim_end(error);
}

static int device_properties(int device, struct cuda_properties *properties)
{
    const int error = shim_begin();
    LS_ASSERT(device >= 0 && device < device_total);
    *properties = (struct cuda_properties){.major = devices[device].major,
                                           .minor = devices[device].minor,
                                           .multiprocessors = 1,
                                           .memory = (size_t)4 << 30};
    snprintf(properties->name, sizeof properties->name, "kernels on the CPU");
    return shim_end(error);
}

static int device_use(int device)
{
    const int error = shim_begin();
    LS_ASSERT(device >= 0 && device < device_total);
    if (!error)
        current_device = device;
    return shim_end(error);
}

static int load_kernels(void) { return shim_end(shim_begin()); }

/* ---- errors ---- */

int shim_last_error(int take)
{
    const int error = error_left;
    error_left = take ? 0 : error_left;
    return error;
}

void shim_set_last_error(int error) { error_left = error; }

static int last_error(void) { return shim_last_error(1); }

static const struct {
    int error;
    const char *name, *text;
} known_errors[] = {
    {OUT_OF_MEMORY, "cudaErrorMemoryAllocation", "out of memory"},
    {INVALID_CONFIGURATION, "cudaErrorInvalidConfiguration", "invalid configuration argument"},
    {INVALID_HANDLE, "cudaErrorInvalidResourceHandle", "invalid resource handle"},
    {CUDA_NOT_READY, "cudaErrorNotReady", "device not ready"},
    {-1, "cudaErrorOfATest", "an error that a test asked for"},
};

static int find_error(int error)
{
    int i = 0;
    while (known_errors[i].error >= 0 && known_errors[i].error != error)
        i++;
    return i;
}

static const char *error_name(int error) { return known_errors[find_error(error)].name; }
const char *shim_error_text(int error) { return known_errors[find_error(error)].text; }

static struct cuda_runtime table = {
    .runtime_version = version,
    .driver_version = version,
    .device_count = device_count,
    .device_properties = device_properties,
    .load_kernels = load_kernels,
    .device_use = device_use,
    .last_error = last_error,
    .error_name = error_name,
    .error_text = shim_error_text,
};

static void fill_table(void)
{
    shim_fill_memory(&table);
    shim_fill_streams(&table);
    shim_fill_graphs(&table);
    shim_fill_gl(&table);
}

const struct cuda_runtime *cuda_runtime(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fill_table);
    return &table;
}

/* ---- for tests ---- */

void shim_fail(long call, int error, bool lost)
{
    shim_lock();
    fails_at = call < 0 ? -1 : calls + call;
    fails_with = error;
    fails_for_good = lost;
    shim_unlock();
}

void shim_set_devices(const struct shim_device *given, int count)
{
    shim_lock();
    LS_ASSERT(count > 0 && count <= SHIM_MOST_DEVICES);
    for (int i = 0; i < count; i++)
        devices[i] = given[i];
    device_total = count;
    shim_unlock();
}

long shim_calls(void) { return calls; }
struct shim_alive shim_alive(void) { return shim_living; }
long shim_single_launches(void) { return single_launches; }
