/* By calls that fail. */
#include "faults.h"

#include "runtime_shim.h"

enum { OUT_OF_MEMORY = 2, LAUNCH_FAILURE = 719 };

/* The first call chooses the device, the second one allocates. */
void faults_no_room(bool none) { shim_fail(none ? 1 : -1, OUT_OF_MEMORY, false); }
void faults_lose_device(void) { shim_fail(0, LAUNCH_FAILURE, true); }
void faults_end(void) { shim_fail(-1, 0, false); }
