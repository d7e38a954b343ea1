import { toString as toWords } from "mdast-util-to-string";
import type { MarkdownTree } from "./read-markdown.ts";

type Table = Extract<MarkdownTree["children"][number], { type: "table" }>;
type Cell = Table["children"][number]["children"][number];

/** Slack breaks longer lines of a code block in a window of usual size. */
const WIDEST_CHARACTERS = 80;

/**
 * Pure. Markdown without its tables, of which Slack draws none: columns of plain words where they fit, else a list with
 * a point for each row that names its columns.
 */
export function drawTables(markdown: string, { children }: MarkdownTree): string {
	let drawn = "";
	let from = 0;
	for (const node of children) {
		if (node.type !== "table") continue;
		const [start, end] = offsetsOf(node);
		drawn += `${markdown.slice(from, start)}\n${drawColumns(node) ?? drawList(node, markdown)}\n`;
		from = end;
	}
	return drawn + markdown.slice(from);
}

/** Null: they are too wide. */
function drawColumns({ children }: Table): string | null {
	const rows = children.map((row) => row.children.map((cell) => toWords(cell).replaceAll("```", "'''")));
	const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
	if (widths.reduce((sum, width) => sum + width + 2, -2) > WIDEST_CHARACTERS) return null;
	const [head, ...body] = rows.map((row) =>
		widths
			.map((width, column) => (row[column] ?? "").padEnd(width))
			.join("  ")
			.trimEnd(),
	);
	const line = widths.map((width) => "-".repeat(width)).join("  ");
	return ["```", head, line, ...body, "```"].join("\n");
}

function drawList({ children: [head, ...rows] }: Table, markdown: string): string {
	const names = head?.children.map((cell) => markdownOf(cell, markdown)) ?? [];
	return rows
		.map(({ children: [first, ...others] }) => {
			const named = others.map((cell, at) => `${names[at + 1] ?? ""}: ${markdownOf(cell, markdown)}`);
			return `- ${[first === undefined ? "" : markdownOf(first, markdown), ...named].join(" · ")}`;
		})
		.join("\n");
}

function markdownOf({ children }: Cell, markdown: string): string {
	const [first, last] = [children[0], children.at(-1)];
	return first === undefined || last === undefined
		? ""
		: markdown.slice(offsetsOf(first)[0], offsetsOf(last)[1]);
}

/** What was read from a text knows its places there. */
function offsetsOf({ position }: Pick<Table, "position">): [number, number] {
	return [position?.start.offset ?? 0, position?.end.offset ?? 0];
}
