# SPDX-License-Identifier: GPL-2.0
# claim: buddy order_limit
# file: mm/internal.h
# in: WARN_ON_ONCE_GFP
# places: 1
# why: The test for __GFP_NOWARN, the only reason for this macro beside
#	WARN_ON_ONCE(), is lost: who asks for too much and says that it minds
#	no failure gets a backtrace all the same.
s/!\(gfp & __GFP_NOWARN\) && //
