/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the style sheet. See theme.h.
 * Must never: hold a character that needs escaping in XML.
 *
 * The colours are Okabe and Ito's, changed a little for the paper that they are on. Those of a
 * trace have two hues, warm for faults and cool for what was asked for; the strong one of each is
 * what somebody waited for, the weak one what came along, so that they differ in lightness too.
 */
#include "theme.h"

const char theme[] =
	"\n"
	"text{font-family:system-ui,-apple-system,'Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',"
	"sans-serif;font-size:13px;fill:#24292f}\n"
	".title{font-size:20px;font-weight:600}\n"
	".heading{font-size:15px;font-weight:600}\n"
	".tick,.axis,.note{font-size:12px;fill:#57606a}\n"
	".note{font-size:13px}\n"
	".value{font-size:12px}\n"
	".label{font-size:12px;font-weight:600}\n"
	".value,.label{paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}\n"
	".middle{text-anchor:middle}\n"
	".end{text-anchor:end}\n"
	".paper{fill:#fff}\n"
	".plot{fill:#f8f9fb}\n"
	".grid{fill:none;stroke:#e3e6ea;shape-rendering:crispEdges}\n"
	".base{fill:none;stroke:#8c959f;shape-rendering:crispEdges}\n"
	".mark{fill:none;stroke:#24292f;stroke-width:1.5px;stroke-dasharray:5 3}\n"
	"path.fault,path.around,path.demand,path.prefetch{fill:none}\n"
	"path.fault{stroke:#d04a02}path.around{stroke:#f4b678}\n"
	"path.demand{stroke:#0060a8}path.prefetch{stroke:#86c5ee}\n"
	"rect.fault{fill:#d04a02}rect.around{fill:#f4b678}\n"
	"rect.demand{fill:#0060a8}rect.prefetch{fill:#86c5ee}\n"
	".s0{fill:#0072b2}.s1{fill:#e69f00}.s2{fill:#009e73}.s3{fill:#cc79a7}\n"
	".s4{fill:#56b4e9}.s5{fill:#d55e00}.s6{fill:#8c959f}.s7{fill:#b5a800}\n"
	"@media (prefers-color-scheme:dark){\n"
	"text{fill:#e6edf3}\n"
	".tick,.axis,.note{fill:#9aa4b0}\n"
	".value,.label{stroke:#0f1318}\n"
	".paper{fill:#0f1318}\n"
	".plot{fill:#161b22}\n"
	".grid{stroke:#262c35}\n"
	".base{stroke:#6e7681}\n"
	".mark{stroke:#e6edf3}\n"
	"path.fault{stroke:#ff8a3d}path.around{stroke:#8f5423}\n"
	"path.demand{stroke:#6cc0ff}path.prefetch{stroke:#2a6592}\n"
	"rect.fault{fill:#ff8a3d}rect.around{fill:#8f5423}\n"
	"rect.demand{fill:#6cc0ff}rect.prefetch{fill:#2a6592}\n"
	".s0{fill:#3d9bdc}.s1{fill:#e8a92c}.s2{fill:#21b88d}.s3{fill:#d68fb6}\n"
	".s4{fill:#8accf2}.s5{fill:#ee7b35}.s6{fill:#8c959f}.s7{fill:#cfc23a}\n"
	"}\n";
