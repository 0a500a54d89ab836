/* Two plans share a request: what lies in a slot of the ring is remembered beside it. */
#include "view/inspector.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum who { SELECTED, HOVERED, WHO_COUNT };

/* The mouse comes over many values: one that is made of more floats than these tells its value alone. */
enum { HOVERED_FLOATS = 16384 };

/* What was asked for: the plans as they were then. */
struct request {
    struct inspect_plan plans[WHO_COUNT];
    uint64_t step, seed;
};

struct inspector {
    struct inspect_subject subject;
    const struct arena *arena;
    struct readback readback;
    struct display_cell wanted[WHO_COUNT];
    struct inspect_plan plans[WHO_COUNT];
    struct request requests[READBACK_SLOTS];
    struct inspection known[WHO_COUNT];
    bool stale; /* the shown snapshot or a cell changed since the last request */
};

struct inspector *inspector_create(const struct inspect_subject *subject, const struct arena *arena,
                                   struct error *err)
{
    struct inspector *inspector = ls_calloc(1, sizeof *inspector);
    inspector->subject = *subject;
    inspector->arena = arena;
    for (int i = 0; i < WHO_COUNT; i++)
        inspector->wanted[i].plate = inspector->plans[i].cell.plate = inspector->known[i].cell.plate = -1;
    /* The selected value's arithmetic, and beside it the hovered one's. */
    if (!readback_init(&inspector->readback, inspect_largest(subject) + HOVERED_FLOATS, err)) {
        inspector_destroy(inspector);
        return NULL;
    }
    return inspector;
}

void inspector_destroy(struct inspector *inspector)
{
    if (inspector == NULL)
        return;
    for (int i = 0; i < WHO_COUNT; i++) {
        inspect_plan_deinit(&inspector->plans[i]);
        for (int slot = 0; slot < READBACK_SLOTS; slot++)
            inspect_plan_deinit(&inspector->requests[slot].plans[i]);
    }
    readback_deinit(&inspector->readback);
    free(inspector);
}

/* True when a cell is wanted that nothing is known about. */
static bool follow(struct inspector *inspector, enum who who, struct display_cell cell)
{
    if (!display_cell_equal(cell, inspector->wanted[who])) {
        inspector->wanted[who] = cell;
        struct inspect_plan *plan = &inspector->plans[who];
        inspect_plan_set(plan, &inspector->subject, cell, false);
        if (who == HOVERED && plan->floats > HOVERED_FLOATS)
            inspect_plan_set(plan, &inspector->subject, cell, true);
        inspector->stale = true;
    }
    return cell.plate >= 0 && !display_cell_equal(cell, inspector->known[who].cell);
}

static void ask(struct inspector *inspector, bool hurry)
{
    struct inspect_plan *plans = inspector->plans;
    const int count = plans[SELECTED].count + plans[HOVERED].count;
    if (count == 0) {
        inspector->stale = false;
        return;
    }
    struct readback_range *ranges = ls_calloc((size_t)count, sizeof *ranges);
    int used = 0;
    for (int i = 0; i < WHO_COUNT; i++)
        for (int k = 0; k < plans[i].count; k++)
            ranges[used++] = plans[i].ranges[k];
    const struct gl_buffer *shown = arena_buffer(inspector->arena, arena_shown(inspector->arena));
    const int slot = readback_ask(&inspector->readback, shown->name, ranges, count, hurry);
    free(ranges);
    if (slot == READBACK_NONE)
        return;
    inspector->stale = false;
    struct request *request = &inspector->requests[slot];
    request->step = arena_info(inspector->arena)->step;
    request->seed = arena_info(inspector->arena)->seed;
    for (int i = 0; i < WHO_COUNT; i++)
        inspect_plan_set(&request->plans[i], &inspector->subject, plans[i].cell, plans[i].brief);
}

static void take(struct inspector *inspector, bool wait)
{
    const int slot = readback_take(&inspector->readback, wait);
    if (slot == READBACK_NONE)
        return;
    const struct request *request = &inspector->requests[slot];
    const float *values = readback_values(&inspector->readback, slot);
    for (int i = 0; i < WHO_COUNT; i++) {
        inspect_solve(&request->plans[i], &inspector->subject, values, &inspector->known[i]);
        inspector->known[i].step = request->step;
        inspect_note_dropout(&inspector->known[i], &inspector->subject, request->seed, request->step);
        values += request->plans[i].floats;
    }
}

void inspector_update(struct inspector *inspector, struct display_cell selected, struct display_cell hovered,
                      bool changed, bool wait)
{
    readback_frame(&inspector->readback);
    const bool unknown_selected = follow(inspector, SELECTED, selected);
    const bool unknown_hovered = follow(inspector, HOVERED, hovered);
    inspector->stale = inspector->stale || changed;
    take(inspector, false);
    if (inspector->stale && arena_has_snapshot(inspector->arena))
        ask(inspector, unknown_selected || unknown_hovered || wait);
    if (wait)
        take(inspector, true);
}

static const struct inspection *known(const struct inspector *inspector, enum who who)
{
    const struct inspection *inspection = &inspector->known[who];
    const bool is_it =
        inspection->cell.plate >= 0 && display_cell_equal(inspection->cell, inspector->wanted[who]);
    return is_it ? inspection : NULL;
}

const struct inspection *inspector_selected(const struct inspector *inspector)
{
    return known(inspector, SELECTED);
}

const struct inspection *inspector_hovered(const struct inspector *inspector)
{
    return known(inspector, HOVERED);
}

size_t inspector_bytes(const struct inspector *inspector) { return inspector->readback.bytes; }
