/* Two draw calls: an instance is a wire, or a node. */
#include "view/pass_wires.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "gl/debug.h"

enum { SEGMENTS = 48 };

/* std430, shaders/wire.vert. */
struct wire_block {
    float points[4][4]; /* the first and the last with the opacity there */
};

/* std430, shaders/node.vert. */
struct node_block {
    float place[3], adds;
};

bool pass_wires_init(struct pass_wires *pass, const struct scene *scene, struct error *err)
{
    memset(pass, 0, sizeof *pass);
    const size_t wires = (size_t)scene->graph.edge_count * 2 + (size_t)scene->activation_count + 1;
    const size_t nodes = (size_t)scene->activation_count + 1;
    if (!gl_program_init(&pass->wire_program, "wire.vert", "band.frag", NULL, err) ||
        !gl_program_init(&pass->node_program, "node.vert", "node.frag", NULL, err) ||
        !gl_buffer_init(&pass->wires, "wires", wires * sizeof(struct wire_block), NULL, true, err) ||
        !gl_buffer_init(&pass->nodes, "nodes", nodes * sizeof(struct node_block), NULL, true, err)) {
        pass_wires_deinit(pass);
        return false;
    }
    pass_wires_update(pass, scene);
    return true;
}

void pass_wires_deinit(struct pass_wires *pass)
{
    gl_program_deinit(&pass->wire_program);
    gl_program_deinit(&pass->node_program);
    gl_buffer_deinit(&pass->wires);
    gl_buffer_deinit(&pass->nodes);
    memset(pass, 0, sizeof *pass);
}

static void write_wires(struct pass_wires *pass, const struct scene *scene)
{
    struct wire_block *blocks = ls_calloc((size_t)scene->wire_count, sizeof *blocks);
    for (int i = 0; i < scene->wire_count; i++) {
        const struct scene_wire *wire = &scene->wires[i];
        for (int k = 0; k < 4; k++)
            memcpy(blocks[i].points[k], wire->points[k], sizeof wire->points[k]);
        blocks[i].points[0][3] = wire->strength[0];
        blocks[i].points[3][3] = wire->strength[1];
    }
    gl_buffer_write(&pass->wires, 0, blocks, (size_t)scene->wire_count * sizeof *blocks);
    free(blocks);
}

static void write_nodes(struct pass_wires *pass, const struct scene *scene)
{
    struct node_block *blocks = ls_calloc((size_t)scene->node_count, sizeof *blocks);
    for (int i = 0; i < scene->node_count; i++) {
        memcpy(blocks[i].place, scene->nodes[i].place, sizeof blocks[i].place);
        blocks[i].adds = scene->nodes[i].adds ? 1.0f : 0.0f;
    }
    gl_buffer_write(&pass->nodes, 0, blocks, (size_t)scene->node_count * sizeof *blocks);
    free(blocks);
}

void pass_wires_update(struct pass_wires *pass, const struct scene *scene)
{
    if (scene->wire_count > 0)
        write_wires(pass, scene);
    if (scene->node_count > 0)
        write_nodes(pass, scene);
}

void pass_wires_draw(const struct pass_wires *pass, const struct scene *scene)
{
    if (scene->wire_count == 0)
        return;
    gl_debug_push("wires");
    glUseProgram(pass->wire_program.name);
    glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, pass->wires.name);
    glUniform1i(gl_program_uniform(&pass->wire_program, "segments"), SEGMENTS);
    glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 2 * (SEGMENTS + 1), scene->wire_count);
    gl_debug_pop();
}

void pass_wires_draw_nodes(const struct pass_wires *pass, const struct scene *scene)
{
    if (scene->node_count == 0)
        return;
    gl_debug_push("nodes");
    glUseProgram(pass->node_program.name);
    glBindBufferBase(GL_SHADER_STORAGE_BUFFER, 0, pass->nodes.name);
    glDrawArraysInstanced(GL_TRIANGLE_STRIP, 0, 4, scene->node_count);
    gl_debug_pop();
}
