// The selected cell and what contributes most to it (struct selection_state in src/view/pass_selection.c).
struct Candidate {
    float value;
    int index; // -1: none
};
layout(std430, binding = 0) buffer Candidates { Candidate candidates[STRIPES]; };
layout(std430, binding = 1) buffer State
{
    int selected;
    int part_count;
    int parts[PARTS]; // channels or values of the source plate, the largest contribution first
    float contributions[PARTS];
};
