/* Dear ImGui's widgets in the theme's colours. */
#include "view/ui_private.h"

#include <cmath>
#include <cstdio>
#include <cstring>

namespace
{

/* At 1080p. */
const float label_width = 96.0f, row_height = 24.0f, row_gap = 5.0f, padding = 14.0f;

float px(const ui *ui, float units) { return std::round(units * ui->scale); }

color mix(color a, color b, float t)
{
    return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t, 1.0f};
}

void set_style(const ui *ui, const theme *theme)
{
    ImGuiStyle &style = ImGui::GetStyle();
    style.WindowPadding = ImVec2(px(ui, padding), px(ui, padding - 4.0f));
    style.WindowRounding = px(ui, 8.0f);
    style.WindowBorderSize = 0.0f;
    const float text = ui->fonts[UI_SANS][UI_TICK]->FontSize;
    style.FramePadding = ImVec2(px(ui, 8.0f), 0.5f * (px(ui, row_height) - text));
    style.FrameRounding = px(ui, 4.0f);
    style.GrabRounding = px(ui, 4.0f);
    style.GrabMinSize = px(ui, 10.0f);
    style.ItemSpacing = ImVec2(px(ui, 6.0f), px(ui, row_gap));
    style.ItemInnerSpacing = ImVec2(px(ui, 6.0f), px(ui, 4.0f));
    style.ScrollbarSize = px(ui, 8.0f);
    style.ScrollbarRounding = px(ui, 4.0f);
    const color frame = mix(theme->panel, theme->border, 0.7f);
    const color hovered = mix(theme->border, theme->muted, 0.25f);
    const color held = mix(theme->border, theme->train, 0.5f);
    ImVec4 *colors = style.Colors;
    colors[ImGuiCol_Text] = ui_vec4(theme->text);
    colors[ImGuiCol_WindowBg] = ImVec4(0.0f, 0.0f, 0.0f, 0.0f);
    colors[ImGuiCol_FrameBg] = colors[ImGuiCol_Button] = ui_vec4(frame);
    colors[ImGuiCol_FrameBgHovered] = colors[ImGuiCol_ButtonHovered] = ui_vec4(hovered);
    colors[ImGuiCol_FrameBgActive] = colors[ImGuiCol_ButtonActive] = ui_vec4(held);
    colors[ImGuiCol_SliderGrab] = ui_vec4(mix(theme->train, theme->panel, 0.35f));
    colors[ImGuiCol_SliderGrabActive] = ui_vec4(theme->train);
    colors[ImGuiCol_ScrollbarBg] = ImVec4(0.0f, 0.0f, 0.0f, 0.0f);
    colors[ImGuiCol_ScrollbarGrab] = ui_vec4(theme->border);
    colors[ImGuiCol_ScrollbarGrabHovered] = ui_vec4(theme->muted);
    colors[ImGuiCol_ScrollbarGrabActive] = ui_vec4(theme->muted);
}

void remember(ui *ui, const char *name, float text_width)
{
    if (ui->control_count == UI_MAX_CONTROLS)
        return;
    ui_control *control = &ui->controls[ui->control_count++];
    snprintf(control->name, sizeof control->name, "%.*s", (int)sizeof control->name - 1, name);
    const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
    control->rect = {low.x, low.y, high.x - low.x, high.y - low.y};
    control->spare = std::fmin(high.x - low.x - text_width, ui->label_spare);
}

void write_label(ui *ui, const char *label)
{
    ui->label_spare = px(ui, label_width) - ImGui::CalcTextSize(label).x;
    ImGui::AlignTextToFramePadding();
    ImGui::TextColored(ui_vec4(ui->widget_theme->secondary), "%s", label);
    ImGui::SameLine(px(ui, label_width + padding));
}

/* A lit button is a chosen one. */
bool lit_button(const ui *ui, const char *id, ImVec2 size, bool on)
{
    const theme *theme = ui->widget_theme;
    if (on) {
        ImGui::PushStyleColor(ImGuiCol_Button, ui_vec4(mix(theme->panel, theme->train, 0.38f)));
        ImGui::PushStyleColor(ImGuiCol_ButtonHovered, ui_vec4(mix(theme->panel, theme->train, 0.5f)));
    }
    const bool pressed = ImGui::Button(id, size);
    if (on)
        ImGui::PopStyleColor(2);
    return pressed;
}

