export type MarkdownPart =
	| { type: "heading"; level: number; text: string }
	| { type: "paragraph" | "quote"; text: string }
	| { type: "code_block"; text: string }
	| { type: "rule" }
	| { type: "list"; isOrdered: boolean; items: { text: string; indent: number; isDone: boolean | null }[] }
	| { type: "table"; rows: string[][] };

const ITEM = /^(\s*)(?:[-*+]|(\d+)[.)])\s+(?:\[([ xX])\]\s+)?(.*)$/;
const TABLE_RULE = /^\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)*\|?\s*$/;

/** Cuts Markdown into the parts that a `markdown` block may have. */
export function parseMarkdown(source: string): MarkdownPart[] {
	const lines = source.replaceAll("\r\n", "\n").split("\n");
	const parts: MarkdownPart[] = [];
	let at = 0;
	while (at < lines.length) {
		const line = lines[at] ?? "";
		const fence = /^\s*(```|~~~)/.exec(line)?.[1];
		const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
		if (fence !== undefined) {
			const end = lines.findIndex((one, index) => index > at && one.trim().startsWith(fence));
			const stop = end < 0 ? lines.length : end;
			parts.push({ type: "code_block", text: lines.slice(at + 1, stop).join("\n") });
			at = stop + 1;
		} else if (line.trim() === "") at += 1;
		else if (heading !== null) {
			parts.push({ type: "heading", level: heading[1]?.length ?? 1, text: heading[2] ?? "" });
			at += 1;
		} else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
			parts.push({ type: "rule" });
			at += 1;
		} else {
			const [part, taken] = readRun(lines.slice(at));
			parts.push(part);
			at += taken;
		}
	}
	return parts;
}

/** Reads the lines that belong together with the first one. Gives how many they are too. */
function readRun(lines: string[]): [MarkdownPart, number] {
	const count = (belongs: (line: string) => boolean) => {
		const end = lines.findIndex((line) => !belongs(line));
		return end < 0 ? lines.length : end;
	};
	const [first = "", second = ""] = lines;
	if (first.includes("|") && TABLE_RULE.test(second)) {
		const taken = Math.max(
			2,
			count((line) => line.includes("|")),
		);
		const rows = lines.slice(0, taken).filter((_, index) => index !== 1);
		return [{ type: "table", rows: rows.map(toCells) }, taken];
	}
	if (first.startsWith(">")) {
		const taken = count((line) => line.startsWith(">"));
		const text = lines.slice(0, taken).map((line) => line.replace(/^>\s?/, ""));
		return [{ type: "quote", text: text.join("\n") }, taken];
	}
	if (ITEM.test(first)) {
		const taken = count((line) => ITEM.test(line));
		const items = lines.slice(0, taken).map((line) => {
			const [, indent = "", , box, text = ""] = ITEM.exec(line) ?? [];
			return { text, indent: Math.floor(indent.length / 2), isDone: box === undefined ? null : box !== " " };
		});
		return [{ type: "list", isOrdered: /^\s*\d/.test(first), items }, taken];
	}
	const taken = Math.max(
		1,
		count((line) => line.trim() !== "" && !/^(#{1,6}\s|>|\s*```)/.test(line) && !ITEM.test(line)),
	);
	return [{ type: "paragraph", text: lines.slice(0, taken).join("\n") }, taken];
}

function toCells(row: string): string[] {
	return row
		.trim()
		.replace(/^\||\|$/g, "")
		.split("|")
		.map((cell) => cell.trim());
}

/** Markup within a line of Markdown, as Slack's own mrkdwn. */
export function inlineToMrkdwn(text: string): string {
	return text
		.split(/(`[^`]+`)/)
		.map((piece) => (piece.startsWith("`") ? encode(piece) : styleToMrkdwn(piece)))
		.join("");
}

function styleToMrkdwn(piece: string): string {
	return encode(piece)
		.replaceAll(/!?\[([^\]]*)\]\(([^)\s]+)\)/g, (_, words: string, url: string) => `<${url}|${words || url}>`)
		.replaceAll(/(?<![<|\w])https?:\/\/[^\s<>|)]+/g, (url) => `<${url}>`)
		.replaceAll(/(?<!\*)\*(?!\s|\*)([^*\n]+?)(?<!\s)\*(?!\*)/g, "_$1_")
		.replaceAll(/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, "*$2*")
		.replaceAll(/~~(?=\S)(.+?)(?<=\S)~~/g, "~$1~");
}

function encode(text: string): string {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
