import type { CatalogueEntry } from "./catalogue.ts";
import { toOwnWords } from "./own-words.ts";
import { STOP_WORDS, splitWords, toTerms, type Word } from "./words.ts";

/** Which repository a message names by itself, without a guess. */
export type Naming =
	| { outcome: "one"; repositoryId: string }
	/** Several are named (`repositoryIds`), or only such that are meant as something else than the place to work in. */
	| { outcome: "unclear"; repositoryIds: string[] }
	/** One is named that the catalogue lacks. `name` is "owner/name". */
	| { outcome: "unknown"; name: string }
	| { outcome: "nothing" };

interface Mention {
	repositoryIds: string[];
	/** Named as a contrast or a source: "not payments-api", "copy it from payments-api". */
	aside: boolean;
}

interface Foreign {
	name: string;
	/** Its owner is one of ours: the name is a slip or a repository we may not see, not a link to the world. */
	ours: boolean;
}

/**
 * Plain words that name things in every company: as a repository's name or alias they count only where they are
 * marked as a name (`docs`, "the docs repo", "docs: …").
 */
const EVERYDAY_WORDS: ReadonlySet<string> = new Set(
	`admin analytics android api app apps auth backend backlog billing bot build cart catalog catalogue checkout ci cli
	client code common config console core dashboard data database db deploy deployment design dev docs doc documentation
	email emails examples feature features frontend gateway home identity infra infrastructure integration internal
	inventory ios job jobs landing lib library login mail main marketing master mobile model models monitoring
	notifications orders page payment payments pipeline platform portal prod production release reports sandbox scripts
	sdk search security seller server service services settings shared shipping shop shopping site staging store
	storage support team test testing tests theme tool tooling tools tracking ui user users utils ux web webapp website
	worker workers`.split(/\s+/),
);

const REPOSITORY_WORDS: ReadonlySet<string> = new Set([
	"repo",
	"repos",
	"repository",
	"codebase",
	"repositorio",
	"repositório",
	"dépôt",
	"репозиторий",
	"репозитории",
]);

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

const MARKS = new Map([
	["`", "`"],
	['"', '"'],
	["“", "”"],
	["«", "»"],
	["„", "“"],
	["'", "'"],
	["‘", "’"],
	["*", "*"],
	["[", "]"],
]);

/** Finds the repositories that the author of a message names in their own words. Linear in the text's length. */
export function findNamed(message: string, repositories: CatalogueEntry[]): Naming {
	const names = indexNames(repositories);
	const { text, urls } = toOwnWords(message);
	const words = splitWords(text);
	const mentions: Mention[] = [];
	const foreign: Foreign[] = [];
	for (const url of urls) readUrl(url, names, mentions, foreign);
	for (const [index, word] of words.entries()) {
		const before = text[word.start - 1] ?? "";
		// "@acme/shop" is a package, "#shop" a channel, "/shop" a path, "$shop" a variable.
		if (before === "@" || before === "#" || before === "$") continue;
		if (word.text.includes("/")) readPath(words, index, names, mentions, foreign, text);
		else readBareName(words, index, names, mentions, text, repositories);
	}
	return decide(mentions, foreign);
}

function decide(mentions: Mention[], foreign: Foreign[]): Naming {
	const all = unique(mentions.flatMap((mention) => mention.repositoryIds));
	const targets = unique(
		mentions.filter((mention) => !mention.aside).flatMap((mention) => mention.repositoryIds),
	);
	const strange = foreign.find((name) => name.ours) ?? (all.length === 0 ? foreign[0] : undefined);
	if (strange !== undefined && all.length === 0) return { outcome: "unknown", name: strange.name };
	const [target] = targets;
	if (target !== undefined && targets.length === 1 && strange === undefined) {
		return { outcome: "one", repositoryId: target };
	}
	if (all.length > 0) return { outcome: "unclear", repositoryIds: targets };
	return { outcome: "nothing" };
}

interface Names {
	/** "owner/name" → id. */
	full: Map<string, string>;
	/** Name or alias → ids; several where it is not unique. */
	bare: Map<string, string[]>;
	owners: Set<string>;
	longestAliasWords: number;
}

function indexNames(repositories: CatalogueEntry[]): Names {
	const names: Names = { full: new Map(), bare: new Map(), owners: new Set(), longestAliasWords: 1 };
	for (const entry of repositories) {
		names.full.set(`${entry.owner}/${entry.name}`.toLowerCase(), entry.id);
		names.owners.add(entry.owner.toLowerCase());
		for (const name of [entry.name, ...entry.aliases]) {
			const key = splitWords(name)
				.map((word) => word.text)
				.join(" ");
			if (key.length < 2) continue;
			names.bare.set(key, unique([...(names.bare.get(key) ?? []), entry.id]));
			names.longestAliasWords = Math.max(names.longestAliasWords, Math.min(key.split(" ").length, 5));
		}
	}
	return names;
}

