/* What the C++ files behind ui.h share. */
#ifndef LS_VIEW_UI_PRIVATE_H
#define LS_VIEW_UI_PRIVATE_H

#include <GL/glew.h>
#include <imgui.h>

extern "C" {
#include "base/memory.h"
#include "gl/program.h"
#include "view/ui.h"
#include "view/ui_widgets.h"
}

struct ui_font_data {
    ui_font_file file;
    float em_to_height; /* ImGui's size is ascent − descent; ours is the em */
};

enum { UI_MAX_CONTROLS = 64 };

struct ui_control {
    char name[32];
    struct rect rect;
    float spare; /* pixels beside its text or its label, whichever has less */
};

struct ui {
    ImGuiContext *context;
    ImDrawList *list; /* between ui_begin and ui_end */
    ui_font_data data[UI_FONT_COUNT];
    ImFont *fonts[UI_FONT_COUNT][UI_SIZE_COUNT];
    float scale;
    int width, height;
    bool clipped;
    rect clip;
    ui_text_watcher *watcher;
    void *watcher_context;
    bool texts_hidden;

    gl_program program;
    GLint viewport;
    GLuint atlas, vertex_array, vertices, indices;
    size_t vertices_size, indices_size;

    /* Widgets: a context of their own, since theirs is a frame only when the window is drawn. */
    ImGuiContext *widgets;
    const theme *widget_theme; /* between ui_window_begin and ui_window_end */
    struct rect window;        /* as last drawn */
    float label_spare;         /* of the row being made */
    ui_control controls[UI_MAX_CONTROLS];
    int control_count;
};

static inline ImVec4 ui_vec4(struct color c) { return ImVec4(c.r, c.g, c.b, c.a); }
static inline ImU32 ui_pack(struct color c) { return ImGui::ColorConvertFloat4ToU32(ui_vec4(c)); }

/* Draws what a context collected, as ui_end promises. */
void ui_render(struct ui *ui, const ImDrawData *data);

#endif
