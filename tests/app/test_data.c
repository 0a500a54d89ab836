/* Data of every kind through the program: what info tells, training, and a picture. */
#include "test.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workplace.h"

static cJSON *json_of(const char *command)
{
    const struct program_result result = workplace_expect(0, NULL, command);
    cJSON *json = cJSON_Parse(result.out);
    if (!json)
        fail_msg("%s: printed no JSON: %s", command, result.out);
    return json;
}

static double number_in(const cJSON *json, const char *key)
{
    const cJSON *item = cJSON_GetObjectItem(json, key);
    if (!cJSON_IsNumber(item))
        fail_msg("\"%s\" is not a number", key);
    return item->valuedouble;
}

static void points_are_learned(void **state)
{
    (void)state;
    cJSON *json = json_of("$LAYERSCOPE train --data circle --steps 400 --quiet --json -");
    assert_true(number_in(json, "test_accuracy") >= 0.99);
    cJSON_Delete(json);
}

/* Without --model generated data get the network made for them, and --model points its own data. */
static void nothing_is_asked_twice(void **state)
{
    (void)state;
    static const struct {
        const char *options, *model, *data;
    } cases[] = {{"--data circle", "Points", "circle"},
                 {"--data xor:noise=0.1", "Points", "xor"},
                 {"--data gaussians", "Points", "gaussians"},
                 {"--data spiral", "Points", "spiral"},
                 {"--data spiral:classes=3", "MLP 64-64", "spiral"},
                 {"--data plane", "MLP, linear output", "plane"},
                 {"--data random", "Regression", "random"},
                 {"--model points", "Points", "spiral"},
                 {"--model regression", "Regression", "random"},
                 {"", "LeNet-5", "MNIST"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char command[128];
        snprintf(command, sizeof command, "$LAYERSCOPE info %s --json -", cases[i].options);
        cJSON *json = json_of(command);
        assert_string_equal(cJSON_GetObjectItem(json, "model")->valuestring, cases[i].model);
        assert_string_equal(cJSON_GetObjectItem(json, "data")->valuestring, cases[i].data);
        cJSON_Delete(json);
    }
}

static void targets_are_learned(void **state)
{
    (void)state;
    cJSON *json = json_of("$LAYERSCOPE train --data plane --steps 400 --quiet --log plane.csv --json -");
    assert_true(number_in(json, "test_loss") < 1e-3);
    assert_true(number_in(json, "test_r2") > 0.99);
    assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "test_accuracy")));
    assert_string_equal(cJSON_GetObjectItem(json, "model")->valuestring, "MLP, linear output");
    cJSON_Delete(json);
    char *log = workplace_read("plane.csv");
    assert_non_null(strstr(log, ",,0.001")); /* between loss and learning rate */
    assert_null(strstr(log, "nan"));
    free(log);
}

static void tables_are_learned(void **state)
{
    (void)state;
    workplace_expect(
        0, NULL,
        "(echo height,kind; for i in 1 2 3 4 5 6 7 8 9; do echo 0.$i,small; echo 2.$i,tall; done) "
        "> heights.csv");
    cJSON *json = json_of("$LAYERSCOPE info --data heights.csv:scale=standard,split=4,seed=7 --json -");
    const cJSON *data = cJSON_GetObjectItem(json, "data_set");
    assert_true(number_in(data, "training") == 14.0 && number_in(data, "test") == 4.0);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(data, "classes")), 2);
    assert_string_equal(cJSON_GetArrayItem(cJSON_GetObjectItem(data, "classes"), 1)->valuestring, "tall");
    assert_string_equal(cJSON_GetObjectItem(data, "split")->valuestring,
                        "4 of 18 samples drawn with seed 7 are for testing");
    assert_non_null(strstr(cJSON_GetObjectItem(data, "scaling")->valuestring, "mean 0, deviation 1"));
    cJSON_Delete(json);
    workplace_expect(0, "14 training and 4 test samples of 1 value, 2 classes",
                     "$LAYERSCOPE info --data heights.csv:split=4");
    json = json_of("$LAYERSCOPE train --data heights.csv:scale=standard --steps 200 --quiet --json -");
    assert_true(number_in(json, "test_accuracy") == 1.0);
    cJSON_Delete(json);
}

