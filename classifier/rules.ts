import type { CatalogueEntry } from "./catalogue.ts";
import { indexNames, type Names } from "./names.ts";
import { toOwnWords } from "./own-words.ts";
import { splitWords, type Word } from "./words.ts";

/** Which repository a message names by itself, without a guess. */
export type Naming =
	| { outcome: "one"; repositoryId: string }
	/** Several are named (`targetIds`), or only such that are not meant as the place to work in (`asideIds`). */
	| { outcome: "unclear"; targetIds: string[]; asideIds: string[] }
	/** One is named that the catalogue lacks. `name` is "owner/name". */
	| { outcome: "unknown"; name: string }
	| { outcome: "nothing" };

/** What is found while a message is read. */
interface Findings {
	/** `aside`: named as a contrast or a source ("not payments-api", "copy it from payments-api"). */
	mentions: { repositoryIds: string[]; aside: boolean }[];
	/** Names that the catalogue lacks. `ours`: the owner is one of ours, so it is no link to the world. */
	strangers: { name: string; ours: boolean }[];
}

const REPOSITORY_WORDS: ReadonlySet<string> = new Set(
	"repo repos repository codebase repositorio repositório dépôt репозиторий репозитории".split(" "),
);

const ASIDE_WORDS: ReadonlySet<string> = new Set(
	"not isn don dont never no unlike like as except besides without than similar instead rather from".split(
		" ",
	),
);

/** "from web-shop into payments-api": what stands after one of these is not what stands before it. */
const TOWARDS_WORDS: ReadonlySet<string> = new Set(["into", "onto", "to", "but", "and"]);

/** First segments of github.com addresses that are no owner. */
const NO_OWNERS: ReadonlySet<string> = new Set(
	`about apps collections contact customer-stories enterprise events explore features issues join login marketplace new
	notifications orgs pricing pulls search security settings site sponsors topics trending user-attachments users`.split(
		/\s+/,
	),
);

/** Quotation marks and Slack's own marks, which turn a plain word into a name. */
const MARKS = new Map(
	["``", '""', "''", "**", "“”", "„“", "‘’", "«»", "[]"].map(([open, close]) => [open, close]),
);

/** Finds the repositories that the author of a message names in their own words. Linear in the text's length. */
export function findNamed(message: string, repositories: CatalogueEntry[]): Naming {
	const names = indexNames(repositories);
	const { text, urls } = toOwnWords(message);
	const words = splitWords(text);
	const findings: Findings = { mentions: [], strangers: [] };
	for (const url of urls) readUrl(url, names, findings);
	for (const [index, word] of words.entries()) {
		// "@acme/shop" is a package, "#shop" a channel, "$shop" a variable.
		if ("@#$".includes(text[word.start - 1] ?? " ")) continue;
		if (word.text.includes("/")) readPath({ text, words, index }, names, findings);
		else readBareName({ text, words, index }, names, findings);
	}
	return decide(findings);
}

function decide({ mentions, strangers }: Findings): Naming {
	const targetIds = toIds(mentions.filter(({ aside }) => !aside));
	const asideIds = toIds(mentions).filter((id) => !targetIds.includes(id));
	const [target, ...others] = targetIds;
	const [stranger] = strangers;
	if (stranger !== undefined && mentions.length === 0) return { outcome: "unknown", name: stranger.name };
	if (target !== undefined && others.length === 0 && !strangers.some(({ ours }) => ours)) {
		return { outcome: "one", repositoryId: target };
	}
	if (mentions.length > 0) return { outcome: "unclear", targetIds, asideIds };
	return { outcome: "nothing" };
}

function toIds(mentions: Findings["mentions"]): string[] {
	return [...new Set(mentions.flatMap(({ repositoryIds }) => repositoryIds))];
}

