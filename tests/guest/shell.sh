# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# `make shell`: a prompt with the module loaded.
. ./lib.sh

dmesg -n 4
stty -F /dev/console sane 2>/dev/null
load || echo "the module did not load: dmesg tells why"
cd "$LAB" || cd /
cat <<END

mm_lab is loaded; this is $LAB on $(uname -r). Try:
    cat zones                     where memory is, zone by zone
    cat pages                     what every page frame is used for
    cat buddy/experiments         the claims that can be tested
    echo all > buddy/run          test them ...
    cat buddy/result              ... and see what was observed
    echo 4096 > frame; cat frame  one frame decoded, by its PFN
    dmesg | tail                  the log, where a write was refused
Ctrl-A x ends the machine; so does \`exit\`.

END
PS1='mm_lab \w # ' sh -i
