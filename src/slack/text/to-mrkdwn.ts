import { slackifyMarkdown } from "slackify-markdown";
import { breakPings, escapeMrkdwn } from "./escape.ts";

const CODE = /```[\s\S]*?```|`[^`\n]*`/g;
/** Slack draws no line between parts; the converter leaves the mark of one. */
const RULE = /^\*\*\*$/gm;
const LINK = /<(?:https?:\/\/|mailto:)[^<>|\s]+(?:\|[^<>\n]*)?>/g;

/**
 * Markdown of an agent in Slack's own form. What comes out is safe to post: code is escaped, of everything in angle
 * brackets only links to the web and mail stay, so no text of an agent can ping a person, a group or a channel.
 */
export function toMrkdwn(markdown: string): string {
	const converted = slackifyMarkdown(markdown.toWellFormed().replaceAll("\u0000", ""));
	return mapAround(converted, CODE, escapeMrkdwn, (prose) =>
		mapAround(prose, LINK, breakPings, escapeStrays),
	).trim();
}

/** Outside code the converter has escaped text already, but lets markup of Slack's and HTML through. */
function escapeStrays(text: string): string {
	const escaped = text
		.replace(RULE, "──────────")
		.replaceAll("<", "&lt;")
		.replace(/(^|\n)(> ?)+|>/g, (found, start: string | undefined) => (start === undefined ? "&gt;" : found));
	return breakPings(escaped);
}

/** Applies `onMatch` to what matches and `onRest` to what lies between. */
function mapAround(
	text: string,
	pattern: RegExp,
	onMatch: (part: string) => string,
	onRest: (part: string) => string,
): string {
	let result = "";
	let from = 0;
	for (const match of text.matchAll(pattern)) {
		result += onRest(text.slice(from, match.index)) + onMatch(match[0]);
		from = match.index + match[0].length;
	}
	return result + onRest(text.slice(from));
}
