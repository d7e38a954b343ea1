import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxInfo, SandboxProvider } from "../../provider.ts";
import { type Cgroups, findCgroups, toScope } from "./cgroups.ts";
import { createDaemonCalls } from "./daemon-calls.ts";
import { canLimitDisk } from "./disk.ts";
import { examine } from "./doctor.ts";
import { realInternet } from "./egress-proxy.ts";
import { toSecretsDir } from "./environment.ts";
import { createFreezer } from "./freezer.ts";
import { layOut } from "./layout.ts";
import { createLifecycle } from "./lifecycle.ts";
import type { LocalProviderDeps } from "./local-provider-deps.ts";
import { checkName, NAME } from "./name.ts";
import { readNeeds } from "./needs.ts";
import { once } from "./once.ts";
import { canOverlay } from "./overlay.ts";
import { isAlive } from "./processes.ts";
import { BrokenRecord, isClaim, listNames, readRecord, type SandboxRecord } from "./record.ts";
import { recover } from "./recover.ts";
import { translated } from "./sandbox-failure.ts";
import { createSnapshotStore } from "./snapshot-store.ts";
import { createSnapshots, toSnapshotInfo } from "./snapshots.ts";
import { createUserIds } from "./user-ids.ts";

export interface LocalProvider extends SandboxProvider {
	/**
	 * To be called at start: takes up again the sandboxes that still live and are named in `keep`, and deletes what else
	 * an earlier process left: processes, groups, folders. A sandbox whose own process still lives is left alone.
	 */
	recover(keep: string[]): Promise<void>;
}

/** Sandboxes on this machine: bubblewrap's namespaces, a user of their own, a private network, kernel limits. */
export function createLocalProvider(deps: LocalProviderDeps): LocalProvider {
	const sandboxesDir = join(deps.rootDir, "sandboxes");
	const runsAsRoot = process.getuid?.() === 0;
	const userIds = deps.isolation === "full" && runsAsRoot ? createUserIds(join(deps.rootDir, "uids")) : null;
	let cgroups: Promise<Cgroups> | null = null;
	const getCgroups = () => (cgroups ??= findCgroups(toScope(deps.rootDir)));
	const canLayer = once(async () => deps.isolation === "full" && canOverlay(deps.rootDir));
	/** Where layers cannot be mounted, disks cannot either. */
	const canLimit = once(async (diskMiB: number) => (await canLayer()) && canLimitDisk(deps.rootDir, diskMiB));
	const findDiskMiB = async () =>
		deps.diskMiB && runsAsRoot && (await canLimit(deps.diskMiB)) ? deps.diskMiB : null;
	const doctor = async () =>
		examine({
			isolation: deps.isolation,
			limitsEnforced: (await getCgroups()).enforced,
			uid: userIds?.first ?? null,
			layers: await canLayer(),
			diskLimited: (await findDiskMiB()) !== null,
		});
	const now = deps.now ?? Date.now;
	const store = createSnapshotStore(join(deps.rootDir, "snapshots"));
	const { rootDir, isolation, log } = deps;
	const snapshots = createSnapshots({ rootDir, isolation, store, userIds, log, now });
	const lifecycle = createLifecycle({
		...deps,
		now,
		freezer: createFreezer(getCgroups),
		snapshots,
		canLayer,
		findDiskMiB,
		internet: deps.internet ?? realInternet,
		userIds,
		cgroups: getCgroups,
		examine: doctor,
	});

	const find = async (name: string): Promise<SandboxInfo | null> => {
		const layout = layOut(sandboxesDir, name);
		try {
			const record = await readRecord(layout);
			if (record === null || (isClaim(record) && !(await isAlive(record.owner)))) return null;
			return toInfo(record, await findState(record), sandboxesDir);
		} catch (error) {
			if (!(error instanceof BrokenRecord)) throw error;
			return toBrokenInfo(name, error.message, (await stat(layout.dir)).birthtime);
		}
	};

	return {
		name: "local",
		doctor: () => translated(doctor),
		create: (spec, signal) => {
			checkName(spec.name);
			return translated(async () => toInfo(await lifecycle.create(spec, signal), "started", sandboxesDir));
		},
		get: (idOrName) => translated(async () => (NAME.test(idOrName) ? await find(idOrName) : null)),
		list: (labels = {}) =>
			translated(async () => {
				const names = (await listNames(sandboxesDir)).filter((name) => NAME.test(name));
				const found = (await Promise.all(names.map(find))).filter((info) => info !== null);
				return found.filter((info) =>
					Object.entries(labels).every(([key, value]) => info.labels[key] === value),
				);
			}),
		ensureStarted: (id, signal) =>
			translated(async () =>
				toInfo(await lifecycle.ensureStarted(checkName(id), signal), "started", sandboxesDir),
			),
		stop: (id) => translated(() => lifecycle.stop(checkName(id))),
		delete: (id) => translated(() => lifecycle.remove(checkName(id))),
		recover: (keep) =>
			translated(async () =>
				recover({
					rootDir: deps.rootDir,
					keep: new Set(keep),
					lifecycle,
					cgroups: await getCgroups(),
					userIds,
					snapshots,
					readNeeds: () => readNeeds(rootDir, store),
					log: deps.log,
					now,
				}),
			),
		...createDaemonCalls(lifecycle, ["conflict", "timeout"]),
		snapshot: (id, name, signal) =>
			translated(async () =>
				toSnapshotInfo(await lifecycle.snapshot(checkName(id), checkName(name), signal)),
			),
		getSnapshot: (name) =>
			translated(async () => {
				const found = NAME.test(name) ? await snapshots.find(name) : null;
				return found && toSnapshotInfo(found);
			}),
		listSnapshots: (prefix = "") =>
			translated(async () => (await snapshots.list(prefix)).map(toSnapshotInfo)),
		deleteSnapshot: (name) => translated(() => snapshots.remove(checkName(name))),
		touch: async () => {},
		async close() {
			await lifecycle.close();
			await (await getCgroups()).close();
		},
	};
}

async function findState(record: SandboxRecord): Promise<SandboxInfo["state"]> {
	if (record.state === "started") return (await isAlive(record.process)) ? "started" : "stopped";
	if (record.state === "creating") return (await isAlive(record.owner)) ? "creating" : "stopped";
	return "stopped";
}

function toInfo(record: SandboxRecord, state: SandboxInfo["state"], sandboxesDir: string): SandboxInfo {
	return {
		id: record.name,
		name: record.name,
		state,
		labels: record.labels,
		createdAt: new Date(record.createdAtMs),
		gatewayUrl: record.gatewayUrl,
		toolsDir: record.toolsDir,
		homeDir: record.homeDir,
		secretsDir: toSecretsDir(record.isolation, layOut(sandboxesDir, record.name)),
		snapshot: record.snapshot,
	};
}

/** One whose record makes no sense hides no other. */
function toBrokenInfo(name: string, errorReason: string, createdAt: Date): SandboxInfo {
	const unknown = { labels: {}, gatewayUrl: "", toolsDir: "", homeDir: "", secretsDir: "", snapshot: null };
	return { id: name, name, state: "error", errorReason, createdAt, ...unknown };
}
