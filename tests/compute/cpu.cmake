ls_test(test_cpu_pool test_cpu_pool.c LIBRARIES ls_compute LABELS "unit;thread")
ls_test(test_cpu_backend test_cpu_backend.c LIBRARIES ls_parity LABELS "unit;thread")
ls_test(test_cpu_graph test_cpu_graph.c LIBRARIES ls_parity LABELS "unit;thread")
