// One plate's geometry (struct plate_block in src/view/plate_blocks.c). Picture coordinates count tile
// widths from the picture's top left corner.
layout(std140, binding = 1) uniform Plate
{
    vec4 plate_origin; // w: border, world units
    vec4 plate_right;  // w: gap between tiles, in tile widths
    vec4 plate_down;   // w: colour map
    vec4 plate_back;   // to the slab's back; w: 1 for signed values
    vec4 plate_size;   // the picture in picture coordinates; z: tile height in tile widths
    ivec4 plate_tiles; // columns, rows, tile width, tile height (values)
    ivec4 plate_data;  // first float in the slot, values, 1: tiles run down
};
