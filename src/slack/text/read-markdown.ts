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

export type MarkdownTree = ReturnType<typeof reader.parse>;

interface Node {
	type: string;
	children?: Node[];
}

/**
 * Pure. Null: it is nested so deep that its converter would take for ever; whoever steers an agent can have it say so.
 */
export function readMarkdown(markdown: string): MarkdownTree | null {
	if (ROW_OF_MARKS.test(markdown)) return null;
	const tree = reader.parse(markdown);
	return isBelow(tree, 0, 0) ? null : tree;
}

function isBelow(node: Node, twice: number, deep: number): boolean {
	const now = twice + (TWICE.has(node.type) ? 1 : 0);
	if (now > MOST_TWICE || deep > MOST_DEEP) return true;
	return node.children?.some((child) => isBelow(child, now, deep + 1)) ?? false;
}
