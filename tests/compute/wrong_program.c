/* Mistakes that are those of a program which differs in one setting. */
#include <math.h>

#include "compute/program.h"
#include "wrong_backend.h"

static void swap(int *a, int *b)
{
    const int kept = *a;
    *a = *b;
    *b = kept;
}

/* The rows that dilation spans are cut off the paddings, so that the output keeps its size, where these
 * hold as many. */
static void forget_dilation(int kernel, int *dilation, int *padding, int *padding_end)
{
    const int less = (*dilation - 1) * (kernel - 1);
    if (*padding + *padding_end < less)
        return;
    const int end = less < *padding_end ? less : *padding_end;
    *padding_end -= end;
    *padding -= less - end;
    *dilation = 1;
}

static void spoil(struct op *op, enum mistake mistake)
{
    switch (mistake) {
    case MISTAKE_PADDING_ON_THE_OTHER_SIDE:
        swap(&op->padding_h, &op->padding_end_h);
        swap(&op->padding_w, &op->padding_end_w);
        break;
    case MISTAKE_DILATION_IGNORED:
        if (op->kind == OP_CONV2D) {
            forget_dilation(op->kernel_h, &op->dilation_h, &op->padding_h, &op->padding_end_h);
            forget_dilation(op->kernel_w, &op->dilation_w, &op->padding_w, &op->padding_end_w);
        }
        break;
    case MISTAKE_PADDING_COUNTED:
        op->counts_padding = true;
        break;
    case MISTAKE_BIASED_CONFUSED:
        op->unbiased = !op->unbiased;
        break;
    case MISTAKE_MOMENTUM_OF_THE_OLD:
        op->momentum = 1.0f - op->momentum;
        break;
    case MISTAKE_EPSILON_IGNORED:
        op->epsilon = op->epsilon > 0.0f ? 1e-12f : 0.0f;
        break;
    case MISTAKE_NORM_WITHOUT_BIAS:
        op->has_bias = op->has_bias && op->kind != OP_BATCH_NORM && op->kind != OP_LAYER_NORM;
        break;
    case MISTAKE_ALPHA_IGNORED:
        op->alpha = 0.01f;
        break;
    case MISTAKE_GELU_APPROXIMATED:
        if (op->activation == ACTIVATION_GELU)
            op->activation = ACTIVATION_GELU_TANH;
        break;
    case MISTAKE_DROPOUT_RATE_ROUNDED:
        op->rate = roundf(op->rate * 2.0f) / 2.0f * 0.999f;
        break;
    case MISTAKE_CONCATENATED_IN_REVERSE:
        if (op->kind == OP_CONCATENATE)
            swap(&op->input, &op->second);
        break;
    default:
        break;
    }
}

struct program wrong_program(const struct program *program, enum mistake mistake)
{
    struct program copy = program_copy(program);
    for (int i = 0; i < copy.op_count; i++)
        spoil(&copy.ops[i], mistake);
    if (mistake == MISTAKE_PENALTIES_IGNORED)
        copy.penalty_count = 0;
    for (int i = 0; i < copy.penalty_count && mistake == MISTAKE_PENALTY_HALVED; i++)
        copy.penalties[i].l2 /= 2.0f;
    return copy;
}
