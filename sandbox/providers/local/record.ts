import { randomUUID } from "node:crypto";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { SandboxError } from "../../provider.ts";
import type { Layout } from "./layout.ts";
import { hasCode } from "./sandbox-failure.ts";

export const processIdentity = z.object({ pid: z.int(), startTime: z.number() });

const record = z.object({
	name: z.string(),
	labels: z.record(z.string(), z.string()),
	env: z.record(z.string(), z.string()),
	limits: z.object({
		memoryMiB: z.number(),
		cpus: z.number().nullable(),
		processes: z.number(),
		/** Of all that is written inside; null: no limit, its folders are ours. */
		diskMiB: z.number().nullable().default(null),
	}),
	allowHosts: z.array(z.string()),
	createdAtMs: z.number(),
	state: z.enum(["creating", "started", "stopped"]),
	isolation: z.enum(["full", "none"]),
	uid: z.int().nullable(),
	/** The process that started it, and the one whose life is the sandbox's. */
	owner: processIdentity.nullable(),
	process: processIdentity.nullable(),
	gatewayUrl: z.string(),
	toolsKey: z.string(),
	toolsDir: z.string(),
	homeDir: z.string(),
	/** The snapshot that it was made from. */
	snapshot: z.string().nullable().default(null),
	/** What is mounted below its home: names of folders in `layers/`, newest first. Empty: the home is a plain folder. */
	layers: z.array(z.string()).default([]),
	/** The layer that is being copied into the home, for where layers cannot be mounted. */
	copyFrom: z.string().nullable().default(null),
});

/** What is known of a sandbox beyond the life of the process that made it. */
export type SandboxRecord = z.infer<typeof record>;

/** Whether it is no more than a claim: who makes the sandbox has not got as far as its home. */
export function isClaim({ homeDir }: SandboxRecord): boolean {
	return homeDir === "";
}

/**
 * null: there is no such sandbox, or it was cut off before its record was written.
 *
 * @throws BrokenRecord
 */
export async function readRecord(layout: Layout): Promise<SandboxRecord | null> {
	let text: string;
	try {
		text = await readFile(layout.record, "utf8");
	} catch (error) {
		if (hasCode(error, "ENOENT", "ENOTDIR")) return null;
		throw error;
	}
	try {
		return record.parse(JSON.parse(text));
	} catch (cause) {
		throw new BrokenRecord(layout.record, cause);
	}
}

/** The file is there and makes no sense: the machine lost its power, or somebody changed it. */
export class BrokenRecord extends SandboxError {
	constructor(path: string, cause: unknown) {
		super("unavailable", `${path} makes no sense: mend it, or delete what it belongs to.`, { cause });
	}
}

export async function writeRecord(layout: Layout, data: SandboxRecord): Promise<void> {
	const beside = join(layout.dir, `record.${randomUUID()}.partial`);
	await writeFile(beside, JSON.stringify(data), { mode: 0o600 });
	await rename(beside, layout.record);
}

/** The names of all sandboxes that have a folder. */
export async function listNames(sandboxesDir: string): Promise<string[]> {
	try {
		return await readdir(sandboxesDir);
	} catch (error) {
		if (hasCode(error, "ENOENT")) return [];
		throw error;
	}
}
