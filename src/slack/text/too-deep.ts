import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import { unified } from "unified";

/** slackify-markdown 5.0.0 works off these twice at each level: of thirty in each other it would never come back. */
const TWICE = new Set(["emphasis", "strong", "delete", "link", "linkReference"]);
const MOST_TWICE = 5;
const MOST_DEEP = 40;
/** Quotes and lists in each other, as a line begins with them: of thousands even reading them overflows the stack. */
const ROW_OF_MARKS = /^[ \t]*(?:>[ \t]*|(?:[-*+]|\d{1,9}[.)])[ \t]+){20}/m;

const reader = unified().use(remarkParse).use(remarkGfm);

interface Node {
	type: string;
	children?: Node[];
}

/** Pure. Whether Markdown is nested so deep that its converter would take for ever: whoever steers an agent can have it say so. */
export function isTooDeep(markdown: string): boolean {
	return ROW_OF_MARKS.test(markdown) || isBelow(reader.parse(markdown), 0, 0);
}

function isBelow(node: Node, twice: number, deep: number): boolean {
	const now = twice + (TWICE.has(node.type) ? 1 : 0);
	if (now > MOST_TWICE || deep > MOST_DEEP) return true;
	return node.children?.some((child) => isBelow(child, now, deep + 1)) ?? false;
}
