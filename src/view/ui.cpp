/* Dear ImGui behind the C interface of ui.h: its font atlas and draw lists, and a small OpenGL renderer
 * for them. */
#include "view/ui_private.h"

#include <stb_truetype.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>

extern "C" {
#include "base/embedded.h"
#include "base/file.h"
#include "gl/texture.h"
}

namespace
{

const float size_px[UI_SIZE_COUNT] = {12.0f, 14.0f, 16.0f, 22.0f, 32.0f};

/* Of the em size: a line's height, and its base line below the top. */
const float line_height = 1.25f, line_baseline = 0.97f;

struct font_file {
    const char *embedded, *path, *package;
};

const font_file font_files[UI_FONT_COUNT] = {
    {"fonts/Inter-Regular.otf", "/usr/share/fonts/opentype/inter/Inter-Regular.otf", "fonts-inter"},
    {"fonts/Inter-SemiBold.otf", "/usr/share/fonts/opentype/inter/Inter-SemiBold.otf", "fonts-inter"},
    {"fonts/JetBrainsMono-Regular.ttf", "/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-Regular.ttf",
     "fonts-jetbrains-mono"},
};

/* Pairs of first and last code point: Latin with accents (class names), Greek, Cyrillic, punctuation,
 * superscripts and subscripts, fractions, arrows, ∂ … −, ⊕, shapes, keyboard marks. */
const ImWchar glyph_ranges[] = {0x0020, 0x017F, 0x0370, 0x03FF, 0x0400, 0x045F, 0x2010, 0x2027,
                                0x2070, 0x209C, 0x2150, 0x215E, 0x2190, 0x2193, 0x2202, 0x221E,
                                0x2264, 0x2265, 0x2295, 0x2295, 0x25A0, 0x25CF, 0};

ImVec2 corner(struct rect r) { return ImVec2(r.x + r.width, r.y + r.height); }

} // namespace

bool ui_font_read(struct ui_font_file *file, enum ui_font font, struct error *err)
{
    const font_file *from = &font_files[font];
    file->owned = NULL;
    file->bytes = embedded_find(from->embedded, &file->size);
    if (file->bytes == NULL) {
        error reading = {};
        file->owned = file_read(from->path, 64 << 20, &file->size, &reading);
        file->bytes = file->owned;
        if (file->bytes == NULL)
            return error_set(err, "%s; install the Debian package %s", reading.message, from->package);
    }
    stbtt_fontinfo info;
    const unsigned char *bytes = static_cast<const unsigned char *>(file->bytes);
    if (file->size >= 1024 && stbtt_InitFont(&info, bytes, stbtt_GetFontOffsetForIndex(bytes, 0)))
        return true;
    free(file->owned);
    file->owned = NULL;
    return error_set(err, "%s is not a TrueType or OpenType font; reinstall the Debian package %s",
                     from->path, from->package);
}

static bool load_font(ui_font_data *font, enum ui_font name, error *err)
{
    if (!ui_font_read(&font->file, name, err))
        return false;
    stbtt_fontinfo info;
    const unsigned char *bytes = static_cast<const unsigned char *>(font->file.bytes);
    stbtt_InitFont(&info, bytes, stbtt_GetFontOffsetForIndex(bytes, 0));
    font->em_to_height =
        stbtt_ScaleForMappingEmToPixels(&info, 1.0f) / stbtt_ScaleForPixelHeight(&info, 1.0f);
    return true;
}

