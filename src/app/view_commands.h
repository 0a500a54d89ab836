/* Everything that a key can do in the viewer: one table, read by the keyboard, the help and scripts. */
#ifndef LS_APP_VIEW_COMMANDS_H
#define LS_APP_VIEW_COMMANDS_H

#include <stdbool.h>

#include "view/hud.h"

struct viewer;

struct view_command {
    const char *name;                   /* for scripts: "pause" */
    const char *keys;                   /* as the help prints them: "Space" */
    const char *text;                   /* what it does */
    int key;                            /* GLFW_KEY_*, or 0 */
    int modifiers;                      /* GLFW_MOD_* that must be held with `key` */
    char character;                     /* lower case; reaches it on any keyboard layout. 0: none */
    bool repeats;                       /* a held key runs it again and again */
    void (*run)(struct viewer *viewer); /* NULL: a row of the help alone (the mouse) */
};

extern const struct view_command view_commands[];
extern const int view_command_count;

/* The same rows for the HUD's help. */
const struct hud_key *view_command_keys(void);
/* The row, or NULL. */
const struct view_command *view_command_find(const char *name);
const struct view_command *view_command_of_key(int key, int modifiers);
const struct view_command *view_command_of_character(unsigned character);

#endif
