# SPDX-License-Identifier: GPL-2.0
# claim: zone kinds
# file: arch/x86/mm/init.c
# in: zone_sizes_init arch_zone_limits_init
# places: 1
# why: The limit of the next zone is taken, from the line below: ZONE_DMA
#	reaches to 4 GiB and ZONE_DMA32 is empty.
s/\bMAX_DMA_PFN\b/MAX_DMA32_PFN/
