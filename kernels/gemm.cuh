/* Matrix products C (rows, columns) = A (rows, depth) · B (depth, columns), tiled through shared memory. What
 * A, B and C are is the problem's: a struct with int rows, columns, depth; float a(int row, int k), b(int k,
 * int column);     called within these bounds only void store(int row, int column, float sum);        once
 * for each element of C enum { A_BY_DEPTH, B_BY_DEPTH };                   whether neighbours in memory are
 * neighbours in k so that transposes, biases, activations and the windows of a convolution cost no memory of
 * their own.
 *
 * A block makes one tile of C: slices of A and B go to shared memory, twice buffered, and each thread sums a
 * small rectangle in registers. Where there are few tiles, the depth is split among several blocks; the last
 * of a tile's blocks to arrive adds their sums in the order of k. Which tile and how many splits follows from
 * the shapes alone (gemm_plan_make), so results are the same bits in every run. */
#ifndef LS_KERNELS_GEMM_CUH
#define LS_KERNELS_GEMM_CUH

#include <math.h>
#include <stddef.h>

#include "reduce.cuh"

template <int TILE_M, int TILE_N, int TILE_K, int THREAD_M, int THREAD_N> struct gemm_tile {
    enum { M = TILE_M, N = TILE_N, K = TILE_K, M_EACH = THREAD_M, N_EACH = THREAD_N };
    enum { THREADS_N = TILE_N / THREAD_N, THREADS = TILE_M / THREAD_M * THREADS_N };
    /* Rows of a slice are 4 floats longer than the tile: eight k times four rows, which a warp stores at
     * once, then lie in 32 different banks, and rows stay aligned for 16-byte loads. */
    enum { PITCH_M = TILE_M + 4, PITCH_N = TILE_N + 4 };
};
typedef gemm_tile<32, 32, 32, 4, 2> gemm_small;
typedef gemm_tile<64, 64, 16, 4, 4> gemm_medium;
typedef gemm_tile<128, 128, 8, 8, 8> gemm_large;

template <class Tile> struct gemm_shared {
    alignas(16) float a[2][Tile::K][Tile::PITCH_M];
    alignas(16) float b[2][Tile::K][Tile::PITCH_N];
};

enum gemm_size { GEMM_SMALL, GEMM_MEDIUM, GEMM_LARGE };

/* How a product is shared out to blocks. */
struct gemm_plan {
    enum gemm_size size;
    int tiles_n; /* tiles side by side */
    int tiles;
    int splits;
    int split_depth;
};

/* Blocks that keep a large GPU busy; a tile is no larger than leaves about so many. */
enum { GEMM_BUSY_BLOCKS = 128, GEMM_MOST_SPLITS = 64 };

static inline int gemm_tiles(int rows, int columns, int m, int n)
{
    return ((rows + m - 1) / m) * ((columns + n - 1) / n);
}

template <class Tile> static gemm_plan gemm_plan_for(enum gemm_size size, int rows, int columns, int depth)
{
    gemm_plan plan;
    plan.size = size;
    plan.tiles_n = (columns + Tile::N - 1) / Tile::N;
    plan.tiles = gemm_tiles(rows, columns, Tile::M, Tile::N);
    /* A split has two slices at least: less work does not pay for adding up. */
    const int slices = (depth + Tile::K - 1) / Tile::K;
    int splits = plan.tiles > 0 ? GEMM_BUSY_BLOCKS / plan.tiles : 1;
    if (splits > (slices + 1) / 2)
        splits = (slices + 1) / 2;
    if (splits > GEMM_MOST_SPLITS)
        splits = GEMM_MOST_SPLITS;
    if (splits < 1)
        splits = 1;
    const int slices_each = (slices + splits - 1) / splits;
    plan.split_depth = (slices_each > 0 ? slices_each : 1) * Tile::K;
    plan.splits = slices_each > 0 ? (slices + slices_each - 1) / slices_each : 1;
    return plan;
}

