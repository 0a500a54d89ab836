// Numbers in the cells of one face: a rectangle per cell, upright on the screen, on whole pixels, as large as
// the cell has room for. Cells without room, without a value, or with one that is no number have none.
#version 450 core
#include "frame.glsl"
#include "plate.glsl"
#include "map.glsl"
#include "number.glsl"
#include "strip.glsl"

layout(binding = 0) uniform samplerBuffer values; // the shown slot
uniform vec3 pane[3];     // the face as seen: top left corner, edges to the right and down
uniform ivec4 range;      // first column and row, columns and rows of the picture's values
uniform int plane;        // of a stack the one tile that the face shows; −1: all tiles
uniform int first;        // float in `values`
uniform int map;
uniform bool is_signed;
uniform float scale;      // S
uniform ivec3 sizes[4];   // of glyphs, small to large: width, height, top of the row

noperspective out vec2 place; // pixels from the text's top left corner
flat out uint glyphs;
flat out ivec3 glyph_size;
flat out vec3 ink;

const vec2 quad[6] = vec2[](vec2(0, 0), vec2(1, 0), vec2(1, 1), vec2(0, 0), vec2(1, 1), vec2(0, 1));
const float ROOM = 0.88;       // of a cell
const float MIDDLE = 0.179129; // luminance that stands out from black as much as from white

vec3 to_screen(vec4 clip)
{
    return vec3((0.5 + 0.5 * clip.xy / clip.w) * viewport.xy, clip.z / clip.w);
}

// Whether a text of that size fits into a cell with the sides a and b, in pixels.
bool fits(vec2 half_size, vec2 a, vec2 b)
{
    float area = abs(a.x * b.y - a.y * b.x);
    vec2 reach = vec2(half_size.x * abs(b.y) + half_size.y * abs(b.x), half_size.x * abs(a.y) + half_size.y * abs(a.x));
    return max(reach.x, reach.y) < 0.5 * ROOM * area;
}

// Largest first; three digits before a smaller size, two after. Room is kept for the longest number, so that
// neighbours are alike.
bool choose(float x, vec2 a, vec2 b, out Text text)
{
    bool powers = map == MAP_GRADIENT;
    for (int digits = 3; digits >= 2; digits--)
        for (int i = 3; i >= 0; i--) {
            int room = digits == 3 || powers ? 5 : 4;
            if ((digits == 3 && i == 0) || (digits == 2 && i > 1) ||
                !fits(0.5 * vec2(room * sizes[i].x, sizes[i].y), a, b))
                continue;
            text = number_text(x, digits, powers);
            glyph_size = sizes[i];
            return text.count <= room || fits(0.5 * vec2(text.count * sizes[i].x, sizes[i].y), a, b);
        }
    return false;
}

void choose_ink(float x)
{
    vec3 c = map_color(map, is_signed, x, scale);
    vec3 linear = mix(c / 12.92, pow((c + 0.055) / 1.055, vec3(2.4)), greaterThan(c, vec3(0.04045)));
    ink = dot(linear, vec3(0.2126, 0.7152, 0.0722)) > MIDDLE ? vec3(0.0) : vec3(1.0);
}

void main()
{
    gl_Position = vec4(0.0, 0.0, -1.0, 1.0);
    place = vec2(0.0);
    glyphs = 0u;
    glyph_size = sizes[0];
    ink = vec3(0.0);

    int cell = gl_VertexID / 6;
    ivec2 at = range.xy + ivec2(cell % range.z, cell / range.z);
    ivec2 tile = at / plate.tiles.zw, within = at % plate.tiles.zw;
    int number = plane >= 0 ? plane : tile_number(tile);
    int index = (number * plate.tiles.w + within.y) * plate.tiles.z + within.x;
    if (index >= plate.data.y)
        return;
    float x = strip_value(map == MAP_GRADIENT ? 0 : plate.data.w, plate.whole.w, kernel_norm(values, first + index * int(plate.stack.w), int(plate.stack.w)));
    if (!is_finite(x))
        return;

    // Picture coordinates, and their extent.
    vec2 size = plane >= 0 ? vec2(1.0, plate.size.z) : plate.size.xy;
    vec2 position = vec2(tile) * (vec2(1.0, plate.size.z) + plate.right.w) + (vec2(within) + 0.5) / float(plate.tiles.z);
    vec3 world = pane[0] + pane[1] * position.x / size.x + pane[2] * position.y / size.y;
    vec3 across = pane[1] / (size.x * float(plate.tiles.z)), down = pane[2] / (size.y * float(plate.tiles.z));
    vec4 clip = view_projection * vec4(world, 1.0);
    vec4 right_clip = view_projection * vec4(world + 0.5 * across, 1.0), down_clip = view_projection * vec4(world + 0.5 * down, 1.0);
    if (min(clip.w, min(right_clip.w, down_clip.w)) <= 0.0)
        return;
    vec2 middle = to_screen(clip).xy;
    Text text;
    if (!choose(x, 2.0 * (to_screen(right_clip).xy - middle), 2.0 * (to_screen(down_clip).xy - middle), text))
        return;
    choose_ink(x);
    glyphs = text.glyphs;
    vec2 box = vec2(text.count * glyph_size.x, glyph_size.y);
    place = quad[gl_VertexID % 6] * box;
    // The rectangle faces the eye; a cell's length nearer, the slanted cell cuts none of it off.
    float depth = to_screen(view_projection * vec4(world + normalize(eye.xyz - world) * max(length(across), length(down)), 1.0)).z;
    vec2 corner = floor(middle + vec2(-0.5, 0.5) * box + 0.5);
    gl_Position = vec4(2.0 * (corner + vec2(place.x, -place.y)) / viewport.xy - 1.0, depth, 1.0);
}
