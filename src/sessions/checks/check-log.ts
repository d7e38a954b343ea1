const LARGEST_EXCERPT_BYTES = 8 * 1024;
const MASK = "***";

/**
 * What looks like a secret: tokens of known forms, keys, and whatever is assigned to a name that says so. Each is looked
 * for once from where it may begin: what others wrote must not keep us busy.
 */
const SECRETS: [RegExp, string][] = [
	[/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, MASK],
	[/\b(gh[pousr]_|github_pat_|glpat-|xox[a-z]-|xapp-|sk-|npm_|AKIA|ASIA)[\w-]{8,}/g, MASK],
	[/(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, MASK],
	[/\b(bearer|basic)\s+(?=[\w.~+/=-]*\d)[\w.~+/=-]{8,}/gi, `$1 ${MASK}`],
	[/(:\/\/[^\s/:@]*:)[^\s/@]+@/g, `$1${MASK}@`],
	[
		/((?:token|secret|passw(?:or)?d|api[_-]?key|private[_-]?key|credential)s?\w{0,40}["']?\s{0,9}[:=]\s{0,9}["']?)[^\s"',;]{4,}/gi,
		`$1${MASK}`,
	],
];
/** As GitHub Actions begins each line. */
const TIMESTAMP = /^\uFEFF?\d{4}-\d\d-\d\dT[\d:.]+Z ?/gm;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal begin with one
const COLOURS = /\u001b(?:\[[\d;?]*[A-Za-z]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;
const ERROR_LINE = /^##\[error\]/;

/**
 * Pure: the lines of a log that tell why it failed, the last at most 8 KiB of them, without colours, times and what looks
 * like a secret. What comes after the last error, tidying up mostly, is left out.
 */
export function toLogExcerpt(log: string): string {
	const lines = maskSecrets(toPlain(log)).split(/\r?\n/);
	const lastError = lines.findLastIndex((line) => ERROR_LINE.test(line));
	const told = (lastError === -1 ? lines : lines.slice(0, lastError + 1)).map((line) => line.trimEnd());
	const bytes = Buffer.from(told.join("\n").trim());
	if (bytes.length <= LARGEST_EXCERPT_BYTES) return bytes.toString("utf8");
	const end = bytes.subarray(-LARGEST_EXCERPT_BYTES).toString("utf8");
	// The first line is cut somewhere.
	return end.slice(end.indexOf("\n") + 1);
}

/** Pure: the first of these paths that a log names as a whole path. */
export function findNamedFile(log: string, paths: string[]): string | null {
	const text = toPlain(log);
	return (
		paths.find((path) => {
			if (!text.includes(path)) return false;
			const escaped = path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
			// One in the top folder is not every file of its name.
			const before = path.includes("/") ? "(?<![\\w.-])" : "(?<![\\w./-])(?:\\./)?";
			return new RegExp(`${before}${escaped}(?![\\w-]|\\.\\w)`).test(text);
		}) ?? null
	);
}

function toPlain(log: string): string {
	return log.replace(COLOURS, "").replace(TIMESTAMP, "");
}

function maskSecrets(text: string): string {
	return SECRETS.reduce((masked, [secret, mask]) => masked.replace(secret, mask), text);
}