static inline gemm_plan gemm_plan_make(int rows, int columns, int depth)
{
    if (gemm_tiles(rows, columns, gemm_large::M, gemm_large::N) >= GEMM_BUSY_BLOCKS)
        return gemm_plan_for<gemm_large>(GEMM_LARGE, rows, columns, depth);
    if (gemm_tiles(rows, columns, gemm_medium::M, gemm_medium::N) >= GEMM_BUSY_BLOCKS)
        return gemm_plan_for<gemm_medium>(GEMM_MEDIUM, rows, columns, depth);
    return gemm_plan_for<gemm_small>(GEMM_SMALL, rows, columns, depth);
}

static inline unsigned gemm_blocks(const gemm_plan *plan) { return (unsigned)(plan->tiles * plan->splits); }

/* Floats of partial sums, beside SCRATCH_COUNTERS. A plan that splits has at most GEMM_BUSY_BLOCKS / 2 tiles
 * and is of small ones: a larger tile is chosen only where there are enough of them. */
static inline size_t gemm_partials(const gemm_plan *plan)
{
    return plan->splits > 1 ? (size_t)gemm_blocks(plan) * gemm_small::M * gemm_small::N : 0;
}

/* Element `e` of a slice of `across` rows or columns: its k and its place across. By depth, eight neighbours
 * in k go to eight neighbouring threads: a 32-byte sector of memory. */
template <bool BY_DEPTH, int ACROSS> __device__ inline void gemm_element(int e, int *k, int *across)
{
    if (BY_DEPTH) {
        *k = e % 8 + e / (8 * ACROSS) * 8;
        *across = e / 8 % ACROSS;
    } else {
        *k = e / ACROSS;
        *across = e % ACROSS;
    }
}

