/* `train` and `info` as a user runs them: results, files, refusals, interruption. */
#include "test.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "idx_files.h"
#include "workplace.h"

static struct idx_folder small; /* 40 and 20 images of 12 × 10 in 4 classes */

static int set_up(void **state)
{
    idx_folder_create(&small);
    setenv("DATA", small.path, 1);
    return workplace_set_up(state);
}

static int tear_down(void **state)
{
    idx_folder_destroy(&small);
    return workplace_tear_down(state);
}

static cJSON *read_json(const char *name)
{
    char *text = workplace_read(name);
    cJSON *json = cJSON_Parse(text);
    assert_non_null(json);
    free(text);
    return json;
}

static double number(const cJSON *json, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(json, key);
    if (!cJSON_IsNumber(item))
        fail_msg("\"%s\" is not a number", key);
    return item->valuedouble;
}

static void json_has_the_agreed_keys(void **state)
{
    (void)state;
    static const char *const keys[] = {"backend",
                                       "device",
                                       "model",
                                       "data_set",
                                       "parameters",
                                       "steps",
                                       "epochs",
                                       "batch",
                                       "optimizer",
                                       "learning_rate",
                                       "schedule",
                                       "beta1",
                                       "beta2",
                                       "epsilon",
                                       "weight_decay",
                                       "seconds",
                                       "steps_per_second",
                                       "samples_per_second",
                                       "train_loss",
                                       "test_loss",
                                       "test_accuracy"};
    const struct program_result result =
        workplace_expect(0, NULL, "$LAYERSCOPE train --steps 5 --batch 32 --quiet --json -");
    cJSON *json = cJSON_Parse(result.out);
    assert_non_null(json);
    const cJSON *item = json->child;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++, item = item->next) {
        assert_non_null(item);
        assert_string_equal(item->string, keys[i]);
    }
    assert_null(item);
    assert_string_equal(cJSON_GetObjectItem(json, "backend")->valuestring, "cpu");
    assert_string_equal(cJSON_GetObjectItem(json, "model")->valuestring, "LeNet-5");
    assert_true(number(json, "parameters") == 61706 && number(json, "steps") == 5 &&
                number(json, "batch") == 32);
    assert_true(number(json, "epochs") == 5.0 / 1875);
    assert_true(fabs(number(json, "steps_per_second") * number(json, "seconds") - 5) <= 1e-6);
    assert_true(fabs(number(json, "samples_per_second") * number(json, "seconds") - 160) <= 1e-4);
    assert_string_equal(result.err, "");
    cJSON_Delete(json);
}

static void the_same_command_repeats(void **state)
{
    (void)state;
    workplace_expect(0, NULL,
                     "$LAYERSCOPE train --steps 30 --seed 4 --quiet --log 1.csv --save 1.st --json 1.json");
    workplace_expect(0, NULL,
                     "$LAYERSCOPE train --steps 30 --seed 4 --quiet --log 2.csv --save 2.st --json 2.json");
    workplace_expect(0, NULL, "cmp 1.csv 2.csv && cmp 1.st 2.st");
    workplace_expect(0, NULL, "grep -v second 1.json > a && grep -v second 2.json > b && cmp a b");
    workplace_expect(0, NULL, "$LAYERSCOPE train --steps 30 --seed 5 --quiet --log 3.csv");
    workplace_expect(1, NULL, "cmp -s 1.csv 3.csv");
}

static void the_log_has_a_row_a_step(void **state)
{
    (void)state;
    workplace_expect(
        0, NULL,
        "$LAYERSCOPE train --data $DATA --model mlp --batch 12 --epochs 2.5 --quiet --log run.csv "
        "--json run.json");
    char *text = workplace_read("run.csv"), *rest = text;
    assert_string_equal(strsep(&rest, "\n"),
                        "step,epoch,loss,accuracy,learning_rate,gradient_norm,test_loss,test_accuracy");
    int rows = 0;
    double last_accuracy = -1;
    for (char *line; (line = strsep(&rest, "\n")) && *line;) {
        rows++;
        unsigned step;
        double epoch, loss, accuracy, rate, norm, test_loss, test_accuracy;
        const int got = sscanf(line, "%u,%lf,%lf,%lf,%lf,%lf,%lf,%lf", &step, &epoch, &loss, &accuracy, &rate,
                               &norm, &test_loss, &test_accuracy);
        assert_int_equal(step, rows);
        assert_true(fabs(epoch - rows / 4.0) <= 1e-6);
        assert_true(loss > 0 && norm > 0 && accuracy >= 0 && accuracy <= 1);
        assert_true(fabs(rate - 1e-3) <= 1e-9);
        const bool evaluated = rows % 4 == 0 || rows == 10;
        assert_int_equal(got, evaluated ? 8 : 6);
        if (evaluated)
            last_accuracy = test_accuracy;
        else
            assert_string_equal(line + strlen(line) - 2, ",,");
    }
    assert_int_equal(rows, 10);
    cJSON *json = read_json("run.json");
    assert_true(fabs(number(json, "test_accuracy") - last_accuracy) <= 1e-7);
    assert_true(number(json, "epochs") == 2.5);
    cJSON_Delete(json);
    free(text);
}

