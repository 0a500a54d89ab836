/* See training.h. */
#include "compute/cuda/training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "compute/cuda/cuda.h"

static const int graph_steps[CUDA_GRAPH_COUNT] = {16, 1};

void cuda_training_init(struct cuda_compute *cuda)
{
    const char *graphs = getenv("LAYERSCOPE_CUDA_GRAPHS");
    cuda->training.graphs = !graphs || strcmp(graphs, "off") != 0;
    for (int i = 0; i < CUDA_RING; i++)
        cuda->training.rates_there[i] = NAN;
}

static void forget_graphs(struct cuda_compute *cuda)
{
    for (int i = 0; i < CUDA_GRAPH_COUNT; i++) {
        if (cuda->training.executables[i])
            cuda->runtime->executable_destroy(cuda->training.executables[i]);
        cuda->training.executables[i] = NULL;
    }
}

void cuda_training_deinit(struct cuda_compute *cuda) { forget_graphs(cuda); }

void cuda_training_changed(struct cuda_compute *cuda)
{
    cuda_drain(cuda); /* a graph that runs is not destroyed */
    forget_graphs(cuda);
    cuda->training.step_there = false;
}

static struct kernel_schedule kernel_schedule(const struct cuda_compute *cuda)
{
    const struct compute_schedule *schedule = &cuda->base.schedule;
    return (struct kernel_schedule){
        .seed = schedule->seed,
        .samples = cuda->base.data[schedule->data].count,
        .batch = (uint32_t)schedule->batch,
        .ring_entries = CUDA_RING,
        .optimizer = cuda->optimizer,
        .learning_rates = cuda->training.learning_rates,
        .penalties = cuda->penalties,
    };
}

/* From here on the device moves it on. */
static void send_place(struct cuda_compute *cuda)
{
    const struct compute_schedule *schedule = &cuda->base.schedule;
    const uint32_t samples = cuda->base.data[schedule->data].count;
    const uint64_t per_epoch = compute_steps_per_epoch(schedule, samples);
    const struct kernel_step step = {
        .step = schedule->update + 1,
        .epoch = schedule->step / per_epoch,
        .first = (uint32_t)(schedule->step % per_epoch) * (uint32_t)schedule->batch,
        .count = (uint32_t)compute_batch_count(schedule, samples, schedule->step),
        .ring = cuda->training.ring_next,
        .seed = schedule->seed,
        .draw = schedule->step,
    };
    cuda_upload(cuda, cuda->training.step, &step, sizeof step);
    cuda->training.step_there = true;
}

static void send_rates_between(struct cuda_compute *cuda, uint32_t first, int count)
{
    struct cuda_training *training = &cuda->training;
    cuda_upload(cuda, training->learning_rates + first, training->rates_there + first,
                (size_t)count * sizeof *training->rates_there);
}

static bool all_equal(const float *rates, int count)
{
    for (int i = 1; i < count; i++)
        if (rates[i] != rates[0])
            return false;
    return true;
}

/* Those of the next `count` steps, where the device does not have them already. A rate that stays goes to all
 * places at once, and then never again. */
static void send_rates(struct cuda_compute *cuda, const float *rates, int count)
{
    struct cuda_training *training = &cuda->training;
    bool there = true;
    for (int i = 0; i < count; i++)
        there = there && training->rates_there[(training->ring_next + (uint32_t)i) % CUDA_RING] == rates[i];
    if (there)
        return;
    const float before = training->rates_there[(training->ring_next + CUDA_RING - 1) % CUDA_RING];
    const bool stays = all_equal(rates, count) && (count > 1 || rates[0] == before);
    for (int i = 0; i < (stays ? CUDA_RING : count); i++)
        training->rates_there[(training->ring_next + (uint32_t)i) % CUDA_RING] = rates[stays ? 0 : i];
    const int to_end = (int)(CUDA_RING - training->ring_next);
    if (stays) {
        send_rates_between(cuda, 0, CUDA_RING);
        return;
    }
    send_rates_between(cuda, training->ring_next, count < to_end ? count : to_end);
    if (count > to_end)
        send_rates_between(cuda, 0, count - to_end);
}

static struct cuda_work training_work(struct cuda_compute *cuda)
{
    struct cuda_work work = cuda->slots[COMPUTE_TRAIN].work;
    work.step = cuda->training.step;
    work.products = &cuda->products;
    return work;
}

