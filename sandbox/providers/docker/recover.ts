import { readdir, readlink, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { listNames } from "../local/record.ts";
import { removeTree } from "../local/remove-tree.ts";
import { hasCode } from "../local/sandbox-failure.ts";
import type { Containers } from "./containers.ts";
import type { DockerProviderDeps } from "./docker-provider-deps.ts";
import { layOutFolders } from "./folders.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { Snapshots } from "./snapshots.ts";

/** So old is a folder that nobody is still filling. */
const BEING_MADE_MS = 60 * 60_000;

/** Tidies up after processes that ended without doing so. What cannot be mended is reported and left. */
export async function recover(options: {
	rootDir: string;
	keep: Set<string>;
	containers: Containers;
	lifecycle: Lifecycle;
	snapshots: Snapshots;
	toolsKey: string;
	log: DockerProviderDeps["log"];
	now: () => number;
}): Promise<void> {
	const { rootDir, keep, containers, lifecycle, log, now } = options;
	const sandboxesDir = join(rootDir, "sandboxes");
	for (const { spec, status } of await containers.list()) {
		const { name } = spec;
		try {
			if (await lifecycle.isAnothers(name)) continue;
			if (keep.has(name)) {
				if (status === "running" || status === "paused") await lifecycle.ensureStarted(name);
				continue;
			}
			await lifecycle.remove(name);
			log.info({ sandbox: name }, "deleted a sandbox that nobody needs");
		} catch (error) {
			log.warn({ err: error, sandbox: name }, "a sandbox could not be taken up or deleted");
		}
	}
	const known = new Set((await containers.list()).map(({ spec }) => spec.name));
	for (const name of await listNames(sandboxesDir)) {
		const { dir } = layOutFolders(sandboxesDir, name);
		if (!known.has(name) && (await isOld(dir, now()))) await removeTree(dir);
	}
	await options.snapshots.sweep();

	const used = await Promise.all(
		[...known].map((name) => findToolsKey(layOutFolders(sandboxesDir, name).host)),
	);
	const toolsDir = join(rootDir, "tools");
	for (const key of await readdir(toolsDir)) {
		if (key === options.toolsKey || used.includes(key)) continue;
		if (await isOld(join(toolsDir, key), now())) await removeTree(join(toolsDir, key));
	}
}

async function isOld(path: string, nowMs: number): Promise<boolean> {
	return nowMs - (await stat(path)).mtimeMs > BEING_MADE_MS;
}

/** Those that the sandbox was last started with. */
async function findToolsKey(hostDir: string): Promise<string | null> {
	try {
		return basename(await readlink(join(hostDir, "tools")));
	} catch (error) {
		if (hasCode(error, "ENOENT")) return null;
		throw error;
	}
}
