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
		const diff = exists ? bobbinDiff : toAddedDiff(path(filepath), String(input.content ?? ""));
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
	return { path, change, additions, deletions, diff: diff ? keepStart(diff, DIFF_MAX_BYTES) : null };
}

function toAddedDiff(path: string, content: string): string {
	const lines = content.replace(/\n$/, "").split("\n");
	return [
		`--- /dev/null`,
		`+++ b/${path}`,
		`@@ -0,0 +1,${lines.length} @@`,
		...lines.map((line) => `+${line}`),
	].join("\n");
}

function countLines(diff: string): { additions: number; deletions: number } {
	const body = diff.slice(diff.indexOf("@@")).split("\n");
	return {
		additions: body.filter((line) => line.startsWith("+")).length,
		deletions: body.filter((line) => line.startsWith("-")).length,
	};
}
