/* Help texts from the tables. */
#include "app/option_table.h"

#include <stdio.h>
#include <string.h>

#include "data/spec.h"

enum { TEXT_COLUMN = 26, LINE_WIDTH = 100 };

static void print_wrapped(const char *text)
{
    int column = TEXT_COLUMN;
    for (bool first = true; *text; first = false) {
        const int word = (int)strcspn(text, " ");
        if (!first && column + 1 + word > LINE_WIDTH) {
            printf("\n%*s", TEXT_COLUMN, "");
            column = TEXT_COLUMN;
        } else if (!first) {
            putchar(' ');
            column++;
        }
        printf("%.*s", word, text);
        column += word;
        text += word;
        text += *text == ' ';
    }
    putchar('\n');
}

static void print_program_help(void)
{
    printf("Layerscope %s: watch a neural network learn, live in 3D.\n\nUsage: layerscope [COMMAND] "
           "[OPTIONS]\n\nCommands:\n",
           LS_VERSION);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        char head[64];
        snprintf(head, sizeof head, "%s %s", command_rows[i].name,
                 command_rows[i].argument ? command_rows[i].argument : "");
        printf("  %-*s", TEXT_COLUMN + 4, head);
        printf("%s\n", command_rows[i].text);
    }
    printf("\nlayerscope COMMAND --help lists the options of a command.\n"
           "Exit status: 0 done, 1 the work failed, 2 wrong usage, 130 interrupted after its files were "
           "finished.\n");
}

/* What stands after the colon of --data. */
static void print_data_options(void)
{
    printf("\nData: --data PATH|NAME[:OPTION=VALUE,OPTION=VALUE]\n");
    for (int i = 0; i < data_option_row_count; i++) {
        const struct data_option_row *option = &data_option_rows[i];
        char head[64];
        snprintf(head, sizeof head, "%s=%s", option->name, option->argument);
        printf("  %-*s", TEXT_COLUMN - 2, head);
        print_wrapped(option->text);
    }
}

/* What stands after the colon of --schedule. */
static void print_schedules(void)
{
    static const char *const rows[][2] = {
        {"step", "epochs=3, factor=0.1: times the factor every 3 epochs"},
        {"exponential", "epochs=1, factor=0.9: times the factor each epoch; with steps=N smoothly"},
        {"cosine", "epochs or steps (default: the run, else 10 epochs), min=0, held=0"},
        {"piecewise", "epochs=2/4, factor=0.1/0.01: from epoch 2 a tenth, from epoch 4 a hundredth"},
        {"plateau",
         "epochs=1, factor=0.1, patience=10, threshold=0.0001, cooldown=0, min=0: times the factor "
         "when the test loss has not improved for more than 10 epochs"},
        {"warmup",
         "steps=500, from=0.3333: up to the learning rate from a share of it; then what follows \"+\""},
    };
    printf("\nSchedules: --schedule [warmup[:KEY=VALUE,...]+]NAME[:KEY=VALUE,...], counted in epochs=N or "
           "steps=N\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        printf("  %-*s", TEXT_COLUMN - 2, rows[i][0]);
        print_wrapped(rows[i][1]);
    }
}

void options_print_help(enum command command)
{
    if (command == COMMAND_COUNT) {
        print_program_help();
        return;
    }
    const struct command_row *row = &command_rows[command];
    printf("layerscope %s: %s\n\nUsage: layerscope %s %s%s[OPTIONS]\n\nOptions:\n", row->name, row->text,
           row->name, row->argument ? row->argument : "", row->argument ? " " : "");
    for (int i = 0; i < option_row_count; i++) {
        const struct option_row *option = &option_rows[i];
        if (!(option->commands & 1u << command))
            continue;
        char head[64];
        snprintf(head, sizeof head, "--%s %s", option->name, option->argument ? option->argument : "");
        printf("  %-*s", TEXT_COLUMN - 2, head);
        print_wrapped(option->text);
    }
    print_data_options();
    if (command != COMMAND_INFO)
        print_schedules();
}
