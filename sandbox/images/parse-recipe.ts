import { isCollection, isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import type { z } from "zod";
import { describeIssue, describeKey } from "./describe-issue.ts";
import { type WrittenRecipe, writtenRecipeSchema } from "./recipe.ts";

const MAX_LENGTH = 64 * 1024;
const MAX_PROBLEMS = 20;

interface RecipeProblem {
	/** From 1. */
	line: number;
	/** With its way, for example `tools.nod` or `ports[1]`; empty: the whole text. */
	key: string;
	message: string;
}

export type ParsedRecipe = { ok: true; recipe: WrittenRecipe } | { ok: false; problems: RecipeProblem[] };

/** Reads the text of a `.bobbin.yml`. An empty text is a recipe that leaves everything to detection. */
export function parseRecipe(text: string): ParsedRecipe {
	if (text.length > MAX_LENGTH) return refuse(1, "", "A recipe may have 64 KiB at most.");
	const lines = new LineCounter();
	const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
	const lineOf = (offset: number | undefined) => lines.linePos(offset ?? 0).line || 1;
	const root = document.contents;
	if (document.errors.length > 0) {
		return {
			ok: false,
			problems: document.errors.slice(0, MAX_PROBLEMS).map((error) => ({
				line: lineOf(error.pos[0]),
				key: "",
				message: `This is not YAML: ${error.message}`,
			})),
		};
	}
	if (root === null || (isScalar(root) && root.value === null)) return { ok: true, recipe: {} };
	if (!isMap(root))
		return refuse(lineOf(root.range?.[0]), "", 'A recipe has lines such as "test: npm test".');

	keepAsWritten(root.get("tools"));
	keepAsWritten(root.get("env"));
	let value: unknown;
	try {
		value = document.toJS({ maxAliasCount: 20 });
	} catch {
		// The only thing that the library refuses here.
		return refuse(1, "", "Too much is repeated by aliases (& and *). Write it out.");
	}
	const parsed = writtenRecipeSchema.safeParse(value);
	if (parsed.success) return { ok: true, recipe: parsed.data };
	const problems = parsed.error.issues.flatMap((issue) => toProblems(issue, root, lineOf, value));
	return { ok: false, problems: problems.sort((a, b) => a.line - b.line).slice(0, MAX_PROBLEMS) };
}

function refuse(line: number, key: string, message: string): ParsedRecipe {
	return { ok: false, problems: [{ line, key, message }] };
}

/** Python 3.10 is not the number 3.1. */
function keepAsWritten(map: unknown): void {
	if (!isMap(map)) return;
	for (const { value } of map.items) {
		if (isScalar(value) && typeof value.value === "number" && value.source !== undefined)
			value.value = value.source;
	}
}

type LineOf = (offset: number | undefined) => number;

function toProblems(issue: z.core.$ZodIssue, root: Node, lineOf: LineOf, value: unknown): RecipeProblem[] {
	if (issue.code === "unrecognized_keys" || issue.code === "invalid_key") {
		const parent = issue.code === "invalid_key" ? issue.path.slice(0, -1) : issue.path;
		const keys = issue.code === "invalid_key" ? [String(issue.path.at(-1))] : issue.keys;
		return keys.map((key) => ({
			line: lineOf(findKey(root, [...parent, key])),
			key: toWay([...parent, key]),
			message: describeKey(parent.join("."), key),
		}));
	}
	// One command stands for a list of one.
	const inList = typeof getAt(value, issue.path.slice(0, -1)) === "object";
	const path = inList ? issue.path : issue.path.slice(0, -1);
	return [
		{
			line: lineOf(findKey(root, path)),
			key: toWay(path),
			message: describeIssue(issue, getAt(value, path)),
		},
	];
}

type Path = readonly PropertyKey[];

const toWay = (path: Path) =>
	path
		.map((part, index) => (typeof part === "number" ? `[${part}]` : `${index ? "." : ""}${String(part)}`))
		.join("");

function getAt(value: unknown, path: Path): unknown {
	return path.reduce<unknown>(
		(at, part) => (at !== null && typeof at === "object" ? Reflect.get(at, part) : undefined),
		value,
	);
}

/** Where the key at the end of a path stands in the text; the place of what holds it, where it has none. */
function findKey(root: Node, path: Path): number | undefined {
	let node: unknown = root;
	let offset = root.range?.[0];
	for (const part of path) {
		if (!isCollection(node)) break;
		if (isMap(node)) {
			const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
			if (!pair) break;
			if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
			node = pair.value;
		} else {
			node = node.items[Number(part)];
			if (isScalar(node) || isCollection(node)) offset = node.range?.[0] ?? offset;
		}
	}
	return offset;
}
