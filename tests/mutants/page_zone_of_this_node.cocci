// SPDX-License-Identifier: GPL-2.0
// claim: page one_per_frame
// file: include/linux/mm.h
// in: page_zone
// places: 1
// why: The node that runs is taken for the node of the page. With one node
//	they are the same.
@@
expression page;
@@
- page_to_nid(page)
+ numa_node_id()
