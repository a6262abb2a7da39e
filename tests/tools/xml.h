/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: looking at a picture without a browser: whether it is well-formed XML, and what is in it.
 * Must never: accept what an XML parser would not; it may refuse more (comments, CDATA, DTDs).
 */
#ifndef TESTS_TOOLS_XML_H
#define TESTS_TOOLS_XML_H

#include <stddef.h>

/* Fails the test, with the place, where text is not one well-formed element. */
void xml_check(const char *text);

/* How often "what" is in text. */
size_t xml_count(const char *text, const char *what);

/* How many subpaths the paths of a class have: an M begins one. */
size_t xml_marks(const char *text, const char *class);

/* The content of a text element, as it would be read, and where it begins. */
struct xml_text {
	char class[32];
	int x;
	int y;
	char content[512];
};
/* The next text element from at on, which is moved behind it. 0: there is none. */
int xml_next_text(const char **at, struct xml_text *text);

#endif
