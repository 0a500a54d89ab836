/* Linux keeps a priority for each thread, whatever the name of the call says. */
#include "base/thread.h"

#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"

enum { NICENESS = 10 };

void thread_stand_back(void)
{
    if (setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS) != 0)
        log_debug("a thread keeps its priority: the system does not let it change");
}
