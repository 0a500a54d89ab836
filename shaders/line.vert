// The edges of slabs as quads of constant width on the screen; an instance is one of a slab's 12 edges, of a stack
// first the first plane's.
#version 450 core
#include "frame.glsl"
#include "plate.glsl"

out float across_px; // from the line's middle
flat out float half_px;

const float EDGES_FROM_PX = 5.0; // from plane to plane

// Each edge as two corners (right, down, back; 0 or 1) and the two faces it joins.
const vec3 starts[12] = vec3[](vec3(0, 0, 0), vec3(1, 0, 0), vec3(1, 1, 0), vec3(0, 1, 0), vec3(0, 0, 1), vec3(1, 0, 1),
                               vec3(1, 1, 1), vec3(0, 1, 1), vec3(0, 0, 0), vec3(1, 0, 0), vec3(1, 1, 0), vec3(0, 1, 0));
const vec3 ends[12] = vec3[](vec3(1, 0, 0), vec3(1, 1, 0), vec3(0, 1, 0), vec3(0, 0, 0), vec3(1, 0, 1), vec3(1, 1, 1),
                             vec3(0, 1, 1), vec3(0, 0, 1), vec3(0, 0, 1), vec3(1, 0, 1), vec3(1, 1, 1), vec3(0, 1, 1));

vec3 place(vec3 corner)
{
    vec2 low, high, at;
    return slab_corner(plate, gl_InstanceID / 12, corner, low, high, at);
}

// Whether the face of corner coordinate `axis` (0 right, 1 down, 2 back) at `side` looks at the eye.
bool faces_eye(int axis, float side, vec3 on_face)
{
    vec3 axes[3] = vec3[](plate.right.xyz, plate.down.xyz, plate.back.xyz);
    return dot(axes[axis] * (side * 2.0 - 1.0), eye.xyz - on_face) > 0.0;
}

// Planes that stand close together on the screen would be all edges: then only the first and the last have them.
bool shows_edges(int tile)
{
    if (plate.stack.z == 0.0 || tile == 0 || tile == int(plate.stack.z) - 1)
        return true;
    vec4 here = view_projection * vec4(place(vec3(0.5, 0.5, 0.0)), 1.0);
    vec3 step = place(vec3(0.5, 0.5, 0.0)) + plane_shift(plate, tile + 1) - plane_shift(plate, tile) +
                plate.right.xyz * (tile_corner(plate, tile + 1) - tile_corner(plate, tile)).x / plate.size.x;
    vec4 there = view_projection * vec4(step, 1.0);
    return length((there.xy / there.w - here.xy / here.w) * viewport.xy * 0.5) > EDGES_FROM_PX * viewport.z;
}

void main()
{
    vec3 a = starts[gl_InstanceID % 12], b = ends[gl_InstanceID % 12];
    vec3 world_a = place(a), world_b = place(b);
    bool visible = shows_edges(gl_InstanceID / 12);
    if (visible) {
        visible = false;
    for (int axis = 0; axis < 3; axis++)
        if (a[axis] == b[axis] && faces_eye(axis, a[axis], world_a))
            visible = true;
    }
    vec4 clip_a = view_projection * vec4(world_a, 1.0), clip_b = view_projection * vec4(world_b, 1.0);
    // An edge that crosses the eye's plane is rare and short; it goes rather than fold over.
    if (!visible || clip_a.w <= 0.0 || clip_b.w <= 0.0) {
        gl_Position = vec4(0.0, 0.0, -1.0, 1.0);
        across_px = half_px = 0.0;
        return;
    }
    vec2 pixel_a = clip_a.xy / clip_a.w * viewport.xy * 0.5, pixel_b = clip_b.xy / clip_b.w * viewport.xy * 0.5;
    vec2 direction = pixel_b - pixel_a;
    direction = dot(direction, direction) > 0.0 ? normalize(direction) : vec2(1.0, 0.0);
    half_px = 0.65 * viewport.z;
    float reach = half_px + 1.0;
    vec4 clip = (gl_VertexID & 1) == 0 ? clip_a : clip_b;
    across_px = (gl_VertexID & 2) == 0 ? -reach : reach;
    vec2 offset = vec2(-direction.y, direction.x) * across_px;
    clip.xy += offset / (viewport.xy * 0.5) * clip.w;
    clip.z *= 1.0005; // before its own slab
    gl_Position = clip;
}
