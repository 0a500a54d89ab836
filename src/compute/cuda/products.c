/* See products.h. In column order, as cuBLASLt counts, our x (samples, in) is X (in, samples): y' = W' X,
 * dX = W dZ, dW = X dZ'. All rows of a batch's memory take part; those from count on hold old numbers, which
 * the gradients of weights must not see: their X and dZ are cleared, both, because 0 times infinity is none.
 */
#include "compute/cuda/products.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/number_text.h"
#include "compute/cuda/cuda.h"

/* Below so many multiplications a launch more costs what a faster product saves; ours have to be slower by a
 * tenth to be given up. */
static const double usual_least_work = 32e6, margin = 0.9;
enum { ROUNDS = 3, RUNS = 4 };

/* LAYERSCOPE_CUBLASLT: "always", or from how many multiplications on to measure. */
struct wish {
    bool always;
    double least_work;
};

static struct wish read_wish(void)
{
    const char *text = getenv("LAYERSCOPE_CUBLASLT");
    struct wish wish = {.least_work = usual_least_work};
    if (!text || !*text)
        return wish;
    wish.always = strcmp(text, "always") == 0;
    char *end;
    const double least = strtod(text, &end);
    if (*end == 0)
        wish.least_work = least;
    return wish;
}

static bool is_eligible(const struct wish *wish, const struct cuda_work *work, const struct cuda_op *op)
{
    return op->op->kind == OP_DENSE &&
           (wish->always || (double)work->most * op->in * op->out >= wish->least_work);
}

/* One candidate: a product of one operation. */
struct candidate {
    struct cuda_compute *cuda;
    const struct cuda_work *work;
    const struct cuda_op *op;
    enum product_kind kind;
    struct cublaslt_shape shape;
    const float *a, *b;
    float *d;
    struct cublaslt_product *product;
};

static void describe(struct candidate *c)
{
    const struct op *op = c->op->op;
    const struct cuda_work *work = c->work;
    const float *w = work->parameters + op->weight_offset;
    const int in = c->op->in, out = c->op->out, most = work->most;
    switch (c->kind) {
    case PRODUCT_FORWARD:
        c->shape = (struct cublaslt_shape){.rows = out, .columns = most, .inner = in, .transpose_a = true};
        c->a = w;
        c->b = work->values[op->input];
        c->d = work->values[op->output];
        break;
    case PRODUCT_INPUT:
        c->shape = (struct cublaslt_shape){.rows = in, .columns = most, .inner = out};
        c->a = w;
        c->b = work->gradients[op->output];
        c->d = work->gradients[op->input];
        break;
    default:
        c->shape = (struct cublaslt_shape){.rows = in, .columns = out, .inner = most, .transpose_b = true};
        c->a = work->values[op->input];
        c->b = work->gradients[op->output];
        c->d = work->parameter_gradients + op->weight_offset;
        break;
    }
}

static const float *bias_of(const struct op *op, const struct cuda_work *work)
{
    return op->has_bias ? work->parameters + op->bias_offset : NULL;
}

/* What our own kernel does together with the product. */
static void end_forward(const struct cuda_op *plan, const struct cuda_work *work, struct CUstream_st *stream)
{
    const struct op *op = plan->op;
    if (op->has_bias || op->activation != ACTIVATION_LINEAR)
        kernel_dense_ending(stream, work->step, work->most, plan->out, bias_of(op, work), op->activation,
                            op->alpha, work->values[op->output]);
}

static void run_own(const struct candidate *c)
{
    const struct op *op = c->op->op;
    const struct cuda_work *work = c->work;
    const float *x = work->values[op->input], *w = work->parameters + op->weight_offset;
    if (c->kind == PRODUCT_FORWARD)
        kernel_dense_forward(c->cuda->stream, work->step, work->most, c->op->in, c->op->out, x, w,
                             bias_of(op, work), op->activation, op->alpha, c->d, work->scratch);
    else
        kernel_dense_backward(c->cuda->stream, work->step, work->most, c->op->in, c->op->out,
                              ACTIVATION_LINEAR, 0.0f, x, NULL, work->gradients[op->output], w,
                              c->kind == PRODUCT_INPUT ? c->d : NULL, c->kind == PRODUCT_WEIGHT ? c->d : NULL,
                              NULL, work->scratch);
}

static bool run_theirs(const struct candidate *c)
{
    if (!cublaslt_product_run(c->product, c->a, c->b, c->d, c->cuda->products.workspace, c->cuda->stream))
        return false;
    if (c->kind == PRODUCT_FORWARD)
        end_forward(c->op, c->work, c->cuda->stream);
    return true;
}

