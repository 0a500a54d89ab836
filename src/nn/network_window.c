/* Kernels that slide: paddings and output sizes of convolutions and pools. */
#include <stdint.h>
#include <stdio.h>

#include "nn/network_build.h"

enum { LARGEST_REACH = 1 << 24 };

/* One axis of a window. */
struct axis {
    const char *name; /* of what runs along it */
    int size;         /* of the input */
    int kernel, dilation, stride;
    int border, border_end; /* zeros of a ZeroPadding2D, part of what "same" sees as the input */
    int *padding, *padding_end, *output;
};

static void describe_padding(const struct axis *axis, char text[32])
{
    if (*axis->padding == *axis->padding_end)
        snprintf(text, 32, "%d", *axis->padding);
    else
        snprintf(text, 32, "%d and %d", *axis->padding, *axis->padding_end);
}

/* Keras's "same": ceil(size / stride) outputs; of an odd number of zeros the end has one more. */
static bool infer_axis(const struct build_place *place, const struct axis *axis, bool same)
{
    const struct layer *layer = place->layer;
    const int64_t size = (int64_t)axis->size + axis->border + axis->border_end;
    const int64_t reach = (int64_t)axis->dilation * (axis->kernel - 1) + 1;
    if (reach > LARGEST_REACH)
        return network_build_fail(place, "expected a kernel of at most %d %s with its dilation, found %lld",
                                  LARGEST_REACH, axis->name, (long long)reach);
    if (same) {
        const int64_t outputs = (size + axis->stride - 1) / axis->stride;
        const int64_t total = (outputs - 1) * axis->stride + reach - size;
        *axis->padding = total > 0 ? (int)(total / 2) : 0;
        *axis->padding_end = total > 0 ? (int)(total - total / 2) : 0;
    }
    *axis->padding += axis->border;
    *axis->padding_end += axis->border_end;
    const int64_t padded = (int64_t)axis->size + *axis->padding + *axis->padding_end;
    if (reach > padded) {
        const struct shape in = layer->input;
        char padding[32], dilation[64] = "";
        describe_padding(axis, padding);
        if (axis->dilation > 1)
            snprintf(dilation, sizeof dilation, ", which dilation %dx%d makes %lld %s", layer->dilation_h,
                     layer->dilation_w, (long long)reach, axis->name);
        return network_build_fail(
            place, "expected a kernel of at most %lld %s (input %dx%dx%d, padding %s), found %dx%d%s",
            (long long)padded, axis->name, in.channels, in.height, in.width, padding, layer->kernel_h,
            layer->kernel_w, dilation);
    }
    *axis->output = (int)((padded - reach) / axis->stride + 1);
    return true;
}

bool network_infer_window(const struct build_place *place, const struct model_layer *source,
                          struct layer *layer)
{
    const struct axis rows = {"rows",
                              layer->input.height,
                              layer->kernel_h,
                              layer->dilation_h,
                              layer->stride_h,
                              source->border_h,
                              source->border_end_h,
                              &layer->padding_h,
                              &layer->padding_end_h,
                              &layer->output.height};
    const struct axis columns = {"columns",
                                 layer->input.width,
                                 layer->kernel_w,
                                 layer->dilation_w,
                                 layer->stride_w,
                                 source->border_w,
                                 source->border_end_w,
                                 &layer->padding_w,
                                 &layer->padding_end_w,
                                 &layer->output.width};
    if (!infer_axis(place, &rows, source->same_padding) || !infer_axis(place, &columns, source->same_padding))
        return false;
    if (layer->kind == LAYER_CONV2D)
        return true;
    const int most_h = layer->padding_h > layer->padding_end_h ? layer->padding_h : layer->padding_end_h;
    const int most_w = layer->padding_w > layer->padding_end_w ? layer->padding_w : layer->padding_end_w;
    return (most_h < layer->kernel_h && most_w < layer->kernel_w) ||
           network_build_fail(place, "expected padding smaller than the pool (%d, %d), found (%d, %d)",
                              layer->kernel_h, layer->kernel_w, most_h, most_w);
}
