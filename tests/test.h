/* What every cmocka program includes, in the order that cmocka asks for. */
#ifndef LS_TESTS_TEST_H
#define LS_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