/* What was chosen of a table is said once, and not where nothing but results is wanted. */
static void choices_are_said(void **state)
{
    (void)state;
    static const char line[] =
        "layerscope: ids.csv: label is column 3, \"kind\" (2 classes); dropped \"Id\" (a "
        "counter); 1 feature, scale=none; 14 for training, 4 for testing\n";
    workplace_expect(0, NULL,
                     "(echo Id,height,kind; for i in 1 2 3 4 5 6 7 8 9; do echo $i,0.$i,small; done; for i "
                     "in 1 2 3 4 5 6 7 8 "
                     "9; do echo $((9 + i)),2.$i,tall; done) > ids.csv");
    struct program_result result =
        workplace_expect(0, line, "$LAYERSCOPE train --data ids.csv --steps 2 --json -");
    assert_non_null(strstr(result.err, line));
    assert_null(strstr(result.out, "layerscope: "));
    result = workplace_expect(0, NULL, "$LAYERSCOPE train --data ids.csv --steps 2 --quiet --json -");
    assert_string_equal(result.err, "");
    cJSON *json = cJSON_Parse(result.out);
    const cJSON *data = cJSON_GetObjectItem(json, "data_set");
    const cJSON *dropped = cJSON_GetArrayItem(cJSON_GetObjectItem(data, "dropped"), 0);
    assert_string_equal(cJSON_GetObjectItem(data, "label")->valuestring, "column 3, \"kind\"");
    assert_string_equal(cJSON_GetObjectItem(dropped, "name")->valuestring, "Id");
    assert_string_equal(cJSON_GetArrayItem(cJSON_GetObjectItem(data, "features"), 0)->valuestring, "height");
    assert_string_equal(cJSON_GetObjectItem(data, "scale")->valuestring, "none");
    assert_true(number_in(data, "training") == 14.0 && number_in(data, "test") == 4.0);
    cJSON_Delete(json);
    workplace_expect(0, "2 values, 2 classes", "$LAYERSCOPE info --data ids.csv:drop=none");
}

/* Points and targets have no picture and no class; they are drawn all the same. */
static void points_and_targets_are_drawn(void **state)
{
    (void)state;
    static const char *const specs[] = {"plane", "spiral:classes=3"};
    for (int i = 0; i < 2; i++) {
        char command[160];
        snprintf(
            command, sizeof command,
            "$LAYERSCOPE screenshot p.png --data %s --steps 2 --size 1600x1000 --overwrite --json p.json",
            specs[i]);
        workplace_expect(0, NULL, command);
        assert_true(workplace_has("p.png"));
        char *text = workplace_read("p.json");
        cJSON *json = cJSON_Parse(text);
        const cJSON *label = cJSON_GetObjectItem(json, "label");
        assert_non_null(cJSON_GetObjectItem(json, "data_set"));
        assert_true(i ? label->valueint >= 0 && label->valueint < 3 : cJSON_IsNull(label));
        cJSON_Delete(json);
        free(text);
    }
}

static void dumps_hold_targets(void **state)
{
    (void)state;
    workplace_expect(0, "plane.safetensors: ", "$LAYERSCOPE dump plane.safetensors --data plane --batch 8");
    char *dump = workplace_read("plane.safetensors");
    const char *target = strstr(dump + 8, "\"target\":");
    assert_non_null(target);
    assert_non_null(strstr(target, "\"F32\""));
    assert_non_null(strstr(target, "[8,1]"));
    free(dump);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_are_learned),  cmocka_unit_test(nothing_is_asked_twice),
        cmocka_unit_test(targets_are_learned), cmocka_unit_test(choices_are_said),
        cmocka_unit_test(tables_are_learned),  cmocka_unit_test(points_and_targets_are_drawn),
        cmocka_unit_test(dumps_hold_targets),
    };
    return cmocka_run_group_tests(tests, workplace_set_up, workplace_tear_down);
}
