/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Prometheus' text format 0.0.4, read strictly: every byte has its place in the grammar, every
 * metric has HELP and TYPE, in this order, before its samples, which stand together; no series
 * comes twice.
 */
#ifndef EXPOSITION_H
#define EXPOSITION_H

#include "test.h"

#define SAMPLES_MOST 4096
#define LABELS_MOST  8

struct sample {
	char name[96];
	struct {
		char name[32];
		char value[256]; /* not escaped any more */
	} labels[LABELS_MOST];
	size_t label_count;
	char value[64]; /* a number, as it was written */
};

struct metric_type {
	char name[96];
	char type[16];
};

struct exposition {
	struct metric_type metrics[128];
	size_t metric_count;
	struct sample samples[SAMPLES_MOST];
	size_t sample_count;
};

/* Fails the test where the text is not of the format. */
void exposition_parse(struct exposition *e, const char *text);

/* The value of a series. labels: "name=value,name=value", in this order, or "". */
const char *exposition_value(const struct exposition *e, const char *name, const char *labels);

#endif
