/** Most characters of a prompt; Slack itself cuts a message there. */
export const MAX_PROMPT_CHARACTERS = 40_000;

export interface SlackNames {
	botUserId: string;
	/** Names by user id, for mentions of people. */
	users: ReadonlyMap<string, string>;
}

/** The ids of people whom a text mentions. */
export function mentionedUsers(text: string): string[] {
	return [...new Set([...text.matchAll(/<@([UW][A-Z0-9]+)(?:\|[^>]*)?>/g)].map((match) => String(match[1])))];
}

/** True if the text addresses the bot, whichever kind of event brought it. */
export function mentionsUser(text: string, userId: string): boolean {
	return mentionedUsers(text).includes(userId);
}

/** "@bobbin, stop": the sign belongs to the call. */
const CALL = /^(\s*<@([UW][A-Z0-9]+)(?:\|[^>]*)?>)\s*[,:;]/;

/** Slack's markup as the words a person sees: mentions of the bot go, links, names and escapes are written out. */
export function toPlainText(text: string, names: SlackNames): string {
	const plain = text
		.replace(CALL, (all, call: string, id: string) => (id === names.botUserId ? call : all))
		.replace(/<([^<>]*)>/g, (_, inside: string) => toWords(inside, names))
		.replaceAll("&lt;", "<")
		.replaceAll("&gt;", ">")
		.replaceAll("&amp;", "&")
		.replaceAll("\u0000", "")
		.toWellFormed()
		// From where a row of them begins, or a long one would be looked through from each of them.
		.replace(/(?<![ \t])[ \t]+\n/g, "\n")
		.trim();
	return cutAt(plain, MAX_PROMPT_CHARACTERS);
}

function toWords(inside: string, { botUserId, users }: SlackNames): string {
	const bar = inside.indexOf("|");
	const target = bar < 0 ? inside : inside.slice(0, bar);
	const label = bar < 0 ? "" : inside.slice(bar + 1);
	if (target.startsWith("@")) {
		const id = target.slice(1);
		return id === botUserId ? "" : `@${users.get(id) ?? (label || id)}`;
	}
	if (target.startsWith("#")) return `#${label || target.slice(1)}`;
	if (target.startsWith("!subteam^")) return label.startsWith("@") ? label : `@${label || "group"}`;
	if (target.startsWith("!date^")) return label;
	if (target.startsWith("!")) return `@${(label || target.slice(1)).replace(/^@/, "")}`;
	const address = target.replace(/^mailto:/, "");
	return label === "" || label === target || address.endsWith(label) ? address : `${label} (${address})`;
}

function cutAt(text: string, maxLength: number): string {
	if (text.length <= maxLength) return text;
	const head = text.slice(0, maxLength);
	return /[\ud800-\udbff]$/.test(head) ? head.slice(0, -1) : head;
}
