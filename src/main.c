/* argv → command → exit status. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "app/commands.h"
#include "app/exhaustion.h"
#include "base/log.h"
#include "base/terminal.h"

static bool run(const struct options *options, struct error *err)
{
    static bool (*const commands[COMMAND_COUNT])(const struct options *, struct error *) = {
        [COMMAND_VIEW] = command_view,     [COMMAND_TRAIN] = command_train,
        [COMMAND_RECORD] = command_record, [COMMAND_SCREENSHOT] = command_screenshot,
        [COMMAND_INFO] = command_info,     [COMMAND_DUMP] = command_dump,
        [COMMAND_BENCH] = command_bench,
    };
    if (options->quiet)
        log_set_level(LOG_WARNING);
    if (options->help)
        options_print_help(options->command_given ? options->command : COMMAND_COUNT);
    else if (options->version)
        printf("layerscope %s\n", LS_VERSION);
    else if (!commands[options->command](options, err))
        return false;
    /* What did not fit into the buffer may have failed long ago. */
    if (fflush(stdout) != 0 || ferror(stdout))
        return error_set_errno(err, "standard output cannot be written");
    return true;
}

/* A stream that was closed would be the number of the first file that is opened, and what is printed would go
 * there. It stays one that cannot be written. */
static void keep_standard_streams(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        if (fcntl(stream, F_GETFD) < 0 && open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            return;
}

int main(int argc, char **argv)
{
    keep_standard_streams();
    exhaustion_prepare();
    /* A pipe without a reader and a file of the greatest size allowed are errors of the write. */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    struct error err = {0};
    struct options options;
    if (options_parse(&options, argc, argv, &err) && run(&options, &err))
        return 0;
    if (err.class_ == ERROR_INTERRUPTED) {
        terminal_print(stderr, "layerscope: %s\n", err.message);
        return 130;
    }
    terminal_print(stderr, "layerscope: error: %s\n", err.message);
    return err.class_ == ERROR_USAGE ? 2 : 1;
}
