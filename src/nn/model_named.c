/* Names, however they are spelled. */
#include "nn/model_named.h"

#include <ctype.h>

bool model_plain_name(const char *text, char name[MODEL_NAMED])
{
    size_t used = 0;
    for (; *text && used + 1 < MODEL_NAMED; text++)
        if (isalnum((unsigned char)*text))
            name[used++] = (char)tolower((unsigned char)*text);
    name[used] = '\0';
    return used > 0 && !*text;
}

bool model_read_named(const cJSON *item, struct model_named *named)
{
    const cJSON *name = cJSON_IsObject(item) ? cJSON_GetObjectItemCaseSensitive(item, "class_name") : item;
    const char *text = cJSON_GetStringValue(name);
    named->config = cJSON_IsObject(item) ? cJSON_GetObjectItemCaseSensitive(item, "config") : NULL;
    named->name[0] = '\0';
    return text && model_plain_name(text, named->name) && (!named->config || cJSON_IsObject(named->config));
}

const char *model_excerpt_name(const cJSON *item, char text[JSON_EXCERPT])
{
    const cJSON *name = cJSON_IsObject(item) ? cJSON_GetObjectItemCaseSensitive(item, "class_name") : NULL;
    return json_excerpt(name ? name : item, text);
}
