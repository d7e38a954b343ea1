import { z } from "zod";
import { blockSchema, type KnownBlockType } from "./blocks.ts";

export type Surface = "message" | "modal" | "home";

/** What is wrong and where: `pointer` is a JSON pointer such as `/blocks/1/elements`. */
export interface BlockProblem {
	pointer: string;
	message: string;
}

const MAX_BLOCKS: Record<Surface, number> = { message: 50, modal: 100, home: 100 };
const MAX_MARKDOWN_CHARACTERS = 12_000;

/** Blocks that Slack accepts on some surfaces only; all others may stand anywhere. */
const ALLOWED_SURFACES: Partial<Record<KnownBlockType, Surface[]>> = {
	alert: ["modal"],
	card: ["message"],
	carousel: ["message"],
	container: ["message"],
	context_actions: ["message"],
	data_table: ["message"],
	file: ["message"],
	markdown: ["message"],
	plan: ["message"],
	table: ["message"],
	task_card: ["message"],
};

/**
 * Checks blocks as Slack does before it shows them: types, unknown keys, limits, identifiers that repeat, and whether
 * the surface takes the block.
 *
 * @param root the pointer under which the blocks stand in what was sent: `/blocks` or `/view/blocks`
 * @returns an empty list when Slack would take them
 */
export function validateBlocks(blocks: unknown, surface: Surface, root = "/blocks"): BlockProblem[] {
	if (!Array.isArray(blocks)) return [{ pointer: root, message: "must be an array" }];
	if (blocks.length > MAX_BLOCKS[surface]) {
		return [{ pointer: root, message: `no more than ${MAX_BLOCKS[surface]} items allowed` }];
	}
	const parsed = z.array(blockSchema).safeParse(blocks, { reportInput: true });
	if (!parsed.success) {
		return parsed.error.issues.map((issue) => ({
			pointer: toPointer(root, issue.path),
			message: toWords(issue),
		}));
	}
	return [
		...findWrongSurfaces(parsed.data, surface, root),
		...findRepeatedIds(parsed.data, root),
		...findSumsTooLarge(parsed.data, root),
	];
}

function findWrongSurfaces(
	blocks: { type: KnownBlockType }[],
	surface: Surface,
	root: string,
): BlockProblem[] {
	return blocks.flatMap((block, index) => {
		const allowed = ALLOWED_SURFACES[block.type];
		return allowed === undefined || allowed.includes(surface)
			? []
			: [{ pointer: `${root}/${index}/type`, message: `unsupported type: ${block.type}` }];
	});
}

function findRepeatedIds(blocks: { block_id?: string | undefined }[], root: string): BlockProblem[] {
	const seen = new Set<string>();
	return blocks.flatMap((block, index) => {
		const problems = findRepeatedActionIds(block, `${root}/${index}`);
		if (block.block_id === undefined) return problems;
		if (seen.has(block.block_id)) {
			problems.push({
				pointer: `${root}/${index}/block_id`,
				message: `\`block_id\` ${block.block_id} already exists`,
			});
		}
		seen.add(block.block_id);
		return problems;
	});
}

function findRepeatedActionIds(block: unknown, pointer: string): BlockProblem[] {
	const seen = new Set<string>();
	const problems: BlockProblem[] = [];
	walk(block, pointer, (part, at) => {
		if (typeof part.action_id !== "string") return;
		if (seen.has(part.action_id)) {
			problems.push({
				pointer: `${at}/action_id`,
				message: `\`action_id\` ${part.action_id} already exists in this block`,
			});
		}
		seen.add(part.action_id);
	});
	return problems;
}

function findSumsTooLarge(blocks: Record<string, unknown>[], root: string): BlockProblem[] {
	const problems: BlockProblem[] = [];
	const markdown = blocks.reduce(
		(sum, block) =>
			sum + (block.type === "markdown" && typeof block.text === "string" ? block.text.length : 0),
		0,
	);
	if (markdown > MAX_MARKDOWN_CHARACTERS) {
		problems.push({
			pointer: root,
			message: `markdown blocks must be less than ${MAX_MARKDOWN_CHARACTERS + 1} characters in all`,
		});
	}
	if (blocks.filter((block) => block.type === "table").length > 1) {
		problems.push({ pointer: root, message: "only one table allowed" });
	}
	let focused = 0;
	walk(blocks, root, (part) => {
		if (part.focus_on_load === true) focused += 1;
	});
	if (focused > 1) problems.push({ pointer: root, message: "only one element may have focus_on_load" });
	return problems;
}

/** Visits every object inside a value, with its JSON pointer. */
export function walk(
	value: unknown,
	pointer: string,
	visit: (part: Record<string, unknown>, pointer: string) => void,
): void {
	if (typeof value !== "object" || value === null) return;
	if (!Array.isArray(value)) visit(value as Record<string, unknown>, pointer);
	for (const [key, inner] of Object.entries(value)) walk(inner, `${pointer}/${key}`, visit);
}

export function toPointer(root: string, path: PropertyKey[]): string {
	return [root, ...path.map((key) => String(key).replaceAll("~", "~0").replaceAll("/", "~1"))].join("/");
}

export function toWords(issue: z.core.$ZodIssue): string {
	if (issue.code === "unrecognized_keys") return `additional property: ${issue.keys.join(", ")}`;
	if (issue.code === "invalid_union" && "discriminator" in issue) return "unsupported type";
	if (issue.code === "invalid_type" && issue.input === undefined) return "missing required field";
	return issue.message;
}
