import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Cgroups } from "./cgroups.ts";
import { layOut } from "./layout.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { LocalLog } from "./local-provider-deps.ts";
import { NAME } from "./name.ts";
import type { Needs } from "./needs.ts";
import { isAlive } from "./processes.ts";
import { BrokenRecord, isClaim, listNames, readRecord, type SandboxRecord } from "./record.ts";
import { removeTree } from "./remove-tree.ts";
import type { Snapshots } from "./snapshots.ts";
import type { UserIds } from "./user-ids.ts";

const PARTIAL_LIVES_MS = 60 * 60_000;

/** Tidies up after processes that ended without doing so. What cannot be mended is reported and left. */
export async function recover(options: {
	rootDir: string;
	keep: Set<string>;
	lifecycle: Lifecycle;
	cgroups: Cgroups;
	userIds: UserIds | null;
	snapshots: Snapshots;
	readNeeds: () => Promise<Needs | null>;
	log: LocalLog;
	now: () => number;
}): Promise<void> {
	const { rootDir, keep, lifecycle, cgroups, log } = options;
	const sandboxesDir = join(rootDir, "sandboxes");
	const kept = new Map<string, SandboxRecord>();

	const names = new Set([...(await listNames(sandboxesDir)), ...(await cgroups.names())]);
	for (const name of names) {
		if (!NAME.test(name)) continue;
		try {
			const record = await readRecord(layOut(sandboxesDir, name)).catch((error) => {
				if (error instanceof BrokenRecord && !keep.has(name)) return null;
				throw error;
			});
			if (record !== null && (await isAnothers(record))) {
				kept.set(name, record);
				continue;
			}
			if (record === null || isClaim(record) || !keep.has(name)) {
				await lifecycle.remove(name);
				log.info({ sandbox: name }, "deleted a sandbox that nobody needs");
				continue;
			}
			kept.set(name, record);
			if (record.state === "started" && (await isAlive(record.process))) await lifecycle.reach(name);
			else if (record.state !== "stopped") await lifecycle.stop(name);
		} catch (error) {
			log.warn({ err: error, sandbox: name }, "a sandbox could not be taken up or deleted");
		}
	}
	await options.snapshots.tidy();
	await options.userIds?.keepOnly(async () => ({
		names: new Set(await listNames(sandboxesDir)),
		uids: (await options.readNeeds())?.uids ?? null,
	}));
	for (const name of await listNames(join(rootDir, "trash"))) await removeTree(join(rootDir, "trash", name));

	const current = (await lifecycle.tools()).key;
	const used = new Set([current, ...[...kept.values()].map(({ toolsKey }) => toolsKey)]);
	await removeUnused(join(rootDir, "tools"), used, options.now());
}

/** Another process of ours made or took it, and still lives: what becomes of it is that one's business. */
async function isAnothers({ owner }: SandboxRecord): Promise<boolean> {
	return owner?.pid !== process.pid && (await isAlive(owner));
}

async function removeUnused(toolsDir: string, used: Set<string>, now: number): Promise<void> {
	for (const name of await readdir(toolsDir)) {
		if (used.has(name)) continue;
		const dir = join(toolsDir, name);
		// Another process may be filling it right now.
		if (name.endsWith(".partial") && now - (await stat(dir)).mtimeMs < PARTIAL_LIVES_MS) continue;
		await removeTree(dir);
	}
}
