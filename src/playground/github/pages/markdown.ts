import { raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

/** A whole line that GitHub keeps and does not show. */
const COMMENT = /^\s*<!--.*-->\s*$/;

/**
 * Draws the Markdown that pull requests use: headings, lists, tables, quotes, code, emphasis, links. Everything is escaped
 * first and only tags written here come after, so no text can bring its own.
 */
export function drawMarkdown(text: string): HtmlEscapedString {
	const lines = text.replaceAll("\r\n", "\n").split("\n");
	const out: string[] = [];
	for (let i = 0; i < lines.length; ) {
		const fence = /^\s*(```+|~~~+)/.exec(lines[i] ?? "")?.[1];
		if (fence !== undefined) {
			const end = lines.findIndex((line, at) => at > i && line.trim().startsWith(fence));
			const last = end === -1 ? lines.length : end;
			out.push(`<pre><code>${escapeHtml(lines.slice(i + 1, last).join("\n"))}</code></pre>`);
			i = last + 1;
			continue;
		}
		const kind = blockKind(lines[i] ?? "");
		let end = i + 1;
		while (end < lines.length && kind !== "heading" && blockKind(lines[end] ?? "") === kind) end++;
		out.push(drawBlock(kind, lines.slice(i, end)));
		i = end;
	}
	return raw(out.join("\n")) as HtmlEscapedString;
}

type Block = "blank" | "heading" | "list" | "numbers" | "quote" | "rule" | "table" | "paragraph";

function blockKind(line: string): Block {
	if (line.trim() === "" || COMMENT.test(line)) return "blank";
	if (/^#{1,6} /.test(line)) return "heading";
	if (/^\s*[-*+] /.test(line)) return "list";
	if (/^\s*\d+[.)] /.test(line)) return "numbers";
	if (/^\s*\|.*\|\s*$/.test(line)) return "table";
	if (/^\s*>/.test(line)) return "quote";
	if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) return "rule";
	return "paragraph";
}

function drawBlock(kind: Block, lines: string[]): string {
	switch (kind) {
		case "blank":
			return "";
		case "rule":
			return "<hr>";
		case "heading": {
			const [, marks = "#", title = ""] = /^(#{1,6}) (.*)$/.exec(lines[0] ?? "") ?? [];
			return `<h${marks.length}>${drawInline(title)}</h${marks.length}>`;
		}
		case "list":
			return `<ul>${lines.map((line) => `<li>${drawItem(line.replace(/^\s*[-*+] /, ""))}</li>`).join("")}</ul>`;
		case "numbers":
			return `<ol>${lines.map((line) => `<li>${drawInline(line.replace(/^\s*\d+[.)] /, ""))}</li>`).join("")}</ol>`;
		case "quote":
			return `<blockquote>${lines.map((line) => drawInline(line.replace(/^\s*> ?/, ""))).join("<br>")}</blockquote>`;
		case "table":
			return drawTable(lines);
		case "paragraph":
			return `<p>${lines.map(drawInline).join("<br>")}</p>`;
	}
}

function drawTable(lines: string[]): string {
	const rows = lines.map((line) => line.trim().slice(1, -1).split("|"));
	const hasHead = rows[1]?.every((cell) => /^\s*:?-+:?\s*$/.test(cell)) ?? false;
	return `<table>${rows
		.filter((_, at) => !(hasHead && at === 1))
		.map((cells, at) => {
			const tag = hasHead && at === 0 ? "th" : "td";
			return `<tr>${cells.map((cell) => `<${tag}>${drawInline(cell.trim())}</${tag}>`).join("")}</tr>`;
		})
		.join("")}</table>`;
}

function drawItem(text: string): string {
	const task = /^\[([ xX])\] (.*)$/.exec(text);
	if (task === null) return drawInline(text);
	return `<input type="checkbox" disabled${task[1] === " " ? "" : " checked"}> ${drawInline(task[2] ?? "")}`;
}

// Code first, so that nothing in it is read as emphasis; then links, whose addresses are only http and https.
const INLINE =
	/`([^`]+)`|!\[([^\]]*)\]\((https?:\/\/[^\s)]+)\)|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)|(https?:\/\/[^\s<>"')]+)|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*/g;

function drawInline(text: string): string {
	let out = "";
	let from = 0;
	for (const match of text.matchAll(INLINE)) {
		out += escapeHtml(text.slice(from, match.index));
		from = match.index + match[0].length;
		const [, code, alt, picture, label, target, bare, strong, emphasis] = match;
		if (code !== undefined) out += `<code>${escapeHtml(code)}</code>`;
		else if (picture !== undefined) out += drawPicture(picture, alt || "picture");
		else if (label !== undefined && target !== undefined) out += link(target, label);
		else if (bare !== undefined) out += link(bare, bare);
		else if (strong !== undefined) out += `<strong>${escapeHtml(strong)}</strong>`;
		else out += `<em>${escapeHtml(emphasis ?? "")}</em>`;
	}
	return out + escapeHtml(text.slice(from));
}

/** A file of a repository of this very place; a picture from elsewhere is a link, for the page asks nobody outside. */
function drawPicture(target: string, alt: string): string {
	const { pathname, search } = new URL(target);
	const isHere =
		/^\/playground\/github\/[^/]+\/[^/]+\/blob\/[0-9a-f]{40}\//.test(pathname) && search === "?raw=true";
	if (!isHere) return link(target, alt);
	return `<img src="${escapeHtml(pathname + search)}" alt="${escapeHtml(alt)}">`;
}

const link = (target: string, label: string) =>
	`<a href="${escapeHtml(target)}" rel="noreferrer nofollow">${escapeHtml(label)}</a>`;

function escapeHtml(text: string): string {
	return text
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll('"', "&quot;")
		.replaceAll("'", "&#39;");
}
