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

/* ---- values are data ---- */

/* A picture of one row, written as the file has it: nothing is converted. */
struct raw_png {
    int depth, colour, interlaced, width;
    const uint8_t *row;
    int opaque[3];       /* tRNS of the three entries of a palette */
    const char *clear;   /* "tRNS" as one colour: grey or red with 0 of green and blue */
    const char *profile; /* what it says of colour: gAMA, sRGB, cHRM or iCCP */
};

static void collect(png_structp png, png_bytep bytes, size_t size)
{
    struct file_bytes *file = png_get_io_ptr(png);
    file->bytes = ls_realloc(file->bytes, file->size + size);
    memcpy(file->bytes + file->size, bytes, size);
    file->size += size;
}

static void say_colours(png_structp png, png_infop info, const char *profile)
{
    uint8_t icc[132] = {0, 0, 0, 132};
    memcpy(icc + 12, "mntrRGB XYZ ", 12);
    memcpy(icc + 36, "acsp", 4);
    memcpy(icc + 68, "\0\0\xf6\xd6\0\1\0\0\0\0\xd3\x2d", 12);
    if (strcmp(profile, "gAMA") == 0)
        png_set_gAMA(png, info, 0.55556);
    else if (strcmp(profile, "sRGB") == 0)
        png_set_sRGB_gAMA_and_cHRM(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    else if (strcmp(profile, "cHRM") == 0)
        png_set_cHRM(png, info, 0.3127, 0.329, 0.7, 0.3, 0.2, 0.7, 0.15, 0.05);
    else
        png_set_iCCP(png, info, "some", PNG_COMPRESSION_TYPE_BASE, icc, sizeof icc);
}

static struct file_bytes write_raw(const struct raw_png *raw)
{
    struct file_bytes file = {NULL, 0};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    if (setjmp(png_jmpbuf(png)))
        fail_msg("libpng does not write it");
    png_set_write_fn(png, &file, collect, NULL);
    png_set_IHDR(png, info, (png_uint_32)raw->width, 1, raw->depth, raw->colour,
                 raw->interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (raw->colour == PNG_COLOR_TYPE_PALETTE) {
        const png_byte alphas[] = {(png_byte)raw->opaque[0], (png_byte)raw->opaque[1],
                                   (png_byte)raw->opaque[2]};
        static const png_color colours[] = {{1, 2, 3}, {40, 50, 60}, {200, 100, 0}};
        png_set_PLTE(png, info, colours, 3);
        png_set_tRNS(png, info, alphas, 3, NULL);
    } else if (raw->clear) {
        const png_uint_16 value = (png_uint_16)atoi(raw->clear);
        const png_color_16 clear = {.gray = value, .red = value};
        png_set_tRNS(png, info, NULL, 0, &clear);
    }
    if (raw->profile)
        say_colours(png, info, raw->profile);
    png_write_info(png, info);
    png_bytep rows[] = {(png_bytep)(uintptr_t)raw->row};
    png_set_interlace_handling(png);
    png_write_image(png, rows);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    return file;
}

static const uint8_t deep_grey[] = {0x20, 0, 0x80, 0, 0xff, 0xff, 0, 0x80, 0, 0x81};
static const uint8_t deep_rgb[] = {0x20, 0, 0x80, 0, 0xff, 0xff};
static const uint8_t deep_rgba[] = {0x80, 0, 0x40, 0, 0xff, 0xff, 0x80, 0};
static const uint8_t deep_grey_alpha[] = {0x80, 0, 0x40, 0};
static const uint8_t grey[] = {32, 128, 255}, rgb[] = {32, 128, 255, 9, 0, 7};
static const uint8_t grey_alpha[] = {200, 0, 200, 128, 200, 255}, rgba[] = {255, 100, 1, 100};
static const uint8_t one_bit[] = {0x50}, two_bits[] = {0x1b}, four_bits[] = {0x0f, 0x70}, entries[] = {0x18};

/* What the files say of colour changes nothing; -1 ends the values. */
#define RAW(d, c, w, r, ...)                                                                                 \
    {                                                                                                        \
        .depth = d, .colour = PNG_COLOR_TYPE_##c, .width = w, .row = r, __VA_ARGS__                          \
    }
static const struct {
    struct raw_png png;
    int channels, values[9];
} raw_pictures[] = {
    {RAW(16, GRAY, 5, deep_grey, .interlaced = 0), 1, {32, 128, 255, 0, 1, -1}},
    {RAW(16, GRAY, 2, deep_grey, .profile = "gAMA"), 1, {32, 128, -1}},
    {RAW(16, GRAY, 3, deep_grey, .clear = "8192", .interlaced = 1), 1, {0, 128, 255, -1}},
    {RAW(16, RGB, 1, deep_rgb, .profile = "sRGB"), 3, {32, 128, 255, -1}},
    {RAW(16, RGBA, 1, deep_rgba, .profile = "iCCP"), 3, {64, 32, 128, -1}},
    {RAW(16, GRAY_ALPHA, 1, deep_grey_alpha, .interlaced = 0), 1, {32, -1}},
    {RAW(8, GRAY, 3, grey, .profile = "gAMA"), 1, {32, 128, 255, -1}},
    {RAW(8, GRAY, 3, grey, .profile = "sRGB", .clear = "128"), 1, {32, 0, 255, -1}},
    {RAW(8, GRAY, 3, grey, .interlaced = 1), 3, {32, 32, 32, 128, 128, 128, 255, 255, 255}},
    {RAW(8, RGB, 2, rgb, .profile = "cHRM"), 3, {32, 128, 255, 9, 0, 7, -1}},
    {RAW(8, RGB, 2, rgb, .profile = "gAMA", .clear = "9"), 1, {114, 3, -1}},
    {RAW(8, GRAY_ALPHA, 3, grey_alpha, .profile = "gAMA"), 1, {0, 100, 200, -1}},
    {RAW(8, RGBA, 1, rgba, .profile = "sRGB", .interlaced = 1), 3, {100, 39, 0, -1}},
    {RAW(1, GRAY, 4, one_bit, .interlaced = 0), 1, {0, 255, 0, 255, -1}},
    {RAW(2, GRAY, 4, two_bits, .profile = "gAMA"), 1, {0, 85, 170, 255, -1}},
    {RAW(4, GRAY, 3, four_bits, .interlaced = 1), 1, {0, 255, 119, -1}},
    {RAW(2, PALETTE, 3, entries, .opaque = {255, 255, 128}, .profile = "gAMA"),
     3,
     {1, 2, 3, 40, 50, 60, 100, 50, 0}},
};
#undef RAW

static void values_of_a_png_are_data(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof raw_pictures / sizeof *raw_pictures; i++) {
        const struct file_bytes file = write_raw(&raw_pictures[i].png);
        struct image image;
        struct error err = {0};
        if (!image_decode(&image, file.bytes, file.size, raw_pictures[i].channels, "raw", &err))
            fail_msg("case %zu: %s", i, err.message);
        const int count = image.width * image.channels;
        for (int k = 0; k < 9 && raw_pictures[i].values[k] >= 0; k++)
            if (k >= count || image.pixels[k] != raw_pictures[i].values[k])
                fail_msg("case %zu, value %d: expected %d, found %d", i, k, raw_pictures[i].values[k],
                         k < count ? image.pixels[k] : -1);
        image_deinit(&image);
        free(file.bytes);
    }
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
        cmocka_unit_test(values_of_a_png_are_data),   cmocka_unit_test(batches_are_joined),
        cmocka_unit_test(wrong_batches_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
