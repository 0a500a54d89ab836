/* GL debug messages go to the log; groups name passes in tools such as apitrace and RenderDoc, and where they
 * are timed (gl/timing.h). */
#ifndef LS_GL_DEBUG_H
#define LS_GL_DEBUG_H

/* Installs the callback on the current context (high, medium and low severity; notifications off). */
void gl_debug_install(void);
/* Messages seen so far, of severity low and above; tests expect 0. */
int gl_debug_message_count(void);
void gl_debug_push(const char *name);
void gl_debug_pop(void);

#endif