static void saved_parameters_come_back(void **state)
{
    (void)state;
    workplace_expect(0, NULL, "$LAYERSCOPE train --steps 60 --quiet --save m.st --json before.json");
    workplace_expect(0, NULL, "$LAYERSCOPE train --steps 0 --quiet --load m.st --json after.json");
    cJSON *before = read_json("before.json"), *after = read_json("after.json");
    assert_true(number(before, "test_loss") == number(after, "test_loss"));
    assert_true(number(before, "test_accuracy") == number(after, "test_accuracy"));
    assert_true(number(before, "test_accuracy") > 0.5);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(after, "train_loss")));
    cJSON_Delete(before);
    cJSON_Delete(after);
    workplace_expect(1, "m.st: tensor \"dense1.weight\": expected shape (128, 784), found (120, 400)",
                     "$LAYERSCOPE train --model mlp --steps 1 --load m.st");
    workplace_expect(0, NULL, "head -c 800000 m.st > cut.st");
    workplace_expect(1, "cut.st: tensor \"dense1.weight\": its data ends at byte",
                     "$LAYERSCOPE train --steps 1 --load cut.st");
    workplace_expect(1, "none.st: cannot be opened: No such file", "$LAYERSCOPE train --load none.st");
    workplace_expect(1, "is not a safetensors file", "$LAYERSCOPE train --load before.json");
}

static void outputs_are_checked_first(void **state)
{
    (void)state;
    static const char *const options[] = {"--save", "--log", "--json"};
    for (int i = 0; i < 3; i++) {
        char *command =
            ls_sprintf("echo old > kept && $LAYERSCOPE train --epochs 1000 --quiet %s kept", options[i]);
        workplace_expect(1, "kept: exists already; pass --overwrite to replace it", command);
        free(command);
        workplace_expect(0, "old\n", "cat kept");
        command = ls_sprintf("$LAYERSCOPE train --steps 1 --quiet --overwrite %s kept", options[i]);
        workplace_expect(0, NULL, command);
        free(command);
        workplace_expect(1, NULL, "grep -q ^old kept");
        command = ls_sprintf("$LAYERSCOPE train --epochs 1000 --quiet %s none/file", options[i]);
        workplace_expect(1, "none/file: its folder none cannot be used: No such file", command);
        free(command);
        command = ls_sprintf("$LAYERSCOPE train --epochs 1000 --quiet %s .", options[i]);
        workplace_expect(1, ".: is a folder; expected the name of a file to write", command);
        free(command);
    }
}

/* An empty list hides the devices of a machine that has some. */
static void without_cuda_the_cpu_trains(void **state)
{
    (void)state;
    workplace_expect(
        1, "backend cuda: ", "CUDA_VISIBLE_DEVICES= $LAYERSCOPE train --backend cuda --model mlp --steps 1");
    workplace_expect(1, "; use --backend cpu",
                     "CUDA_VISIBLE_DEVICES= $LAYERSCOPE train --backend cuda --model mlp --steps 1");
    workplace_expect(0, "\"backend\":\t\"cpu\"",
                     "CUDA_VISIBLE_DEVICES= $LAYERSCOPE train --model mlp --steps 1 --quiet --json -");
}

