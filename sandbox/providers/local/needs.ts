import { join } from "node:path";
import { layOut } from "./layout.ts";
import { NAME } from "./name.ts";
import { BrokenRecord, listNames, readRecord } from "./record.ts";
import type { SnapshotStore } from "./snapshot-store.ts";

/** What sandboxes and snapshots are made of. */
export interface Needs {
	layers: Set<string>;
	uids: Set<number>;
}

/**
 * Reads all records. Who makes something writes its record first and then looks whether what it builds on is still
 * there; who removes something removes its record first and then asks here. So neither needs a lock.
 *
 * @returns null where a record makes no sense: nobody knows what it needs
 */
export async function readNeeds(rootDir: string, store: SnapshotStore): Promise<Needs | null> {
	const sandboxesDir = join(rootDir, "sandboxes");
	const sandboxes = (await listNames(sandboxesDir)).filter((name) => NAME.test(name));
	const snapshots = await store.names();
	try {
		const records = await Promise.all([
			...sandboxes.map((name) => readRecord(layOut(sandboxesDir, name))),
			...snapshots.map((name) => store.read(name)),
		]);
		const needs: Needs = { layers: new Set(), uids: new Set() };
		for (const record of records) {
			if (record === null) continue;
			for (const layer of record.layers) needs.layers.add(layer);
			if ("copyFrom" in record && record.copyFrom !== null) needs.layers.add(record.copyFrom);
			if (record.uid !== null) needs.uids.add(record.uid);
		}
		return needs;
	} catch (error) {
		if (error instanceof BrokenRecord) return null;
		throw error;
	}
}
