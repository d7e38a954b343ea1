import { toCanonical } from "./words.ts";

/** What a person wrote with their own hands: quotes, code blocks and pasted logs are gone, links are apart. */
export interface OwnWords {
	text: string;
	urls: string[];
}

const LOG_LINES = [
	/^\s{0,40}at\s\S.{0,300}[:(]/,
	/^\s{0,40}File "[^"\n]{1,300}", line \d/,
	/^\s{0,40}Traceback \(most recent call last\)/,
	/^\s{0,40}\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d/,
	/^\s{0,40}\[?(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL)\]?[\s:]/,
	/^\s{0,40}(?:Error|TypeError|ReferenceError|panic|Exception in thread|Caused by)\b.{0,200}:/,
];

/**
 * Takes from a Slack message what its author says, as opposed to what they pasted. A repository that is named only in
 * a quote or a log is evidence, not an instruction.
 */
export function toOwnWords(message: string): OwnWords {
	const urls: string[] = [];
	const text = withoutPastes(toCanonical(message))
		// Slack's own markup: <url|label>, <@person>, <#channel|name>, <!here>.
		.replace(/<([^<>|\s]{1,4000})(?:\|([^<>]{0,4000}))?>/g, (_, target: string, label?: string) => {
			if (!/^https?:/i.test(target)) return " ";
			urls.push(target);
			return label === undefined || /^https?:/i.test(label) ? " " : ` ${label} `;
		})
		.replaceAll("&lt;", "<")
		.replaceAll("&gt;", ">")
		.replaceAll("&amp;", "&")
		.replace(/:[a-z0-9_+-]{2,60}:/gi, " ")
		.replace(/\b(?:ssh:\/\/)?git@([\w.-]{1,255})[:/]([\w.-]{1,100}\/[\w.-]{1,100})/gi, (_, host, path) => {
			urls.push(`https://${host}/${path}`);
			return " ";
		})
		.replace(/https?:\/\/[^\s<>|`"'\])]{1,2000}/gi, (url) => {
			urls.push(url.replace(/[.,;:!?*_]{1,5}$/, ""));
			return " ";
		});
	return { text, urls };
}

function withoutPastes(message: string): string {
	return message
		.split("```")
		.filter((_, index) => index % 2 === 0)
		.join("\n")
		.split("\n")
		.filter((line) => !/^\s{0,40}(?:>|&gt;)/.test(line) && !LOG_LINES.some((pattern) => pattern.test(line)))
		.join("\n");
}
