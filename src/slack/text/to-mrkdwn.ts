import { slackifyMarkdown } from "slackify-markdown";
import { drawTables } from "./draw-tables.ts";
import { breakPings, escapeMrkdwn } from "./escape.ts";
import { readMarkdown } from "./read-markdown.ts";

/** More than all messages of an answer show. */
const MAX_CHARACTERS = 60_000;
/** What begins first counts: a link's words may be code, and code may show a link. */
const CODE_OR_LINK = /```[\s\S]*?```|`[^`\n]*`|<(?:https?:\/\/|mailto:)[^<>|\s]+(?:\|[^<>\n]*)?>/g;
/** Slack draws no line between parts; the converter leaves the mark of one. */
const RULE = /^\*\*\*$/gm;

/**
 * Markdown of an agent in Slack's own form. What comes out is safe to post: code is escaped, of everything in angle
 * brackets only links to the web and mail stay, so no text of an agent can ping a person, a group or a channel. What is
 * nested as nobody writes stays as it is.
 */
export function toMrkdwn(markdown: string): string {
	const text = markdown.slice(0, MAX_CHARACTERS).toWellFormed().replaceAll("\u0000", "");
	const tree = readMarkdown(text);
	if (tree === null) return escapeMrkdwn(text).trim();
	const converted = slackifyMarkdown(drawTables(text, tree));
	let result = "";
	let from = 0;
	for (const { 0: part, index } of converted.matchAll(CODE_OR_LINK)) {
		result += escapeStrays(converted.slice(from, index));
		result += part.startsWith("`") ? escapeMrkdwn(part) : breakPings(part);
		from = index + part.length;
	}
	return (result + escapeStrays(converted.slice(from))).trim();
}

/** Outside code the converter has escaped text already, but lets markup of Slack's and HTML through. */
function escapeStrays(text: string): string {
	const escaped = text
		.replace(RULE, "──────────")
		.replaceAll("<", "&lt;")
		.replace(/(^|\n)(> ?)+|>/g, (found, start: string | undefined) => (start === undefined ? "&gt;" : found));
	return breakPings(escaped);
}
