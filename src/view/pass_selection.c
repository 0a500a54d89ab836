/* Two dispatches, a small ring of buffers to read back from, and one draw call for all lines. */
#include "view/pass_selection.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "gl/debug.h"

enum { STRIPES = 256 };

static bool init_readback(struct selection_readback *readback, struct error *err)
{
    const GLbitfield flags = GL_MAP_READ_BIT | GL_MAP_PERSISTENT_BIT | GL_MAP_COHERENT_BIT;
    const GLsizeiptr size = sizeof(struct selection_state);
    glCreateBuffers(1, &readback->buffer);
    glNamedBufferStorage(readback->buffer, size, NULL, flags | GL_CLIENT_STORAGE_BIT);
    readback->state = glMapNamedBufferRange(readback->buffer, 0, size, flags);
    return readback->state ||
           error_set(err, "OpenGL cannot map %zu bytes to read the selection back", (size_t)size);
}

bool pass_selection_init(struct pass_selection *pass, const struct scene *scene,
                         const struct network *network, const struct snapshot_layout *layout,
                         const struct gap *gaps, int gap_count, struct error *err)
{
    memset(pass, 0, sizeof *pass);
    pass->scene = scene;
    pass->layout = layout;
    pass->gaps = gaps;
    pass->gap_count = gap_count;
    pass->default_plate = selection_default_plate(scene, network);
    pass->wished.plate = pass->shown.cell.plate = pass->shown.source_plate = -1;
    char defines[64];
    snprintf(defines, sizeof defines, "#define STRIPES %d\n#define PARTS %d\n", STRIPES, SELECTION_PARTS);
    bool ok = gl_program_init_compute(&pass->scan_program, "selection_scan.comp", defines, err) &&
              gl_program_init_compute(&pass->choose_program, "selection.comp", defines, err) &&
              gl_program_init(&pass->line_program, "selection_line.vert", "selection_line.frag", NULL, err) &&
              gl_buffer_init(&pass->candidates, "selection candidates", STRIPES * 8, NULL, false, err) &&
              gl_buffer_init(&pass->state, "selection", sizeof(struct selection_state), NULL, false, err) &&
              gl_buffer_init(&pass->lines, "selection lines", SELECTION_LINES * sizeof(struct selection_line),
                             NULL, true, err);
    for (int i = 0; ok && i < SELECTION_READBACKS; i++)
        ok = init_readback(&pass->readbacks[i], err);
    if (!ok)
        pass_selection_deinit(pass);
    return ok;
}

void pass_selection_deinit(struct pass_selection *pass)
{
    for (int i = 0; i < SELECTION_READBACKS; i++) {
        struct selection_readback *readback = &pass->readbacks[i];
        if (readback->fence)
            glDeleteSync(readback->fence);
        if (readback->state)
            glUnmapNamedBuffer(readback->buffer);
        if (readback->buffer)
            glDeleteBuffers(1, &readback->buffer);
    }
    gl_program_deinit(&pass->scan_program);
    gl_program_deinit(&pass->choose_program);
    gl_program_deinit(&pass->line_program);
    gl_buffer_deinit(&pass->candidates);
    gl_buffer_deinit(&pass->state);
    gl_buffer_deinit(&pass->lines);
    memset(pass, 0, sizeof *pass);
}

bool pass_selection_wants(const struct pass_selection *pass, struct display_cell wished)
{
    return !pass->asked || !display_cell_equal(wished, pass->wished);
}

static void scan(const struct pass_selection *pass, int plate)
{
    const struct gl_program *program = &pass->scan_program;
    const struct plate *scanned = &pass->scene->plates[plate];
    const size_t offset = pass->layout->regions[scanned->region].offset;
    glUseProgram(program->name);
    glUniform1i(gl_program_uniform(program, "first"), (GLint)(offset / sizeof(float)));
    glUniform1i(gl_program_uniform(program, "count"), scanned->values);
    glDispatchCompute(1, 1, 1);
    glMemoryBarrier(GL_SHADER_STORAGE_BARRIER_BIT);
}

