import { randomUUID } from "node:crypto";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SandboxError, type SnapshotInfo } from "../../provider.ts";
import { bury } from "./bury.ts";
import { copyTree, measureTree } from "./copy-tree.ts";
import type { Layout } from "./layout.ts";
import type { LocalLog } from "./local-provider-deps.ts";
import { readNeeds } from "./needs.ts";
import { IN_OWN_MOUNTS, mountLayers } from "./overlay.ts";
import { identify, isAlive } from "./processes.ts";
import { BrokenRecord, listNames, type SandboxRecord } from "./record.ts";
import { removeTree } from "./remove-tree.ts";
import type { SnapshotRecord, SnapshotStore } from "./snapshot-store.ts";
import { exists } from "./tools.ts";
import { createTurns } from "./turns.ts";
import type { UserIds } from "./user-ids.ts";

/** More are made one: the kernel takes one page of mount options, and every look-up goes through all layers. */
const MAX_LAYERS = 12;
const ASK_AGAIN_MS = 20;

export interface SnapshotsDeps {
	rootDir: string;
	isolation: "full" | "none";
	store: SnapshotStore;
	userIds: UserIds | null;
	log: LocalLog;
	now: () => number;
}

/** The snapshots of one folder, and the layers that they and the sandboxes made from them share. */
export interface Snapshots {
	layersDir: string;
	/** null: there is none, or it belongs to sandboxes of the other isolation. */
	find(name: string): Promise<SnapshotRecord | null>;
	list(prefix: string): Promise<SnapshotRecord[]>;
	/**
	 * Keeps the home of a sandbox; to be called in the sandbox's turn.
	 *
	 * @param hold stops its processes and gives back what lets them go on
	 */
	take(name: string, sandbox: Source, signal?: AbortSignal): Promise<SnapshotRecord>;
	remove(name: string): Promise<void>;
	/** Gives up what a removed record has named, where nothing else names it. */
	release(named: { layers: string[]; uid: number | null }): Promise<void>;
	/** Removes what processes that died in the middle have left. */
	tidy(): Promise<void>;
}

interface Source {
	record: SandboxRecord;
	layout: Layout;
	/** What the copying of its files is to run in; nothing: they lie open. */
	reach: string[];
	/** Stops what runs inside; gives back what lets it go on. */
	hold: () => Promise<() => Promise<void>>;
}

