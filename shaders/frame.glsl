// What is the same for everything drawn in one frame (struct frame_block in src/view/renderer.h).
layout(std140, binding = 0) uniform Frame
{
    mat4 view_projection;
    vec4 eye;        // world
    vec4 viewport;   // width, height, pixel scale, supersampling: what is drawn into; z and w grow alike
    vec4 ground;     // centre x, y, z; radius of the grid
    vec4 background;
    vec4 slab;       // the face around data
    vec4 slab_top, slab_side;
    vec4 outline;    // the slab's edges
    vec4 tile_frame;
    vec4 grid;       // alpha: strength
    vec4 shadow;     // alpha: strength
    vec4 bar, bar_muted;
    vec4 hatch_low, hatch_high;
    vec4 edge_positive, edge_negative;
    vec4 delta_positive, delta_negative;
    vec4 select;     // the selection's colour
    vec4 pulse;      // phase of the cycle, 0 … 1
    vec4 maps[36];   // nine anchors of each colour map, sRGB
};
