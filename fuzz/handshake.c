/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the fuzz target of Firecracker's handshake.
 * Must never: take the library's word for what a table may be, or for what a piece is.
 *
 * An input is a byte that says how, the seed of where it is cut, and a text; or numbers of regions,
 * which are written into a text that may be right. The text is parsed whole, parsed up to a cut, and
 * received in pieces.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uffd/firecracker.h>
#include <uffd/raw.h>

#define HEAD      9u /* how, and the seed */
#define TEXT_MOST (LIBUFFD_FC_MAX + 64u)
#define CONTENT   (UINT64_C(1) << 40)
/* Bytes of the input for a region: its pages, how many, the gap before it, its offset, a name. */
#define NUMBERS 8u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			__builtin_trap();                                                          \
	} while (0)

struct table {
	int ret;
	uint32_t count;
	struct uffd_peer_region regions[LIBUFFD_PEER_REGIONS_MAX];
	char reason[LIBUFFD_FC_REASON_MAX];
};

static struct table parse(const char *text, size_t length)
{
	struct table t = {.count = LIBUFFD_PEER_REGIONS_MAX};
	/* Of its own length: nobody may read behind it. */
	char *copy = malloc(length ? length : 1);

	MUST(copy);
	memcpy(copy, text, length);
	t.ret = uffd_fc_parse(copy, length, CONTENT, t.regions, &t.count, t.reason);
	free(copy);
	return t;
}

static void must_be_same(const struct table *a, const struct table *b)
{
	MUST(a->ret == 0 && b->ret == 0 && a->count == b->count);
	MUST(!memcmp(a->regions, b->regions, a->count * sizeof(a->regions[0])));
}

static void must_be_plain(const char *reason)
{
	size_t length = strnlen(reason, LIBUFFD_FC_REASON_MAX);

	MUST(length > 0 && length < LIBUFFD_FC_REASON_MAX);
	for (size_t i = 0; i < length; i++)
		MUST(reason[i] >= ' ' && reason[i] <= '~');
}

static void must_be_apart(const struct table *t, uint32_t i)
{
	const struct uffd_peer_region *a = &t->regions[i];

	for (uint32_t j = 0; j < i; j++) {
		const struct uffd_peer_region *b = &t->regions[j];

		MUST(a->address >= b->address + b->length || b->address >= a->address + a->length);
	}
}

/* Not by uffd_peer_check() alone. */
static void must_be_possible(const struct table *t)
{
	MUST(t->count >= 1 && t->count <= LIBUFFD_PEER_REGIONS_MAX);
	MUST(uffd_peer_check(t->regions, t->count, CONTENT, NULL) == 0);
	for (uint32_t i = 0; i < t->count; i++) {
		const struct uffd_peer_region *r = &t->regions[i];

		MUST(r->page_size >= 4096 && __builtin_popcountll(r->page_size) == 1);
		MUST(r->length && (r->address | r->length) % r->page_size == 0);
		MUST((unsigned __int128)r->offset + r->length <= CONTENT);
		must_be_apart(t, i);
	}
}

/* What was understood is said again in every version that can say it. */
static void must_be_said_again(const struct table *t)
{
	static char text[LIBUFFD_FC_MAX];

	for (uint32_t v = LIBUFFD_FC_1_1; v <= LIBUFFD_FC_1_12; v++) {
		int64_t n = uffd_fc_format(text, sizeof(text), t->regions, t->count, v);
		struct table again;

		if (n < 0) {
			MUST(n == -EINVAL && v == LIBUFFD_FC_1_1);
			continue;
		}
		again = parse(text, (size_t)n);
		must_be_same(t, &again);
	}
}

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

/* A beginning may be complete where nothing but blanks, or what is wrong, is behind it. */
static void must_agree_with_its_beginning(const struct table *whole, const char *text,
					  size_t length, uint64_t seed)
{
	size_t cut = length ? next(&seed) % length : 0;
	struct table part = parse(text, cut);

	if (part.ret == 0 && whole->ret == 0)
		must_be_same(&part, whole);
	else if (part.ret == 0)
		MUST(whole->ret == -EBADMSG || whole->ret == -E2BIG);
	else if (part.ret == -EBADMSG && whole->ret != -EBADMSG)
		MUST(whole->ret == -E2BIG && length > LIBUFFD_FC_MAX);
	else if (part.ret == -EAGAIN)
		MUST(cut <= LIBUFFD_FC_MAX);
}

static size_t piece(uint64_t *seed)
{
	uint64_t n = next(seed);

	return 1 + (n & 7 ? n / 8 % 16 : n / 8 % 16384);
}