export function createSnapshots(deps: SnapshotsDeps): Snapshots {
	const { rootDir, isolation, store } = deps;
	const layersDir = join(rootDir, "layers");
	const inTurn = createTurns();
	const maker = randomUUID();

	async function find(name: string): Promise<SnapshotRecord | null> {
		const record = await store.read(name);
		return record?.state === "ready" && record.isolation === isolation ? record : null;
	}

	/** A record that makes no sense is forgotten: what it named is swept at the next start. */
	async function readOrForget(name: string): Promise<SnapshotRecord | null> {
		try {
			return await store.read(name);
		} catch (error) {
			if (!(error instanceof BrokenRecord)) throw error;
			deps.log.warn({ err: error, snapshot: name }, "a snapshot's record cannot be read: it is forgotten");
			await store.remove(name);
			return null;
		}
	}

	/** Makes the name ours, unless somebody else has made the snapshot. */
	async function claim(wanted: SnapshotRecord, signal?: AbortSignal): Promise<SnapshotRecord | null> {
		for (;;) {
			if (signal?.aborted) throw new SandboxError("unavailable", "The caller gave up.");
			const present = await readOrForget(wanted.name);
			if (present === null) {
				if (await store.claim(wanted)) return null;
			} else if (present.state === "ready" && present.isolation === isolation) {
				return present;
			} else if (present.state === "making" && present.maker !== maker && (await isAlive(present.owner))) {
				await delay(ASK_AGAIN_MS);
			} else {
				await discard(present);
			}
		}
	}

	async function discard(record: SnapshotRecord): Promise<void> {
		await store.remove(record.name);
		await release(record);
	}

	const hasFolder = (name: string) => exists(join(rootDir, "sandboxes", name));

	async function release(named: { layers: string[]; uid: number | null }): Promise<void> {
		const needs = await readNeeds(rootDir, store);
		if (needs === null) return;
		if (named.uid !== null && !needs.uids.has(named.uid)) await deps.userIds?.free(named.uid, hasFolder);
		for (const layer of named.layers.filter((name) => !needs.layers.has(name))) {
			await bury(rootDir, join(layersDir, layer), deps.log);
			await bury(rootDir, join(layersDir, `${layer}.partial`), deps.log);
		}
	}

	/** Fills a layer. It has its name only once it is whole. */
	async function make(layer: string, fill: (dir: string) => Promise<void>): Promise<void> {
		await mkdir(layersDir, { recursive: true, mode: 0o700 });
		const partial = join(layersDir, `${layer}.partial`);
		await removeTree(partial);
		await fill(partial);
		await rename(partial, join(layersDir, layer));
	}

	async function copyHome(layer: string, { record, layout, reach, hold }: Source, signal?: AbortSignal) {
		const from = record.layers.length === 0 ? layout.home : layout.upper;
		await make(layer, async (dir) => {
			const letGo = await hold();
			try {
				await copyTree(from, dir, { signal, ...(reach.length > 0 ? { prefix: reach } : {}) });
			} finally {
				await letGo();
			}
		});
	}

	/** Copies what the layers show together. */
	async function flatten(layer: string, layers: string[], signal?: AbortSignal): Promise<void> {
		const view = join(layersDir, `${layer}.view.partial`);
		await mkdir(view);
		try {
			const prefix = [...IN_OWN_MOUNTS, ...mountLayers({ layersDir, layers, writable: null, at: view })];
			await make(layer, (dir) => copyTree(view, dir, { signal, prefix }));
		} finally {
			await removeTree(view);
		}
	}

	async function take(name: string, source: Source, signal?: AbortSignal): Promise<SnapshotRecord> {
		const { record } = source;
		if (record.isolation !== isolation || record.copyFrom !== null) {
			throw new SandboxError(
				"unsupported",
				`The sandbox ${record.name} was made in another way or never ready.`,
			);
		}
		const [layer, base] = [newLayer(), newLayer()];
		const layers = [layer, ...record.layers];
		const claimed: SnapshotRecord = {
			name,
			createdAtMs: deps.now(),
			state: "making",
			owner: await identify(process.pid),
			maker,
			isolation,
			uid: record.uid,
			layers: [...layers, base],
			sizeBytes: null,
		};
		const present = await claim(claimed, signal);
		if (present) return present;
		try {
			await copyHome(layer, source, signal);
			const flat = layers.length > MAX_LAYERS;
			if (flat) await flatten(base, layers, signal);
			const own = flat ? base : layer;
			const ready: SnapshotRecord = {
				...claimed,
				state: "ready",
				layers: flat ? [base] : layers,
				sizeBytes: await measureTree(join(layersDir, own), signal),
			};
			await store.write(ready);
			if (flat) await release({ layers: [layer], uid: null });
			return ready;
		} catch (error) {
			await discard(claimed);
			throw error;
		}
	}

	return {
		layersDir,
		find,
		async list(prefix) {
			const names = (await store.names()).filter((name) => name.startsWith(prefix));
			const found = await Promise.all(
				names.map(async (name) => {
					try {
						return await find(name);
					} catch (error) {
						if (!(error instanceof BrokenRecord)) throw error;
						deps.log.warn({ err: error, snapshot: name }, "a snapshot's record cannot be read");
						return null;
					}
				}),
			);
			return found.filter((record) => record !== null);
		},
		take: (name, source, signal) => inTurn(name, () => take(name, source, signal)),
		remove: (name) =>
			inTurn(name, async () => {
				const record = await readOrForget(name);
				if (record) await discard(record);
			}),
		release,
		async tidy() {
			for (const name of await store.names()) {
				const record = await readOrForget(name);
				if (record?.state === "making" && !(await isAlive(record.owner))) await discard(record);
			}
			const found = await listNames(layersDir);
			const needs = await readNeeds(rootDir, store);
			for (const file of needs === null ? [] : found) {
				if (!needs?.layers.has(file.split(".")[0] ?? ""))
					await bury(rootDir, join(layersDir, file), deps.log);
			}
		},
	};
}

/** Short: up to a dozen of them are named in one mount. */
function newLayer(): string {
	return randomUUID().slice(0, 8);
}

export function toSnapshotInfo({ name, createdAtMs, sizeBytes }: SnapshotRecord): SnapshotInfo {
	return { name, createdAt: new Date(createdAtMs), sizeBytes };
}
