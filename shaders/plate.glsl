// One plate's geometry (struct plate_block in src/view/plate_blocks.c). Picture coordinates count tile
// widths from the picture's top left corner.
struct Plate {
    vec4 origin; // w: border, world units
    vec4 right;  // w: gap between tiles, in tile widths
    vec4 down;   // w: colour map
    vec4 back;   // to the slab's back; w: 1 for signed values
    vec4 size;   // the picture in picture coordinates; z: tile height in tile widths
    vec4 stack;  // fold, pitch, planes to draw (0: one slab), numbers of the slot behind a value
    vec4 whole;  // width, height and depth of what is drawn, world units; w: epsilon of a norm's strip
    ivec4 tiles; // columns, rows, tile width, tile height (values)
    ivec4 data;  // first float in the slot, values, 1: tiles run down, which of a norm's strips
};

layout(std140, binding = 1) uniform PlateBlock { Plate plate; };

// A tile's top left corner, picture coordinates.
vec2 tile_corner(Plate p, int tile)
{
    ivec2 cell = p.data.z != 0 ? ivec2(tile / p.tiles.y, tile % p.tiles.y) : ivec2(tile % p.tiles.x, tile / p.tiles.x);
    return vec2(cell) * (vec2(1.0, p.size.z) + p.right.w);
}

// How far folding has moved a tile from its place in the picture (plane_shift in src/view/plate.c).
vec3 plane_shift(Plate p, int tile)
{
    if (p.stack.z == 0.0)
        return vec3(0.0);
    vec2 aside = p.stack.x * (0.5 - (tile_corner(p, tile) + 0.5 * vec2(1.0, p.size.z)) / p.size.xy);
    float place = tile < 64 ? float(tile) : 63.0 + 0.05 * float(tile - 63);
    return p.right.xyz * aside.x + p.down.xyz * aside.y + normalize(p.back.xyz) * (p.stack.x * p.stack.y * place);
}

// A corner (along right, down, back; 0 or 1) of the slab, or of the plane of `tile`; `low` and `high` are what
// it shows of the picture.
vec3 slab_corner(Plate p, int tile, vec3 corner, out vec2 low, out vec2 high, out vec2 at)
{
    vec2 border = p.origin.w * p.size.xy / vec2(length(p.right.xyz), length(p.down.xyz));
    low = vec2(0.0);
    high = p.size.xy;
    if (p.stack.z > 0.0) {
        low = tile_corner(p, tile);
        high = low + vec2(1.0, p.size.z);
        border = min(border, vec2(0.45 * p.right.w));
    }
    at = mix(low - border, high + border, corner.xy);
    vec2 along = at / p.size.xy;
    return p.origin.xyz + p.right.xyz * along.x + p.down.xyz * along.y + p.back.xyz * corner.z + plane_shift(p, tile);
}

// The number of a tile in the region.
int tile_number(ivec2 tile)
{
    return plate.data.z != 0 ? tile.x * plate.tiles.y + tile.y : tile.y * plate.tiles.x + tile.x;
}