/* What the receiver says of a text that comes in pieces, and how much of it came. */
static int receive(struct uffd_fc_receiver *r, int socket, int uffd, const char *text,
		   size_t length, uint64_t seed, size_t *came)
{
	int ret = 0;

	*came = 0;
	while (ret == 0 && *came < length) {
		size_t n = piece(&seed);

		n = n < length - *came ? n : length - *came;
		MUST(uffd_fdpass_send(socket, text + *came, n, &uffd, *came == 0) == 0);
		*came += n;
		ret = uffd_fc_receive(r);
	}
	return ret;
}

/* The receiver's verdict on what came, which may be less than the whole text. */
static void must_be_right(const struct uffd_fc_receiver *r, int ret, const struct table *seen)
{
	struct table got = {0};
	const struct uffd_peer_region *regions = uffd_fc_regions(r, &got.count);

	if (ret == 1) {
		memcpy(got.regions, regions, got.count * sizeof(*regions));
		must_be_same(&got, seen);
		return;
	}
	MUST(!regions && !got.count);
	MUST(seen->ret == (ret ? ret : -EAGAIN));
	MUST(!strcmp(uffd_fc_reason(r), seen->reason));
}

static void must_be_received_alike(const struct table *whole, const char *text, size_t length,
				   uint64_t seed, int uffd)
{
	struct uffd_fc_receiver *r;
	size_t came, kept;
	struct table seen;
	int ends[2], fd, ret;

	MUST(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends));
	MUST(uffd_fc_receiver_open(&r, ends[1], CONTENT) == 0);
	ret = receive(r, ends[0], uffd, text, length, seed, &came);
	if (length) {
		seen = parse(text, came);
		must_be_right(r, ret, &seen);
		/* What it has not seen lies behind the array, or behind what is wrong. */
		MUST(seen.ret == whole->ret || whole->ret == -EBADMSG || whole->ret == -E2BIG);
	}
	MUST(!memcmp(uffd_fc_text(r, &kept), text, came < kept ? came : kept) && kept <= came);
	fd = uffd_fc_take_fd(r);
	MUST((fd >= 0) == (ret == 1));
	if (fd >= 0)
		close(fd);
	uffd_fc_receiver_close(r);
	close(ends[0]);
	close(ends[1]);
}

static uint64_t get(const uint8_t *at, size_t bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | at[bytes];
	return value;
}

/* Regions that may well be right: each behind the last, most of them of whole pages. */
static size_t write_text(char *text, const uint8_t *data, size_t size)
{
	uint64_t address = UINT64_C(1) << 30;
	size_t n = 0;

	for (size_t i = 0; (i + 1) * NUMBERS <= size && n < TEXT_MOST - 512; i++) {
		const uint8_t *at = data + i * NUMBERS;
		uint64_t page = UINT64_C(4096) << (at[0] < 200 ? 9 * (at[0] % 2) : at[0] % 20);
		uint64_t length = (1 + at[1] % 64) * page - (at[1] == 255);

		address = (address + page - 1) / page * page;
		address += at[2] < 240 ? at[2] * page : -page; /* or over the last one's end */
		n += (size_t)snprintf(text + n, TEXT_MOST - n,
				      "%c{\"base_host_virt_addr\":%llu,\"size\":%llu,"
				      "\"offset\":%llu,\"page_size%s\":%llu}",
				      i ? ',' : '[', (unsigned long long)address,
				      (unsigned long long)length,
				      (unsigned long long)(get(at + 3, 4) * 4096),
				      at[7] & 1 ? "_kib" : "", (unsigned long long)page);
		address += length;
	}
	text[n++] = ']';
	return n;
}

static int open_uffd(void)
{
	int fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, NULL);

	if (fd < 0) {
		fprintf(stderr, "no userfaultfd: %s\n", strerror(-fd));
		_exit(77);
	}
	MUST(uffd_raw_api(fd, 0, NULL, NULL) == 0);
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[TEXT_MOST];
	static int uffd = -1;
	struct table whole;
	uint64_t seed;
	size_t length;

	if (uffd < 0)
		uffd = open_uffd();
	if (size < HEAD || size - HEAD > TEXT_MOST)
		return 0;
	seed = get(data + 1, 8);
	length = size - HEAD;
	if (data[0] & 1)
		length = write_text(text, data + HEAD, length);
	else
		memcpy(text, data + HEAD, length);
	/* A byte of it is another. */
	if (data[0] & 2 && length)
		text[next(&seed) % length] = (char)next(&seed);
	whole = parse(text, length);
	if (whole.ret == 0) {
		MUST(!*whole.reason);
		must_be_possible(&whole);
		must_be_said_again(&whole);
	} else {
		must_be_plain(whole.reason);
	}
	must_agree_with_its_beginning(&whole, text, length, seed);
	must_be_received_alike(&whole, text, length, seed, uffd);
	return 0;
}
