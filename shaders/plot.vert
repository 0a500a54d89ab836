#version 450 core
// One curve of a plot, read from the history's texture buffers. Four vertices make the quad of a bar of
// the raw trace, of a segment of a line, or of a dot. Values off the axis give places off the plot's
// area, which the scissor cuts; a place that does not exist (NaN, or no logarithm) drops the quad.

const int MODE_BARS = 0;     // raw trace, several cells in a pixel column: minimum to maximum
const int MODE_RAW = 1;      // raw trace, at most one cell in a column: a line
const int MODE_SMOOTH = 2;   // smoothed trace
const int MODE_DASHES = 3;   // evaluations, joined
const int MODE_DOTS = 4;     // evaluations

layout(binding = 0) uniform samplerBuffer cells;       // (rows, series): low, high, smooth, last
layout(binding = 1) uniform samplerBuffer evaluations; // (evaluations): step, loss, accuracy

uniform int mode;
uniform int series;       // of SERIES_COUNT
uniform int cell_count;
uniform int point_count;  // points of the line, or bars; at most cell_count
uniform float first_step; // of row 0
uniform float last_step;
uniform float stride;     // steps in a row
uniform vec4 area;        // pixels: left, top, width, height; y down
uniform vec2 viewport;    // pixels
uniform vec2 x_range;     // steps at the left and right edge
uniform vec2 y_range;     // values at the bottom and top edge; their logarithms on a logarithmic axis
uniform bool logarithmic;
uniform float radius;     // pixels: half the line's width, or the dot's radius

flat out vec2 from; // pixels
flat out vec2 to;
flat out float begin; // pixels of line before `from`
flat out float half_width;
out vec2 here;

const float SERIES_COUNT = 4.0;

bool absent(float x)
{
    // An all-ones exponent: infinity or NaN. Compilers may assume isnan() away.
    return (floatBitsToUint(x) & 0x7f800000u) == 0x7f800000u;
}

vec2 place(float step, float value)
{
    float y = logarithmic ? (value > 0.0 ? log2(value) * 0.30102999566 : uintBitsToFloat(0x7fc00000u)) : value;
    vec2 t = vec2((step - x_range.x) / (x_range.y - x_range.x), (y - y_range.x) / (y_range.y - y_range.x));
    return vec2(area.x + t.x * area.z, area.y + (1.0 - t.y) * area.w);
}

vec4 cell(int row)
{
    return texelFetch(cells, row * int(SERIES_COUNT) + series);
}

// The step that ends a row.
float step_of(int row)
{
    return min(first_step + (float(row) + 1.0) * stride - 1.0, last_step);
}

// Rows of point i: from row_begin(i) up to row_begin(i + 1) − 1.
int row_begin(int i)
{
    // Products of two numbers below 2¹³ fit.
    return i * cell_count / point_count;
}

vec2 line_point(int i)
{
    int row = row_begin(i + 1) - 1;
    vec4 c = cell(row);
    return place(step_of(row), mode == MODE_RAW ? c.w : c.z);
}

vec2 evaluation_point(int i)
{
    vec4 e = texelFetch(evaluations, i);
    return place(e.x, series == 0 ? e.y : e.z);
}

void bar(int i, out vec2 top, out vec2 bottom)
{
    int row = row_begin(i), end = row_begin(i + 1);
    float low = 3.0e38, high = -3.0e38;
    // The value before joins the bar to its neighbour.
    if (row > 0) {
        float before = cell(row - 1).w;
        if (!absent(before)) {
            low = before;
            high = before;
        }
    }
    bool any = false;
    for (int r = row; r < end; r++) {
        vec4 c = cell(r);
        if (absent(c.x) || absent(c.y))
            continue;
        any = true;
        low = min(low, c.x);
        high = max(high, c.y);
    }
    float x = 0.5 * (step_of(row) + step_of(end - 1));
    top = place(x, high);
    // A value without a logarithm lies below any axis.
    bottom = logarithmic && low <= 0.0 ? vec2(top.x, area.y + 2.0 * area.w) : place(x, low);
    if (!any)
        top.y = uintBitsToFloat(0x7fc00000u);
}

void main()
{
    int i = gl_VertexID >> 2;
    begin = 0.0;
    if (mode == MODE_BARS) {
        bar(i, from, to);
        from.x = to.x = floor(from.x) + 0.5;
        from.y = min(from.y, to.y - 0.5);
    } else if (mode == MODE_DASHES) {
        from = evaluation_point(i);
        to = evaluation_point(i + 1);
        vec2 previous = evaluation_point(0);
        for (int k = 1; k <= i; k++) {
            vec2 next = evaluation_point(k);
            float run = length(next - previous);
            begin += absent(run) ? 0.0 : run;
            previous = next;
        }
    } else if (mode == MODE_DOTS) {
        from = to = evaluation_point(i);
    } else {
        from = line_point(i);
        to = line_point(min(i + 1, point_count - 1));
        // A value between gaps is a dot.
        if (absent(to.y))
            to = from;
        if (absent(from.y))
            from = to;
    }

    bool outside = mode == MODE_DOTS && (from.y < area.y - 0.5 || from.y > area.y + area.w + 0.5);
    if (absent(from.y) || absent(to.y) || outside) {
        gl_Position = vec4(2.0, 2.0, 0.0, 1.0);
        here = vec2(0.0);
        half_width = 0.0;
        return;
    }
    // Far-off ends would cost the precision of the near ones.
    float far_off = 16.0 * area.w;
    from.y = clamp(from.y, area.y - far_off, area.y + far_off);
    to.y = clamp(to.y, area.y - far_off, area.y + far_off);

    vec2 along = to - from;
    along = dot(along, along) > 0.0 ? normalize(along) : vec2(1.0, 0.0);
    vec2 across = vec2(-along.y, along.x);
    // Alone, a point of a line would hardly be seen.
    half_width = from == to && mode != MODE_DOTS ? 2.0 * radius : radius;
    float reach = half_width + 1.0;
    here = (gl_VertexID & 1) == 0 ? from - along * reach : to + along * reach;
    here += across * ((gl_VertexID & 2) == 0 ? -reach : reach);
    gl_Position = vec4(2.0 * here.x / viewport.x - 1.0, 1.0 - 2.0 * here.y / viewport.y, 0.0, 1.0);
}