static void wrong_inputs_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *expected;
    } inputs[] = {
        {"--model nope", "model \"nope\": expected lenet5, lenet, cnn32, mlp,"},
        {"--model nope.json", "nope.json: cannot be opened"},
        {"--model .", ".: expected a file, found a folder"},
        {"--model /dev/zero", "/dev/zero: expected a file, found a device"},
        {"--load /dev/zero", "/dev/zero: expected a file, found a device"},
        {"--data nope", "nope: there is no such file or folder; expected one, or mnist, circle"},
        {"--data /etc/passwd", "/etc/passwd: is of no known format"},
        {"--data /", "expected PNG or JPEG files in the folder of a class, found none"},
        {"--data bad", "bad/train-images-idx3-ubyte.gz: is truncated: expected 4800 values after the header"},
        {"--data worse", "worse/t10k-labels-idx1-ubyte.gz: the compressed data is damaged or truncated"},
        {"--data plane --model mlp",
         "plane: has targets to be predicted instead of classes; expected a model with loss"},
        {"--backend cuda", "backend cuda: "},
    };
    workplace_expect(0, NULL,
                     "mkdir bad worse && cp $DATA/* bad && gzip bad/* && cp bad/* worse && "
                     "truncate -s -30 bad/train-images-idx3-ubyte.gz && "
                     "truncate -s 12 worse/t10k-labels-idx1-ubyte.gz");
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        char *command = ls_sprintf("$LAYERSCOPE train --steps 1 --quiet %s", inputs[i].arguments);
        const struct program_result result = workplace_expect(1, inputs[i].expected, command);
        assert_string_equal(result.out, "");
        free(command);
    }
}

static void other_idx_files_train(void **state)
{
    (void)state;
    struct idx_folder folder = {
        .ending = ".gz", .height = 28, .width = 28, .train_count = 300, .test_count = 60, .classes = 26};
    idx_folder_create(&folder);
    char *command = ls_sprintf(
        "$LAYERSCOPE train --data %s --epochs 30 --batch 20 --quiet --json letters.json", folder.path);
    workplace_expect(0, NULL, command);
    cJSON *json = read_json("letters.json");
    assert_true(number(json, "test_accuracy") > 0.95);
    assert_true(number(json, "parameters") == 61706 + 16 * 85);
    cJSON_Delete(json);
    free(command);
    idx_folder_destroy(&folder);
}

static void an_interruption_finishes_the_files(void **state)
{
    (void)state;
    const struct program_result result =
        program_interrupt(workplace_path(),
                          "exec $LAYERSCOPE train --data $DATA --model mlp --epochs 1000000 --quiet --log "
                          "long.csv --save long.st "
                          "--json long.json",
                          "long.csv.*.part", 0.5);
    if (result.status != 130)
        fail_msg("exit status %d, expected 130; err: %s", result.status, result.err);
    assert_non_null(strstr(result.err, "interrupted after"));
    cJSON *json = read_json("long.json");
    char *command = ls_sprintf("test $(wc -l < long.csv) = %.0f", number(json, "steps") + 1);
    assert_true(number(json, "steps") > 0);
    workplace_expect(0, NULL, command);
    free(command);
    workplace_expect(
        0, NULL, "$LAYERSCOPE train --data $DATA --model mlp --steps 0 --quiet --load long.st --json l.json");
    cJSON *loaded = read_json("l.json");
    assert_true(number(loaded, "test_loss") == number(json, "test_loss"));
    assert_false(workplace_has("long.csv.*.part") || workplace_has("long.st.*.part") ||
                 workplace_has("long.json.*.part"));
    cJSON_Delete(json);
    cJSON_Delete(loaded);
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    char *disk = ls_sprintf("%s/disk", workplace_path());
    assert_int_equal(mkdir(disk, 0700), 0);
    if (mount("tmpfs", disk, "tmpfs", 0, "size=64k") != 0) {
        print_message("a small tmpfs cannot be mounted here; skipped\n");
        free(disk);
        skip();
    }
    const struct program_result saved = program_run(
        workplace_path(), "$LAYERSCOPE train --steps 1 --quiet --save disk/m.st --json rest.json");
    const bool left = workplace_has("disk/m.st") || workplace_has("disk/m.st.*.part");
    const struct program_result logged = program_run(
        workplace_path(), "$LAYERSCOPE train --data $DATA --model mlp --steps 3000 --quiet --log disk/l.csv");
    const bool log_stays = workplace_has("disk/l.csv");
    const bool log_left = workplace_has("disk/l.csv.*.part");
    umount(disk);
    free(disk);
    assert_int_equal(saved.status, 1);
    assert_non_null(strstr(saved.err, "disk/m.st: cannot be written: No space left"));
    assert_int_equal(logged.status, 1);
    assert_non_null(strstr(logged.err, "disk/l.csv: cannot be written: No space left"));
    assert_false(left || log_left);
    assert_true(log_stays);
    assert_true(workplace_has("rest.json")); /* one failure does not take the others along */
}