/** Any address whose path holds a known owner/name counts, whatever its host: Enterprise, CI, a local playground. */
function readUrl(url: string, names: Names, findings: Findings): void {
	if (!URL.canParse(url)) return;
	const { hostname, pathname } = new URL(url);
	const parts = pathname
		.toLowerCase()
		.split("/")
		.filter((part) => part !== "")
		.map((part) => part.replace(/\.git$/, ""));
	for (let at = 0; at + 1 < Math.min(parts.length, 6); at += 1) {
		const id = names.full.get(`${parts[at]}/${parts[at + 1]}`);
		if (id !== undefined) {
			findings.mentions.push({ repositoryIds: [id], aside: false });
			return;
		}
	}
	if (!/^(?:(?:www\.|api\.)?github\.com$|github\.|ghe\.)/.test(hostname)) return;
	const [owner, name, ...rest] = parts[0] === "repos" ? parts.slice(1) : parts;
	if (owner === undefined || name === undefined || NO_OWNERS.has(owner)) return;
	const ours = names.owners.has(owner);
	// A deep link into somebody else's repository (an upstream issue) is reading matter, not a place to work in.
	if (ours || rest.length === 0) findings.strangers.push({ name: `${owner}/${name}`, ours });
}

interface Place {
	text: string;
	words: Word[];
	index: number;
}

function readPath(place: Place, names: Names, findings: Findings): void {
	const path = place.words[place.index]?.text ?? "";
	const [owner = "", name = "", ...rest] = path.split("/");
	if (owner.includes(".") && rest.length > 0) {
		readUrl(`https://${path}`, names, findings);
		return;
	}
	const bareName = name.replace(/\.git$/, "");
	const id = names.full.get(`${owner}/${bareName}`);
	if (id !== undefined) {
		findings.mentions.push({ repositoryIds: [id], aside: isAside(place) });
		return;
	}
	if (owner === "" || bareName === "" || rest.length > 0) return;
	const ours = names.owners.has(owner);
	if (ours || hasRepositoryWord(place, 1)) findings.strangers.push({ name: `${owner}/${bareName}`, ours });
}

function readBareName(place: Place, names: Names, findings: Findings): void {
	const { text, words, index } = place;
	// The longest alias that starts here wins: "payments gateway" before "payments".
	for (let count = names.longestAliasWords; count >= 1; count -= 1) {
		const phrase = words.slice(index, index + count);
		const first = phrase[0];
		const last = phrase[count - 1];
		if (first === undefined || last === undefined) continue;
		const key = phrase.map((word) => word.text).join(" ");
		const repositoryIds = names.bare.get(key);
		if (repositoryIds === undefined) continue;
		const closing = MARKS.get(text[first.start - 1] ?? "");
		const isMarked = closing !== undefined && closing === text[last.end];
		const isHeading = text[last.end] === ":" && text.slice(0, first.start).trim() === "";
		if (isMarked || isHeading || hasRepositoryWord(place, count) || names.isDistinctive(key)) {
			findings.mentions.push({ repositoryIds, aside: isAside(place) });
		}
		return;
	}
}

function hasRepositoryWord({ words, index }: Place, count: number): boolean {
	const before = words[index - 1]?.text ?? "";
	const after = words[index + count]?.text ?? "";
	return REPOSITORY_WORDS.has(before) || REPOSITORY_WORDS.has(after);
}

/** Looks back over at most four words of the same clause. */
function isAside({ text, words, index }: Place): boolean {
	for (let at = index - 1; at >= index - 4; at -= 1) {
		const word = words[at];
		const next = words[at + 1];
		if (word === undefined || next === undefined) return false;
		if (/[.!?\n;,:()]/.test(text.slice(word.end, next.start))) return false;
		if (TOWARDS_WORDS.has(word.text)) return false;
		const isWish = word.text === "like" && ["d", "would", "i"].includes(words[at - 1]?.text ?? "");
		if (ASIDE_WORDS.has(word.text) && !isWish) return true;
	}
	return false;
}
