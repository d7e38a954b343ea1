import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { type CreateSpec, SandboxError } from "../../provider.ts";
import { INSIDE } from "../local/bwrap-arguments.ts";
import type { DaemonClient } from "../local/daemon-client.ts";
import type { Internet } from "../local/egress-proxy.ts";
import { type Link, openLink } from "../local/links.ts";
import { identify, isAlive } from "../local/processes.ts";
import { removeTree } from "../local/remove-tree.ts";
import { hasCode } from "../local/sandbox-failure.ts";
import type { Tools } from "../local/tools.ts";
import { createTurns } from "../local/turns.ts";
import type { BaseImage } from "./base-image.ts";
import { AGENT_ID, composeContainer, type SandboxSpec, toSpec } from "./container-config.ts";
import type { Container, Containers } from "./containers.ts";
import { composeSettings } from "./daemon-settings.ts";
import type { DockerProviderDeps } from "./docker-provider-deps.ts";
import { adoptSocket, type Folders, layOutFolders, prepareFolders } from "./folders.ts";
import { withLock } from "./process-lock.ts";
import type { Snapshots } from "./snapshots.ts";
import { packTar } from "./tar.ts";
import { readUlimits } from "./ulimits.ts";

const DEFAULT_PROCESSES = 2048;
const READY_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 10;
const LOOKS_PER_INSPECTION = 25;

/** What a container's own layer begins with: a home that is the agent's, and the constant way to the tools. */
const SKELETON = packTar([
	{ path: "home/", kind: "folder", mode: 0o755, owner: 0 },
	{ path: "home/agent/", kind: "folder", mode: 0o755, owner: AGENT_ID },
	// Podman gives the folder in memory the mode of the one below it.
	{ path: "run/", kind: "folder", mode: 0o755, owner: 0 },
	{ path: "run/bobbin/", kind: "folder", mode: 0o755, owner: 0 },
	{ path: "run/bobbin/memory/", kind: "folder", mode: 0o1777, owner: 0 },
	{ path: "opt/", kind: "folder", mode: 0o755, owner: 0 },
	{ path: "opt/bobbin", kind: "link", mode: 0o777, owner: 0, content: `${INSIDE.own}/host/tools` },
]);

const owner = z.object({ pid: z.int(), startTime: z.number() });

/** Makes, finds, ends and removes sandboxes; what concerns one of them happens in turn, over all processes. */
export interface Lifecycle {
	create(spec: CreateSpec, signal?: AbortSignal): Promise<SandboxSpec>;
	ensureStarted(name: string, signal?: AbortSignal): Promise<SandboxSpec>;
	stop(name: string): Promise<void>;
	remove(name: string): Promise<void>;
	/** The line to a running sandbox, whose sockets become this process's. */
	reach(name: string): Promise<DaemonClient>;
	/** Lets go of a sandbox that ended or was removed by another process; throws `not_found` where it was. */
	forgetIfGone(name: string): Promise<void>;
	/** With the sandbox's container, while nothing else happens to it. */
	hold<T>(name: string, act: (container: Container) => Promise<T>): Promise<T>;
	/** Whether another process of ours that still lives serves it. */
	isAnothers(name: string): Promise<boolean>;
	close(): Promise<void>;
}

