import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CreateSpec, type DoctorReport, SandboxError } from "../../provider.ts";
import { bury } from "./bury.ts";
import { INSIDE } from "./bwrap-arguments.ts";
import type { Cgroups } from "./cgroups.ts";
import { copyTree } from "./copy-tree.ts";
import type { DaemonClient } from "./daemon-client.ts";
import { clearDisk, mountDisk, placeOnDisk, prepareDisk, reachDisk } from "./disk.ts";
import type { Internet } from "./egress-proxy.ts";
import { composeSettings, GATEWAY_PORT } from "./environment.ts";
import type { Freezer } from "./freezer.ts";
import { launch } from "./launch.ts";
import { type Layout, layOut, openRoot, prepareLayout } from "./layout.ts";
import { type Link, openLink } from "./links.ts";
import type { LocalProviderDeps } from "./local-provider-deps.ts";
import { findOrigin, needSnapshot, newRecord, type Origin } from "./origin.ts";
import { IN_OWN_MOUNTS, mountHome } from "./overlay.ts";
import { endProcesses, findSandboxProcesses, identify, isAlive } from "./processes.ts";
import { BrokenRecord, isClaim, readRecord, type SandboxRecord, writeRecord } from "./record.ts";
import { removeTree } from "./remove-tree.ts";
import { translate } from "./sandbox-failure.ts";
import type { SnapshotRecord } from "./snapshot-store.ts";
import type { Snapshots } from "./snapshots.ts";
import { spreadFolders } from "./spread-folders.ts";
import { exists, prepareTools, type Tools } from "./tools.ts";
import { createTurns } from "./turns.ts";
import type { UserIds } from "./user-ids.ts";

export interface LifecycleDeps extends LocalProviderDeps {
	now: () => number;
	internet: Internet;
	userIds: UserIds | null;
	cgroups: () => Promise<Cgroups>;
	examine: () => Promise<DoctorReport>;
	freezer: Freezer;
	snapshots: Snapshots;
	/** Whether homes can be made of layers here. */
	canLayer: () => Promise<boolean>;
	/** What the disk of a new sandbox holds; null: it has no limit here. */
	findDiskMiB: () => Promise<number | null>;
}

/** Makes, finds, ends and removes sandboxes; what concerns one of them happens in turn. */
export interface Lifecycle {
	create(spec: CreateSpec, signal?: AbortSignal): Promise<SandboxRecord>;
	ensureStarted(name: string, signal?: AbortSignal): Promise<SandboxRecord>;
	stop(name: string): Promise<void>;
	remove(name: string): Promise<void>;
	/** The line to a running sandbox, whose sockets become this process's. */
	reach(name: string): Promise<DaemonClient>;
	/** Keeps a sandbox's home as a snapshot. */
	snapshot(name: string, snapshot: string, signal?: AbortSignal): Promise<SnapshotRecord>;
	/** Lets go of a sandbox that ended or was removed by another process; throws `not_found` where it was. */
	forgetIfGone(name: string): Promise<void>;
	/** The newest tools folder. */
	tools(): Promise<Tools>;
	close(): Promise<void>;
}