static void bake(ui *ui)
{
    ImFontAtlas *atlas = ImGui::GetIO().Fonts;
    atlas->Clear();
    for (int font = 0; font < UI_FONT_COUNT; font++) {
        for (int size = 0; size < UI_SIZE_COUNT; size++) {
            ImFontConfig config;
            config.FontDataOwnedByAtlas = false;
            config.OversampleH = 2;
            config.OversampleV = 1;
            const float pixels = std::round(size_px[size] * ui->scale) * ui->data[font].em_to_height;
            ui->fonts[font][size] = atlas->AddFontFromMemoryTTF(const_cast<void *>(ui->data[font].file.bytes),
                                                                static_cast<int>(ui->data[font].file.size),
                                                                pixels, &config, glyph_ranges);
        }
    }
    unsigned char *pixels = NULL;
    int width = 0, height = 0;
    atlas->GetTexDataAsAlpha8(&pixels, &width, &height);
    if (ui->atlas != 0)
        gl_texture_destroy(&ui->atlas);
    ui->atlas = gl_texture_2d_create(GL_R8, width, height, GL_LINEAR, GL_RED, GL_UNSIGNED_BYTE, pixels);
    const GLint white_with_coverage[] = {GL_ONE, GL_ONE, GL_ONE, GL_RED};
    glTextureParameteriv(ui->atlas, GL_TEXTURE_SWIZZLE_RGBA, white_with_coverage);
    atlas->ClearTexData();
    atlas->ClearInputData();
}

static void create_vertex_array(ui *ui)
{
    glCreateBuffers(1, &ui->vertices);
    glCreateBuffers(1, &ui->indices);
    glCreateVertexArrays(1, &ui->vertex_array);
    glVertexArrayVertexBuffer(ui->vertex_array, 0, ui->vertices, 0, sizeof(ImDrawVert));
    glVertexArrayElementBuffer(ui->vertex_array, ui->indices);
    glVertexArrayAttribFormat(ui->vertex_array, 0, 2, GL_FLOAT, GL_FALSE, offsetof(ImDrawVert, pos));
    glVertexArrayAttribFormat(ui->vertex_array, 1, 2, GL_FLOAT, GL_FALSE, offsetof(ImDrawVert, uv));
    glVertexArrayAttribFormat(ui->vertex_array, 2, 4, GL_UNSIGNED_BYTE, GL_TRUE, offsetof(ImDrawVert, col));
    for (GLuint attribute = 0; attribute < 3; attribute++) {
        glVertexArrayAttribBinding(ui->vertex_array, attribute, 0);
        glEnableVertexArrayAttrib(ui->vertex_array, attribute);
    }
}

struct ui *ui_create(float scale, struct error *err)
{
    ui *ui = static_cast<struct ui *>(ls_calloc(1, sizeof *ui));
    for (int font = 0; font < UI_FONT_COUNT; font++) {
        if (!load_font(&ui->data[font], static_cast<ui_font>(font), err)) {
            ui_destroy(ui);
            return NULL;
        }
    }
    if (!gl_program_init(&ui->program, "ui.vert", "ui.frag", NULL, err)) {
        ui_destroy(ui);
        return NULL;
    }
    ui->viewport = gl_program_uniform(&ui->program, "viewport");
    create_vertex_array(ui);

    ImGui::SetAllocatorFunctions([](size_t size, void *) { return ls_realloc(NULL, size); },
                                 [](void *memory, void *) { free(memory); });
    ui->context = ImGui::CreateContext();
    ImGui::SetCurrentContext(ui->context);
    ImGuiIO &io = ImGui::GetIO();
    io.IniFilename = NULL;
    io.LogFilename = NULL;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    ui->scale = scale;
    bake(ui);
    return ui;
}

void ui_destroy(struct ui *ui)
{
    if (ui == NULL)
        return;
    if (ui->widgets != NULL)
        ImGui::DestroyContext(ui->widgets);
    if (ui->context != NULL)
        ImGui::DestroyContext(ui->context);
    if (ui->vertex_array != 0) {
        glDeleteVertexArrays(1, &ui->vertex_array);
        glDeleteBuffers(1, &ui->vertices);
        glDeleteBuffers(1, &ui->indices);
        gl_texture_destroy(&ui->atlas);
    }
    gl_program_deinit(&ui->program);
    for (int font = 0; font < UI_FONT_COUNT; font++)
        free(ui->data[font].file.owned);
    free(ui);
}