export function createLifecycle(
	deps: DockerProviderDeps & {
		containers: Containers;
		snapshots: Snapshots;
		baseImage: BaseImage;
		scope: string;
		tools: () => Promise<Tools>;
		now: () => number;
		internet: Internet;
	},
): Lifecycle {
	const { containers, snapshots, scope } = deps;
	const turns = createTurns();
	const inTurn = <T>(name: string, act: () => Promise<T>): Promise<T> =>
		turns(name, () => withLock(`bobbin-${scope}-sandbox-${name}`, act));
	const links = new Map<string, Link>();
	const at = (name: string) => layOutFolders(join(deps.rootDir, "sandboxes"), name);

	async function connect(spec: SandboxSpec): Promise<Link> {
		const present = links.get(spec.name);
		if (present) return present;
		const { gateway, internet } = deps;
		const { allowHosts } = spec;
		const link = await openLink({
			layout: at(spec.name),
			uid: null,
			openSockets: true,
			gateway,
			allowHosts,
			internet,
		});
		links.set(spec.name, link);
		await writeFile(at(spec.name).owner, JSON.stringify(await identify(process.pid)));
		return link;
	}
	async function disconnect(name: string): Promise<void> {
		const link = links.get(name);
		links.delete(name);
		await link?.close();
	}
	/** Makes a running sandbox ours: another process may have had its sockets, even since we last did. */
	async function adopt(spec: SandboxSpec): Promise<void> {
		const [was, we] = await Promise.all([readOwner(at(spec.name)), identify(process.pid)]);
		if (was?.pid !== we?.pid || was?.startTime !== we?.startTime) await disconnect(spec.name);
		await connect(spec);
	}

	/** The folders as they must be before a container is made from them, or started with them. */
	async function prepare(spec: SandboxSpec): Promise<Tools> {
		await disconnect(spec.name);
		const tools = await deps.tools();
		await prepareFolders(at(spec.name), { toolsKey: tools.key, settings: composeSettings(spec.env) });
		return tools;
	}
	async function start({ spec, status }: Container, signal?: AbortSignal): Promise<void> {
		const { name } = spec;
		// One that was cut off between its making and its first start lacks it.
		if (toBeFurnished(status)) await containers.unpack(name, SKELETON);
		const { client } = await connect(spec);
		signal?.throwIfAborted();
		await containers.start(name);
		await waitForDaemon(name, at(name), client, signal);
	}
	async function waitForDaemon(
		name: string,
		folders: Folders,
		client: DaemonClient,
		signal: AbortSignal | undefined,
	): Promise<void> {
		const deadline = deps.now() + READY_WITHIN_MS;
		for (let look = 1; ; look++) {
			signal?.throwIfAborted();
			if (await adoptSocket(folders)) break;
			const ended = look % LOOKS_PER_INSPECTION === 0 && (await containers.find(name))?.status !== "running";
			if (ended || deps.now() > deadline) {
				const said = await containers.readLog(name);
				throw new SandboxError("unavailable", `The sandbox did not start: ${said || "no reason given"}`, {
					retryable: true,
				});
			}
			await delay(LOOK_EVERY_MS);
		}
		await client.health();
	}
	async function ensure(container: Container, signal?: AbortSignal): Promise<SandboxSpec> {
		const { spec, status } = container;
		// Held for a snapshot by a process that ended in the middle.
		if (status === "paused") await containers.unpause(spec.name);
		if (status === "paused" || status === "running") {
			await adopt(spec);
			if (await answers((await connect(spec)).client)) return spec;
		}
		try {
			await containers.kill(spec.name);
			await prepare(spec);
			await start(container, signal);
			return spec;
		} catch (error) {
			await disconnect(spec.name);
			await containers
				.kill(spec.name)
				.catch((err) => deps.log.warn({ err, sandbox: spec.name }, "could not be ended"));
			throw cancelled(error, signal);
		}
	}
	async function make(asked: CreateSpec, signal?: AbortSignal): Promise<SandboxSpec> {
		const spec = toSpec(asked, { allowHosts: deps.allowHosts, nowMs: deps.now() });
		if (spec.snapshot !== null && (await snapshots.get(spec.snapshot)) === null) {
			throw new SandboxError("not_found", `There is no snapshot ${spec.snapshot}.`);
		}
		const image = spec.snapshot === null ? await deps.baseImage.prepare() : snapshots.referTo(spec.snapshot);
		try {
			signal?.throwIfAborted();
			const toolsDir = join((await prepare(spec)).dir, "..");
			const limits = {
				memoryMiB: asked.limits?.memoryMiB ?? deps.memoryMiB,
				cpus: asked.limits?.cpus ?? null,
				processes: asked.limits?.processes ?? DEFAULT_PROCESSES,
				ulimits: await readUlimits(),
			};
			const folders = at(spec.name);
			await containers.create(spec.name, composeContainer({ spec, scope, image, folders, toolsDir, limits }));
			await start({ spec, status: "created" }, signal);
			return spec;
		} catch (error) {
			await remove(spec.name);
			throw cancelled(error, signal);
		}
	}
	async function remove(name: string): Promise<void> {
		await disconnect(name);
		await containers.remove(name);
		await removeTree(at(name).dir);
	}
	async function need(name: string): Promise<Container> {
		const container = await containers.find(name);
		if (container) return container;
		throw new SandboxError("not_found", `There is no sandbox ${name}.`);
	}

	return {
		create: (spec, signal) =>
			inTurn(spec.name, async () => {
				const found = await containers.find(spec.name);
				return found ? ensure(found, signal) : make(spec, signal);
			}),
		ensureStarted: (name, signal) => inTurn(name, async () => ensure(await need(name), signal)),
		stop: (name) =>
			inTurn(name, async () => {
				const { status } = await need(name);
				await disconnect(name);
				if (status === "paused") await containers.unpause(name);
				await containers.kill(name);
			}),
		remove: (name) => inTurn(name, () => remove(name)),
		async reach(name) {
			const link = links.get(name);
			if (link) return link.client;
			return inTurn(name, async () => {
				const { spec, status } = await need(name);
				if (status === "running" || status === "paused") return (await connect(spec)).client;
				throw new SandboxError("conflict", `The sandbox ${name} is not running: start it first.`);
			});
		},
		forgetIfGone: (name) =>
			inTurn(name, async () => {
				const found = await containers.find(name);
				if (found?.status === "running") return;
				await disconnect(name);
				await need(name);
			}),
		hold: (name, act) => inTurn(name, async () => act(await need(name))),
		async isAnothers(name) {
			const was = await readOwner(at(name));
			return was?.pid !== process.pid && (await isAlive(was));
		},
		async close() {
			await Promise.all([...links.keys()].map(disconnect));
		},
	};
}

const toBeFurnished = (status: string) => status === "created" || status === "configured";

/** False: the daemon has not come up yet, or has ended. */
async function answers(daemon: DaemonClient): Promise<boolean> {
	try {
		await daemon.health();
		return true;
	} catch (error) {
		if (error instanceof SandboxError && error.code === "conflict") return false;
		throw error;
	}
}

async function readOwner(folders: Folders): Promise<z.infer<typeof owner> | null> {
	try {
		return owner.parse(JSON.parse(await readFile(folders.owner, "utf8")));
	} catch (error) {
		if (hasCode(error, "ENOENT")) return null;
		throw error;
	}
}

function cancelled(error: unknown, signal: AbortSignal | undefined): unknown {
	if (!signal?.aborted || error instanceof SandboxError) return error;
	return new SandboxError("unavailable", "The caller gave up.", { retryable: true, cause: error });
}
