/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the bar. Must never: print more often than progress.h says. */
#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WIDTH 50

static void draw_also(const struct progress *progress)
{
	if (progress->also)
		printf(", %s %*u %%", progress->also, progress->terminal ? 3 : 0,
		       progress->also_percent);
	if (!progress->terminal)
		printf("\n");
	fflush(stdout);
}

static void draw(const struct progress *progress)
{
	static const char full[] = "##################################################";
	int cells = (int)progress->shown * WIDTH / 100;

	printf("\r%s [%.*s%*s] %3u %%", progress->what, cells, full, WIDTH - cells, "",
	       progress->shown);
	draw_also(progress);
}

void progress_begin(struct progress *progress, const char *what, uint64_t total)
{
	*progress = (struct progress){
		.what = what,
		.total = total ? total : 1,
		.terminal = isatty(STDOUT_FILENO) == 1,
	};
	if (progress->terminal)
		draw(progress);
}

void progress_show(struct progress *progress, uint64_t done)
{
	unsigned int percent = (unsigned int)(done * 100 / progress->total);

	if (!progress->terminal)
		percent -= percent % 10;
	if (percent <= progress->shown)
		return;
	progress->shown = percent;
	if (progress->terminal) {
		draw(progress);
	} else {
		printf("%s: %u %%", progress->what, percent);
		draw_also(progress);
	}
}

void progress_also(struct progress *progress, const char *what, uint64_t done, uint64_t total)
{
	progress->also = what;
	progress->also_percent = (unsigned int)(total ? done * 100 / total : 100);
}

void progress_end(struct progress *progress)
{
	int length = (int)strlen(progress->what) + WIDTH + 9;

	if (progress->also)
		length += (int)strlen(progress->also) + 8;
	if (progress->terminal)
		printf("\r%*s\r", length, "");
	fflush(stdout);
}