/* Milliseconds of RUNS runs, the least of ROUNDS; infinite when something fails. */
static double measure(const struct candidate *c, bool own)
{
    struct cuda_compute *cuda = c->cuda;
    const struct cuda_runtime *runtime = cuda->runtime;
    struct CUevent_st *begin = NULL, *end = NULL;
    double least = HUGE_VAL;
    bool ok = cuda_check(cuda, runtime->event_create(&begin, true), "making an event") &&
              cuda_check(cuda, runtime->event_create(&end, true), "making an event");
    for (int round = 0; round <= ROUNDS && ok; round++) {
        float ms = 0.0f;
        ok = cuda_check(cuda, runtime->event_record(begin, cuda->stream), "recording an event");
        for (int i = 0; i < RUNS && ok; i++) {
            if (own)
                run_own(c);
            else
                ok = run_theirs(c);
        }
        ok = ok && cuda_check(cuda, runtime->event_record(end, cuda->stream), "recording an event") &&
             cuda_check(cuda, runtime->event_wait(end), "measuring a product") &&
             cuda_check(cuda, runtime->event_elapsed(&ms, begin, end), "measuring a product");
        if (ok && round > 0) /* the first one warms up */
            least = fmin(least, (double)ms);
    }
    if (begin)
        runtime->event_destroy(begin);
    if (end)
        runtime->event_destroy(end);
    return ok ? least : HUGE_VAL;
}

/* ---- what was measured before ---- */

/* The file, its folder made; the caller frees it. NULL: there is no home. */
static char *cache_path(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const bool given = cache && *cache;
    if (!given && !(home && *home))
        return NULL;
    char *base = given ? ls_strdup(cache) : ls_sprintf("%s/.cache", home);
    char *folder = ls_sprintf("%s/layerscope", base);
    mkdir(base, 0777);
    mkdir(folder, 0777);
    char *path = ls_sprintf("%s/products", folder);
    free(base);
    free(folder);
    return path;
}

/* Device, runtime, library and shape: what the times depend on. */
static char *cache_key(const struct candidate *c, const char *library)
{
    return ls_sprintf("%s, %s, %s %dx%dx%d", c->cuda->base.device_name, library,
                      c->kind == PRODUCT_FORWARD ? "forward and ending"
                      : c->kind == PRODUCT_INPUT ? "input"
                                                 : "weight",
                      c->shape.rows, c->shape.columns, c->shape.inner);
}

/* 1: theirs, 0: ours, −1: never measured. */
static int recall(const char *path, const char *key)
{
    FILE *file = path ? fopen(path, "r") : NULL;
    char line[512];
    int choice = -1;
    while (file && choice < 0 && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (strlen(line) > 2 && strcmp(line + 2, key) == 0)
            choice = line[0] == '1';
    }
    if (file)
        fclose(file);
    return choice;
}

/* A run that cannot remember measures again. */
static void remember(const char *path, const char *key, bool theirs)
{
    FILE *file = path ? fopen(path, "a") : NULL;
    if (!file)
        return;
    fprintf(file, "%d %s\n", theirs, key);
    fclose(file);
}

/* ---- the choice ---- */

static bool is_faster(struct candidate *c, const char *path, const char *library)
{
    char *key = cache_key(c, library);
    int theirs = recall(path, key);
    if (theirs < 0) {
        const double own_ms = measure(c, true), their_ms = measure(c, false);
        theirs = their_ms < margin * own_ms;
        if (!c->cuda->problem[0])
            remember(path, key, theirs);
        log_debug("%s: own %s ms, cuBLASLt %s ms", key, LS_NUMBER(own_ms / RUNS), LS_NUMBER(their_ms / RUNS));
    }
    free(key);
    return theirs;
}

static bool is_wanted(const struct cuda_compute *cuda, const struct cuda_op *op, enum product_kind kind)
{
    if (!op->reaches_loss)
        return false;
    return kind != PRODUCT_INPUT || cuda->plan.trains[op->op->input];
}

static void choose_all(struct cuda_compute *cuda, const struct cuda_work *work, const char *library,
                       const struct wish *wish)
{
    struct cuda_products *products = &cuda->products;
    char *path = cache_path();
    for (int i = 0; i < cuda->base.program.op_count; i++) {
        const struct cuda_op *op = &cuda->plan.ops[i];
        for (int kind = 0; kind < PRODUCT_KIND_COUNT && !cuda->problem[0]; kind++) {
            if (!is_eligible(wish, work, op) || !is_wanted(cuda, op, (enum product_kind)kind))
                continue;
            struct candidate c = {.cuda = cuda, .work = work, .op = op, .kind = (enum product_kind)kind};
            describe(&c);
            c.product = cublaslt_product_create(products->lt, &c.shape, c.a, c.b, c.d);
            if (c.product && (wish->always || is_faster(&c, path, library)))
                products->chosen[i][kind] = c.product;
            else
                cublaslt_product_destroy(c.product);
        }
    }
    free(path);
}

