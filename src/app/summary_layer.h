/* Every setting of a layer that holds, defaults too, in words and in JSON. */
#ifndef LS_APP_SUMMARY_LAYER_H
#define LS_APP_SUMMARY_LAYER_H

#include <cjson/cJSON.h>

#include "nn/network.h"

/* "kernel 3x3, strides 1x1, padding 1x1, …"; empty of a layer without settings. */
void summary_describe_layer(const struct network *network, int layer, char *text, size_t size);
/* The same as members of `item`. */
void summary_add_settings(cJSON *item, const struct network *network, int layer);
/* The shortest text of a float, so that 0.1 is not printed as 0.10000000149. */
void summary_add_float(cJSON *object, const char *name, float value);

#endif