template <class Tile, class Problem> struct gemm_worker {
    enum { A_EACH = Tile::M * Tile::K / Tile::THREADS, B_EACH = Tile::N * Tile::K / Tile::THREADS };
    const Problem &problem;
    gemm_shared<Tile> &shared;
    int first_row, first_column, depth_end;
    float a_next[A_EACH], b_next[B_EACH];
    float sums[Tile::M_EACH][Tile::N_EACH];

    __device__ gemm_worker(const Problem &p, gemm_shared<Tile> &s) : problem(p), shared(s) {}

    /* From memory to registers. */
    __device__ void load(int first_k)
    {
#pragma unroll
        for (int i = 0; i < A_EACH; i++) {
            int k, row;
            gemm_element<Problem::A_BY_DEPTH, Tile::M>((int)threadIdx.x + i * Tile::THREADS, &k, &row);
            k += first_k;
            row += first_row;
            a_next[i] = row < problem.rows && k < depth_end ? problem.a(row, k) : 0.0f;
        }
#pragma unroll
        for (int i = 0; i < B_EACH; i++) {
            int k, column;
            gemm_element<Problem::B_BY_DEPTH, Tile::N>((int)threadIdx.x + i * Tile::THREADS, &k, &column);
            k += first_k;
            column += first_column;
            b_next[i] = column < problem.columns && k < depth_end ? problem.b(k, column) : 0.0f;
        }
    }

    /* From registers to shared memory. */
    __device__ void put(int buffer)
    {
#pragma unroll
        for (int i = 0; i < A_EACH; i++) {
            int k, row;
            gemm_element<Problem::A_BY_DEPTH, Tile::M>((int)threadIdx.x + i * Tile::THREADS, &k, &row);
            shared.a[buffer][k][row] = a_next[i];
        }
#pragma unroll
        for (int i = 0; i < B_EACH; i++) {
            int k, column;
            gemm_element<Problem::B_BY_DEPTH, Tile::N>((int)threadIdx.x + i * Tile::THREADS, &k, &column);
            shared.b[buffer][k][column] = b_next[i];
        }
    }

    __device__ int row(int i) const { return (int)threadIdx.x / Tile::THREADS_N * Tile::M_EACH + i; }
    __device__ int column(int j) const { return (int)threadIdx.x % Tile::THREADS_N * Tile::N_EACH + j; }

    /* Does sums[i][j] belong to C? */
    __device__ bool inside(int i, int j) const
    {
        return first_row + row(i) < problem.rows && first_column + column(j) < problem.columns;
    }

    __device__ void multiply(int buffer)
    {
#pragma unroll
        for (int k = 0; k < Tile::K; k++) {
            float a[Tile::M_EACH], b[Tile::N_EACH];
#pragma unroll
            for (int i = 0; i < Tile::M_EACH; i++)
                a[i] = shared.a[buffer][k][row(i)];
#pragma unroll
            for (int j = 0; j < Tile::N_EACH; j++)
                b[j] = shared.b[buffer][k][column(j)];
#pragma unroll
            for (int i = 0; i < Tile::M_EACH; i++)
#pragma unroll
                for (int j = 0; j < Tile::N_EACH; j++)
                    sums[i][j] = fmaf(a[i], b[j], sums[i][j]);
        }
    }

    /* The tile's sums over k from first_k to depth_end. */
    __device__ void sum(int first_k)
    {
#pragma unroll
        for (int i = 0; i < Tile::M_EACH; i++)
#pragma unroll
            for (int j = 0; j < Tile::N_EACH; j++)
                sums[i][j] = 0.0f;
        load(first_k);
        put(0);
        __syncthreads();
        int buffer = 0;
        for (int k = first_k; k < depth_end; k += Tile::K) {
            const bool more = k + Tile::K < depth_end;
            if (more)
                load(k + Tile::K);
            multiply(buffer);
            buffer ^= 1;
            if (more)
                put(buffer);
            __syncthreads();
        }
    }

    /* Partial sums lie in the order in which threads hold them: neighbours write to neighbours. */
    __device__ void write_partial(float *partial) const
    {
#pragma unroll
        for (int i = 0; i < Tile::M_EACH; i++)
#pragma unroll
            for (int j = 0; j < Tile::N_EACH; j++)
                if (inside(i, j))
                    partial[(i * Tile::N_EACH + j) * Tile::THREADS + (int)threadIdx.x] = sums[i][j];
    }

    __device__ void add_partials(const float *partials, int splits)
    {
#pragma unroll
        for (int i = 0; i < Tile::M_EACH; i++)
#pragma unroll
            for (int j = 0; j < Tile::N_EACH; j++) {
                if (!inside(i, j))
                    continue;
                const float *partial = partials + (i * Tile::N_EACH + j) * Tile::THREADS + (int)threadIdx.x;
                float sum = 0.0f;
#pragma unroll 8
                for (int split = 0; split < splits; split++)
                    sum += __ldcg(partial + (size_t)split * Tile::M * Tile::N);
                sums[i][j] = sum;
            }
    }

    __device__ void store() const
    {
#pragma unroll
        for (int i = 0; i < Tile::M_EACH; i++)
#pragma unroll
            for (int j = 0; j < Tile::N_EACH; j++)
                if (inside(i, j))
                    problem.store(first_row + row(i), first_column + column(j), sums[i][j]);
    }
};

/* What block `block` of gemm_blocks does. The counters are one for each tile; partials as gemm_partials. */
template <class Tile, class Problem>
__device__ void gemm_block(const Problem &problem, const gemm_plan &plan, int block,
                           gemm_shared<Tile> &shared, unsigned *counters, float *partials)
{
    const int tile = block / plan.splits, split = block % plan.splits;
    gemm_worker<Tile, Problem> worker(problem, shared);
    worker.first_row = tile / plan.tiles_n * Tile::M;
    worker.first_column = tile % plan.tiles_n * Tile::N;
    if (worker.first_row >= problem.rows || worker.first_column >= problem.columns)
        return;
    const int first_k = split * plan.split_depth;
    const int end = first_k + plan.split_depth;
    worker.depth_end = end < problem.depth ? end : problem.depth;
    worker.sum(first_k);
    if (plan.splits > 1) {
        float *tile_partials = partials + (size_t)tile * (size_t)plan.splits * Tile::M * Tile::N;
        worker.write_partial(tile_partials + (size_t)split * Tile::M * Tile::N);
        if (!last_to_arrive(counters + tile, (unsigned)plan.splits))
            return;
        worker.add_partials(tile_partials, plan.splits);
    }
    worker.store();
}

#endif
