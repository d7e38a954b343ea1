/** What kinds of work there are, as far as what they usually cost goes. */
export type WorkKind =
	| "question"
	| "small_fix"
	| "test_fix"
	| "feature"
	| "refactor"
	| "dependency_update"
	| "docs";

const RULES: readonly (readonly [WorkKind, RegExp])[] = [
	[
		"dependency_update",
		/\b(bump|upgrade|update|renovate|dependabot)\b[^.?!]*\b(dependenc(y|ies)|deps?|packages?|versions?|librar(y|ies)|to v?\d+(\.\d+)*)\b|\b(outdated|vulnerable) (dependenc(y|ies)|packages?)\b|\bnpm audit\b/i,
	],
	[
		"test_fix",
		/\b(fail(s|ing|ed)?|flak(y|ey)|red|broken)\b[^.?!]*\b(tests?|specs?|ci|build|checks?|suite)\b|\b(tests?|specs?|ci|build|checks?|suite)\b[^.?!]*\b(fail(s|ing|ed)?|flak(y|ey)|red|broken|green|pass)\b/i,
	],
	[
		"refactor",
		/\b(refactor|clean ?up|simplify|extract|split|restructure|reorgani[sz]e|dedup(licate)?|rename|move|inline)\b/i,
	],
	[
		"small_fix",
		/\b(fix|repair|solve|correct|mend)\b|\b(bug|broken|wrong|typo|crash(es|ed|ing)?|error|off by one)\b/i,
	],
	["docs", /\b(docs?|documentation|readme|changelog|docstrings?|comments?|typos? in)\b/i],
	["feature", /\b(add|implement|build|create|support|expose|introduce|make|write|allow|let)\b/i],
];
const QUESTION =
	/^\W*(so |and |but |hey |hi )*(what|where|which|when|why|who|how|explain|describe|is|are|does|do|tell me|show me)\b/i;
const ASKS_TO_TELL =
	/\b(can|could|would|will) (you|someone) (please )?(explain|describe|tell|show|find out)\b/i;
const POLITE = /\b(can|could|would|will) (you|we|someone)\b|\bplease\b/i;

/** Pure. What kind of work a request is, by its words alone; null: none that is known. */
export function findKind(text: string): WorkKind | null {
	if (ASKS_TO_TELL.test(text) || (QUESTION.test(text) && !POLITE.test(text))) return "question";
	if (/\b(docs?|documentation|readme)\b/i.test(text) && !/\b(bug|fails?|failing|crash)/i.test(text))
		return "docs";
	return RULES.find(([, words]) => words.test(text))?.[0] ?? null;
}
