/* A viewer in a real window, frame by frame, in a folder with small models and data: small.json (any data),
 * plane.json (Keras's; 2 values, 3 classes; names spiral:classes=3), orphan.json (77 values, names no data),
 * ten.json (10 classes), broken.json, unknown.json; five.csv and pair/ (12 samples of 5 values, 3 classes).
 */
#ifndef LS_TESTS_APP_OPEN_VIEWER_H
#define LS_TESTS_APP_OPEN_VIEWER_H

#include "test.h"

#include "app/viewer.h"

extern struct viewer viewer;

/* cmocka fixtures: a display of one's own and the folder, which becomes the current one; a test's end. */
int start_server(void **state);
int stop_server(void **state);
int end_viewer(void **state);

/* With these options more. */
void open_viewer(const char *more);
void close_viewer(void);
uint64_t steps(void);
/* Frames until so many steps more are made. */
void train(uint64_t more);
/* As if these files were dropped on the window. */
void drop(int count, const char **paths);
/* Keys and characters as GLFW delivers them. */
void press(int key, int modifiers);
void type(const char *text);
/* Clicks on the first text of the next frame that reads so. */
void click_on(const char *text);
/* Frames until nothing is on its way any more. */
void settle(void);
/* That network trains on those data and is what is drawn; no error is shown. */
void expect_run(const char *network, const char *data);
/* The old run goes on, and the window says `text`. */
void expect_refusal(const char *text);
int count_autosaves(void);
/* $XDG_STATE_HOME, in the folder. */
void save_under(const char *name);

#define DROP(...)                                                                                            \
    do {                                                                                                     \
        const char *dropped[] = {__VA_ARGS__};                                                               \
        drop((int)(sizeof dropped / sizeof *dropped), dropped);                                              \
        settle();                                                                                            \
    } while (0)

#endif
