/* Damaged model files: never a crash, never a network that breaks the program's rules, always one
 * line of error. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/rng.h"
#include "compute/program.h"
#include "nn/network.h"

enum { ROUNDS = 6000 };

static const char *const pieces[] = {
    "null",
    "-1",
    "0",
    "1e9",
    "131072",
    "131073",
    "2147483648",
    "[5,5]",
    "[1,2,3]",
    "{}",
    "\"same\"",
    "\"\"",
    "true",
    "\"units\"",
    "\"softmax\"",
    "}",
    "]",
    ",",
    "\\u0000",
    "1e-400",
    "\"Add\"",
    "\"dense\"",
    "\"Concatenate\"",
    "\"BatchNormalization\"",
    "\"ZeroPadding2D\"",
    "[[1,0],[0,2]]",
    "[\"input\",\"input\"]",
    "[[[\"conv\",0,0,{}],[\"input_1\",0,0,{}]]]",
    "-3",
    "0.5",
    "\"channels_first\"",
    "[null,784]",
    "[[\"dense\",0,0,{}]]",
};
enum { PIECE_COUNT = sizeof pieces / sizeof *pieces };

static uint32_t draw(uint32_t round, uint32_t which, uint32_t count)
{
    return rng_word(5, RNG_TEST, round, which) % count;
}

/* One to four damages: a flipped byte, a cut, a doubled stretch, or a piece in place of a value. */
static char *damage(const char *text, uint32_t round)
{
    const size_t length = strlen(text);
    char *damaged = ls_calloc(2 * length + 256, 1);
    strcpy(damaged, text);
    const uint32_t damages = 1 + draw(round, 0, 4);
    for (uint32_t d = 0; d < damages; d++) {
        const uint32_t used = (uint32_t)strlen(damaged);
        if (used < 2)
            break;
        const uint32_t at = draw(round, 8 * d + 1, used - 1);
        const uint32_t stretch = 1 + draw(round, 8 * d + 2, used - at < 40 ? used - at : 40);
        const char *piece = pieces[draw(round, 8 * d + 3, PIECE_COUNT)];
        char *value;
        switch (draw(round, 8 * d + 4, 4)) {
        case 0:
            damaged[at] = (char)(1 + draw(round, 8 * d + 5, 255));
            break;
        case 1:
            memmove(damaged + at, damaged + at + stretch, used - at - stretch + 1);
            break;
        case 2:
            memmove(damaged + at + stretch, damaged + at, used - at + 1);
            break;
        default:
            value = strchr(damaged + at, ':');
            if (value) {
                const size_t end = strcspn(value + 2, ",}") + 2;
                char *rest = ls_strdup(value + end);
                strcpy(value + 1, piece);
                strcat(value, rest);
                free(rest);
            }
        }
    }
    return damaged;
}

static void damage_file(const char *relative)
{
    struct error err = {0};
    char *path = file_resource(relative);
    size_t size;
    char *text = file_read(path, SIZE_MAX, &size, &err);
    assert_non_null(text);
    int accepted = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        char *damaged = damage(text, round);
        struct error refusal = {0};
        struct network *network = network_parse(damaged, "m.json", (struct shape){1, 28, 28}, 10, &refusal);
        if (network) {
            accepted++;
            program_check(&network->program);
        } else {
            assert_true(refusal.message[0] && !strchr(refusal.message, '\n'));
        }
        network_destroy(network);
        free(damaged);
    }
    print_message("%s: %d of %d damaged models were still models\n", relative, accepted, ROUNDS);
    assert_true(accepted > 0 && accepted < ROUNDS);
    free(text);
    free(path);
}

static void damaged_models_are_refused_or_right(void **state)
{
    (void)state;
    damage_file("models/lenet5.json");
    damage_file("models/deep-exploding.json");
}

static void damaged_keras_files_are_refused_or_right(void **state)
{
    (void)state;
    damage_file("tests/nn/models/keras2_sequential.json");
    damage_file("tests/nn/models/keras3_sequential.json");
    damage_file("tests/nn/models/keras2_functional.json");
    damage_file("tests/nn/models/keras3_functional.json");
    damage_file("tests/nn/models/keras2_residual.json");
    damage_file("tests/nn/models/keras3_branches.json");
    damage_file("tests/nn/models/keras3_nested.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(damaged_models_are_refused_or_right),
                                       cmocka_unit_test(damaged_keras_files_are_refused_or_right)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
