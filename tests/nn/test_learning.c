/* A short training on MNIST: LeNet-5 must know most digits after 300 steps. tests/bench/accuracy
 * measures what it reaches in the end. */
#include "test.h"

#include "nn/trainer.h"

static void lenet5_learns_digits(void **state)
{
    (void)state;
    struct error err = {0};
    struct data *data = data_load("mnist", &err);
    if (!data)
        fail_msg("%s", err.message);
    struct network *network = network_load("lenet5", (struct shape){1, 28, 28}, data->classes, &err);
    assert_non_null(network);
    const struct trainer_desc desc = {.network = network,
                                      .data = data,
                                      .backend = BACKEND_CPU,
                                      .threads = 2,
                                      .seed = 1,
                                      .optimizer = {.kind = OPTIMIZER_ADAM}};
    struct trainer *trainer = trainer_create(&desc, &err);
    if (!trainer)
        fail_msg("%s", err.message);
    struct evaluation_sample before, after;
    trainer_evaluate(trainer, &before);
    for (int i = 0; i < 300; i++) {
        struct step_sample sample;
        trainer_step(trainer, &sample);
    }
    trainer_evaluate(trainer, &after);
    print_message("test accuracy %.4f before, %.4f after 300 steps\n", (double)before.accuracy,
                  (double)after.accuracy);
    assert_true(before.accuracy < 0.3f);
    assert_true(after.accuracy > 0.9f);
    trainer_destroy(trainer);
    network_destroy(network);
    data_destroy(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lenet5_learns_digits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