static void choose(const struct pass_selection *pass, int plate, int wished, bool keep)
{
    const struct gl_program *program = &pass->choose_program;
    const struct gap *gap = gaps_find(pass->gaps, pass->gap_count, plate);
    glUseProgram(program->name);
    if (gap)
        gap_set_uniforms(gap, program);
    glUniform1i(gl_program_uniform(program, "ranked"), gap != NULL);
    glUniform1i(gl_program_uniform(program, "wished"), wished);
    glUniform1i(gl_program_uniform(program, "keep"), keep);
    glDispatchCompute(1, 1, 1);
}

void pass_selection_find(struct pass_selection *pass, GLuint slot, struct display_cell wished, uint32_t probe)
{
    struct selection_readback *readback = &pass->readbacks[pass->next];
    const bool by_user = wished.plate >= 0;
    const int plate = by_user ? wished.plate : pass->default_plate;
    if (plate < 0 || readback->fence) /* all are in flight: the next snapshot will do */
        return;
    gl_debug_push("selection");
    glBindTextureUnit(0, slot);
    glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, pass->candidates.name);
    glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 1, pass->state.name);
    if (!by_user)
        scan(pass, plate);
    const bool keep = pass->asked && pass->wished.plate < 0 && probe == pass->probe;
    choose(pass, plate, by_user ? wished.value : -1, keep);
    glMemoryBarrier(GL_BUFFER_UPDATE_BARRIER_BIT | GL_CLIENT_MAPPED_BUFFER_BARRIER_BIT |
                    GL_SHADER_STORAGE_BARRIER_BIT);
    glCopyNamedBufferSubData(pass->state.name, readback->buffer, 0, 0, sizeof(struct selection_state));
    readback->fence = glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0);
    readback->plate = plate;
    readback->by_user = by_user;
    pass->next = (pass->next + 1) % SELECTION_READBACKS;
    pass->wished = wished;
    pass->probe = probe;
    pass->asked = true;
    gl_debug_pop();
}

static void take(const struct pass_selection *pass, const struct selection_readback *readback,
                 struct selection *out)
{
    const struct gap *gap = gaps_find(pass->gaps, pass->gap_count, readback->plate);
    memset(out, 0, sizeof *out);
    out->cell.plate = readback->state->selected < 0 ? -1 : readback->plate;
    out->cell.value = readback->state->selected;
    out->by_user = readback->by_user;
    out->source_plate = gap ? gap->source_plate : -1;
    out->part_count = readback->state->part_count;
    memcpy(out->parts, readback->state->parts, sizeof out->parts[0] * (size_t)out->part_count);
    memcpy(out->contributions, readback->state->contributions,
           sizeof out->contributions[0] * (size_t)out->part_count);
}

bool pass_selection_collect(struct pass_selection *pass, bool wait)
{
    bool changed = false;
    for (int i = 0; i < SELECTION_READBACKS; i++) {
        /* Oldest first. */
        struct selection_readback *readback = &pass->readbacks[(pass->next + i) % SELECTION_READBACKS];
        if (!readback->fence)
            continue;
        const GLuint64 patience_ns = wait ? GL_TIMEOUT_IGNORED : 0;
        if (glClientWaitSync(readback->fence, GL_SYNC_FLUSH_COMMANDS_BIT, patience_ns) == GL_TIMEOUT_EXPIRED)
            break;
        glDeleteSync(readback->fence);
        readback->fence = NULL;
        struct selection selection;
        take(pass, readback, &selection);
        changed = changed || memcmp(&selection, &pass->shown, sizeof selection) != 0;
        pass->shown = selection;
    }
    return changed;
}

void pass_selection_draw(struct pass_selection *pass)
{
    struct selection_line lines[SELECTION_LINES];
    const int count = selection_lines(&pass->shown, pass->scene, pass->gaps, pass->gap_count, lines);
    if (count == 0)
        return;
    gl_debug_push("selection");
    gl_buffer_write(&pass->lines, 0, lines, (size_t)count * sizeof lines[0]);
    glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, pass->lines.name);
    glUseProgram(pass->line_program.name);
    const GLint glow = gl_program_uniform(&pass->line_program, "glow");
    for (int pass_number = 0; pass_number < 2; pass_number++) {
        glUniform1i(glow, pass_number == 0);
        /* The glow has the depth of the background, so that it stays off the plates. */
        glDepthFunc(pass_number == 0 ? GL_GEQUAL : GL_GREATER);
        glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, count);
    }
    gl_debug_pop();
}
