/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the machine as one JSON object, for programs.
 * Must never: ask the machine anything, or leave a member out because its answer is no.
 *
 * An answer is true, false, or the name of the error as a string.
 */
#include <grp.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <pwd.h>
#include <stdio.h>

#include "machine.h"

static void add(struct json_object *to, const char *key, struct json_object *value)
{
	json_object_object_add(to, key, value);
}

static void add_text(struct json_object *to, const char *key, const char *text)
{
	add(to, key, text && text[0] ? json_object_new_string(text) : NULL);
}

static void add_answer(struct json_object *to, const char *key, int answer)
{
	add(to, key,
	    answer < 0 ? json_object_new_string(answer_name(answer))
		       : json_object_new_boolean(answer));
}

static void add_number(struct json_object *to, const char *key, int64_t number)
{
	add(to, key,
	    number < 0 ? json_object_new_string(answer_name((int)number))
		       : json_object_new_int64(number));
}

static void add_bits(struct json_object *to, const char *key, uint64_t bits,
		     const char *(*name_of)(unsigned int bit))
{
	struct json_object *names = json_object_new_array();
	char number[16];

	for (unsigned int bit = 0; bit < 64; bit++) {
		const char *name = name_of(bit);

		if (!(bits >> bit & 1))
			continue;
		snprintf(number, sizeof(number), "bit %u", bit);
		json_object_array_add(names, json_object_new_string(name ? name : number));
	}
	add(to, key, names);
}

static struct json_object *opening(const struct opening *o)
{
	struct json_object *out = json_object_new_object();

	add_answer(out, "syscall", o->syscall);
	add_answer(out, "user_mode_only", o->user_mode_only);
	add_answer(out, "device", o->device);
	return out;
}

static struct json_object *device_file(const struct ways *w)
{
	struct json_object *out;
	const struct passwd *user = getpwuid(w->owner);
	const struct group *group = getgrgid(w->group);
	char mode[16];

	if (w->device_file < 0)
		return json_object_new_string(answer_name(w->device_file));
	out = json_object_new_object();
	snprintf(mode, sizeof(mode), "%04o", w->mode & 07777u);
	add_text(out, "mode", mode);
	add_number(out, "uid", w->owner);
	add_number(out, "gid", w->group);
	add_text(out, "owner", user ? user->pw_name : NULL);
	add_text(out, "group", group ? group->gr_name : NULL);
	return out;
}

static struct json_object *userfaultfd(const struct machine *m)
{
	struct json_object *out = json_object_new_object();
	char mask[24];

	snprintf(mask, sizeof(mask), "0x%" PRIx64, m->features);
	add_text(out, "features_mask", m->features_error < 0 ? NULL : mask);
	add_bits(out, "features", m->features, uffd_raw_feature_name);
	add(out, "open", opening(&m->ways.self));
	add(out, "open_as_nobody", m->ways.nobody_tried ? opening(&m->ways.nobody) : NULL);
	add(out, "device_file", device_file(&m->ways));
	add_number(out, "unprivileged_userfaultfd", m->ways.sysctl);
	return out;
}

static struct json_object *process(const struct process *p)
{
	struct json_object *out = json_object_new_object();

	add_number(out, "uid", p->uid);
	add_answer(out, "cap_sys_ptrace", p->cap_sys_ptrace);
	add_text(out, "seccomp", seccomp_name(p->seccomp));
	return out;
}

static struct json_object *memory(const struct memory_row *row)
{
	const struct uffd_memory_abilities *can = &row->can;
	struct json_object *out = json_object_new_object();

	add_text(out, "type", uffd_backing_name(row->backing));
	add_number(out, "page_size", (int64_t)can->page_size);
	if (row->error < 0) {
		add_answer(out, "error", row->error);
		return out;
	}
	add_answer(out, "available", can->available);
	add_answer(out, "missing", can->missing);
	add_answer(out, "minor", can->minor);
	add_answer(out, "wp", can->wp);
	add_answer(out, "wp_async", can->wp_async);
	add_answer(out, "copy", can->copy);
	add_answer(out, "zeropage", can->zeropage);
	add_answer(out, "continue", can->continue_);
	add_answer(out, "poison", can->poison);
	add_answer(out, "move", can->move);
	add_answer(out, "writeprotect", can->writeprotect);
	return out;
}

static struct json_object *memories(const struct machine *m)
{
	struct json_object *out = json_object_new_array();

	for (int i = 0; i < m->row_count; i++)
		json_object_array_add(out, memory(&m->rows[i]));
	return out;
}

static struct json_object *uring(const struct uring_level *u)
{
	struct json_object *out = json_object_new_object();

	add(out, "compiled_in", json_object_new_boolean(u->compiled));
	add_number(out, "disabled", u->disabled);
	if (!u->compiled)
		return out;
	add_answer(out, "setup", u->setup);
	add_answer(out, "poll_multishot", u->poll_multishot);
	add_answer(out, "buffer_rings", u->buffer_rings);
	add_answer(out, "read_multishot", u->read_multishot);
	add_answer(out, "read_multishot_userfaultfd", u->read_uffd);
	add_answer(out, "defer_taskrun", u->defer_taskrun);
	return out;
}

static struct json_object *huge_pages(const struct machine *m)
{
	struct json_object *out = json_object_new_object();
	struct json_object *pools = json_object_new_array();

	for (int i = 0; i < m->pool_count; i++) {
		const struct huge_pool *p = &m->pools[i];
		struct json_object *pool = json_object_new_object();

		add_number(pool, "page_size", (int64_t)p->page_size);
		add_number(pool, "total", p->total);
		add_number(pool, "free", p->free);
		add_number(pool, "reserved", p->reserved);
		add_number(pool, "overcommit", p->overcommit);
		json_object_array_add(pools, pool);
	}
	add(out, "hugetlb", pools);
	add_text(out, "transparent", m->thp);
	add_text(out, "transparent_shmem", m->shmem_thp);
	return out;
}

static struct json_object *kvm(const struct kvm_level *k)
{
	struct json_object *out = json_object_new_object();

	add_answer(out, "present", k->present);
	add_answer(out, "openable", k->openable);
	add_number(out, "api_version", k->api_version);
	add_answer(out, "guest_memfd", k->guest_memfd);
	add_bits(out, "guest_memfd_flags", (uint64_t)k->guest_memfd_flags, guest_memfd_flag_name);
	return out;
}

bool json_can(void)
{
	return true;
}

void json_print(const struct machine *m)
{
	struct json_object *out = json_object_new_object();
	struct json_object *kernel = json_object_new_object();

	add_text(out, "uffd_probe", LIBUFFD_VERSION_STRING);
	add_text(kernel, "release", m->release);
	add_text(kernel, "machine", m->arch);
	add_number(kernel, "page_size", (int64_t)m->page_size);
	add(out, "kernel", kernel);
	add(out, "works", json_object_new_boolean(machine_works(m)));
	add(out, "process", process(&m->process));
	add(out, "userfaultfd", userfaultfd(m));
	add(out, "memory", memories(m));
	add_answer(out, "pagemap_scan", m->pagemap_scan);
	add(out, "io_uring", uring(&m->uring));
	add(out, "huge_pages", huge_pages(m));
	add(out, "kvm", kvm(&m->kvm));
	puts(json_object_to_json_string_ext(out, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
							 JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(out);
}
