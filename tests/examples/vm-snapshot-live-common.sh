# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# shellcheck shell=sh
# Owns: what the tests of vm-snapshot-live share beyond common.sh.
# Must never: leave anything behind.
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

# The program is now another one of the examples.
use() {
	program=$(dirname "$program")/$1
	name=$1
}