static bool any_is_eligible(const struct wish *wish, const struct cuda_compute *cuda,
                            const struct cuda_work *work)
{
    for (int i = 0; i < cuda->base.program.op_count; i++)
        if (is_eligible(wish, work, &cuda->plan.ops[i]))
            return true;
    return false;
}

/* Without it our own kernels make all products. */
static bool make_workspace(struct cuda_compute *cuda)
{
    const int error = cuda->runtime->memory_alloc(&cuda->products.workspace, CUBLASLT_WORKSPACE);
    if (error != CUDA_OUT_OF_MEMORY)
        return cuda_check(cuda, error, "allocating memory for cuBLASLt");
    cuda->runtime->last_error();
    log_info("without cuBLASLt: the device has no room for its %d MiB", CUBLASLT_WORKSPACE >> 20);
    return false;
}

void cuda_products_init(struct cuda_compute *cuda, const struct cuda_work *work)
{
    struct cuda_products *products = &cuda->products;
    const struct wish wish = read_wish();
    if (!any_is_eligible(&wish, cuda, work))
        return;
    char text[256];
    products->lt = cublaslt_open(text, sizeof text);
    if (!products->lt) {
        log_debug("without cuBLASLt: %s", text);
        return;
    }
    if (!make_workspace(cuda))
        return;
    products->chosen = ls_calloc((size_t)cuda->base.program.op_count, sizeof *products->chosen);
    choose_all(cuda, work, text, &wish);
}

void cuda_products_deinit(struct cuda_compute *cuda)
{
    struct cuda_products *products = &cuda->products;
    for (int i = 0; products->chosen && i < cuda->base.program.op_count; i++)
        for (int kind = 0; kind < PRODUCT_KIND_COUNT; kind++)
            cublaslt_product_destroy(products->chosen[i][kind]);
    free(products->chosen);
    if (products->workspace)
        cuda->runtime->memory_free(products->workspace);
    cublaslt_close(products->lt);
    *products = (struct cuda_products){0};
}

/* ---- in place of our kernels ---- */

static struct cublaslt_product *chosen(const struct cuda_products *products, int number,
                                       enum product_kind kind)
{
    return products->chosen && !products->refused ? products->chosen[number][kind] : NULL;
}

static bool run(struct cuda_products *products, const struct cublaslt_product *product, const float *a,
                const float *b, float *d, struct CUstream_st *stream)
{
    if (cublaslt_product_run(product, a, b, d, products->workspace, stream))
        return true;
    log_warning("cuBLASLt refuses a product; our own kernels make them all from now on");
    products->refused = true;
    return false;
}

bool cuda_products_forward(struct cuda_products *products, const struct cuda_op *plan, int number,
                           const struct cuda_work *work, struct CUstream_st *stream)
{
    const struct cublaslt_product *product = chosen(products, number, PRODUCT_FORWARD);
    const struct op *op = plan->op;
    if (!product || !run(products, product, work->parameters + op->weight_offset, work->values[op->input],
                         work->values[op->output], stream))
        return false;
    end_forward(plan, work, stream);
    return true;
}

bool cuda_products_backward(struct cuda_products *products, const struct cuda_op *plan, int number,
                            const struct cuda_work *work, float *dx, struct CUstream_st *stream)
{
    const struct cublaslt_product *input = dx ? chosen(products, number, PRODUCT_INPUT) : NULL;
    const struct cublaslt_product *weight = chosen(products, number, PRODUCT_WEIGHT);
    if (!input && !weight)
        return false;
    const struct op *op = plan->op;
    float *x = work->values[op->input];
    const float *w = work->parameters + op->weight_offset;
    float *dz = work->gradients[op->output], *dw = work->parameter_gradients + op->weight_offset;
    float *db = op->has_bias ? work->parameter_gradients + op->bias_offset : NULL;
    if (op->activation != ACTIVATION_LINEAR)
        kernel_activation_backward(stream, work->step, work->most, plan->out, op->activation, op->alpha, NULL,
                                   work->values[op->output], dz, dz);
    kernel_clear_rest(stream, work->step, work->most, plan->out, dz);
    if (weight)
        kernel_clear_rest(stream, work->step, work->most, plan->in, x);
    const bool input_done = input && run(products, input, w, dz, dx, stream);
    const bool weight_done = weight && run(products, weight, x, dz, dw, stream);
    dx = input_done ? NULL : dx;
    dw = weight_done ? NULL : dw;
    if (dx || dw || db)
        kernel_dense_backward(stream, work->step, work->most, plan->in, plan->out, ACTIVATION_LINEAR, 0.0f, x,
                              NULL, dz, w, dx, dw, db, work->scratch);
    return true;
}