/* The last item's: filled up to `share`, with a mark there below the text, which says `shown`. */
void paint_slider(const ui *ui, float share, const char *shown)
{
    const theme *theme = ui->widget_theme;
    const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
    const float mark = px(ui, 5.0f), radius = ImGui::GetStyle().FrameRounding, line = high.y - px(ui, 3.0f);
    const float x = std::round(low.x + std::fmin(std::fmax(share, 0.0f), 1.0f) * (high.x - low.x - mark));
    const ImU32 ink = ui_pack(ImGui::IsItemActive() ? theme->text : theme->train);
    ImDrawList *list = ImGui::GetWindowDrawList();
    list->AddRectFilled(low, ImVec2(x + mark, high.y), ui_pack(mix(theme->panel, theme->train, 0.38f)),
                        radius);
    list->AddRectFilled(ImVec2(low.x, line), ImVec2(x + mark, high.y), ink, radius,
                        ImDrawFlags_RoundCornersBottom);
    list->AddRectFilled(ImVec2(x, high.y - px(ui, 8.0f)), ImVec2(x + mark, high.y), ink, px(ui, 2.0f));
    ImFont *mono = ui->fonts[UI_MONO][UI_TICK];
    const ImVec2 size = mono->CalcTextSizeA(mono->FontSize, 1e9f, 0.0f, shown);
    list->AddText(mono, mono->FontSize,
                  ImVec2(std::round(0.5f * (low.x + high.x - size.x)),
                         std::round(0.5f * (low.y + high.y - size.y)) - px(ui, 2.0f)),
                  ui_pack(theme->text), shown);
}

} // namespace

bool ui_window_is_new(const struct ui *ui, struct rect rect)
{
    const struct rect last = ui->window;
    return ui->widgets == NULL || rect.x != last.x || rect.y != last.y || rect.width != last.width ||
           rect.height != last.height;
}

bool ui_window_is_busy(const struct ui *ui)
{
    if (ui->widgets == NULL)
        return false;
    ImGuiContext *before = ImGui::GetCurrentContext();
    ImGui::SetCurrentContext(ui->widgets);
    const bool busy = ImGui::IsAnyItemActive();
    ImGui::SetCurrentContext(before);
    return busy;
}

static void create_context(struct ui *ui)
{
    ImGui::SetCurrentContext(ui->context);
    ui->widgets = ImGui::CreateContext(ImGui::GetIO().Fonts);
    ImGui::SetCurrentContext(ui->widgets);
    ImGuiIO &io = ImGui::GetIO();
    io.IniFilename = NULL;
    io.LogFilename = NULL;
    io.BackendFlags |= ImGuiBackendFlags_RendererHasVtxOffset;
    io.ConfigFlags |= ImGuiConfigFlags_NoMouseCursorChange;
}

void ui_window_begin(struct ui *ui, int width, int height, struct rect rect, const struct theme *theme,
                     const struct pointer *pointer, bool down)
{
    if (ui->widgets == NULL)
        create_context(ui);
    ImGui::SetCurrentContext(ui->widgets);
    ui->width = width;
    ui->height = height;
    ui->widget_theme = theme;
    ui->window = rect;
    ui->control_count = 0;
    ImGuiIO &io = ImGui::GetIO();
    io.DisplaySize = ImVec2(static_cast<float>(width), static_cast<float>(height));
    io.DeltaTime = 1.0f / 60.0f;
    const bool present = pointer != NULL && std::isfinite(pointer->x) && std::isfinite(pointer->y);
    io.MousePos = present ? ImVec2(pointer->x, pointer->y) : ImVec2(-1e9f, -1e9f);
    io.MouseDown[0] = present && down;
    io.MouseWheel = present ? pointer->wheel : 0.0f;
    set_style(ui, theme);
    ImGui::NewFrame();
    ImGui::SetNextWindowPos(ImVec2(rect.x, rect.y));
    ImGui::SetNextWindowSize(ImVec2(rect.width, rect.height));
    ImGui::PushFont(ui->fonts[UI_SANS][UI_TICK]);
    ImGui::Begin("controls", NULL,
                 ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove |
                     ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNav |
                     ImGuiWindowFlags_NoBackground);
}

void ui_window_end(struct ui *ui, bool draw)
{
    ImGui::End();
    ImGui::PopFont();
    ImGui::Render();
    ui->widget_theme = NULL;
    const ImDrawData *data = ImGui::GetDrawData();
    if (draw && data->TotalVtxCount > 0)
        ui_render(ui, data);
    ImGui::SetCurrentContext(ui->context);
}

void ui_heading(struct ui *ui, const char *text)
{
    if (ImGui::GetCursorPosY() > px(ui, padding))
        ImGui::Dummy(ImVec2(0.0f, px(ui, 2.0f)));
    ImGui::PushFont(ui->fonts[UI_SANS_SEMIBOLD][UI_BODY]);
    ImGui::TextUnformatted(text);
    ImGui::PopFont();
}

