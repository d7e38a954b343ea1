import { randomUUID } from "node:crypto";
import type { Sandbox } from "@daytona/sdk";
import {
	type Capabilities,
	SandboxError,
	type SandboxInfo,
	type SandboxProvider,
	type SnapshotInfo,
} from "../../provider.ts";
import { checkName, NAME } from "../local/name.ts";
import { createTurns } from "../local/turns.ts";
import { createBaseSnapshot } from "./base-snapshot.ts";
import { createCommands } from "./commands.ts";
import { openConnection } from "./connection.ts";
import { createCreation } from "./creation.ts";
import { type DaytonaProviderDeps, HOME, LIMITS, SECRETS_DIR } from "./daytona-provider-deps.ts";
import { findProblems } from "./doctor.ts";
import { createHandsClient } from "./hands-client.ts";
import { createLifecycle } from "./lifecycle.ts";
import { listSandboxes } from "./list-sandboxes.ts";
import { createQuotaSweep } from "./quota-sweep.ts";
import { createSnapshots } from "./snapshots.ts";
import { toState } from "./states.ts";
import { describeTools, type Tools } from "./tools.ts";

const SCOPE_LABEL = "bobbin.scope";
/** Labels beginning so are ours; the other is set by the SDK. */
const OWN_LABELS = ["bobbin.", "code-toolbox-language"];
const LEFT_OVER_AFTER_MS = 2 * 60 * 60_000;

export interface DaytonaProvider extends SandboxProvider {
	/** Deletes sandboxes of ours that are older than two hours and not named in `keep`. */
	recover(keep: string[]): Promise<void>;
}

