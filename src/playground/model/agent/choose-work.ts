import { KNOWN_BUGS, type KnownBug } from "../scripts/known-bugs.ts";

/** What a request means to the scripted model. */
export type Work =
	| { kind: "fix"; bugs: readonly KnownBug[] | "all" }
	| { kind: "add-route"; path: string }
	| { kind: "move-route"; from: string; to: string }
	| { kind: "add-test" }
	| { kind: "chart" }
	| { kind: "ask" }
	| { kind: "question" }
	| { kind: "unknown" };

const CHANGE =
	/\b(fix|repair|solve|correct|add|create|make|change|update|rename|move|remove|delete|implement|write|build|replace|refactor|expose|cover|handle|get)\b/i;
const TROUBLE =
	/\b(wrong|broken|bug|fail(s|ing|ed|ure)?|red|flak(y|ey)|off|incorrect|missing|empty|dead|short|twice|sometimes|typos?|404)\b/i;
const QUESTION_START =
	/^\W*(so |and |but |hey |hi )*(what|where|which|when|why|who|how|explain|describe|is|are|does|do|tell me|show me)\b/i;
const POLITE_REQUEST = /\b(can|could|would|will) (you|we|someone)\b|\bplease\b/i;
const ALL_TESTS =
	/\b(make|get|turn)\b[^.?!]*\btests?\b[^.?!]*\b(pass|green|work)|\b(fix|repair|mend)\b[^.?!]*\b(tests?|build|ci|suite|bugs?)\b|\b(failing|red|broken) tests?\b|\btests?\b[^.?!]*\b(fail|red|broken)|\b(build|ci) is (red|broken)\b/i;
const ADD_ROUTE =
	/\b(add|create|expose|implement|need|new|build)\b[^.?!]*\b(routes?|endpoints?|health ?-?checks?|GET \/|path \/)/i;
const ADD_TEST =
	/\b(add|write|create|also|another|more)\b[^.?!]*\btests?\b|\bcover\b[^.?!]*\btests?\b|\btest coverage\b/i;
const CHART =
	/\b(draw|plot|paint|make|show|create|give)\b[^.?!]*\b(charts?|graphs?|diagrams?|pictures?|plots?)\b/i;
const ASK_FIRST = /\bask (me|us)( (first|before|something|a question))?\b[,:;.]?( (and )?then\b)?/i;
const PATH = /(?:^|[\s`"'(])(\/[a-z0-9][a-z0-9/_-]{0,60})/gi;

/**
 * Decides what a request wants, in the order in which it is to be done. Never empty.
 *
 * @param route the path of the route that was added before, which "rename it" means
 */
export function chooseWork(text: string, route: string | null): Work[] {
	if (ASK_FIRST.test(text)) {
		const rest = chooseWork(text.replace(ASK_FIRST, " "), route);
		return [{ kind: "ask" }, ...rest.filter(({ kind }) => kind !== "unknown" && kind !== "question")];
	}
	if (CHART.test(text) && !ADD_ROUTE.test(text)) return [{ kind: "chart" }];
	if (isQuestion(text)) return [{ kind: "question" }];
	const work: Work[] = [];
	const paths = [...text.matchAll(PATH)].map(([, path]) => (path ?? "").replace(/\/+$/, ""));
	const target = paths.at(-1);
	if (/\b(rename|move|call it)\b/i.test(text) && target && (route !== null || paths.length > 1)) {
		return [{ kind: "move-route", from: paths.length > 1 ? (paths[0] ?? "") : (route ?? ""), to: target }];
	}
	const wantsRoute = ADD_ROUTE.test(text);
	const wantsTest = ADD_TEST.test(text) && !wantsRoute;
	const bugs = KNOWN_BUGS.filter((bug) => bug.words.test(text));
	const wantsFix = /\b(fix|repair|solve|correct|mend)\b/i.test(text) || (TROUBLE.test(text) && !wantsTest);
	if (wantsFix && bugs.length > 0) work.push({ kind: "fix", bugs: meansAll(text) ? "all" : bugs });
	else if (ALL_TESTS.test(text) && !wantsTest && !wantsRoute) work.push({ kind: "fix", bugs: "all" });
	if (wantsRoute) work.push({ kind: "add-route", path: target ?? "/health" });
	if (wantsTest) work.push({ kind: "add-test" });
	return work.length > 0 ? work : [{ kind: "unknown" }];
}

function isQuestion(text: string): boolean {
	const asks = QUESTION_START.test(text) || /\?\s*$/.test(text);
	if (!asks) return false;
	if (QUESTION_START.test(text) && /\?/.test(text) && !POLITE_REQUEST.test(text)) return true;
	return !CHANGE.test(text) && !ALL_TESTS.test(text) && !(TROUBLE.test(text) && !QUESTION_START.test(text));
}

function meansAll(text: string): boolean {
	return /\ball\b[^.?!]*\b(tests?|bugs?)\b|\bevery(thing)?\b|\b(build|ci) is (red|broken)\b/i.test(text);
}
