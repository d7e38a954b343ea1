import { z } from "zod";
import { type BlockProblem, validateBlocks } from "../block-kit/validate-blocks.ts";
import type { Caller } from "../caller.ts";
import type { Metadata } from "../model.ts";
import { findBadPictures } from "../pictures.ts";
import { Refused } from "../refused.ts";
import type { World } from "../world.ts";

const MAX_METADATA_BYTES = 16_000;
/** Measured by others (bolt-js issue 2509): about 13,200 characters in all blocks of a message. */
const MAX_BLOCK_CHARACTERS = 13_200;

/** @throws Refused `invalid_blocks_format`, `invalid_blocks` or `msg_blocks_too_long` */
export function checkBlocks(blocks: unknown): unknown[] | undefined {
	if (blocks === undefined || blocks === null) return undefined;
	if (!Array.isArray(blocks)) throw new Refused("invalid_blocks_format");
	const problems = validateBlocks(blocks, "message");
	if (problems.length > 0) throw refuseProblems("invalid_blocks", problems);
	if (countCharacters(blocks) > MAX_BLOCK_CHARACTERS) throw new Refused("msg_blocks_too_long");
	return blocks;
}

/** @throws Refused `invalid_blocks` where they show files that Slack does not show */
export function checkPictures(world: World, caller: Caller, blocks: unknown[]): void {
	const problems = findBadPictures(world, caller, blocks, "/blocks").map((pointer) => ({
		pointer,
		message: "invalid slack file",
	}));
	if (problems.length > 0) throw refuseProblems("invalid_blocks", problems);
}

export function refuseProblems(error: string, problems: BlockProblem[]): Refused {
	const lines = problems.map((problem) => `${problem.message} [json-pointer:${problem.pointer}]`);
	return new Refused(
		error,
		lines.map((line) => `[ERROR] ${line}`),
		{ errors: lines },
	);
}

const attachmentSchema = z.looseObject({ blocks: z.array(z.unknown()).optional() });

/** @throws Refused `invalid_attachments`, `too_many_attachments` or `invalid_blocks` */
export function checkAttachments(attachments: unknown): unknown[] | undefined {
	if (attachments === undefined || attachments === null) return undefined;
	const parsed = z.array(attachmentSchema).safeParse(attachments);
	if (!parsed.success) throw new Refused("invalid_attachments");
	if (parsed.data.length > 100) throw new Refused("too_many_attachments");
	parsed.data.forEach((attachment, index) => {
		if (attachment.blocks === undefined) return;
		const problems = validateBlocks(attachment.blocks, "message", `/attachments/${index}/blocks`);
		if (problems.length > 0) throw refuseProblems("invalid_blocks", problems);
	});
	return parsed.data.map((attachment, index) => ({ id: index + 1, ...attachment }));
}

const metadataSchema = z.strictObject({
	event_type: z.string().min(1).max(255),
	event_payload: z.record(z.string(), z.unknown()),
	entities: z.array(z.unknown()).optional(),
});

/**
 * @returns undefined for no change, null to take it away (an empty object)
 * @throws Refused `metadata_must_be_sent_from_app`, `invalid_metadata_format` or `metadata_too_large`
 */
export function checkMetadata(caller: Caller, metadata: unknown): Metadata | null | undefined {
	if (metadata === undefined || metadata === null || metadata === "") return undefined;
	if (caller.kind === "user") throw new Refused("metadata_must_be_sent_from_app");
	if (typeof metadata === "object" && Object.keys(metadata).length === 0) return null;
	const parsed = metadataSchema.safeParse(metadata);
	if (!parsed.success) throw new Refused("invalid_metadata_format");
	if (JSON.stringify(parsed.data).length > MAX_METADATA_BYTES) throw new Refused("metadata_too_large");
	return { event_type: parsed.data.event_type, event_payload: parsed.data.event_payload };
}

function countCharacters(value: unknown): number {
	if (typeof value === "string") return 0;
	if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + countCharacters(item), 0);
	if (typeof value !== "object" || value === null) return 0;
	return Object.entries(value).reduce(
		(sum, [key, inner]) =>
			sum + (key === "text" && typeof inner === "string" ? inner.length : countCharacters(inner)),
		0,
	);
}