/** Sandboxes in Daytona's cloud. What it demands and what it cannot do: README.md. */
export function createDaytonaProvider(deps: DaytonaProviderDeps): DaytonaProvider {
	const { log } = deps;
	const now = deps.now ?? Date.now;
	const newId = deps.newId ?? randomUUID;
	const limits = { ...LIMITS, ...deps.limits };
	const labels = { [SCOPE_LABEL]: deps.scope };
	const connection = openConnection(deps);
	let described: Promise<Tools> | null = null;
	const tools = () => (described ??= describeTools(connection, deps.tools, deps.toolsRoot));
	const toolsDir = async () => (await tools()).dir;
	const hands = createHandsClient({ connection, toolsDir, newId });
	const snapshots = createSnapshots({ connection, limits, log, now });
	const base = createBaseSnapshot({
		connection,
		snapshots,
		hands,
		tools,
		toolsRoot: deps.toolsRoot,
		image: deps.image,
		// The most that Daytona gives is 4 CPUs, 8 GB and 10 GB of disk (docs, "Limits").
		resources: { cpu: 2, memory: Math.min(8, Math.ceil(deps.memoryMiB / 1024)), disk: 10 },
		labels: { "bobbin.builder": deps.scope },
		gatewayUrl,
		limits,
		log,
		now,
	});
	const sweep = createQuotaSweep({ connection, labels, log, now });
	const lifecycle = createLifecycle({ connection, hands, tools, sweep, limits, log, now });
	const creation = createCreation({
		connection,
		lifecycle,
		sweep,
		labels,
		allowHosts: (own) => [new URL(gatewayUrl()).hostname, ...[...deps.allowHosts, ...own].map(toDomain)],
		autoStopMs: deps.autoStopMs,
		limits,
		log,
		now,
		newId,
	});
	const inTurn = createTurns();

	function gatewayUrl(): string {
		if (deps.publicUrl !== null) return deps.publicUrl;
		throw new SandboxError(
			"unsupported",
			"Sandboxes in the cloud need to reach Bobbin: set PUBLIC_URL to its public address.",
		);
	}
	/** Snapshots have no labels, so the scope is part of their name; `bobbin-base-…` is everybody's. */
	const toRemote = (name: string) => `${checkName(name)}.${deps.scope}`;
	const toOurs = (snapshot: SnapshotInfo): SnapshotInfo => ({
		...snapshot,
		name: snapshot.name.slice(0, -(deps.scope.length + 1)),
	});

	async function toInfo(sandbox: Sandbox): Promise<SandboxInfo> {
		const own = Object.entries(sandbox.labels).filter(
			([key]) => !OWN_LABELS.some((prefix) => key.startsWith(prefix)),
		);
		const suffix = `.${deps.scope}`;
		return {
			id: sandbox.id,
			name: sandbox.name,
			state: toState(sandbox),
			...(sandbox.errorReason ? { errorReason: sandbox.errorReason } : {}),
			labels: Object.fromEntries(own),
			createdAt: new Date(sandbox.createdAt ?? 0),
			gatewayUrl: gatewayUrl(),
			toolsDir: await toolsDir(),
			homeDir: HOME,
			secretsDir: SECRETS_DIR,
			snapshot: sandbox.snapshot?.endsWith(suffix) ? sandbox.snapshot.slice(0, -suffix.length) : null,
		};
	}

	const listOurs = (wanted: Record<string, string> = {}) =>
		listSandboxes(connection, { ...wanted, ...labels });

	const capabilities = (): Capabilities => ({
		isolation: "container",
		limitsEnforced: true,
		diskLimited: true,
		networkPolicy: !creation.refusesAllowList(),
		survivesOwner: true,
		snapshots: "copies",
		snapshotsRunning: true,
	});

	return {
		name: "daytona",
		async doctor() {
			const problems = await findProblems({ connection, publicUrl: deps.publicUrl, apiUrl: deps.apiUrl });
			return { ok: problems.length === 0, capabilities: capabilities(), problems };
		},
		async create(spec, signal) {
			checkName(spec.name);
			gatewayUrl();
			const snapshot = spec.snapshot === undefined ? await base(signal) : toRemote(spec.snapshot);
			if (spec.snapshot !== undefined) await snapshots.makeReady(snapshot, signal);
			return toInfo(await inTurn(spec.name, () => creation.create(spec, snapshot, signal)));
		},
		async get(idOrName) {
			if (!NAME.test(idOrName)) return null;
			const sandbox = await lifecycle.find(idOrName);
			return sandbox && toInfo(sandbox);
		},
		list: async (wanted) => Promise.all((await listOurs(wanted)).map(toInfo)),
		async ensureStarted(id, signal) {
			const started = await lifecycle.ensureStarted(checkName(id), signal);
			return toInfo(await lifecycle.greet(started));
		},
		stop: (id) => lifecycle.stop(checkName(id)),
		delete: (id) => lifecycle.remove(checkName(id)),
		...createCommands({ hands, gatewayUrl, now, newId }),
		async snapshot(id, name, signal) {
			return toOurs(await snapshots.take(checkName(id), toRemote(name), signal));
		},
		async getSnapshot(name) {
			const found = NAME.test(name) ? await snapshots.find(toRemote(name)) : null;
			return found && toOurs(found);
		},
		async listSnapshots(prefix = "") {
			return (await snapshots.list())
				.filter(({ name }) => name.startsWith(prefix) && name.endsWith(`.${deps.scope}`))
				.map(toOurs);
		},
		deleteSnapshot: (name) => snapshots.remove(toRemote(name)),
		async touch(id) {
			await hands.onRunning(checkName(id), (sandbox) => sandbox.refreshActivity());
		},
		async portTarget(id, port) {
			const link = await hands.onRunning(checkName(id), (sandbox) => sandbox.getPreviewLink(port));
			const headers = {
				"x-daytona-preview-token": link.token,
				// A page of warning would come instead of the answer, and every question would keep the sandbox awake.
				"x-daytona-skip-preview-warning": "true",
				"x-daytona-skip-last-activity-update": "true",
			};
			return { kind: "http", origin: link.url.replace(/\/+$/, ""), headers };
		},
		async recover(keep) {
			const kept = new Set(keep);
			for (const sandbox of await listOurs()) {
				const ageMs = now() - Date.parse(sandbox.createdAt ?? "");
				if (kept.has(sandbox.name) || !(ageMs > LEFT_OVER_AFTER_MS)) continue;
				log.info({ sandbox: sandbox.name }, "deleting a sandbox at Daytona that nothing uses");
				await lifecycle.remove(sandbox.id);
			}
		},
		close: () => connection.close(),
	};
}

/** Ours for "all below": `.example.com`; Daytona's: `*.example.com`. */
function toDomain(host: string): string {
	return host.startsWith(".") ? `*${host}` : host;
}
