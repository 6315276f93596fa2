// SPDX-License-Identifier: GPL-2.0
// claim: mempool pool_data
// file: mm/mempool.c
// in: mempool_free
// places: 1
// why: The arguments are swapped. Both are void pointers, and the allocation
//	function too has pool_data after what differs from call to call; the
//	compiler cannot tell.
@@
expression element, data;
@@
- pool->free(element, data);
+ pool->free(data, element);
