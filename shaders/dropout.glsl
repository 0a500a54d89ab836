// The mask of a dropout: op_dropout_keeps of src/compute/op_math.h, with Philox4x32-10 of src/base/rng.h.
uniform uvec2 mask_seed;    // low and high word
uniform uint mask_step;
uniform uint mask_operation; // number in the program
uniform float mask_rate;

uint rng_word(uint low, uint high)
{
    const uint PURPOSE = 2u;
    uvec4 c = uvec4(low >> 2 | high << 30, high >> 2, mask_step, PURPOSE);
    uvec2 key = mask_seed;
    for (int i = 0; i < 10; i++) {
        uint high0, low0, high1, low1;
        umulExtended(0xD2511F53u, c.x, high0, low0);
        umulExtended(0xCD9E8D57u, c.z, high1, low1);
        c = uvec4(high1 ^ c.y ^ key.x, low1, high0 ^ c.w ^ key.y, low0);
        key += uvec2(0x9E3779B9u, 0xBB67AE85u);
    }
    return c[low & 3u];
}

// Value `index` of the batch's first sample; a draw's number has the operation in its bits from 40 on.
bool dropout_keeps(uint index)
{
    return float(rng_word(index, mask_operation << 8) >> 8) * (1.0 / 16777216.0) >= mask_rate;
}
