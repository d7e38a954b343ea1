import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { NAME } from "./name.ts";
import { BrokenRecord, listNames, processIdentity } from "./record.ts";
import { hasCode } from "./sandbox-failure.ts";

const snapshot = z.object({
	name: z.string(),
	createdAtMs: z.number(),
	/** making: a claim; its layers may not be there yet. */
	state: z.enum(["making", "ready"]),
	/** The process that makes it, and which of its providers. */
	owner: processIdentity.nullable(),
	maker: z.string(),
	isolation: z.enum(["full", "none"]),
	/** Who owns its files, where that is another user than ours. */
	uid: z.int().nullable(),
	/** Names of folders in `layers/`, newest first. */
	layers: z.array(z.string()),
	sizeBytes: z.number().nullable(),
});

export type SnapshotRecord = z.infer<typeof snapshot>;

/** One small file per snapshot. A name is claimed before its first layer is made, so that nobody sweeps that away. */
export interface SnapshotStore {
	/** @throws BrokenRecord */
	read(name: string): Promise<SnapshotRecord | null>;
	/** False where the name is taken. */
	claim(record: SnapshotRecord): Promise<boolean>;
	write(record: SnapshotRecord): Promise<void>;
	remove(name: string): Promise<void>;
	names(): Promise<string[]>;
}

export function createSnapshotStore(dir: string): SnapshotStore {
	const pathOf = (name: string) => join(dir, `${name}.json`);

	/** Files appear whole: written beside, then given their name by `place`. */
	async function place(record: SnapshotRecord, give: (from: string, to: string) => Promise<void>) {
		await mkdir(dir, { recursive: true, mode: 0o700 });
		const beside = join(dir, `${randomUUID()}.partial`);
		try {
			await writeFile(beside, JSON.stringify(record), { mode: 0o600 });
			await give(beside, pathOf(record.name));
		} finally {
			await rm(beside, { force: true });
		}
	}

	return {
		async read(name) {
			let text: string;
			try {
				text = await readFile(pathOf(name), "utf8");
			} catch (error) {
				if (hasCode(error, "ENOENT")) return null;
				throw error;
			}
			try {
				return snapshot.parse(JSON.parse(text));
			} catch (cause) {
				throw new BrokenRecord(pathOf(name), cause);
			}
		},
		async claim(record) {
			try {
				await place(record, link);
				return true;
			} catch (error) {
				if (hasCode(error, "EEXIST")) return false;
				throw error;
			}
		},
		write: (record) => place(record, rename),
		remove: (name) => rm(pathOf(name), { force: true }),
		async names() {
			const files = await listNames(dir);
			return files
				.filter((file) => file.endsWith(".json"))
				.map((file) => file.slice(0, -".json".length))
				.filter((name) => NAME.test(name));
		},
	};
}
