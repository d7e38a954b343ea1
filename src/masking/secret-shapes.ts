/** Something that is a secret by its looks. `group` is the part of a match that is the secret, all of it if left out. */
export interface SecretShape {
	kind: string;
	pattern: RegExp;
	group?: number;
	/** Says no to what only looks like one. */
	isReal?: (secret: string) => boolean;
}

const MIN_ENTROPY_BITS = 3;
const PLACEHOLDER =
	/example|placeholder|your[-_]|change_?me|redacted|dummy|sample|^x+$|^\*+$|^\.+$|(.)\1{7}|^<|^\$|^%|^\{|1234567890?$/i;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Passwords that every manual and every test set-up has. */
const WELL_KNOWN = new Set([
	...["password", "passwd", "pass", "pw", "pwd", "secret", "postgres", "root", "admin", "guest", "test"],
	...[
		"user",
		"example",
		"changeme",
		"changeit",
		"xxx",
		"xxxx",
		"foo",
		"bar",
		"1234",
		"12345",
		"123456",
		"token",
	],
]);

/**
 * What secretlint's rules leave out, or find with more around it than has to go. Precise before complete: hashes of
 * commits and lock files, UUIDs and the keys of manuals are no secrets.
 */
export const SECRET_SHAPES: readonly SecretShape[] = [
	{
		kind: "private key",
		// Also in one line with `\n` written out, and where its end was cut off.
		pattern:
			/-----BEGIN ([A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?)-----(?:(?!-----BEGIN )[\s\S]){0,20000}?(?:-----END \1-----|$)/g,
		isReal: (secret) => /[A-Za-z0-9+/=]{40}/.test(secret),
	},
	{
		kind: "AWS key",
		pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/g,
		isReal: (secret) => !secret.includes("EXAMPLE"),
	},
	{
		kind: "AWS key",
		pattern: /aws.{0,20}(?:secret|session).{0,24}?[=:]\s*["']?([A-Za-z0-9/+=]{40,})(?![A-Za-z0-9/+=])/gi,
		group: 1,
		isReal: (secret) => !/example/i.test(secret),
	},
	{ kind: "Google key", pattern: /\bAIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])/g, isReal: isVaried },
	{ kind: "OpenAI key", pattern: /\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}/g, isReal: isVaried },
	{ kind: "SendGrid key", pattern: /\bSG\.[\w-]{16,32}\.[\w-]{32,64}/g, isReal: isVaried },
	{
		kind: "token",
		pattern: /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.([A-Za-z0-9_-]{20,})/g,
		// The signatures of the token that every manual shows.
		isReal: (secret) =>
			!/SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c|dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U/.test(secret),
	},
	{
		kind: "token",
		pattern: /\b(?:bearer|_authToken=|authorization:\s*(?:basic|token))\s*["']?([A-Za-z0-9._~+/=-]{20,})/gi,
		group: 1,
		isReal: (secret) => isVaried(secret) && /\d/.test(secret),
	},
	{
		kind: "password",
		pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@<>"'`]*:([^\s/@<>"'`]{2,200})@[^\s/@]/gi,
		group: 1,
		isReal: (secret) => !isPlaceholder(secret),
	},
	{
		kind: "secret",
		pattern:
			/(?:passw(?:or)?d|pwd|secret|token|api[-_ ]?key|access[-_ ]?key|auth[-_ ]?key|private[-_ ]?key|credentials?)["'`*]{0,2}\s{0,3}(?:[:=]|:=|=>)\s{0,3}["'`]?([A-Za-z0-9+/=_.~!@#%^&*-]{12,200})(?![A-Za-z0-9(])/gi,
		group: 1,
		isReal: isRandom,
	},
];

/** Pure. Whether it can be a value that somebody made up or a machine drew, and no word, name or reference. */
function isRandom(value: string): boolean {
	if (isPlaceholder(value) || UUID.test(value)) return false;
	if (/^(?:process|os|env|secrets?|vars?|config|settings|import|this|self|sha\d+)[.\-[]/i.test(value))
		return false;
	return /\d/.test(value) && /[A-Za-z]/.test(value) && isVaried(value);
}

function isPlaceholder(value: string): boolean {
	return PLACEHOLDER.test(value) || WELL_KNOWN.has(value.toLowerCase());
}

/** By Shannon's measure, in bits a character. */
function isVaried(value: string): boolean {
	const counts = new Map<string, number>();
	for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
	let bits = 0;
	for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
	return bits >= MIN_ENTROPY_BITS;
}
