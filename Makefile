# SPDX-License-Identifier: GPL-2.0
# For people; what kbuild reads is in Kbuild.

KDIR ?= /lib/modules/$(shell uname -r)/build
PYTHON ?= python3

# What a user gives on the command line or in the environment reaches the
# scripts and kbuild.
export ARCH CROSS_COMPILE KSRC ACCEL KERNEL GUESTS ONLY FRESH LIMIT_MIN
export MUTANTS SAMPLE SEED
ifeq ($(origin ARCH),undefined)
unexport ARCH
endif

.DEFAULT_GOAL := module
.PHONY: module install demo test matrix mutants shell check clean help kdir

module: kdir
	$(MAKE) -C "$(KDIR)" M="$(CURDIR)" modules

kdir:
	@scripts/kdir.sh "$(KDIR)"

install: module
	$(MAKE) -C "$(KDIR)" M="$(CURDIR)" modules_install
	depmod $(if $(INSTALL_MOD_PATH),-b "$(INSTALL_MOD_PATH)") -a "$$(scripts/kdir.sh --release "$(KDIR)")"

demo:
	@scripts/setup.sh demo
	@$(PYTHON) scripts/demo.py

test:
	@scripts/setup.sh test
	@$(PYTHON) scripts/suite.py

matrix:
	@scripts/setup.sh matrix
	@$(PYTHON) scripts/matrix.py

mutants:
	@scripts/setup.sh mutants
	@$(PYTHON) scripts/mutants.py

shell:
	@scripts/setup.sh demo
	@$(PYTHON) scripts/guest.py shell

check:
	@scripts/setup.sh check
	@$(PYTHON) scripts/check.py

# By name and not through kbuild, whose KDIR may be gone by now.
clean:
	rm -rf build .tmp_versions .mypy_cache
	rm -f Module.symvers modules.order .*.cmd tests/.*.cmd
	rm -f *.o *.ko *.mod *.mod.c .*.o.d tests/*.o tests/.*.o.d
	find scripts tests -name __pycache__ -type d -exec rm -rf {} +

help:
	@echo 'make demo      a kernel in a guest, every experiment shown (KERNEL=6.1: that one)'
	@echo 'make test      every suite in every guest (GUESTS=... ONLY=... choose)'
	@echo 'make matrix    everything in every guest, in one table (GUESTS=..., LIMIT_MIN=...)'
	@echo 'make mutants   kernels broken on purpose, each caught (MUTANTS=..., SAMPLE=6)'
	@echo 'make shell     a prompt in a guest, the module loaded'
	@echo 'make           the module for a kernel (KDIR=..., else the running one)'
	@echo 'make install   into that kernel'"'"'s modules'
	@echo 'make check     checkpatch, sparse, W=1, shellcheck, mypy, kernel-doc'
	@echo 'make clean     remove what was built here'
	@echo
	@echo 'Kernels are kept in $${XDG_CACHE_HOME:-~/.cache}/mm_lab; it may be deleted.'
	@echo 'KSRC=TREE       test on a kernel source of your own; it is never written to'
	@echo 'ACCEL=kvm|tcg   force the accelerator; else it is found out once'
	@echo 'FRESH=1         look for newer Debian kernels'
	@echo 'ARCH= CROSS_COMPILE= KDIR= are passed on to kbuild'
