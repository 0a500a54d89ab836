// A slab: six faces of two triangles from the vertex number alone. Faces turned away collapse. Of a stack an
// instance is a plane.
#version 450 core
#include "frame.glsl"
#include "plate.glsl"

out vec2 picture;     // picture coordinates, beyond the picture on the border
flat out int face;    // 0 front, 1 back, 2 top, 3 bottom, 4 left, 5 right

const vec2 quad[6] = vec2[](vec2(0, 0), vec2(1, 0), vec2(1, 1), vec2(0, 0), vec2(1, 1), vec2(0, 1));

void main()
{
    vec2 q = quad[gl_VertexID % 6];
    face = gl_VertexID / 6;
    vec3 corner; // along right, down, back; 0 or 1
    if (face < 2)
        corner = vec3(q, float(face));
    else if (face < 4)
        corner = vec3(q.x, float(face - 2), q.y);
    else
        corner = vec3(float(face - 4), q.x, q.y);

    vec2 low, high;
    vec3 world = slab_corner(plate, gl_InstanceID, corner, low, high, picture);
    if (face == 1)
        picture.x = low.x + high.x - picture.x;

    vec3 axes[3] = vec3[](plate.back.xyz, plate.down.xyz, plate.right.xyz);
    vec3 normal = axes[face / 2] * ((face & 1) == 0 ? -1.0 : 1.0);
    bool visible = dot(normal, eye.xyz - world) > 0.0;
    gl_Position = visible ? view_projection * vec4(world, 1.0) : vec4(0.0, 0.0, -1.0, 1.0);
}
