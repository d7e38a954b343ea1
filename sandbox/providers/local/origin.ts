import { type CreateSpec, SandboxError } from "../../provider.ts";
import type { LocalProviderDeps } from "./local-provider-deps.ts";
import type { SandboxRecord } from "./record.ts";
import type { SnapshotRecord } from "./snapshot-store.ts";
import type { Snapshots } from "./snapshots.ts";

const DEFAULT_PROCESSES = 2048;

/** What a sandbox's home is made of, and whose its files are. */
export type Origin = Pick<SandboxRecord, "uid" | "layers" | "copyFrom">;

/** What a sandbox takes over from the snapshot that it is made from. */
export async function findOrigin(
	deps: { snapshots: Snapshots; canLayer: () => Promise<boolean> },
	snapshot: string,
): Promise<Origin> {
	const { uid, layers } = await needSnapshot(deps.snapshots, snapshot);
	if (await deps.canLayer()) return { uid, layers, copyFrom: null };
	const [only = null, ...others] = layers;
	if (others.length === 0) return { uid, layers: [], copyFrom: only };
	throw new SandboxError("unsupported", `The snapshot ${snapshot} has layers, which cannot be mounted here.`);
}

export async function needSnapshot(snapshots: Snapshots, name: string): Promise<SnapshotRecord> {
	const found = await snapshots.find(name);
	if (found) return found;
	throw new SandboxError("not_found", `There is no snapshot ${name}.`);
}

/** The record of a sandbox that is to be made. */
export function newRecord(
	spec: CreateSpec,
	deps: LocalProviderDeps & { now: () => number },
	origin: Origin,
	diskMiB: number | null,
): SandboxRecord {
	return {
		name: spec.name,
		labels: spec.labels ?? {},
		env: spec.env ?? {},
		limits: {
			memoryMiB: spec.limits?.memoryMiB ?? deps.memoryMiB,
			cpus: spec.limits?.cpus ?? null,
			processes: spec.limits?.processes ?? DEFAULT_PROCESSES,
			diskMiB,
		},
		allowHosts: [...deps.allowHosts, ...(spec.allowHosts ?? [])],
		createdAtMs: deps.now(),
		state: "creating",
		isolation: deps.isolation,
		owner: null,
		process: null,
		gatewayUrl: "",
		toolsKey: "",
		toolsDir: "",
		homeDir: "",
		snapshot: spec.snapshot ?? null,
		...origin,
	};
}