/** Any address whose path holds a known owner/name counts, whatever its host: Enterprise, CI, a local playground. */
function readUrl(url: string, names: Names, mentions: Mention[], foreign: Foreign[]): void {
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
			mentions.push({ repositoryIds: [id], aside: false });
			return;
		}
	}
	const [owner, name, ...rest] = parts[0] === "repos" ? parts.slice(1) : parts;
	if (!hostname.includes("github") || owner === undefined || name === undefined) return;
	if (NO_OWNERS.has(owner)) return;
	const ours = names.owners.has(owner);
	// A deep link into somebody else's repository (an upstream issue) is reading matter, not a place to work in.
	if (ours || rest.length === 0) foreign.push({ name: `${owner}/${name}`, ours });
}

function readPath(
	words: Word[],
	index: number,
	names: Names,
	mentions: Mention[],
	foreign: Foreign[],
	text: string,
): void {
	const word = words[index];
	if (word === undefined) return;
	const [owner = "", name = "", ...rest] = word.text.split("/");
	if (owner.includes(".") && rest.length > 0) {
		readUrl(`https://${word.text}`, names, mentions, foreign);
		return;
	}
	const bareName = name.replace(/\.git$/, "");
	const id = names.full.get(`${owner}/${bareName}`);
	if (id !== undefined) {
		mentions.push({ repositoryIds: [id], aside: isAside(words, index, text) });
		return;
	}
	const ours = names.owners.has(owner);
	const isNamed = rest.length === 0 && owner !== "" && bareName !== "";
	if (isNamed && (ours || hasRepositoryWord(words, index, 1))) {
		foreign.push({ name: `${owner}/${bareName}`, ours });
	}
}

function readBareName(
	words: Word[],
	index: number,
	names: Names,
	mentions: Mention[],
	text: string,
	repositories: CatalogueEntry[],
): void {
	// The longest alias that starts here wins: "payments gateway" before "payments".
	for (let count = names.longestAliasWords; count >= 1; count -= 1) {
		const phrase = words.slice(index, index + count);
		const first = phrase[0];
		const last = phrase.at(-1);
		if (phrase.length < count || first === undefined || last === undefined) continue;
		const key = phrase.map((word) => word.text).join(" ");
		const ids = names.bare.get(key);
		if (ids === undefined) continue;
		const closing = MARKS.get(text[first.start - 1] ?? "");
		const marked = closing !== undefined && closing === text[last.end];
		const heads = text.slice(0, first.start).trim() === "" && text[last.end] === ":";
		const isName = marked || heads || hasRepositoryWord(words, index, count);
		if (isName || isDistinctive(key, ids, repositories)) {
			mentions.push({ repositoryIds: ids, aside: isAside(words, index, text) });
		}
		return;
	}
}

/** A name that nobody writes by chance: compound, or a word that no other repository uses of itself. */
function isDistinctive(key: string, ids: string[], repositories: CatalogueEntry[]): boolean {
	if (/[\s\-_.\d]/.test(key)) return true;
	if (key.length < 4 || STOP_WORDS.has(key) || EVERYDAY_WORDS.has(key)) return false;
	const [term] = toTerms(key);
	return !repositories.some(
		(entry) =>
			!ids.includes(entry.id) &&
			toTerms(
				`${entry.name} ${entry.aliases.join(" ")} ${entry.description} ${entry.hints} ${entry.topics.join(" ")}`,
			).includes(term ?? key),
	);
}

function hasRepositoryWord(words: Word[], index: number, count: number): boolean {
	const before = words[index - 1]?.text ?? "";
	const after = words[index + count]?.text ?? "";
	return REPOSITORY_WORDS.has(before) || REPOSITORY_WORDS.has(after);
}

function isAside(words: Word[], index: number, text: string): boolean {
	for (let back = 1; back <= 4; back += 1) {
		const word = words[index - back];
		const next = words[index - back + 1];
		if (word === undefined || next === undefined) return false;
		if (/[.!?\n;,:()]/.test(text.slice(word.end, next.start))) return false;
		if (TOWARDS_WORDS.has(word.text)) return false;
		if (!ASIDE_WORDS.has(word.text)) continue;
		const wish = word.text === "like" && ["d", "would", "i"].includes(words[index - back - 1]?.text ?? "");
		if (!wish) return true;
	}
	return false;
}

function unique(values: string[]): string[] {
	return [...new Set(values)];
}
