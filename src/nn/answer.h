/* Outputs as answers about classes. One output y of two classes stands for (1 − y, y): the second class is
 * the positive one, and the answer when y is above 0.5, as op.h has it. */
#ifndef LS_NN_ANSWER_H
#define LS_NN_ANSWER_H

enum { ANSWER_NONE = -1 };

/* How many classes `count` outputs tell apart. */
int answer_classes(int count);
/* What they say of a class: its output. */
float answer_score(const float *outputs, int count, int class_);
/* The class with the first largest score, or ANSWER_NONE when one of them is no number. */
int answer_class(const float *outputs, int count);

#endif