void ui_set_scale(struct ui *ui, float scale)
{
    if (scale == ui->scale)
        return;
    ui->scale = scale;
    ImGui::SetCurrentContext(ui->context);
    bake(ui);
}

void ui_begin(struct ui *ui, int width, int height)
{
    ImGui::SetCurrentContext(ui->context);
    ui->width = width;
    ui->height = height;
    ImGuiIO &io = ImGui::GetIO();
    io.DisplaySize = ImVec2(static_cast<float>(width), static_cast<float>(height));
    io.DeltaTime = 1.0f / 60.0f;
    ImGui::NewFrame();
    ui->list = ImGui::GetBackgroundDrawList();
}

/* Orphans the buffer, so that the driver need not wait for draws that still read it. */
static void upload(GLuint buffer, size_t *capacity, size_t needed)
{
    while (*capacity < needed)
        *capacity = *capacity == 0 ? 65536 : *capacity * 2;
    glNamedBufferData(buffer, static_cast<GLsizeiptr>(*capacity), NULL, GL_STREAM_DRAW);
}

static void draw_commands(const ui *ui, const ImDrawList *list, size_t index_base, GLint vertex_base)
{
    for (int i = 0; i < list->CmdBuffer.Size; i++) {
        const ImDrawCmd &command = list->CmdBuffer[i];
        if (command.ElemCount == 0)
            continue;
        const int x = static_cast<int>(command.ClipRect.x), y = static_cast<int>(command.ClipRect.y);
        const int right = static_cast<int>(std::ceil(command.ClipRect.z));
        const int bottom = static_cast<int>(std::ceil(command.ClipRect.w));
        if (right <= x || bottom <= y)
            continue;
        glScissor(x, ui->height - bottom, right - x, bottom - y);
        const GLuint image = static_cast<GLuint>(reinterpret_cast<uintptr_t>(command.TextureId));
        glBindTextureUnit(0, image != 0 ? image : ui->atlas);
        const size_t offset = (index_base + command.IdxOffset) * sizeof(ImDrawIdx);
        glDrawElementsBaseVertex(GL_TRIANGLES, static_cast<GLsizei>(command.ElemCount),
                                 sizeof(ImDrawIdx) == 2 ? GL_UNSIGNED_SHORT : GL_UNSIGNED_INT,
                                 reinterpret_cast<const void *>(offset),
                                 vertex_base + static_cast<GLint>(command.VtxOffset));
    }
}