static void a_loss_that_explodes_is_told(void **state)
{
    (void)state;
    const struct program_result result =
        workplace_expect(0, "is not a finite number; try a smaller --lr",
                         "$LAYERSCOPE train --model mlp --optimizer sgd --lr 1000000 --steps 40 --json "
                         "boom.json --log boom.csv");
    char *second = strstr(strstr(result.err, "finite") + 1, "finite");
    assert_null(second);
    cJSON *json = read_json("boom.json");
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "train_loss")));
    cJSON_Delete(json);
    assert_non_null(strstr(result.err, "loss not a number  test loss not a number  test accuracy 0 %"));
    assert_null(strstr(result.err, "nan"));
    workplace_expect(0, NULL,
                     "grep -q '^40,.*,nan,0,1000000,nan,nan,0$' boom.csv && ! grep -e -nan boom.csv");
}

static void progress_is_told_unless_quiet(void **state)
{
    (void)state;
    const struct program_result result = workplace_expect(0, NULL, "$LAYERSCOPE train --steps 3");
    assert_non_null(strstr(result.err, "3/3 steps"));
    assert_non_null(strstr(result.err, "test accuracy"));
    assert_null(strchr(result.err, '\r'));
    const struct program_result quiet = workplace_expect(0, NULL, "$LAYERSCOPE train --steps 3 --quiet");
    assert_string_equal(quiet.err, "");
    assert_string_equal(quiet.out, "");
}

static void info_describes_the_model(void **state)
{
    (void)state;
    const struct program_result text = workplace_expect(0, NULL, "$LAYERSCOPE info");
    static const char *const expected[] = {"conv1 ",
                                           "(None, 6, 28, 28)",
                                           "156",
                                           "(None, 16, 5, 5)",
                                           "48,120",
                                           "61,706",
                                           "60000 training and 10000 test images of 1×28×28, 10 classes",
                                           "backend ",
                                           "cpu",
                                           "cuda ",
                                           LS_VERSION};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        if (!strstr(text.out, expected[i]))
            fail_msg("expected \"%s\" in: %s", expected[i], text.out);
    const struct program_result result =
        workplace_expect(0, NULL, "$LAYERSCOPE info --model mlp --data $DATA --json -");
    cJSON *json = cJSON_Parse(result.out);
    assert_non_null(json);
    assert_true(number(json, "parameters") == 120 * 128 + 128 + 128 * 64 + 64 + 64 * 4 + 4);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "layers")), 5);
    cJSON_Delete(json);
}

/* What `info` says it would train with. */
static void check_recipe(const char *options, const char *optimizer, double rate, double batch)
{
    char *command = ls_sprintf("$LAYERSCOPE info %s --json -", options);
    const struct program_result result = workplace_expect(0, NULL, command);
    cJSON *json = cJSON_Parse(result.out);
    const cJSON *training = cJSON_GetObjectItem(json, "training");
    assert_non_null(training);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(training, "optimizer")), optimizer);
    assert_true(fabs(number(training, "learning_rate") - rate) <= 1e-9);
    assert_true(number(training, "batch") == batch);
    cJSON_Delete(json);
    free(command);
}

static void models_name_their_training_and_options_win(void **state)
{
    (void)state;
    check_recipe("", "adam", 1e-3, 64);
    check_recipe("--model cnn32", "adam", 1e-3, 32);
    check_recipe("--model cnn32 --batch 16", "adam", 1e-3, 16);
    check_recipe("--model deep-sigmoid", "sgd", 0.1, 64);
    check_recipe("--model regression", "sgd", 0.01, 32);
    workplace_expect(0, "\"batch\":\t8,",
                     "$LAYERSCOPE train --model regression --optimizer momentum --batch 8 --steps 3 --quiet "
                     "--log lr.csv --json -");
    char *text = workplace_read("lr.csv");
    assert_non_null(strstr(text, ",0.0500000007,")); /* momentum's own rate, not the file's of sgd */
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_the_agreed_keys),
        cmocka_unit_test(the_same_command_repeats),
        cmocka_unit_test(the_log_has_a_row_a_step),
        cmocka_unit_test(saved_parameters_come_back),
        cmocka_unit_test(outputs_are_checked_first),
        cmocka_unit_test(wrong_inputs_are_named),
        cmocka_unit_test(without_cuda_the_cpu_trains),
        cmocka_unit_test(other_idx_files_train),
        cmocka_unit_test(an_interruption_finishes_the_files),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(a_loss_that_explodes_is_told),
        cmocka_unit_test(progress_is_told_unless_quiet),
        cmocka_unit_test(info_describes_the_model),
        cmocka_unit_test(models_name_their_training_and_options_win),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
