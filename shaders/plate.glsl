// One plate's geometry (struct plate_block in src/view/plate_blocks.c). Picture coordinates count tile
// widths from the picture's top left corner.
struct Plate {
    vec4 origin; // w: border, world units
    vec4 right;  // w: gap between tiles, in tile widths
    vec4 down;   // w: colour map
    vec4 back;   // to the slab's back; w: 1 for signed values
    vec4 size;   // the picture in picture coordinates; z: tile height in tile widths
    ivec4 tiles; // columns, rows, tile width, tile height (values)
    ivec4 data;  // first float in the slot, values, 1: tiles run down
};

layout(std140, binding = 1) uniform PlateBlock { Plate plate; };
