// The rectangle of one dead unit with room for a frame: a tile and half the gap around it, or a cell.
#version 450 core
#include "frame.glsl"
#include "plate.glsl"

layout(binding = 0) uniform isamplerBuffer units;
uniform int first;    // of the plate's dead units in `units`
uniform bool is_tile;
uniform bool behind;  // the back faces the eye

out vec2 at;        // picture coordinates from the unit's top left corner
flat out vec2 size; // of the unit, in picture coordinates

void main()
{
    gl_Position = vec4(0.0, 0.0, -1.0, 1.0);
    at = size = vec2(0.0);
    int unit = texelFetch(units, first + gl_InstanceID).r;
    int tile = is_tile ? unit : 0;
    // Folded, the last planes are not drawn.
    if (plate.stack.z > 0.0 && tile >= int(plate.stack.z))
        return;
    float cell = 1.0 / float(plate.tiles.z);
    size = is_tile ? vec2(1.0, plate.size.z) : vec2(cell);
    vec2 corner = is_tile ? tile_corner(plate, tile) : vec2(unit % plate.tiles.z, unit / plate.tiles.z) * cell;
    float around = is_tile ? 0.5 * plate.right.w : 0.0;
    at = mix(vec2(-around), size + around, vec2(gl_VertexID & 1, gl_VertexID >> 1));

    vec2 low, high, unused, picture = corner + at;
    slab_corner(plate, tile, vec3(0.0), low, high, unused);
    if (behind)
        picture.x = low.x + high.x - picture.x;
    vec2 along = picture / plate.size.xy;
    vec3 world = plate.origin.xyz + plate.right.xyz * along.x + plate.down.xyz * along.y + (behind ? plate.back.xyz : vec3(0.0)) + plane_shift(plate, tile);
    gl_Position = view_projection * vec4(world, 1.0);
    gl_Position.z *= 1.0005; // before its own slab
}
