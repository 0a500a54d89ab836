// Data on a slab: finds the value under the pixel and colours it, unlit. Between tiles and on the border the
// slab shows; each tile has a thin frame, so that a plate of zeros stays visible. All edges are
// smoothed by their distance in pixels, since software renderers draw with one sample.
#version 450 core
#include "frame.glsl"
#include "plate.glsl"
#include "map.glsl"

layout(binding = 0) uniform samplerBuffer snapshot; // the shown slot
// What front and back show: the plate's values or their gradients.
uniform int first[2]; // float in the slot
uniform int map[2];
uniform bool is_signed[2];
uniform float scale[2]; // S
uniform bool has_data[2];

in vec2 picture;
flat in int face;
out vec4 color;

const float GRID_FROM_PX = 7.0, GRID_FULL_PX = 14.0; // cells this big are drawn apart
const int MAX_FOOTPRINT = 12;                        // values a pixel looks at, each way

float value_at(ivec2 tile, ivec2 texel)
{
    int number = plate.data.z != 0 ? tile.x * plate.tiles.y + tile.y : tile.y * plate.tiles.x + tile.x;
    int index = (number * plate.tiles.w + texel.y) * plate.tiles.z + texel.x;
    return texelFetch(snapshot, first[face] + index).r;
}

bool exists(ivec2 tile, ivec2 texel)
{
    int number = plate.data.z != 0 ? tile.x * plate.tiles.y + tile.y : tile.y * plate.tiles.x + tile.x;
    return (number * plate.tiles.w + texel.y) * plate.tiles.z + texel.x < plate.data.y;
}

vec3 data_color(float x)
{
    if (!is_finite(x)) {
        ivec2 check = ivec2(gl_FragCoord.xy / (4.0 * viewport.z));
        return ((check.x + check.y) & 1) == 0 ? vec3(1.0, 0.9, 0.0) : vec3(0.0);
    }
    return map_color(map[face], is_signed[face], x, scale[face]);
}

void main()
{
    if (face >= 2) {
        color = vec4(face == 2 ? slab_top.rgb : slab_side.rgb, 1.0);
        return;
    }
    // How far a pixel reaches, in picture coordinates.
    vec2 pixel = max(vec2(length(vec2(dFdx(picture.x), dFdy(picture.x))), length(vec2(dFdx(picture.y), dFdy(picture.y)))), vec2(1e-7));
    vec2 tile_size = vec2(1.0, plate.size.z);
    float gap = plate.right.w;
    vec2 tile = clamp(floor((picture + 0.5 * gap) / (tile_size + gap)), vec2(0.0), vec2(plate.tiles.xy - 1));
    vec2 local = picture - tile * (tile_size + gap);
    vec2 outside = max(-local, local - tile_size) / pixel; // pixels beyond the tile; negative inside
    float distance_px = max(outside.x, outside.y);

    vec3 around = slab.rgb;
    float room_px = gap > 0.0 ? min(gap / pixel.x, gap / pixel.y) : 4.0 * viewport.z;
    float line = clamp(1.15 - abs(distance_px - 0.75 * viewport.z) / viewport.z, 0.0, 1.0) * smoothstep(1.5, 3.0, room_px / viewport.z);
    around = mix(around, tile_frame.rgb, line);
    color = vec4(around, 1.0);
    if (distance_px >= 0.5)
        return;

    vec2 position = local * float(plate.tiles.z); // in values
    vec2 cell_px = 1.0 / (pixel * float(plate.tiles.z));
    ivec2 last = plate.tiles.zw - 1;
    ivec2 texel = clamp(ivec2(floor(position)), ivec2(0), last);
    if (!exists(ivec2(tile), texel))
        return;
    vec3 data;
    if (!has_data[face]) {
        float stripe = fract((gl_FragCoord.x + gl_FragCoord.y) / (12.0 * viewport.z));
        data = stripe < 0.5 ? hatch_low.rgb : hatch_high.rgb;
    } else {
        float x = value_at(ivec2(tile), texel);
        if (min(cell_px.x, cell_px.y) < viewport.w) {
            // Several values share the pixel: the strongest one shows, with its sign.
            vec2 half_reach = max(0.5 * viewport.w / cell_px - 0.5, vec2(0.0));
            ivec2 low = clamp(ivec2(floor(position - half_reach)), ivec2(0), last);
            ivec2 high = clamp(ivec2(floor(position + half_reach)), ivec2(0), last);
            ivec2 step = max((high - low) / MAX_FOOTPRINT, ivec2(1));
            for (int row = low.y; row <= high.y; row += step.y)
                for (int column = low.x; column <= high.x; column += step.x) {
                    float other = value_at(ivec2(tile), ivec2(column, row));
                    if (!is_finite(other) || abs(other) > abs(x))
                        x = other;
                }
        }
        data = data_color(x);
    }
    float cell = min(cell_px.x, cell_px.y);
    float grid_strength = 0.85 * smoothstep(GRID_FROM_PX, GRID_FULL_PX, cell / viewport.z);
    if (grid_strength > 0.0) {
        vec2 edge_px = (0.5 - abs(fract(position) - 0.5)) * cell_px;
        float half_px = clamp(cell * 0.03, 0.35 * viewport.w, 1.2 * viewport.z);
        float cover = clamp(half_px + 0.5 - min(edge_px.x, edge_px.y), 0.0, 1.0);
        data = mix(data, slab.rgb, cover * grid_strength);
    }
    color.rgb = mix(around, data, clamp(0.5 - distance_px, 0.0, 1.0));
}
