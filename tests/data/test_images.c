/* CIFAR-10's batches and folders of pictures. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

#include "base/memory.h"
#include "data/cifar.h"
#include "data/image_file.h"
#include "data/picture.h"
#include "data_files.h"

static const int side = 8;

/* (8, 8, channels): grey, or red; row r is 20 · r bright. */
static void fill(uint8_t *pixels, int channels)
{
    memset(pixels, 0, (size_t)(side * side * channels));
    for (int i = 0; i < side * side; i++)
        pixels[i * channels] = (uint8_t)(i / side * 20);
}

static void write_png(const struct data_folder *folder, const char *name, int channels)
{
    uint8_t pixels[8 * 8 * 4], file[4096];
    fill(pixels, channels);
    for (int i = 0; channels == 4 && i < side * side; i++)
        pixels[4 * i + 3] = i < 32 ? 0 : 255; /* the upper half is transparent */
    png_image png = {.version = PNG_IMAGE_VERSION, .width = 8, .height = 8};
    png.format = channels == 1 ? PNG_FORMAT_GRAY : channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_RGBA;
    png_alloc_size_t size = sizeof file;
    assert_true(png_image_write_to_memory(&png, file, &size, 0, pixels, 0, NULL));
    data_folder_write(folder, name, file, size);
}

static void write_jpeg(const struct data_folder *folder, const char *name, int channels)
{
    uint8_t pixels[8 * 8 * 3];
    fill(pixels, channels);
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    unsigned char *file = NULL;
    unsigned long size = 0;
    jpeg_mem_dest(&jpeg, &file, &size);
    jpeg.image_width = jpeg.image_height = 8;
    jpeg.input_components = channels;
    jpeg.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, 100, TRUE);
    jpeg_start_compress(&jpeg, TRUE);
    for (int row = 0; row < side; row++) {
        JSAMPROW line = pixels + row * side * channels;
        jpeg_write_scanlines(&jpeg, &line, 1);
    }
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    data_folder_write(folder, name, file, size);
    free(file);
}

static void write_classes(const struct data_folder *folder)
{
    write_png(folder, "cat/1.png", 1);
    write_png(folder, "cat/2.PNG", 1);
    write_jpeg(folder, "dog/1.jpg", 1);
    write_jpeg(folder, "dog/2.jpeg", 1);
    data_folder_write_text(folder, "dog/notes.txt", "not a picture");
    data_folder_write_text(folder, "README", "not a class");
}

static void near(float value, float expected)
{
    assert_true(value > expected - 0.02f && value < expected + 0.02f);
}

static void folders_are_classes(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    write_classes(&folder);
    struct data *data = data_folder_load(&folder, ":split=1");
    assert_int_equal(data->classes, 2);
    assert_string_equal(data->class_names[0], "cat");
    assert_string_equal(data->class_names[1], "dog");
    assert_int_equal(data->train.channels * 100 + data->train.height * 10 + data->train.width, 188);
    int dogs = data->test.labels[0];
    for (uint32_t n = 0; n < 3; n++) {
        dogs += data->train.labels[n];
        for (size_t row = 0; row < 8; row++)
            near(dataset_value(&data->train, n, row * 8 + 3), 20.0f * (float)row / 255.0f);
    }
    assert_int_equal(dogs, 2);
    data_destroy(data);
    data_folder_destroy(&folder);
}

static void one_coloured_picture_colours_all(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    write_classes(&folder);
    write_png(&folder, "dog/3.png", 4);
    struct data *data = data_folder_load(&folder, ":split=1");
    assert_int_equal(data->train.channels, 3);
    data_destroy(data);
    data = data_folder_load(&folder, ":split=1,shape=1x4x4");
    assert_int_equal(data->train.channels * 100 + data->train.height * 10 + data->train.width, 144);
    for (size_t row = 0; row < 4; row++) /* the mean of two rows */
        near(dataset_value(&data->train, 0, row * 4), 20.0f * (2.0f * (float)row + 0.5f) / 255.0f);
    data_destroy(data);
    data_folder_destroy(&folder);
}

static void transparency_becomes_black(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    write_png(&folder, "a/1.png", 4);
    write_png(&folder, "a/2.png", 4);
    write_png(&folder, "b/1.png", 4);
    struct data *data = data_folder_load(&folder, ":split=1");
    near(dataset_value(&data->train, 0, 3 * 8), 0.0f);
    near(dataset_value(&data->train, 0, 5 * 8), 100.0f / 255.0f);
    near(dataset_value(&data->train, 0, 64 + 5 * 8), 0.0f); /* green */
    data_destroy(data);
    data_folder_destroy(&folder);
}

static void train_and_test_are_folders(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    write_png(&folder, "train/a/1.png", 1);
    write_png(&folder, "train/b/1.png", 1);
    write_png(&folder, "val/b/1.png", 1);
    struct data *data = data_folder_load(&folder, "");
    assert_int_equal(data->train.count * 10 + data->test.count, 21);
    assert_int_equal(data->test.labels[0], 1);
    data_destroy(data);
    write_png(&folder, "val/c/1.png", 1);
    data_folder_refuse(&folder, "", "val/c: there is no such class among the training pictures");
    data_folder_destroy(&folder);
}