/* One step's kernels. `batch`: for data that is not resident, its samples. */
static void enqueue_step(struct cuda_compute *cuda, const struct compute_batch *batch)
{
    const struct kernel_schedule schedule = kernel_schedule(cuda);
    const struct cuda_work work = training_work(cuda);
    cuda_data_gather(cuda, &work, batch, &schedule, NULL);
    cuda_propagate(&cuda->plan, &work, cuda->stream, cuda->data[batch->data].float_targets,
                   CUDA_GRADIENTS_OF_PARAMETERS, CUDA_STEP);
    if (cuda->optimizer.clip_norm > 0.0f)
        kernel_clip(cuda->stream, work.step, &cuda->optimizer, &cuda->penalties,
                    cuda->base.program.parameter_count, work.parameter_gradients, cuda->parameters,
                    work.scratch);
    kernel_finish_step(cuda->stream, work.step, &schedule, work.most, work.losses, work.correct,
                       cuda->base.program.parameter_count, work.parameter_gradients, cuda->parameters,
                       cuda->moment1, cuda->moment2, cuda->training.ring, work.scratch);
}

/* Without graphs training goes on, slower. */
static bool capture(struct cuda_compute *cuda, int steps, struct CUgraphExec_st **executable)
{
    const struct cuda_runtime *runtime = cuda->runtime;
    const struct compute_batch batch = {.data = cuda->base.schedule.data};
    struct CUgraph_st *graph = NULL;
    int error = runtime->capture_begin(cuda->stream);
    if (!error) {
        for (int i = 0; i < steps; i++)
            enqueue_step(cuda, &batch);
        error = runtime->capture_end(cuda->stream, &graph);
    }
    if (!error)
        error = runtime->graph_instantiate(executable, graph);
    if (graph)
        runtime->graph_destroy(graph);
    if (!error)
        return true;
    log_warning("CUDA graphs are off: %s (%s)", runtime->error_text(error), runtime->error_name(error));
    runtime->last_error();
    *executable = NULL;
    cuda->training.graphs = false;
    return false;
}

/* Steps of the largest graph that fits into `steps`; 0: there is none. */
static int launch_graph(struct cuda_compute *cuda, int steps)
{
    for (int i = 0; i < CUDA_GRAPH_COUNT && cuda->training.graphs; i++) {
        if (graph_steps[i] > steps)
            continue;
        struct CUgraphExec_st **executable = &cuda->training.executables[i];
        if (!*executable && !capture(cuda, graph_steps[i], executable))
            return 0;
        if (!cuda_check(cuda, cuda->runtime->graph_launch(*executable, cuda->stream), "launching a graph"))
            return 0;
        return graph_steps[i];
    }
    return 0;
}

/* A step kernel by kernel; the host knows its samples only where it has to send them. */
static void run_step(struct cuda_compute *cuda, uint64_t ahead)
{
    struct compute *base = &cuda->base;
    struct compute_batch batch = {.data = base->schedule.data};
    if (!cuda->data[batch.data].resident) {
        base->schedule.step += ahead;
        batch.indices = base->indices;
        batch.count = compute_next_batch(base, base->indices);
        base->schedule.step -= ahead;
    }
    enqueue_step(cuda, &batch);
}

static void download_ring(struct cuda_compute *cuda, uint32_t first, int count, struct batch_metrics *out)
{
    const int to_end = (int)(CUDA_RING - first), one = count < to_end ? count : to_end;
    cuda_download_metrics(cuda, out, cuda->training.ring, (int)first, one);
    if (count > one)
        cuda_download_metrics(cuda, out + one, cuda->training.ring, 0, count - one);
}

void cuda_training_run(struct cuda_compute *cuda, int steps, const float *learning_rates,
                       struct batch_metrics *out)
{
    struct cuda_training *training = &cuda->training;
    if (!training->step_there)
        send_place(cuda);
    if (!training->products_chosen && !cuda->problem[0]) {
        const struct cuda_work work = training_work(cuda);
        cuda_products_init(cuda, &work);
        training->products_chosen = true;
    }
    const bool resident = cuda->data[cuda->base.schedule.data].resident;
    int done = 0;
    while (done < steps && !cuda->problem[0]) {
        const uint32_t first = training->ring_next;
        const int end = steps - done < CUDA_RING ? steps : done + CUDA_RING, begin = done;
        send_rates(cuda, learning_rates + begin, end - begin);
        while (done < end && !cuda->problem[0]) {
            /* The driver loads a kernel when it is first launched, which is better not done in a capture. */
            const int launched = resident && training->warm ? launch_graph(cuda, end - done) : 0;
            if (launched == 0)
                run_step(cuda, (uint64_t)done);
            training->warm = true;
            done += launched > 0 ? launched : 1;
        }
        training->ring_next = (uint32_t)((first + (uint32_t)(end - begin)) % CUDA_RING);
        if (out)
            download_ring(cuda, first, end - begin, out + begin);
    }
    if (cuda->problem[0] && out)
        memset(out + done, 0, (size_t)(steps - done) * sizeof *out);
    cuda_check_launches(cuda, "training");
    cuda->slots[COMPUTE_TRAIN].count = 0;
}
