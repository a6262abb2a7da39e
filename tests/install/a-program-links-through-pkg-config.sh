#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
# usage: a-program-links-through-pkg-config.sh SOURCE BUILD
# Installs the build to an empty folder, links a ten-line program through pkg-config, in C and C++,
# against the shared and against the static library, and runs it.
set -eu
build=$2
for tool in meson pkg-config cc c++; do
	command -v "$tool" >/dev/null || { echo "SKIP: no $tool"; exit 77; }
done
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

DESTDIR=$dir/root meson install -C "$build" --no-rebuild >"$dir/log" 2>&1 || { cat "$dir/log"; exit 1; }
pc=$(find "$dir/root" -name libuffd.pc | grep -v uninstalled)
[ -n "$pc" ] || { echo "libuffd.pc was not installed"; exit 1; }
lib=$(dirname "$(dirname "$pc")")
if ! [ -e "$lib/libuffd.so" ]; then
	echo "SKIP: this build has no shared library"
	exit 77
fi
export PKG_CONFIG_PATH="${pc%/*}"
export PKG_CONFIG_SYSROOT_DIR="$dir/root"

cat >"$dir/ten.c" <<'PROGRAM'
#include <uffd.h>
#include <stdio.h>
int main(void)
{
	struct uffd_ctx *ctx;
	struct uffd_ctx_opts opts = {};
	opts.size = sizeof(opts);
	opts.flags = LIBUFFD_CTX_USER_MODE_ONLY;
	int ret = uffd_ctx_open(&ctx, &opts);
	printf("%x %d\n", uffd_version(), ret == 0 ? uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE) : ret);
	return uffd_version() != LIBUFFD_VERSION;
}
PROGRAM
cp "$dir/ten.c" "$dir/ten.cc"
# shellcheck disable=SC2046
{
	cc -std=c11 -Wall -Wextra -Werror "$dir/ten.c" -o "$dir/c" $(pkg-config --cflags --libs libuffd) || exit 1
	c++ -std=c++17 -Wall -Wextra -Werror "$dir/ten.cc" -o "$dir/cc" $(pkg-config --cflags --libs libuffd) || exit 1
	cc "$dir/ten.c" -o "$dir/static" $(pkg-config --cflags libuffd) "$lib/libuffd.a" \
		$(PKG_CONFIG_SYSROOT_DIR='' pkg-config --static --libs libuffd | tr ' ' '\n' | grep -v -e -luffd -e ^-L) || exit 1
}
LD_LIBRARY_PATH=$lib "$dir/c"
LD_LIBRARY_PATH=$lib "$dir/cc"
"$dir/static"

# libuffd-firecracker, where it is built: likewise; and who links the core alone gets no JSON library.
if readelf -d "$lib/libuffd.so" | grep -q json; then
	echo "libuffd.so needs a JSON library"
	exit 1
fi
[ -e "${pc%/*}/libuffd-firecracker.pc" ] || exit 0
cat >"$dir/fc.c" <<'PROGRAM'
#include <uffd/firecracker.h>
#include <stdio.h>
#include <string.h>
int main(void)
{
	static const char text[] = "[{\"base_host_virt_addr\":4096,\"size\":8192,\"offset\":0}]";
	struct uffd_peer_region region;
	uint32_t count = 1;
	int ret = uffd_fc_parse(text, strlen(text), 8192, &region, &count, NULL);
	printf("%d %u\n", ret, (unsigned)count);
	return ret != 0 || count != 1 || region.length != 8192 || region.page_size != 4096;
}
PROGRAM
cp "$dir/fc.c" "$dir/fc.cc"
# shellcheck disable=SC2046
{
	cc -std=c11 -Wall -Wextra -Werror "$dir/fc.c" -o "$dir/fc" \
		$(pkg-config --cflags --libs libuffd-firecracker) -Wl,-rpath-link,"$lib" || exit 1
	c++ -std=c++17 -Wall -Wextra -Werror "$dir/fc.cc" -o "$dir/fcc" \
		$(pkg-config --cflags --libs libuffd-firecracker) -Wl,-rpath-link,"$lib" || exit 1
	cc "$dir/fc.c" -o "$dir/fcs" $(pkg-config --cflags libuffd-firecracker) \
		"$lib/libuffd-firecracker.a" "$lib/libuffd.a" \
		$(PKG_CONFIG_SYSROOT_DIR='' pkg-config --static --libs libuffd-firecracker | tr ' ' '\n' |
			grep -v -e -luffd -e ^-L) || exit 1
}
LD_LIBRARY_PATH=$lib "$dir/fc"
LD_LIBRARY_PATH=$lib "$dir/fcc"
"$dir/fcs"
