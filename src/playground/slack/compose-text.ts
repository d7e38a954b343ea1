/** Who and what can be named in a message: lower-case names to identifiers. */
export interface Directory {
	users: Map<string, string>;
	channels: Map<string, string>;
}

const BROADCASTS = new Set(["channel", "here", "everyone"]);
/** Slack's own tokens and code, which the composer leaves alone. */
const KEPT =
	/(```[\s\S]*?```|`[^`\n]+`|<(?:@[UW][A-Z0-9]+(?:\|[^<>]*)?|#C[A-Z0-9]+(?:\|[^<>]*)?|![^<>]+|(?:https?|mailto):[^<>\s]+)>)/;

/**
 * Does what Slack's composer does with what a human types: `@name` and `#channel` become references, addresses become
 * links, and the three characters with a meaning are escaped. References that are already there are kept.
 */
export function composeText(typed: string, directory: Directory): string {
	return typed
		.split(KEPT)
		.map((part, index) => {
			if (index % 2 === 0) return linkNames(encode(part), directory);
			return part.startsWith("`") ? encode(part) : part;
		})
		.join("");
}

function encode(text: string): string {
	return text
		.replaceAll(/&(?!amp;|lt;|gt;)/g, "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;");
}

function linkNames(text: string, directory: Directory): string {
	return text
		.split(/(\bhttps?:\/\/(?:[^\s&<>]|&amp;)+)/)
		.map((part, index) => (index % 2 === 0 ? linkWords(part, directory) : linkAddress(part)))
		.join("");
}

function linkAddress(address: string): string {
	const trailing = /[.,;:!?)\]}'"]+$/.exec(address)?.[0] ?? "";
	return `<${address.slice(0, address.length - trailing.length)}>${trailing}`;
}

function linkWords(text: string, directory: Directory): string {
	return text.replaceAll(
		/(^|[^\p{L}\p{N}_/@#.])([@#])([\p{L}\p{N}][\p{L}\p{N}._-]*)/gu,
		(whole, before, sign, word) => {
			const name = word.replace(/[._-]+$/, "");
			const token = toToken(sign, name.toLowerCase(), directory);
			return token === null ? whole : `${before}${token}${word.slice(name.length)}`;
		},
	);
}

function toToken(sign: string, name: string, directory: Directory): string | null {
	if (sign === "@" && BROADCASTS.has(name)) return `<!${name}>`;
	const id = sign === "@" ? directory.users.get(name) : directory.channels.get(name);
	if (id === undefined) return null;
	return sign === "@" ? `<@${id}>` : `<#${id}|${name}>`;
}

/** The `rich_text` block that Slack attaches to what a human wrote, built from the composed text. */
export function toRichText(text: string, blockId: string): Record<string, unknown> {
	const elements = text.split(/(```[\s\S]*?```)/).flatMap((part): Record<string, unknown>[] => {
		if (part === "") return [];
		if (part.startsWith("```") && part.endsWith("```") && part.length > 6) {
			const code = decode(part.slice(3, -3)).replace(/^\n/, "").replace(/\n$/, "");
			return [
				{ type: "rich_text_preformatted", elements: code === "" ? [] : [{ type: "text", text: code }] },
			];
		}
		return [{ type: "rich_text_section", elements: part.split(/(<[^<>]+>|`[^`\n]+`)/).flatMap(toInline) }];
	});
	return { type: "rich_text", block_id: blockId, elements };
}

function toInline(part: string): Record<string, unknown>[] {
	if (part === "") return [];
	if (part.startsWith("`") && part.endsWith("`") && part.length > 2) {
		return [{ type: "text", text: decode(part.slice(1, -1)), style: { code: true } }];
	}
	const token = /^<([@#!]?)([^|>]+)(?:\|([^>]*))?>$/.exec(part);
	const target = token?.[2];
	if (token === null || target === undefined) return [{ type: "text", text: decode(part) }];
	if (token[1] === "@") return [{ type: "user", user_id: target }];
	if (token[1] === "#") return [{ type: "channel", channel_id: target }];
	if (token[1] === "!") {
		return BROADCASTS.has(target)
			? [{ type: "broadcast", range: target }]
			: [{ type: "text", text: decode(token[3] ?? part) }];
	}
	return [{ type: "link", url: decode(target), ...(token[3] ? { text: decode(token[3]) } : {}) }];
}

function decode(text: string): string {
	return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
