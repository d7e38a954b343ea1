import type { CreateSandboxFromSnapshotParams, Sandbox } from "@daytona/sdk";
import { type CreateSpec, SandboxError } from "../../provider.ts";
import { cancelled, orCancelled, pause } from "./cancel.ts";
import type { Connection } from "./connection.ts";
import { isRefusal } from "./daytona-failure.ts";
import { type DaytonaLog, type Limits, USER } from "./daytona-provider-deps.ts";
import type { Lifecycle } from "./lifecycle.ts";

/** Marks the sandbox that one call of create has made, so that it removes no other. */
const REQUEST_LABEL = "bobbin.request";

export interface Creation {
	/** @param snapshot Daytona's name of one that is ready */
	create(spec: CreateSpec, snapshot: string, signal?: AbortSignal): Promise<Sandbox>;
	/** Whether Daytona has refused a list of hosts: then sandboxes reach what its tier allows. */
	refusesAllowList(): boolean;
}

export function createCreation(deps: {
	connection: Connection;
	lifecycle: Lifecycle;
	sweep: () => Promise<number>;
	labels: Record<string, string>;
	/** What a sandbox may reach with these hosts of its own, the gateway included. */
	allowHosts: (own: string[]) => string[];
	autoStopMs: number;
	limits: Limits;
	log: DaytonaLog;
	now: () => number;
	newId: () => string;
}): Creation {
	const { connection, lifecycle, limits, log, now } = deps;
	const { find, remove, ensureStarted } = lifecycle;
	let allowListRefused = false;

	/**
	 * Daytona refuses with one status (400) what it finds wrong and what it has no room for. Nothing is wrong with a
	 * request whose name was checked, whose snapshot is ready and that asks for no list of hosts: then it is room.
	 */
	async function makeOne(params: CreateSandboxFromSnapshotParams, domainAllowList: string): Promise<Sandbox> {
		const make = (more: { domainAllowList?: string }) =>
			connection.act((daytona) =>
				daytona.create(
					{ ...params, labels: { ...params.labels }, ...more },
					{ timeout: limits.startMs / 1000 },
				),
			);
		const usual = () => make(allowListRefused ? {} : { domainAllowList });
		try {
			return await usual();
		} catch (error) {
			if (!isRefusal(error)) throw error;
		}
		if (!allowListRefused) {
			try {
				return await make({});
			} catch (error) {
				if (!isRefusal(error)) throw error;
			}
		}
		await deps.sweep();
		try {
			return await usual();
		} catch (error) {
			if (!isRefusal(error)) throw error;
			const message = error instanceof Error ? error.message : String(error);
			throw new SandboxError("quota", `Daytona has no room for another sandbox. ${message}`, {
				cause: error,
			});
		}
	}

	/**
	 * Makes sure that a sandbox has its list. It was made without one where the list was refused, which may have had
	 * another cause: so it is asked for once more before it is given up for good.
	 */
	async function restrict(sandbox: Sandbox, domainAllowList: string): Promise<Sandbox> {
		if (allowListRefused || sandbox.domainAllowList === domainAllowList) return sandbox;
		try {
			await connection.ask(() => sandbox.updateNetworkSettings({ domainAllowList }));
		} catch (error) {
			if (!isRefusal(error)) throw error;
			allowListRefused = true;
			log.warn(
				{},
				"Daytona refuses a list of allowed hosts for this organisation (its tier): sandboxes are made without one",
			);
		}
		return sandbox;
	}

	async function create(spec: CreateSpec, snapshot: string, signal?: AbortSignal): Promise<Sandbox> {
		const request = deps.newId();
		const domainAllowList = deps.allowHosts(spec.allowHosts ?? []).join(",");
		const enter = async (sandbox: Sandbox) => lifecycle.greet(await restrict(sandbox, domainAllowList));
		const making = makeUnlessThere(
			{
				name: spec.name,
				snapshot,
				labels: { ...spec.labels, ...deps.labels, [REQUEST_LABEL]: request },
				envVars: spec.env ?? {},
				user: USER,
				public: false,
				autoStopInterval: Math.max(1, Math.ceil(deps.autoStopMs / 60_000)),
			},
			domainAllowList,
			signal,
		);
		try {
			return await enter(await orCancelled(making, signal));
		} catch (error) {
			// One that failed after it was made may be mended; what is slow for no reason is not waited for again.
			const mendable = error instanceof SandboxError && error.code === "unavailable" && !signal?.aborted;
			try {
				if (mendable && (await isOurs(spec.name, request)))
					return await enter(await ensureStarted(spec.name, signal));
			} catch (second) {
				await discard(spec.name, request, making);
				throw second;
			}
			await discard(spec.name, request, making);
			throw error;
		}
	}

	/** Gives what has that name already, if it is ours; where that is just being deleted, a new one. */
	async function makeUnlessThere(
		params: CreateSandboxFromSnapshotParams & { name: string },
		domainAllowList: string,
		signal: AbortSignal | undefined,
	): Promise<Sandbox> {
		const deadline = now() + limits.deleteMs;
		for (;;) {
			if (signal?.aborted) throw cancelled(signal.reason);
			try {
				return await makeOne(params, domainAllowList);
			} catch (error) {
				if (!(error instanceof SandboxError) || error.code !== "conflict" || now() >= deadline) throw error;
			}
			const present = await find(params.name);
			if (present) return adopt(present, signal);
			await pause(limits.pollMs, signal);
		}
	}

	async function isOurs(name: string, request: string): Promise<boolean> {
		return (await find(name))?.labels[REQUEST_LABEL] === request;
	}

	/** Removes what our own request has made or is still making. */
	async function discard(name: string, request: string, making: Promise<unknown>): Promise<void> {
		let settled = false;
		const settle = () => {
			settled = true;
		};
		const end = making.then(settle, settle);
		for (;;) {
			const last = settled;
			try {
				if (await isOurs(name, request)) await remove(name);
			} catch (err) {
				log.warn({ err, sandbox: name }, "a sandbox that came to nothing could not be deleted");
				return;
			}
			if (last) return;
			await Promise.race([end, pause(limits.pollMs)]);
		}
	}

	async function adopt(present: Sandbox, signal?: AbortSignal): Promise<Sandbox> {
		const ours = Object.entries(deps.labels).every(([key, value]) => present.labels[key] === value);
		if (ours) return ensureStarted(present.id, signal);
		throw new SandboxError("conflict", `Daytona has a sandbox named ${present.name} that is not ours.`);
	}

	return { create, refusesAllowList: () => allowListRefused };
}
