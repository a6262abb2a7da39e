/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the style sheet of every picture: fonts, sizes, and the colours of each class.
 * Must never: be the only thing that tells two marks apart; every colour is named in a legend.
 */
#ifndef DRAW_THEME_H
#define DRAW_THEME_H

extern const char theme[];

/* Its font sizes, for those who have to know how wide a text is. */
#define THEME_TITLE 22 /* 20, and bold is wider */
#define THEME_TEXT  13
#define THEME_SMALL 12

#endif