void ui_render(struct ui *ui, const ImDrawData *data)
{
    const size_t vertex_bytes = static_cast<size_t>(data->TotalVtxCount) * sizeof(ImDrawVert);
    const size_t index_bytes = static_cast<size_t>(data->TotalIdxCount) * sizeof(ImDrawIdx);
    upload(ui->vertices, &ui->vertices_size, vertex_bytes);
    upload(ui->indices, &ui->indices_size, index_bytes);

    glViewport(0, 0, ui->width, ui->height);
    glDisable(GL_DEPTH_TEST);
    glDisable(GL_CULL_FACE);
    glEnable(GL_SCISSOR_TEST);
    glEnable(GL_BLEND);
    glBlendEquation(GL_FUNC_ADD);
    glBlendFunc(GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
    glUseProgram(ui->program.name);
    glUniform2f(ui->viewport, static_cast<float>(ui->width), static_cast<float>(ui->height));
    glBindVertexArray(ui->vertex_array);

    size_t vertex_base = 0, index_base = 0;
    for (int i = 0; i < data->CmdListsCount; i++) {
        const ImDrawList *list = data->CmdLists[i];
        const size_t vertex_count = static_cast<size_t>(list->VtxBuffer.Size);
        const size_t index_count = static_cast<size_t>(list->IdxBuffer.Size);
        glNamedBufferSubData(ui->vertices, static_cast<GLintptr>(vertex_base * sizeof(ImDrawVert)),
                             static_cast<GLsizeiptr>(vertex_count * sizeof(ImDrawVert)),
                             list->VtxBuffer.Data);
        glNamedBufferSubData(ui->indices, static_cast<GLintptr>(index_base * sizeof(ImDrawIdx)),
                             static_cast<GLsizeiptr>(index_count * sizeof(ImDrawIdx)), list->IdxBuffer.Data);
        draw_commands(ui, list, index_base, static_cast<GLint>(vertex_base));
        vertex_base += vertex_count;
        index_base += index_count;
    }

    glBindVertexArray(0);
    glBindTextureUnit(0, 0);
    glUseProgram(0);
    glDisable(GL_BLEND);
    glDisable(GL_SCISSOR_TEST);
}

void ui_end(struct ui *ui)
{
    LS_ASSERT(!ui->clipped);
    ImGui::Render();
    ui->list = NULL;
    const ImDrawData *data = ImGui::GetDrawData();
    if (data->TotalVtxCount > 0)
        ui_render(ui, data);
}

void ui_clip(struct ui *ui, struct rect rect)
{
    LS_ASSERT(!ui->clipped);
    ui->clipped = true;
    ui->clip = rect;
    ui->list->PushClipRect(ImVec2(rect.x, rect.y), corner(rect), true);
}

void ui_unclip(struct ui *ui)
{
    LS_ASSERT(ui->clipped);
    ui->clipped = false;
    ui->list->PopClipRect();
}

void ui_text_size(struct ui *ui, enum ui_font font, enum ui_size size, const char *text, float *width,
                  float *height)
{
    const ImFont *face = ui->fonts[font][size];
    *width = face->CalcTextSizeA(face->FontSize, 1e9f, 0.0f, text).x;
    *height = std::round(std::round(size_px[size] * ui->scale) * line_height);
}

static void draw_text(struct ui *ui, enum ui_font font, enum ui_size size, float x, float y,
                      struct color color, const char *text)
{
    const ImFont *face = ui->fonts[font][size];
    const float baseline = std::round(std::round(size_px[size] * ui->scale) * line_baseline);
    const float top = std::round(y) + baseline - std::round(face->Ascent);
    if (!ui->texts_hidden)
        ui->list->AddText(face, face->FontSize, ImVec2(std::round(x), top), ui_pack(color), text);
}

/* Of the letters of a text whose line begins at (0, 0). */
static rect letters_of(const struct ui *ui, enum ui_font font, enum ui_size size, const char *text)
{
    const ImFont *face = ui->fonts[font][size];
    const float em = std::round(size_px[size] * ui->scale);
    return {0.0f, std::round(em * line_baseline) - 0.73f * em,
            face->CalcTextSizeA(face->FontSize, 1e9f, 0.0f, text).x, 0.73f * em};
}

static void watch_text(const struct ui *ui, struct rect box, struct color color, const char *text)
{
    const rect whole = {0.0f, 0.0f, static_cast<float>(ui->width), static_cast<float>(ui->height)};
    const ui_text_box seen = {text, box, ui->clipped ? ui->clip : whole, color};
    ui->watcher(ui->watcher_context, &seen);
}

void ui_text(struct ui *ui, enum ui_font font, enum ui_size size, float x, float y, struct color color,
             const char *text)
{
    if (ui->watcher != NULL) {
        const rect box = letters_of(ui, font, size, text);
        watch_text(ui, {std::round(x), std::round(y) + box.y, box.width, box.height}, color, text);
    }
    draw_text(ui, font, size, x, y, color, text);
}

void ui_watch_text(struct ui *ui, ui_text_watcher *watcher, void *context, bool visible)
{
    ui->watcher = watcher;
    ui->watcher_context = context;
    ui->texts_hidden = !visible;
}

/* A quarter turn on whole pixels keeps the glyphs sharp. */
void ui_text_upward(struct ui *ui, enum ui_font font, enum ui_size size, float x, float y, struct color color,
                    const char *text)
{
    const int first = ui->list->VtxBuffer.Size;
    const float left = std::round(x), bottom = std::round(y);
    if (ui->watcher != NULL) {
        const rect box = letters_of(ui, font, size, text);
        watch_text(ui, {left + box.y, bottom - box.width, box.height, box.width}, color, text);
    }
    draw_text(ui, font, size, left, bottom, color, text);
    for (int i = first; i < ui->list->VtxBuffer.Size; i++) {
        ImVec2 &at = ui->list->VtxBuffer[i].pos;
        at = ImVec2(left + at.y - bottom, bottom - at.x + left);
    }
}

void ui_rect_filled(struct ui *ui, struct rect rect, float radius, struct color color)
{
    ui->list->AddRectFilled(ImVec2(rect.x, rect.y), corner(rect), ui_pack(color), radius);
}

void ui_rect_outline(struct ui *ui, struct rect rect, float radius, float thickness, struct color color)
{
    ui->list->AddRect(ImVec2(rect.x, rect.y), corner(rect), ui_pack(color), radius, 0, thickness);
}

void ui_line(struct ui *ui, float x0, float y0, float x1, float y1, float thickness, struct color color)
{
    ui->list->AddLine(ImVec2(x0, y0), ImVec2(x1, y1), ui_pack(color), thickness);
}

void ui_disc(struct ui *ui, float x, float y, float radius, struct color color)
{
    ui->list->AddCircleFilled(ImVec2(x, y), radius, ui_pack(color));
}

void ui_diamond(struct ui *ui, float x, float y, float radius, struct color color)
{
    ui->list->AddQuadFilled(ImVec2(x, y - radius), ImVec2(x + radius, y), ImVec2(x, y + radius),
                            ImVec2(x - radius, y), ui_pack(color));
}

void ui_ring(struct ui *ui, float x, float y, float radius, float thickness, struct color color)
{
    ui->list->AddCircle(ImVec2(x, y), radius, ui_pack(color), 0, thickness);
}

void ui_polyline(struct ui *ui, const float *points, int count, float thickness, struct color color)
{
    for (int i = 0; i < count; i++)
        ui->list->PathLineTo(ImVec2(points[2 * i], points[2 * i + 1]));
    ui->list->PathStroke(ui_pack(color), 0, thickness);
}

/* Quads that share their vertices: antialiased ones would show seams. */
void ui_area(struct ui *ui, const float *points, int count, float base, struct color color)
{
    if (count < 2)
        return;
    ImDrawList *list = ui->list;
    const ImU32 packed = ui_pack(color);
    const ImVec2 white = ImGui::GetFontTexUvWhitePixel();
    list->PrimReserve(6 * (count - 1), 2 * count);
    const unsigned first = list->_VtxCurrentIdx;
    for (int i = 0; i < count; i++) {
        list->PrimWriteVtx(ImVec2(points[2 * i], points[2 * i + 1]), white, packed);
        list->PrimWriteVtx(ImVec2(points[2 * i], base), white, packed);
    }
    for (unsigned i = first; i < first + 2 * static_cast<unsigned>(count - 1); i += 2) {
        const unsigned corners[] = {i, i + 1, i + 2, i + 2, i + 1, i + 3};
        for (unsigned corner : corners)
            list->PrimWriteIdx(static_cast<ImDrawIdx>(corner));
    }
}

void ui_image(struct ui *ui, unsigned texture, struct rect part, struct rect rect)
{
    ui->list->AddImage(reinterpret_cast<ImTextureID>(static_cast<uintptr_t>(texture)), ImVec2(rect.x, rect.y),
                       corner(rect), ImVec2(part.x, part.y), corner(part));
}

void ui_gradient(struct ui *ui, struct rect rect, const struct color *colors, int count)
{
    const float step = rect.width / static_cast<float>(count - 1);
    for (int i = 0; i + 1 < count; i++) {
        const ImU32 left = ui_pack(colors[i]), right = ui_pack(colors[i + 1]);
        const float x = rect.x + step * static_cast<float>(i);
        ui->list->AddRectFilledMultiColor(ImVec2(x, rect.y), ImVec2(x + step, rect.y + rect.height), left,
                                          right, right, left);
    }
}
