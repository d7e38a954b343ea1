import { type SlackNames, toPlainText } from "../text/from-slack.ts";

type Part = Record<string, unknown>;

const MAX_DEPTH = 12;
/** In which order the words of a block stand; what is not named here is no words. */
const WORDS_IN = [
	"title",
	"subtitle",
	"text",
	"body",
	"fields",
	"elements",
	"accessory",
	"rows",
	"cells",
	"children",
	"blocks",
	"tasks",
	"details",
	"output",
	"hint",
];

/** Pure. Block Kit as plain words, a line for each thing that it shows; buttons count where they lead somewhere. */
export function blocksToText(blocks: readonly unknown[], names: SlackNames): string {
	return blocks
		.flatMap((block) => readBlock(block, names, 0))
		.map((line) => line.trimEnd())
		.filter((line) => line !== "")
		.join("\n");
}

function readBlock(block: unknown, names: SlackNames, depth: number): string[] {
	if (depth > MAX_DEPTH) return [];
	if (Array.isArray(block)) return block.flatMap((one) => readBlock(one, names, depth + 1));
	if (typeof block !== "object" || block === null) return [];
	const part = block as Part;
	switch (part.type) {
		case "mrkdwn":
			return [toPlainText(word(part.text), names)];
		case "plain_text":
		case "markdown":
			return [word(part.text)];
		case "image": {
			const words = readWords(part.title) || word(part.alt_text);
			return words === "" ? [] : [`[image: ${words}]`];
		}
		case "button":
			return word(part.url) === "" ? [] : [`${readWords(part.text)}: ${word(part.url)}`];
		case "rich_text":
			return list(part.elements).flatMap((element) => readRich(element, names, depth + 1));
		default:
			return WORDS_IN.flatMap((name) => readBlock(part[name], names, depth + 1));
	}
}

function readRich(element: unknown, names: SlackNames, depth: number): string[] {
	const part = (element ?? {}) as Part;
	const inline = () =>
		list(part.elements)
			.map((one) => readInline(one, names))
			.join("");
	if (depth > MAX_DEPTH) return [];
	switch (part.type) {
		case "rich_text_list":
			return list(part.elements).flatMap((item) =>
				readRich(item, names, depth + 1).map((line) => `• ${line}`),
			);
		case "rich_text_quote":
			return inline()
				.split("\n")
				.map((line) => `> ${line}`);
		default:
			return inline().split("\n");
	}
}

function readInline(element: unknown, names: SlackNames): string {
	const part = (element ?? {}) as Part;
	switch (part.type) {
		case "text":
			return word(part.text);
		case "link": {
			const label = word(part.text);
			return label === "" || label === part.url ? word(part.url) : `${label} (${word(part.url)})`;
		}
		case "user":
			return part.user_id === names.botUserId
				? ""
				: `@${names.users.get(word(part.user_id)) ?? word(part.user_id)}`;
		case "emoji":
			return `:${word(part.name)}:`;
		case "channel":
			return `#${word(part.channel_id)}`;
		case "broadcast":
			return `@${word(part.range)}`;
		default:
			return word(part.fallback);
	}
}

function readWords(text: unknown): string {
	return word((text as Part | undefined)?.text);
}

function list(value: unknown): unknown[] {
	return Array.isArray(value) ? value : [];
}

function word(value: unknown): string {
	return typeof value === "string" ? value : "";
}
