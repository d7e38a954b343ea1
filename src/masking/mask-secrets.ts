import { lintSource } from "@secretlint/core";
import { creator } from "@secretlint/secretlint-rule-preset-recommend";
import { SECRET_SHAPES, type SecretShape } from "./secret-shapes.ts";

/** A text without its secrets, and of what kinds they were, one entry for each. */
export interface Masked {
	text: string;
	kinds: string[];
}

/** Kinds by the last word of a rule's id; the others are called a token. */
const KIND_OF_RULE: Record<string, string> = {
	aws: "AWS key",
	gcp: "Google key",
	privatekey: "private key",
	npm: "npm token",
	basicauth: "password",
	slack: "Slack token",
	sendgrid: "SendGrid key",
	shopify: "Shopify key",
	stripe: "Stripe key",
	github: "GitHub token",
	gitlab: "GitLab token",
	openai: "OpenAI key",
	anthropic: "Anthropic key",
	"database-connection-string": "connection string",
};
/** A comment in a text must not switch off what looks at it. */
const RULES = creator.rules
	.filter(({ meta }) => !meta.id.endsWith("filter-comments"))
	.map((rule) => ({ id: rule.meta.id, rule }));
const MIN_SECRET_CHARACTERS = 6;

/**
 * Takes the secrets out of a text: keys, tokens, private keys, passwords in addresses. In the place of each stands what
 * it was, as in `[masked AWS key]`. What is masked already stays as it is.
 */
export async function maskSecrets(given: string): Promise<Masked> {
	const kinds: string[] = [];
	const text = SECRET_SHAPES.reduce((rest, shape) => maskShape(rest, shape, kinds), given);
	const result = await lintSource({
		source: { filePath: "message.txt", content: text, ext: ".txt", contentType: "text" },
		options: { config: { rules: RULES }, noPhysicFilePath: true },
	});
	let rest = text;
	for (const { ruleId, range, data } of result.messages) {
		const kind = KIND_OF_RULE[ruleId.replace(/^.*secretlint-rule-/, "")] ?? "token";
		// Ranges can be shifted (AWS of 13.0.7), so what a rule says that it found counts first.
		const named = Object.values(data ?? {}).filter((value): value is string => typeof value === "string");
		const found = named.length > 0 ? named : [text.slice(...range)];
		for (const secret of found.filter((one) => one.length >= MIN_SECRET_CHARACTERS)) {
			const parts = rest.split(secret);
			for (let times = 1; times < parts.length; times++) kinds.push(kind);
			rest = parts.join(toMark(kind));
		}
	}
	return { text: rest, kinds };
}

function maskShape(text: string, { kind, pattern, group, isReal }: SecretShape, kinds: string[]): string {
	return text.replace(pattern, (...match) => {
		const whole = String(match[0]);
		const secret = group === undefined ? whole : String(match[group]);
		if (secret.startsWith("[masked") || isReal?.(secret) === false) return whole;
		kinds.push(kind);
		const start = whole.lastIndexOf(secret);
		return `${whole.slice(0, start)}${toMark(kind)}${whole.slice(start + secret.length)}`;
	});
}

function toMark(kind: string): string {
	return `[masked ${kind}]`;
}