static void wrong_pictures_are_named(void **state)
{
    (void)state;
    static const uint8_t other_size[] = /* a header that says 9 × 8 would need a check sum: a PNM will do */
        "P5 9 8 255\n";
    struct data_folder folder;
    data_folder_create(&folder);
    write_classes(&folder);
    data_folder_write(&folder, "dog/4.png", other_size, sizeof other_size);
    data_folder_refuse(&folder, "", "dog/4.png: is neither PNG nor JPEG, whatever its name says");
    data_folder_write(&folder, "dog/4.png", "\x89PNG\r\n\x1a\nrest", 12);
    data_folder_refuse(&folder, "", "dog/4.png: the PNG is damaged: ");
    data_folder_write(&folder, "dog/4.png", "\xff\xd8\xff\xd9", 4);
    data_folder_refuse(&folder, "", "dog/4.png: the JPEG is damaged: ");
    data_folder_write(&folder, "dog/4.png", "", 0);
    data_folder_refuse(&folder, "", "dog/4.png: is neither PNG nor JPEG");
    write_png(&folder, "dog/4.png", 1);
    data_folder_refuse(&folder, ":shape=2x8x8", "shape: expected 1 or 3 channels, found 2");
    data_folder_write_text(&folder, "empty/none.txt", "");
    data_folder_refuse(&folder, "", "empty: expected PNG or JPEG files in the folder of a class, found none");
    data_folder_destroy(&folder);
    data_folder_create(&folder);
    data_folder_refuse(&folder, "", "expected in this folder four IDX files, CIFAR-10's data_batch_1.bin");
    write_png(&folder, "only/1.png", 1);
    data_folder_refuse(&folder, "", "expected at least 2 classes, found 1");
    data_folder_destroy(&folder);
}

/* A cut file is refused, never filled up. */
static void cut_pictures_are_refused(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    write_png(&folder, "1.png", 3);
    write_jpeg(&folder, "1.jpg", 3);
    for (int i = 0; i < 2; i++) {
        char *path = ls_sprintf("%s/%s", folder.path, i ? "1.jpg" : "1.png");
        FILE *file = fopen(path, "rb");
        uint8_t bytes[4096];
        const size_t size = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        free(path);
        for (size_t cut = 0; cut <= size; cut++) {
            uint8_t *exact = malloc(cut + 1);
            memcpy(exact, bytes, cut);
            struct image image;
            struct error err = {0};
            const bool read = image_decode(&image, exact, cut, 3, "cut", &err);
            if (read && cut + 14 < size) /* an end mark may be missing */
                fail_msg("a %s cut to %zu of %zu bytes was read", i ? "JPEG" : "PNG", cut, size);
            if (cut == size && !read)
                fail_msg("%s", err.message);
            image_deinit(&image);
            free(exact);
        }
    }
    data_folder_destroy(&folder);
}

/* ---- CIFAR-10 ---- */

static void write_batch(const struct data_folder *folder, const char *name, uint32_t records, uint8_t label)
{
    uint8_t *bytes = ls_calloc(records, CIFAR_RECORD);
    for (uint32_t n = 0; n < records; n++) {
        bytes[n * CIFAR_RECORD] = label;
        bytes[n * CIFAR_RECORD + 1 + 1024] = 77; /* the first green value */
    }
    data_folder_write(folder, name, bytes, records * CIFAR_RECORD);
    free(bytes);
}

static void batches_are_joined(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    write_batch(&folder, "data_batch_1.bin", 4, 3);
    write_batch(&folder, "data_batch_2.bin", 3, 9);
    write_batch(&folder, "test_batch.bin", 2, 0);
    struct data *data = data_folder_load(&folder, "");
    assert_int_equal(data->train.count * 10 + data->test.count, 72);
    assert_int_equal(data->train.labels[3] * 10 + data->train.labels[4], 39);
    assert_int_equal(data->train.pixels[1024], 77);
    assert_int_equal(data->train.channels * 1000 + data->train.height, 3032);
    assert_string_equal(data->class_names[9], "truck");
    assert_true(dataset_has_picture(&data->train));
    data_destroy(data);
    data_folder_write_text(&folder, "batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n");
    data = data_folder_load(&folder, "");
    assert_string_equal(data->class_names[9], "j");
    data_destroy(data);
    data = data_folder_load(&folder, "data_batch_1.bin");
    assert_int_equal(data->train.count * 10 + data->test.count, 31);
    data_destroy(data);
    data_folder_destroy(&folder);
}

static void wrong_batches_are_named(void **state)
{
    (void)state;
    struct data_folder folder;
    data_folder_create(&folder);
    write_batch(&folder, "test_batch.bin", 2, 0);
    data_folder_refuse(&folder, "", "expected data_batch_1.bin in it to train with");
    write_batch(&folder, "data_batch_1.bin", 2, 0);
    write_batch(&folder, "data_batch_3.bin", 2, 0);
    data_folder_refuse(&folder, "", "data_batch_2.bin is missing, data_batch_3.bin is there; fetch all");
    write_batch(&folder, "data_batch_2.bin", 2, 10);
    data_folder_refuse(&folder, "", "data_batch_2.bin: record 0 (from 0) is of class 10; expected 0 to 9");
    data_folder_write(&folder, "data_batch_2.bin", "abc", 3);
    data_folder_refuse(&folder, "",
                       "data_batch_2.bin: expected whole records of 3073 bytes, found 0 and 3 bytes");
    write_batch(&folder, "data_batch_2.bin", 2, 1);
    data_folder_write_text(&folder, "batches.meta.txt", "a\nb\n");
    data_folder_refuse(&folder, "", "batches.meta.txt: expected 10 names, one a line, found 2");
    data_folder_destroy(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_are_classes),        cmocka_unit_test(one_coloured_picture_colours_all),
        cmocka_unit_test(transparency_becomes_black), cmocka_unit_test(train_and_test_are_folders),
        cmocka_unit_test(wrong_pictures_are_named),   cmocka_unit_test(cut_pictures_are_refused),
        cmocka_unit_test(batches_are_joined),         cmocka_unit_test(wrong_batches_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
