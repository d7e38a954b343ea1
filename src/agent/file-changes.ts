import { z } from "zod";
import type { FileChange } from "../contract/event.ts";
import { keepStart, toCleanText } from "./event-text.ts";
import { toShortPath } from "./titles.ts";

const DIFF_MAX_BYTES = 64 * 1024;

/** What OpenCode 1.18.33 leaves in a finished tool's metadata: `edit`. */
const editMetadata = z.object({
	filediff: z.object({
		file: z.string(),
		patch: z.string().optional(),
		additions: z.number(),
		deletions: z.number(),
	}),
});
/** `write`; `bobbinDiff` is added by our plugin where the file was there before. */
const writeMetadata = z.object({
	filepath: z.string(),
	exists: z.boolean(),
	bobbinDiff: z.string().optional(),
});
/** `apply_patch`. */
const patchMetadata = z.object({
	files: z.array(
		z.object({
			filePath: z.string(),
			type: z.enum(["add", "update", "delete", "move"]).catch("update"),
			patch: z.string().optional(),
			additions: z.number().catch(0),
			deletions: z.number().catch(0),
		}),
	),
});

/** The files that a finished tool call changed. Tools that say nothing about files change none that we know of. */
export function toFileChanges(
	tool: string,
	input: Record<string, unknown>,
	metadata: Record<string, unknown>,
	directory: string,
): FileChange[] {
	const path = (file: string) => toCleanText(toShortPath(file, directory));
	if (tool === "edit") {
		const parsed = editMetadata.safeParse(metadata);
		if (!parsed.success) return [];
		const { file, patch, additions, deletions } = parsed.data.filediff;
		const isNew = input.oldString === "";
		return [toChange(path(file), isNew ? "added" : "changed", patch, additions, deletions)];
	}
	if (tool === "write") {
		const parsed = writeMetadata.safeParse(metadata);
		if (!parsed.success) return [];
		const { filepath, exists, bobbinDiff } = parsed.data;
		const diff = exists ? bobbinDiff : toAddedDiff(String(input.content ?? ""));
		const { additions, deletions } = countLines(diff ?? "");
		return [toChange(path(filepath), exists ? "changed" : "added", diff, additions, deletions)];
	}
	const parsed = patchMetadata.safeParse(metadata);
	if (tool !== "apply_patch" || !parsed.success) return [];
	return parsed.data.files.map((file) =>
		toChange(
			path(file.filePath),
			({ add: "added", update: "changed", move: "changed", delete: "deleted" } as const)[file.type],
			file.patch,
			file.additions,
			file.deletions,
		),
	);
}

function toChange(
	path: string,
	change: FileChange["change"],
	diff: string | undefined,
	additions: number,
	deletions: number,
): FileChange {
	const from = change === "added" ? "/dev/null" : `a/${path}`;
	const to = change === "deleted" ? "/dev/null" : `b/${path}`;
	const hunks = diff?.slice(diff.indexOf("@@ "));
	const whole = hunks?.startsWith("@@ ") ? `--- ${from}\n+++ ${to}\n${hunks}` : null;
	return {
		path,
		change,
		additions,
		deletions,
		diff: whole === null ? null : keepStart(whole, DIFF_MAX_BYTES),
	};
}

function toAddedDiff(content: string): string {
	const lines = content.replace(/\n$/, "").split("\n");
	return [`@@ -0,0 +1,${lines.length} @@`, ...lines.map((line) => `+${line}`)].join("\n");
}

/** Lines that a diff adds and takes away, its hunks' heads not counted. */
function countLines(diff: string): { additions: number; deletions: number } {
	const lines = diff.slice(diff.indexOf("@@ ")).split("\n");
	return {
		additions: lines.filter((line) => line.startsWith("+")).length,
		deletions: lines.filter((line) => line.startsWith("-")).length,
	};
}
