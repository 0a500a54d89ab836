/* What the viewer saves: films, stills and parameters. */
#ifndef LS_APP_VIEWER_MEDIA_H
#define LS_APP_VIEWER_MEDIA_H

#include "app/viewer.h"

void viewer_media_init(struct viewer *viewer);
/* Finishes what is being written, waiting for it. */
void viewer_media_finish(struct viewer *viewer);

void viewer_media_want_still(struct viewer *viewer);
/* Begins a film of the window, or ends it. */
void viewer_media_toggle_film(struct viewer *viewer);

/* The parameters, as a new file in the current folder. */
void viewer_media_save(struct viewer *viewer);

/* A checkpoint is being written. */
bool viewer_media_is_saving(const struct viewer *viewer);
/* Begins an autosave; nothing else is being saved. */
bool viewer_media_autosave(struct viewer *viewer, struct error *err);
/* The window's title: what is trained, and REC. */
void viewer_media_title(struct viewer *viewer);

/* Before a frame is drawn: the same frame without wall-clock figures, if a still is wanted. */
void viewer_media_draw_still(struct viewer *viewer, const struct view_frame *frame);
/* When the window's picture is complete and not yet shown: the film takes it, and what a film does not show
 * is drawn over it. */
void viewer_media_follow(struct viewer *viewer, const struct view_frame *frame, double now);

#endif
