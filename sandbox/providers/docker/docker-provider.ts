import { createHash } from "node:crypto";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { SandboxError, type SandboxInfo, type SandboxProvider } from "../../provider.ts";
import { INSIDE } from "../local/bwrap-arguments.ts";
import { createDaemonCalls } from "../local/daemon-calls.ts";
import { realInternet } from "../local/egress-proxy.ts";
import { GATEWAY_PORT } from "../local/environment.ts";
import { checkName, NAME } from "../local/name.ts";
import { once } from "../local/once.ts";
import { translated } from "../local/sandbox-failure.ts";
import { prepareTools, type Tools } from "../local/tools.ts";
import { createBaseImage } from "./base-image.ts";
import type { SandboxSpec } from "./container-config.ts";
import { createContainers, toState } from "./containers.ts";
import type { DockerProviderDeps } from "./docker-provider-deps.ts";
import { examine } from "./doctor.ts";
import { createEngine } from "./engine.ts";
import { createLifecycle } from "./lifecycle.ts";
import { SECRETS_DIR } from "./mounts.ts";
import { withLock } from "./process-lock.ts";
import { recover } from "./recover.ts";
import { createSnapshots } from "./snapshots.ts";

export interface DockerProvider extends SandboxProvider {
	/**
	 * To be called at start: takes up again the sandboxes that still live and are named in `keep`, and deletes what else
	 * an earlier process left. A sandbox that another living process serves is left alone. Begins to make the image of
	 * the sandboxes where it is missing.
	 */
	recover(keep: string[]): Promise<void>;
}

/** Sandboxes as containers of any engine on this machine that speaks the Docker Engine API. */
export function createDockerProvider(deps: DockerProviderDeps): DockerProvider {
	const { log } = deps;
	const now = deps.now ?? Date.now;
	const scope = createHash("sha256").update(deps.rootDir).digest("hex").slice(0, 8);
	const engine = createEngine(deps.host);
	const containers = createContainers(engine, scope);
	const maxLayers = deps.maxLayers === undefined ? {} : { maxLayers: deps.maxLayers };
	const snapshots = createSnapshots({ engine, containers, scope, ...maxLayers });
	const baseImage = createBaseImage(engine, deps.base);
	const tools = once(() => prepareRoot(deps));
	const lifecycle = createLifecycle({
		...deps,
		containers,
		snapshots,
		baseImage,
		scope,
		tools,
		now,
		internet: deps.internet ?? realInternet,
	});
	let closed = false;

	const find = async (name: string): Promise<SandboxInfo | null> => {
		const container = await containers.find(name);
		return container && toInfo(container.spec, toState(container.status));
	};

	return {
		name: "docker",
		doctor: () => translated(() => examine(engine)),
		create: (spec, signal) => {
			checkName(spec.name);
			if (spec.snapshot !== undefined) checkName(spec.snapshot);
			return translated(async () => toInfo(await lifecycle.create(spec, signal), "started"));
		},
		get: (idOrName) => translated(async () => (NAME.test(idOrName) ? find(idOrName) : null)),
		list: (labels = {}) =>
			translated(async () =>
				(await containers.list())
					.map(({ spec, status }) => toInfo(spec, toState(status)))
					.filter((info) => Object.entries(labels).every(([key, value]) => info.labels[key] === value)),
			),
		ensureStarted: (id, signal) =>
			translated(async () => toInfo(await lifecycle.ensureStarted(checkName(id), signal), "started")),
		stop: (id) => translated(() => lifecycle.stop(checkName(id))),
		delete: (id) => translated(() => lifecycle.remove(checkName(id))),
		recover: (keep) =>
			translated(async () => {
				const toolsKey = (await tools()).key;
				const { rootDir } = deps;
				await recover({ rootDir, keep: new Set(keep), containers, lifecycle, snapshots, toolsKey, log, now });
				baseImage.prepare().catch((err) => {
					if (!closed) log.warn({ err }, "the image of the sandboxes could not be made");
				});
			}),
		...createDaemonCalls(lifecycle, ["conflict"]),
		snapshot: (id, name, signal) =>
			translated(async () =>
				withLock(`bobbin-${scope}-snapshot-${checkName(name)}`, () =>
					lifecycle.hold(checkName(id), ({ status }) => {
						if (signal?.aborted) throw new SandboxError("unavailable", "The caller gave up.");
						return snapshots.take(id, name, toState(status) === "started");
					}),
				),
			),
		getSnapshot: (name) => translated(async () => (NAME.test(name) ? snapshots.get(name) : null)),
		listSnapshots: (prefix = "") => translated(() => snapshots.list(prefix)),
		deleteSnapshot: (name) =>
			translated(async () =>
				withLock(`bobbin-${scope}-snapshot-${checkName(name)}`, () => snapshots.delete(name)),
			),
		touch: async () => {},
		async close() {
			closed = true;
			await lifecycle.close();
			await engine.close();
		},
	};
}

function toInfo(spec: SandboxSpec, state: SandboxInfo["state"]): SandboxInfo {
	return {
		id: spec.name,
		name: spec.name,
		state,
		labels: spec.labels,
		createdAt: new Date(spec.createdAtMs),
		gatewayUrl: `http://127.0.0.1:${GATEWAY_PORT}`,
		toolsDir: INSIDE.tools,
		homeDir: INSIDE.home,
		secretsDir: SECRETS_DIR,
		snapshot: spec.snapshot,
	};
}

async function prepareRoot(deps: DockerProviderDeps): Promise<Tools> {
	for (const dir of [deps.rootDir, join(deps.rootDir, "sandboxes"), join(deps.rootDir, "tools")]) {
		const made = await mkdir(dir, { recursive: true });
		if (made !== undefined) await chmod(dir, 0o755);
	}
	return prepareTools(join(deps.rootDir, "tools"), deps);
}
