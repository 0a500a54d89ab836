// Data on a slab: finds the cell under the pixel and colours it, unlit. Between tiles and on the border the
// slab shows; each tile has a thin frame, so that a plate of zeros stays visible. All edges are smoothed by
// their distance in pixels, since software renderers draw with one sample.
// A cell is one value, or the strongest of several where values are smaller than a pixel: cells are never
// smaller. With FINE, cells are small, and a pixel on the border of two shows both by the area they take.
#version 450 core
#include "frame.glsl"
#include "plate.glsl"
#include "map.glsl"
#include "strip.glsl"
#include "dropout.glsl"

layout(binding = 0) uniform samplerBuffer values; // the shown slot, or cells of several values
// What front and back show: the plate's values or their gradients.
uniform int first[2]; // float in `values`
uniform int map[2];
uniform bool is_signed[2];
uniform float scale[2]; // S
uniform bool has_data[2];
uniform ivec2 cells;  // of a tile
uniform ivec2 reduce; // values in a cell
// Of a dropout layer: which values its last training step dropped.
uniform bool masked;
// Of a concatenation: tiles from `joints[i]` to the next are of one input.
uniform int joint_count;
uniform int joints[16];

in vec2 picture;
flat in int face;
out vec4 color;

const float GRID_FROM_PX = 7.0, GRID_FULL_PX = 14.0; // cells this big are drawn apart
const float HATCH_FROM_PX = 3.0; // smaller cells would be all stripes
const int RULED_FROM = 64;                           // tiles with so many values have lines every 16 and 256

bool exists(int number, ivec2 cell)
{
    ivec2 value = cell * reduce;
    return (number * plate.tiles.w + value.y) * plate.tiles.z + value.x < plate.data.y;
}

float value_at(int number, ivec2 cell)
{
    int index = (number * cells.y + cell.y) * cells.x + cell.x;
    bool reduced = reduce != ivec2(1);
    int kernel = reduced ? 1 : int(plate.stack.w);
    float x = kernel_norm(values, first[face] + index * kernel, kernel);
    bool plain = reduced || map[face] == MAP_GRADIENT;
    return plain ? x : strip_value(plate.data.w, plate.whole.w, x);
}

bool is_dropped(int number, ivec2 cell)
{
    return masked && map[face] != MAP_GRADIENT && reduce == ivec2(1) &&
           !dropout_keeps(uint((number * cells.y + cell.y) * cells.x + cell.x));
}

// Stripes over a dropped value, which shows between them.
vec3 hatch_dropped(int number, ivec2 cell, float cell_px, vec3 data)
{
    if (cell_px < HATCH_FROM_PX * viewport.z || !is_dropped(number, cell))
        return data;
    float period = clamp(0.4 * cell_px, 4.0 * viewport.z, 9.0 * viewport.z);
    float across = abs(fract((gl_FragCoord.x + gl_FragCoord.y) / period) - 0.5) * period * 0.70711;
    float line = clamp(0.14 * period + 0.5 - across, 0.0, 1.0);
    return mix(data, bar_muted.rgb, line);
}

bool odd_input(int number)
{
    bool odd = false;
    for (int i = 0; i < joint_count; i++)
        odd = number >= joints[i] ? (i & 1) == 1 : odd;
    return odd;
}

vec3 no_number()
{
    ivec2 check = ivec2(gl_FragCoord.xy / (4.0 * viewport.z));
    return ((check.x + check.y) & 1) == 0 ? vec3(1.0, 0.9, 0.0) : vec3(0.0);
}

vec3 data_color(float x)
{
    return map_color(map[face], is_signed[face], x, scale[face]);
}

