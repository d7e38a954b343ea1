import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** OpenCode keeps no diff of a file that its `write` replaces: this one is kept as `bobbinDiff` in the metadata. */
export function createWrittenFiles({ directory }) {
	const copies = new Map();
	return {
		"tool.execute.before": async ({ tool, callID }, { args }) => {
			if (tool !== "write") return;
			const path = resolve(directory, args.filePath);
			const old = await stat(path).catch(() => null);
			if (!old?.isFile() || old.size > 1024 * 1024) return;
			const folder = await mkdtemp(join(tmpdir(), "bobbin-write-"));
			copies.set(callID, { folder, path });
			await copyFile(path, join(folder, "old"));
		},
		"tool.execute.after": async ({ callID }, output) => {
			const copy = copies.get(callID);
			if (copy === undefined) return;
			copies.delete(callID);
			const bobbinDiff = await diff(join(copy.folder, "old"), copy.path);
			output.metadata = { ...output.metadata, bobbinDiff };
			await rm(copy.folder, { recursive: true, force: true });
		},
	};
}

function diff(before, after) {
	const args = ["diff", "--no-index", "--no-color", "--", before, after];
	// Ends with 1 where the files differ.
	return new Promise((done) =>
		execFile("git", args, { maxBuffer: 4 * 1024 * 1024 }, (_error, stdout) => done(stdout)),
	);
}
