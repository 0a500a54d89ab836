/* The binary under test: LAYERSCOPE_BINARY names it. */
#include "program.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void read_back(const char *folder, const char *name, char *text, size_t capacity)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    text[0] = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    const size_t got = fread(text, 1, capacity - 1, file);
    text[got] = 0;
    fclose(file);
    unlink(path);
}

bool program_finds(const char *pattern)
{
    glob_t found;
    const bool any = glob(pattern, GLOB_NOSORT, NULL, &found) == 0;
    if (any)
        globfree(&found);
    return any;
}

static pid_t start(const char *folder, const char *command)
{
    const pid_t child = fork();
    if (child != 0)
        return child;
    if (chdir(folder) != 0)
        _exit(127);
    const int out = open(".out", O_WRONLY | O_CREAT | O_TRUNC, 0600),
              err = open(".err", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int null = open("/dev/null", O_RDONLY);
    dup2(null, 0);
    dup2(out, 1);
    dup2(err, 2);
    setenv("LAYERSCOPE", LAYERSCOPE_BINARY, 1);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static struct program_result finish(const char *folder, pid_t child)
{
    struct program_result result = {.status = -1};
    int status;
    if (waitpid(child, &status, 0) == child)
        result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    read_back(folder, ".out", result.out, sizeof result.out);
    read_back(folder, ".err", result.err, sizeof result.err);
    return result;
}

static bool runs(pid_t child)
{
    siginfo_t info = {.si_pid = 0};
    return waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

struct program_result program_run(const char *folder, const char *command)
{
    return finish(folder, start(folder, command));
}

struct program_result program_interrupt(const char *folder, const char *command, const char *trigger,
                                        double seconds)
{
    return program_signal(folder, command, trigger, seconds, SIGINT);
}

struct program_result program_signal(const char *folder, const char *command, const char *trigger,
                                     double seconds, int number)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, trigger);
    const pid_t child = start(folder, command);
    const struct timespec pause = {0, 20000000};
    for (int i = 0; i < 3000 && !program_finds(path) && runs(child); i++)
        nanosleep(&pause, NULL);
    const time_t whole = (time_t)seconds;
    const struct timespec longer = {whole, (long)((seconds - (double)whole) * 1e9)};
    nanosleep(&longer, NULL);
    kill(child, number);
    return finish(folder, child);
}