#ifdef FINE
// `position` in cells, `reach` of a pixel in cells. Up to two cells each way share the pixel.
vec3 cells_color(int number, vec2 position, vec2 reach)
{
    ivec2 last = cells - 1;
    vec2 corner = floor(position + 0.5 * reach);
    vec2 share = clamp((position + 0.5 * reach - corner) / reach, vec2(0.0), vec2(1.0)); // of the later cell
    ivec2 high = clamp(ivec2(corner), ivec2(0), last), low = clamp(ivec2(corner) - 1, ivec2(0), last);
    ivec2 own = clamp(ivec2(floor(position)), ivec2(0), last);
    if (!exists(number, high))
        high = own;
    vec4 x = vec4(value_at(number, low), value_at(number, ivec2(high.x, low.y)),
                  value_at(number, ivec2(low.x, high.y)), value_at(number, high));
    vec4 weight = vec4((1.0 - share.x) * (1.0 - share.y), share.x * (1.0 - share.y), (1.0 - share.x) * share.y,
                       share.x * share.y);
    for (int i = 0; i < 4; i++)
        if (!is_finite(x[i]) && weight[i] > 0.01)
            return no_number();
    vec3 sum = vec3(0.0);
    for (int i = 0; i < 4; i++)
        sum += weight[i] > 0.0 ? weight[i] * data_color(x[i]) : vec3(0.0);
    return sum;
}
#else
vec3 cells_color(int number, vec2 position, vec2 reach)
{
    float x = value_at(number, clamp(ivec2(floor(position)), ivec2(0), cells - 1));
    return is_finite(x) ? data_color(x) : no_number();
}
#endif

// Coverage by lines between every `period` values. They fade where they come close, and are thin where they
// would reach the middle of a cell.
float rules(vec2 position, vec2 value_px, float period)
{
    vec2 spacing = period * value_px / viewport.z;
    vec2 from_line_px = abs(fract(position / period + 0.5) - 0.5) * period * value_px;
    vec2 inside = vec2(greaterThan(position, vec2(0.5 * period))) * vec2(lessThan(position, vec2(plate.tiles.zw) - 0.5)) *
                  vec2(greaterThanEqual(plate.tiles.zw, ivec2(RULED_FROM)));
    vec2 half_px = clamp(0.2 * value_px, 0.5 * viewport.w, viewport.z);
    vec2 cover = clamp(1.0 - from_line_px / half_px, vec2(0.0), vec2(1.0)) * smoothstep(2.0, 10.0, spacing) * inside;
    return max(cover.x, cover.y);
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
    // The inputs of a concatenation by turns.
    vec3 frame = joint_count > 0 && odd_input(tile_number(ivec2(tile))) ? bar.rgb : tile_frame.rgb;
    around = mix(around, frame, line);
    color = vec4(around, 1.0);
    if (distance_px >= 0.5)
        return;

    vec2 position = local * float(plate.tiles.z); // in values
    vec2 value_px = 1.0 / (pixel * float(plate.tiles.z));
    vec2 cell_px = value_px * vec2(reduce);
    vec2 in_cells = position / vec2(reduce);
    int number = tile_number(ivec2(tile));
    if (!exists(number, clamp(ivec2(floor(in_cells)), ivec2(0), cells - 1)))
        return;
    vec3 data;
    if (!has_data[face]) {
        float stripe = fract((gl_FragCoord.x + gl_FragCoord.y) / (12.0 * viewport.z));
        data = stripe < 0.5 ? hatch_low.rgb : hatch_high.rgb;
    } else {
        data = cells_color(number, in_cells, 1.0 / cell_px);
        data = hatch_dropped(number, clamp(ivec2(floor(in_cells)), ivec2(0), cells - 1), min(cell_px.x, cell_px.y), data);
        data = mix(data, tile_frame.rgb, max(0.45 * rules(position, value_px, 16.0), 0.85 * rules(position, value_px, 256.0)));
    }
    float cell = min(cell_px.x, cell_px.y);
    float grid_strength = 0.85 * smoothstep(GRID_FROM_PX, GRID_FULL_PX, cell / viewport.z);
    if (grid_strength > 0.0) {
        vec2 edge_px = (0.5 - abs(fract(in_cells) - 0.5)) * cell_px;
        float half_px = clamp(cell * 0.03, 0.35 * viewport.w, 1.2 * viewport.z);
        float cover = clamp(half_px + 0.5 - min(edge_px.x, edge_px.y), 0.0, 1.0);
        data = mix(data, slab.rgb, cover * grid_strength);
    }
    color.rgb = mix(around, data, clamp(0.5 - distance_px, 0.0, 1.0));
}
