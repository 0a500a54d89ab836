/* A backend that is the reference with one mistake, to see that the harness notices it. */
#ifndef LS_TESTS_WRONG_BACKEND_H
#define LS_TESTS_WRONG_BACKEND_H

#include "parity.h"

enum mistake {
    MISTAKE_NONE,
    MISTAKE_PARAMETERS_ROUNDED,
    MISTAKE_OUTPUT_SIGN,
    MISTAKE_OUTPUT_SLIGHTLY_OFF,
    MISTAKE_TENSOR_GRADIENT_SIGN,
    MISTAKE_ONE_GRADIENT_MISSING,
    MISTAKE_INPUT_GRADIENT_MISSING,
    MISTAKE_LOSS_SLIGHTLY_OFF,
    MISTAKE_CORRECT_OFF_BY_ONE,
    MISTAKE_GRADIENT_NORM_KEPT, /* also after a forward alone */
    MISTAKE_PROBE_USES_TRAIN_SLOT,
    MISTAKE_INDICES_IGNORED,
    MISTAKE_BYTES_OVER_256,
    MISTAKE_EVALUATE_FORGETS_LAST,
    MISTAKE_STEP_NUMBER_STUCK, /* Adam's bias correction stays that of step 1 */
    MISTAKE_OPTIMIZER_STATE_LOST,
    MISTAKE_OPTIMIZER_CHANGE_IGNORED,
    MISTAKE_WEIGHT_DECAY_IGNORED,
    MISTAKE_NESTEROV_AS_MOMENTUM,
    MISTAKE_DECAY_NOT_DECOUPLED, /* AdamW as Adam with an L2 penalty */
    MISTAKE_PENALTIES_IGNORED,
    MISTAKE_PENALTY_HALVED,
    MISTAKE_CLIP_VALUE_IGNORED,
    MISTAKE_CLIP_NORM_IGNORED,
    MISTAKE_NOISE_IGNORED,
    MISTAKE_NOISE_REPEATS,
    MISTAKE_NOISE_DOES_NOT_FADE,
    MISTAKE_CLIPPED_NORM_TOLD,
    MISTAKE_STALE_PARAMETERS, /* a second write_parameters has no effect */
    MISTAKE_UNSHUFFLED,
    MISTAKE_LAST_BATCH_FULL,
    MISTAKE_LEARNING_RATE_STUCK,
    MISTAKE_NAN,
    MISTAKE_MASK_OF_NEXT_STEP,
    MISTAKE_MASK_OF_ANOTHER_SEED,
    MISTAKE_EVALUATES_IN_TRAINING_MODE,
    MISTAKE_RUN_MOVES_STATISTICS,
    MISTAKE_STATISTICS_KEPT, /* by training steps */
    MISTAKE_BUFFERS_NOT_WRITTEN,
    MISTAKE_SECOND_GRADIENT_OVERWRITES, /* that of an add, where the tensor has other readers */
    MISTAKE_CLIPPED_PROBABILITIES,      /* binary cross-entropy from a sigmoid kept 1e-7 off 0 and 1 */
    MISTAKE_ARGMAX_OF_ONE_OUTPUT,
    /* The program is another one: wrong_program.c. */
    MISTAKE_PADDING_ON_THE_OTHER_SIDE,
    MISTAKE_DILATION_IGNORED,
    MISTAKE_PADDING_COUNTED,
    MISTAKE_BIASED_CONFUSED,
    MISTAKE_MOMENTUM_OF_THE_OLD,
    MISTAKE_EPSILON_IGNORED,
    MISTAKE_NORM_WITHOUT_BIAS,
    MISTAKE_ALPHA_IGNORED,
    MISTAKE_GELU_APPROXIMATED,
    MISTAKE_DROPOUT_RATE_ROUNDED,
    MISTAKE_CONCATENATED_IN_REVERSE,
    MISTAKE_COUNT
};

/* The program with the mistake, to be freed with program_deinit. */
struct program wrong_program(const struct program *program, enum mistake mistake);

const char *mistake_name(enum mistake mistake);

/* For parity_target.create; the mistake is target->option. */
struct compute *wrong_create(const struct parity_target *target, const struct compute_desc *desc,
                             struct error *err);

#endif