export function createLifecycle(deps: LifecycleDeps): Lifecycle {
	const { rootDir, userIds } = deps;
	const inTurn = createTurns();
	const links = new Map<string, Link>();
	const at = (name: string) => layOut(join(rootDir, "sandboxes"), name);
	const placed = ({ name, limits }: SandboxRecord) =>
		limits.diskMiB === null ? at(name) : placeOnDisk(at(name));
	let prepared: Promise<Tools> | null = null;
	const tools = async (): Promise<Tools> => {
		const known = await prepared;
		// Somebody may have cleared them away while we ran.
		if (known && !(await exists(known.dir))) prepared = null;
		prepared ??= prepareRoot(deps).catch((error) => {
			prepared = null;
			throw error;
		});
		return prepared;
	};

	async function connect(record: SandboxRecord): Promise<Link> {
		const present = links.get(record.name);
		if (present) return present;
		await deps.freezer.thawAbandoned(record.name, at(record.name));
		const link = await openLink({
			layout: at(record.name),
			uid: record.uid,
			gateway: deps.gateway,
			allowHosts: record.isolation === "full" ? record.allowHosts : null,
			internet: deps.internet,
		});
		links.set(record.name, link);
		return link;
	}
	async function disconnect(name: string): Promise<void> {
		const link = links.get(name);
		links.delete(name);
		await link?.close();
	}

	/** Makes a running sandbox ours: another process may have had its sockets, even since we last did. */
	async function adopt(record: SandboxRecord): Promise<SandboxRecord> {
		await deps.freezer.thawAbandoned(record.name, at(record.name));
		const owner = await identify(process.pid);
		const ours = record.owner?.pid === owner?.pid && record.owner?.startTime === owner?.startTime;
		if (!ours) await disconnect(record.name);
		await connect(record);
		if (ours) return record;
		const adopted = { ...record, owner };
		await writeRecord(at(record.name), adopted);
		return adopted;
	}

	/** Ends everything that runs in a sandbox, also what a process that died in the middle has started. */
	async function end(name: string): Promise<void> {
		const cgroups = await deps.cgroups();
		const { dir } = at(name);
		await disconnect(name);
		await deps.freezer.thaw(name, at(name));
		// To look for what has joined no group means to look at every process of the machine.
		await endProcesses(() => cgroups.processes(name));
		await endProcesses(async () => [
			...new Set([...(await findSandboxProcesses(dir)), ...(await cgroups.processes(name))]),
		]);
		await cgroups.remove(name);
	}

	async function start(known: SandboxRecord, signal?: AbortSignal): Promise<SandboxRecord> {
		const { name, isolation, uid, layers, limits } = known;
		const layout = placed(known);
		const { key, dir } = await tools();
		await disconnect(name);
		await prepareLayout(layout, uid, { layers: layers.length > 0, disk: limits.diskMiB !== null });
		const record: SandboxRecord = {
			...known,
			state: "creating",
			owner: await identify(process.pid),
			process: null,
			toolsKey: key,
			toolsDir: isolation === "full" ? INSIDE.tools : dir,
			homeDir: isolation === "full" ? INSIDE.home : layout.home,
		};
		await writeRecord(layout, record);
		await writeFile(join(layout.host, "daemon.json"), JSON.stringify(composeSettings(record, layout)));
		await chmod(join(layout.host, "daemon.json"), 0o644);
		const [groups, link] = await Promise.all([
			deps.cgroups().then((cgroups) => cgroups.create(name, limits)),
			connect(record),
			limits.diskMiB === null ? null : prepareDisk(rootDir, layout, limits.diskMiB),
		]);
		const mounts = [
			...(limits.diskMiB === null ? [] : mountDisk(layout, uid ?? 0)),
			...(layers.length === 0 ? [] : mountHome(deps.snapshots.layersDir, layout, layers)),
		];
		const mount = mounts.length === 0 ? [] : [...IN_OWN_MOUNTS, ...mounts];
		const identity = await launch({ layout, name, isolation, uid, toolsDir: dir, mount, groups, signal });
		const port = isolation === "full" ? GATEWAY_PORT : (await link.client.health()).gatewayPort;
		const started: SandboxRecord = {
			...record,
			state: "started",
			process: identity,
			gatewayUrl: `http://127.0.0.1:${port}`,
		};
		await writeRecord(layout, started);
		return started;
	}

	/** A failed start is told as what the doctor finds, where it finds something. */
	async function explain(thrown: unknown, signal?: AbortSignal): Promise<unknown> {
		const error = translate(thrown);
		if (signal?.aborted || !(error instanceof SandboxError) || error.code === "disk_full") return error;
		const [problem] = (await deps.examine()).problems;
		if (!problem) return error;
		const message = problem.fix ? `${problem.message} To mend it: ${problem.fix}` : problem.message;
		return new SandboxError("unsupported", message, { cause: error });
	}

	/** The next start clears it too. */
	async function clear(name: string, layout: Layout): Promise<void> {
		await clearDisk(layout).catch((error) =>
			deps.log.warn({ err: error, sandbox: name }, "a stopped sandbox's disk could not be cleared"),
		);
	}

	/** Claims what the sandbox is made of, then starts it. */
	async function begin(
		spec: CreateSpec,
		origin: Origin | null,
		signal?: AbortSignal,
	): Promise<SandboxRecord> {
		const layout = at(spec.name);
		if (spec.snapshot === undefined || origin === null) {
			await mkdir(layout.dir, { recursive: true });
			const uid = (await userIds?.take(spec.name)) ?? null;
			const plain = { uid, layers: [], copyFrom: null };
			return start(newRecord(spec, deps, plain, await deps.findDiskMiB()), signal);
		}
		const diskMiB = await deps.findDiskMiB();
		const claim = { ...newRecord(spec, deps, origin, diskMiB), owner: await identify(process.pid) };
		await mkdir(layout.dir, { recursive: true });
		await writeRecord(layout, claim);
		// Whoever removes the snapshot looks for claims afterwards: it is ours if it is still there now.
		await needSnapshot(deps.snapshots, spec.snapshot);
		if (claim.copyFrom !== null) {
			await copyTree(join(deps.snapshots.layersDir, claim.copyFrom), layout.home, { signal });
		}
		return start({ ...claim, copyFrom: null }, signal);
	}

	async function remove(name: string): Promise<void> {
		const layout = at(name);
		const record = await readRecord(layout).catch((error) => {
			if (error instanceof BrokenRecord) return null;
			throw error;
		});
		await end(name);
		await bury(rootDir, layout.dir, deps.log);
		if (record) await deps.snapshots.release(record);
	}

	async function ensure(known: SandboxRecord, signal?: AbortSignal): Promise<SandboxRecord> {
		if (known.state === "started" && (await isAlive(known.process))) {
			return adopt(known);
		}
		try {
			await end(known.name);
			return await start(known, signal);
		} catch (error) {
			await end(known.name);
			await writeRecord(at(known.name), { ...known, state: "stopped", process: null });
			throw await explain(error, signal);
		}
	}

	return {
		tools,
		create: (spec, signal) =>
			inTurn(spec.name, async () => {
				const known = await readRecord(at(spec.name));
				if (known && !isClaim(known)) return ensure(known, signal);
				if (known) await remove(spec.name);
				const origin = spec.snapshot === undefined ? null : await findOrigin(deps, spec.snapshot);
				try {
					await tools();
					return await begin(spec, origin, signal);
				} catch (error) {
					// Nothing of a sandbox that never was is left behind, even where the disk is full.
					await remove(spec.name);
					throw await explain(error, signal);
				}
			}),
		ensureStarted: (name, signal) => inTurn(name, async () => ensure(await need(at(name)), signal)),
		stop: (name) =>
			inTurn(name, async () => {
				const layout = at(name);
				const record = await need(layout);
				await end(name);
				await writeRecord(layout, { ...record, state: "stopped", process: null });
				if (record.limits.diskMiB === null) await Promise.all([layout.run, layout.tmp].map(removeTree));
				else await clear(name, layout);
			}),
		remove: (name) => inTurn(name, () => remove(name)),
		snapshot: (name, snapshot, signal) =>
			inTurn(name, async () => {
				const record = await need(at(name));
				const layout = placed(record);
				const runs = record.state === "started" && (await isAlive(record.process));
				const hold = async () => (runs ? deps.freezer.freeze(name, layout) : async () => {});
				const pid = runs ? (record.process?.pid ?? null) : null;
				const reach = record.limits.diskMiB === null ? [] : reachDisk(layout, record.uid ?? 0, pid);
				return deps.snapshots.take(snapshot, { record, layout, reach, hold }, signal);
			}),
		async reach(name) {
			const link = links.get(name);
			if (link) return link.client;
			return inTurn(name, async () => {
				const record = await need(at(name));
				if (record.state === "started" && (await isAlive(record.process)))
					return (await connect(record)).client;
				throw new SandboxError("conflict", `The sandbox ${name} is not running: start it first.`);
			});
		},
		forgetIfGone: (name) =>
			inTurn(name, async () => {
				const record = await readRecord(at(name));
				if (record) await deps.freezer.thawAbandoned(name, at(name));
				if (record?.state === "started" && (await isAlive(record.process))) return;
				await disconnect(name);
				await need(at(name));
			}),
		async close() {
			await Promise.all([...links.keys()].map(disconnect));
		},
	};
}

async function need(layout: Layout): Promise<SandboxRecord> {
	const record = await readRecord(layout);
	if (record && !isClaim(record)) return record;
	throw new SandboxError("not_found", "There is no such sandbox.");
}

async function prepareRoot(deps: LifecycleDeps): Promise<Tools> {
	await openRoot(deps.rootDir);
	for (const name of ["sandboxes", "tools"]) {
		await mkdir(join(deps.rootDir, name), { recursive: true });
		await chmod(join(deps.rootDir, name), 0o755);
	}
	await mkdir(deps.snapshots.layersDir, { recursive: true, mode: 0o700 });
	await spreadFolders([join(deps.rootDir, "sandboxes"), deps.snapshots.layersDir]);
	return prepareTools(join(deps.rootDir, "tools"), deps);
}
