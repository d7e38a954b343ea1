/**
 * Whether a version is one that was asked for, by what version files say: `20`, `20.x`, `v20.1.0`, `>=18 <21`,
 * `^3.11`, `~=3.10`, `18 || 20`. null: the wish cannot be read.
 */
export function matchesVersion(wanted: string, version: string): boolean | null {
	const have = toNumbers(version);
	const answers = wanted.split("||").map((clause) => matchesAll(clause.trim(), have));
	if (answers.includes(true)) return true;
	return answers.includes(null) ? null : false;
}

function matchesAll(clause: string, have: number[]): boolean | null {
	const range = /^(\S+) - (\S+)$/.exec(clause);
	const words = range
		? [`>=${range[1]}`, `<=${range[2]}`]
		: clause
				.replaceAll(/([<>=~^!]+)\s+/g, "$1")
				.split(/[\s,]+/)
				.filter((word) => word !== "");
	const answers = words.map((word) => matchesOne(word, have));
	if (answers.length === 0 || answers.includes(null)) return null;
	return answers.every(Boolean);
}

function matchesOne(word: string, have: number[]): boolean | null {
	const match = /^(>=|<=|>|<|==?|!=|~=|~>|\^|~)?v?(\d+(?:\.(?:\d+|[xX*]))*)(?:[-+]?[A-Za-z][\w.+-]*)?$/.exec(
		word,
	);
	if (match?.[2] === undefined) return /^[*xX]$/.test(word) ? true : null;
	const said = match[2]
		.split(".")
		.filter((part) => /\d/.test(part))
		.map(Number);
	const order = compare(have, said);
	switch (match[1]) {
		case ">=":
			return order >= 0;
		case ">":
			return order > 0;
		case "<=":
			return order <= 0;
		case "<":
			return order < 0;
		case "!=":
			return order !== 0;
		case "^":
			return order >= 0 && compare(have, said.slice(0, said[0] === 0 ? 2 : 1)) === 0;
		case "~":
			return order >= 0 && compare(have, said.slice(0, 2)) === 0;
		case "~=":
		case "~>":
			return order >= 0 && compare(have, said.slice(0, Math.max(1, said.length - 1))) === 0;
		default:
			return order === 0;
	}
}

/** Only as far as the second one says something: 20 and 20.11 are the same, seen from 20. */
function compare(have: number[], said: number[]): number {
	for (const [index, number] of said.entries()) {
		const difference = (have[index] ?? 0) - number;
		if (difference !== 0) return difference;
	}
	return 0;
}

const toNumbers = (version: string) => (/\d+(\.\d+)*/.exec(version)?.[0] ?? "").split(".").map(Number);
