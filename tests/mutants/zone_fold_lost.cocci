// SPDX-License-Identifier: GPL-2.0
// claim: zone free_accounting
// file: mm/vmstat.c
// in: refresh_cpu_vm_stats
// places: 1
// why: What the CPUs counted is taken from them and added to the machine's
//	totals, but not to the zone's: one of two lines that look alike is
//	lost.
@@
identifier v, i;
expression zone;
@@
- atomic_long_add(v, &zone->vm_stat[i]);
  global_zone_diff[i] += v;
