/* What goes wrong with a device, on the shim and on a real one (tests/gpu/real_device.c). */
#ifndef LS_TESTS_FAULTS_H
#define LS_TESTS_FAULTS_H

#include <stdbool.h>

/* Right before compute_bind_data: the device has between 8 and 16 MiB left, until told otherwise. */
void faults_no_room(bool none);
/* The device is lost for the rest of the program, or until faults_end. */
void faults_lose_device(void);
void faults_end(void);

#endif