bool ui_button(struct ui *ui, const char *name, const char *text, const char *key, bool on, int place,
               int count)
{
    const float gap = px(ui, 6.0f), left = ImGui::GetStyle().WindowPadding.x;
    const float room = ImGui::GetWindowContentRegionMax().x - left;
    const float width = std::floor((room - gap * static_cast<float>(count - 1)) / static_cast<float>(count));
    if (place > 0)
        ImGui::SameLine(left + (width + gap) * static_cast<float>(place), 0.0f);
    char id[96];
    snprintf(id, sizeof id, "##%s", name);
    const bool pressed = lit_button(ui, id, ImVec2(width, px(ui, row_height)), on);
    /* The text and, muted behind it, the key. */
    const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
    ImFont *mono = ui->fonts[UI_MONO][UI_TICK];
    const ImVec2 size = ImGui::CalcTextSize(text);
    const float key_width =
        key == NULL ? 0.0f : mono->CalcTextSizeA(mono->FontSize, 1e9f, 0.0f, key).x + px(ui, 7.0f);
    ui->label_spare = width;
    remember(ui, name, size.x + key_width);
    const float x = std::round(0.5f * (low.x + high.x - size.x - key_width));
    const float y = std::round(0.5f * (low.y + high.y - size.y));
    ImDrawList *list = ImGui::GetWindowDrawList();
    list->AddText(ImVec2(x, y), ui_pack(ui->widget_theme->text), text);
    if (key != NULL)
        list->AddText(mono, mono->FontSize, ImVec2(x + size.x + px(ui, 7.0f), y),
                      ui_pack(ui->widget_theme->secondary), key);
    return pressed;
}

bool ui_choice(struct ui *ui, const char *name, const char *label, const char *const *names, int count,
               int *chosen)
{
    write_label(ui, label);
    const float left = ImGui::GetCursorPosX(), gap = px(ui, 2.0f);
    const float room = ImGui::GetWindowContentRegionMax().x - left;
    const float width = std::floor((room - gap * static_cast<float>(count - 1)) / static_cast<float>(count));
    const int before = *chosen;
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(0.0f, ImGui::GetStyle().FramePadding.y));
    for (int i = 0; i < count; i++) {
        if (i > 0)
            ImGui::SameLine(left + (width + gap) * static_cast<float>(i), 0.0f);
        char id[96], part[48];
        snprintf(id, sizeof id, "%s##%s", names[i], name);
        snprintf(part, sizeof part, "%s:%d", name, i);
        if (lit_button(ui, id, ImVec2(width, px(ui, row_height)), i == before))
            *chosen = i;
        remember(ui, part, ImGui::CalcTextSize(names[i]).x);
    }
    ImGui::PopStyleVar();
    return *chosen != before;
}

bool ui_slider(struct ui *ui, const char *name, const char *label, float *value, float low, float high,
               bool logarithmic, const char *shown)
{
    write_label(ui, label);
    char id[96];
    snprintf(id, sizeof id, "##%s", name);
    /* ImGui's own logarithm treats what its format would round to nothing as zero. */
    float position = logarithmic ? std::log(std::fmax(*value, low)) : *value;
    const float from = logarithmic ? std::log(low) : low, to = logarithmic ? std::log(high) : high;
    ImGui::SetNextItemWidth(-1.0f);
    /* Its grab and its text would lie on each other. */
    ImGui::PushStyleColor(ImGuiCol_SliderGrab, ImVec4(0.0f, 0.0f, 0.0f, 0.0f));
    ImGui::PushStyleColor(ImGuiCol_SliderGrabActive, ImVec4(0.0f, 0.0f, 0.0f, 0.0f));
    const bool changed = ImGui::SliderFloat(id, &position, from, to, "",
                                            ImGuiSliderFlags_AlwaysClamp | ImGuiSliderFlags_NoInput |
                                                ImGuiSliderFlags_NoRoundToFormat);
    ImGui::PopStyleColor(2);
    if (changed)
        *value = logarithmic ? std::exp(position) : position;
    ImFont *mono = ui->fonts[UI_MONO][UI_TICK];
    remember(ui, name, mono->CalcTextSizeA(mono->FontSize, 1e9f, 0.0f, shown).x);
    paint_slider(ui, (position - from) / std::fmax(to - from, 1e-9f), shown);
    return changed;
}

bool ui_control_at(const struct ui *ui, int index, const char **name, struct rect *rect)
{
    if (index >= ui->control_count)
        return false;
    *name = ui->controls[index].name;
    *rect = ui->controls[index].rect;
    return true;
}

float ui_control_spare(const struct ui *ui, int index) { return ui->controls[index].spare; }
