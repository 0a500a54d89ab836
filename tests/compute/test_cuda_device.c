/* What is said about drivers and devices, by runtimes that answer what a test wants. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "compute/cuda/device.h"

static struct {
    int runtime_version, driver_version, driver_error, count, count_error, major, minor, load_error, used;
} answer;

static int runtime_version(int *version) { return *version = answer.runtime_version, 0; }
static int driver_version(int *version) { return *version = answer.driver_version, answer.driver_error; }
static int device_count(int *count) { return *count = answer.count, answer.count_error; }
static int device_use(int device) { return answer.used = device, 0; }
static int load_kernels(void) { return answer.load_error; }
static int last_error(void) { return 0; }
static const char *error_text(int error) { return error == 100 ? "no CUDA-capable device is detected" : "?"; }
static const char *error_name(int error) { return error == 719 ? "cudaErrorLaunchFailure" : "?"; }

static int device_properties(int device, struct cuda_properties *properties)
{
    snprintf(properties->name, sizeof properties->name, "Device %d", device);
    properties->major = answer.major;
    properties->minor = answer.minor;
    return 0;
}

static const struct cuda_runtime fake = {.runtime_version = runtime_version,
                                         .driver_version = driver_version,
                                         .device_count = device_count,
                                         .device_properties = device_properties,
                                         .device_use = device_use,
                                         .load_kernels = load_kernels,
                                         .last_error = last_error,
                                         .error_name = error_name,
                                         .error_text = error_text};

static int usual(void **state)
{
    (void)state;
    memset(&answer, 0, sizeof answer);
    answer.runtime_version = 13000;
    answer.driver_version = 13010;
    answer.count = 2;
    answer.major = 9;
    return 0;
}

static struct cuda_status query(void)
{
    struct cuda_status status;
    cuda_query(&fake, &status);
    return status;
}

static void devices_are_listed(void **state)
{
    (void)state;
    const struct cuda_status status = query();
    assert_string_equal(status.problem, "");
    assert_true(status.toolkit);
    assert_int_equal(status.device_count, 2);
    assert_string_equal(status.devices[1].name, "Device 1");
    answer.count = 1000;
    assert_int_equal(query().device_count, CUDA_MAX_DEVICES);
}

static void a_build_without_toolkit_says_so(void **state)
{
    (void)state;
    struct cuda_status status;
    cuda_query(NULL, &status);
    assert_false(status.toolkit);
    assert_string_equal(status.problem, "this build was made without the CUDA toolkit");
}

static void a_missing_driver_is_named(void **state)
{
    (void)state;
    answer.driver_version = 0;
    assert_string_equal(query().problem,
                        "no NVIDIA driver is installed; this build needs driver 580 or newer");
    answer.driver_version = 13000;
    answer.driver_error = 35;
    assert_string_equal(query().problem,
                        "no NVIDIA driver is installed; this build needs driver 580 or newer");
}

static void an_old_driver_is_named_with_what_is_needed(void **state)
{
    (void)state;
    answer.driver_version = 12020;
    assert_string_equal(query().problem,
                        "the driver runs CUDA 12.2, this build needs CUDA 13.0: driver 580 or newer");
    assert_int_equal(query().device_count, 0);
    answer.runtime_version = 12040; /* an older driver of the same major version will do */
    assert_string_equal(query().problem, "");
    answer.driver_version = 11080;
    assert_string_equal(query().problem,
                        "the driver runs CUDA 11.8, this build needs CUDA 12.0: driver 525 or newer");
}

static void no_device_is_a_problem(void **state)
{
    (void)state;
    answer.count = 0;
    assert_string_equal(query().problem, "the driver finds no CUDA device");
    answer.count_error = 100;
    assert_string_equal(query().problem, "no CUDA device answers: no CUDA-capable device is detected");
}

static void an_old_device_is_a_problem(void **state)
{
    (void)state;
    answer.major = 7;
    answer.minor = 0;
    assert_string_equal(query().problem,
                        "Device 0 has compute capability 7.0, this build needs 7.5 or newer");
    answer.minor = 5;
    assert_string_equal(query().problem, "");
}

static const char *problem_of(int device, int load_error)
{
    static struct cuda_status status;
    answer.load_error = load_error;
    cuda_query_device(&fake, device, &status);
    return status.problem;
}

/* By the device that is asked for, which need not be the first. */
static void kernels_that_cannot_be_loaded_are_a_problem(void **state)
{
    (void)state;
    assert_string_equal(problem_of(1, 0), "");
    assert_int_equal(answer.used, 1);
    answer.runtime_version = 12080;
    answer.driver_version = 12040;
    assert_string_equal(
        problem_of(1, 222),
        "this build has no code of its own for Device 1, and its PTX is of CUDA 12.8, of which "
        "the driver, of CUDA 12.4, cannot make any: driver 570 or newer, or a build with "
        "-DLAYERSCOPE_CUDA_ARCHITECTURES=90-real");
    assert_string_equal(problem_of(0, 209),
                        "this build has no code for Device 0, compute capability 9.0: build with "
                        "-DLAYERSCOPE_CUDA_ARCHITECTURES=90-real");
    assert_non_null(strstr(problem_of(0, 221), "libnvidia-ptxjitcompiler"));
    assert_string_equal(problem_of(0, 719),
                        "no kernel can be loaded to Device 0: ? (cudaErrorLaunchFailure)");
    answer.driver_version = 11080; /* nothing is loaded where the driver is too old anyway */
    assert_non_null(strstr(problem_of(0, 222), "the driver runs CUDA 11.8"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(devices_are_listed, usual),
        cmocka_unit_test_setup(a_build_without_toolkit_says_so, usual),
        cmocka_unit_test_setup(a_missing_driver_is_named, usual),
        cmocka_unit_test_setup(an_old_driver_is_named_with_what_is_needed, usual),
        cmocka_unit_test_setup(no_device_is_a_problem, usual),
        cmocka_unit_test_setup(an_old_device_is_a_problem, usual),
        cmocka_unit_test_setup(kernels_that_cannot_be_loaded_are_a_problem, usual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
