import { randomUUID } from "node:crypto";
import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type CreateSpec, type DoctorReport, SandboxError } from "../../provider.ts";
import { INSIDE } from "./bwrap-arguments.ts";
import type { Cgroups } from "./cgroups.ts";
import type { DaemonClient } from "./daemon-client.ts";
import type { Internet } from "./egress-proxy.ts";
import { composeSettings, GATEWAY_PORT } from "./environment.ts";
import { launch } from "./launch.ts";
import { type Layout, layOut, prepareLayout } from "./layout.ts";
import { type Link, openLink } from "./links.ts";
import type { LocalProviderDeps } from "./local-provider-deps.ts";
import { endProcesses, findSandboxProcesses, identify, isAlive } from "./processes.ts";
import { readRecord, type SandboxRecord, writeRecord } from "./record.ts";
import { removeTree } from "./remove-tree.ts";
import { hasCode, translate } from "./sandbox-failure.ts";
import { prepareTools, type Tools } from "./tools.ts";
import { createTurns } from "./turns.ts";
import type { UserIds } from "./user-ids.ts";

const DEFAULT_PROCESSES = 2048;
const DELETE_PATIENCE_MS = 1000;

export interface LifecycleDeps extends LocalProviderDeps {
	now: () => number;
	internet: Internet;
	userIds: UserIds | null;
	cgroups: () => Promise<Cgroups>;
	examine: () => Promise<DoctorReport>;
}

/** Makes, finds, ends and removes sandboxes; what concerns one of them happens in turn. */
export interface Lifecycle {
	create(spec: CreateSpec, signal?: AbortSignal): Promise<SandboxRecord>;
	ensureStarted(name: string, signal?: AbortSignal): Promise<SandboxRecord>;
	stop(name: string): Promise<void>;
	remove(name: string): Promise<void>;
	/** The line to a running sandbox, whose sockets become this process's. */
	reach(name: string): Promise<DaemonClient>;
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
	let prepared: Promise<Tools> | null = null;
	const tools = () => {
		prepared ??= prepareRoot(deps).catch((error) => {
			prepared = null;
			throw error;
		});
		return prepared;
	};

	async function connect(record: SandboxRecord): Promise<Link> {
		const present = links.get(record.name);
		if (present) return present;
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
		await endProcesses(async () => [
			...new Set([...(await findSandboxProcesses(dir)), ...(await cgroups.processes(name))]),
		]);
		await cgroups.remove(name);
	}

	async function start(known: SandboxRecord, signal?: AbortSignal): Promise<SandboxRecord> {
		const { name, isolation, uid } = known;
		const layout = at(name);
		const { key, dir } = await tools();
		await disconnect(name);
		await prepareLayout(layout, uid);
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
		const groups = await (await deps.cgroups()).create(name, record.limits);
		const link = await connect(record);
		const identity = await launch({ layout, name, isolation, uid, toolsDir: dir, groups, signal });
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

	async function remove(name: string): Promise<void> {
		const layout = at(name);
		const uid = (await readRecord(layout))?.uid ?? null;
		await end(name);
		const grave = join(rootDir, "trash", `${name}.${randomUUID()}`);
		try {
			await mkdir(join(rootDir, "trash"), { recursive: true, mode: 0o700 });
			await rename(layout.dir, grave);
		} catch (error) {
			if (!hasCode(error, "ENOENT")) throw error;
		}
		if (uid !== null) await userIds?.free(uid);
		// A large home takes its time; what is not done when we end is done at the next start.
		const removal = removeTree(grave).catch((error) =>
			deps.log.warn({ err: error, sandbox: name }, "a deleted sandbox's files could not be removed"),
		);
		await Promise.race([removal, delay(DELETE_PATIENCE_MS, undefined, { ref: false })]);
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
				if (known) return ensure(known, signal);
				try {
					await tools();
					await mkdir(at(spec.name).dir, { recursive: true });
					const uid = (await userIds?.take(spec.name)) ?? null;
					return await start(newRecord(spec, deps, uid), signal);
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
				await Promise.all([layout.run, layout.tmp].map(removeTree));
			}),
		remove: (name) => inTurn(name, () => remove(name)),
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
	if (record) return record;
	throw new SandboxError("not_found", "There is no such sandbox.");
}

function newRecord(spec: CreateSpec, deps: LifecycleDeps, uid: number | null): SandboxRecord {
	return {
		name: spec.name,
		labels: spec.labels ?? {},
		env: spec.env ?? {},
		limits: {
			memoryMiB: spec.limits?.memoryMiB ?? deps.memoryMiB,
			cpus: spec.limits?.cpus ?? null,
			processes: spec.limits?.processes ?? DEFAULT_PROCESSES,
		},
		allowHosts: [...deps.allowHosts, ...(spec.allowHosts ?? [])],
		createdAtMs: deps.now(),
		state: "creating",
		isolation: deps.isolation,
		uid,
		owner: null,
		process: null,
		gatewayUrl: "",
		toolsKey: "",
		toolsDir: "",
		homeDir: "",
	};
}

async function prepareRoot(deps: LifecycleDeps): Promise<Tools> {
	const made = await mkdir(deps.rootDir, { recursive: true });
	if (made !== undefined) await chmod(deps.rootDir, 0o755);
	for (const name of ["sandboxes", "tools"]) {
		await mkdir(join(deps.rootDir, name), { recursive: true });
		await chmod(join(deps.rootDir, name), 0o755);
	}
	return prepareTools(join(deps.rootDir, "tools"), deps);
}
