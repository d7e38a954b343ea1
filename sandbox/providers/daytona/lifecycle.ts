import type { CreateSandboxFromSnapshotParams, Sandbox } from "@daytona/sdk";
import { z } from "zod";
import { type CreateSpec, SandboxError } from "../../provider.ts";
import { createTurns } from "../local/turns.ts";
import { cancelled, orCancelled, pause } from "./cancel.ts";
import type { Connection } from "./connection.ts";
import { type DaytonaLog, type Limits, USER } from "./daytona-provider-deps.ts";
import type { HandsClient } from "./hands-client.ts";
import { isGone, toState } from "./states.ts";
import type { Tools } from "./tools.ts";

/** Marks the sandbox that one call of create has made, so that it removes no other. */
const REQUEST_LABEL = "bobbin.request";
const MAX_STARTS = 3;
const PASSING = ["conflict", "invalid", "quota", "unavailable"];

export interface Lifecycle {
	create(spec: CreateSpec, snapshot: string, signal?: AbortSignal): Promise<Sandbox>;
	ensureStarted(id: string, signal?: AbortSignal): Promise<Sandbox>;
	stop(id: string): Promise<void>;
	remove(id: string): Promise<void>;
	find(idOrName: string): Promise<Sandbox | null>;
	/** Whether Daytona has refused a list of hosts: then sandboxes reach what its tier allows. */
	refusesAllowList(): boolean;
}

export function createLifecycle(deps: {
	connection: Connection;
	hands: HandsClient;
	tools: () => Promise<Tools>;
	sweep: () => Promise<number>;
	labels: Record<string, string>;
	/** What a sandbox may reach with these hosts of its own, the gateway included. */
	allowHosts: (own: string[]) => string[];
	autoStopMs: number;
	limits: Limits;
	log: DaytonaLog;
	now: () => number;
	newId: () => string;
}): Lifecycle {
	const { connection, hands, limits, log, now } = deps;
	const inTurn = createTurns();
	let allowListRefused = false;

	async function find(idOrName: string): Promise<Sandbox | null> {
		const sandbox = await connection.find((daytona) => daytona.get(idOrName));
		return sandbox === null || isGone(sandbox) ? null : sandbox;
	}
	async function need(id: string): Promise<Sandbox> {
		const sandbox = await find(id);
		if (sandbox) return sandbox;
		throw new SandboxError("not_found", "There is no such sandbox.");
	}

	/**
	 * The first thing that is done inside: makes the folders in memory, and notes which processes are the system's. One
	 * whose snapshot is older than our tools gets these first.
	 */
	async function greet(sandbox: Sandbox): Promise<Sandbox> {
		hands.forget(sandbox.id);
		const hello = () => hands.call(sandbox.id, z.strictObject({}), { act: "hello" });
		try {
			await hello();
		} catch (error) {
			if (!(error instanceof SandboxError) || error.code !== "unavailable") throw error;
			await (await deps.tools()).install(sandbox);
			await hello();
		}
		return sandbox;
	}

	async function ensureStarted(id: string, signal?: AbortSignal): Promise<Sandbox> {
		const deadline = now() + limits.startMs;
		const left = () => Math.max(1, (deadline - now()) / 1000);
		let starts = 0;
		let recovered = false;
		for (;;) {
			if (signal?.aborted) throw cancelled(signal.reason);
			const sandbox = await need(id);
			const state = toState(sandbox);
			if (state === "started") return sandbox;
			if (state === "error") {
				const reason = sandbox.errorReason ?? "it gave no reason";
				if (recovered || sandbox.recoverable !== true) {
					throw new SandboxError("unavailable", `The sandbox ${sandbox.name} has failed: ${reason}`);
				}
				recovered = true;
				log.warn({ sandbox: sandbox.name, reason }, "recovering a sandbox at Daytona");
				await connection.act(() => sandbox.recover(left())).catch(onlyFailedState);
			} else if (state === "stopped") {
				starts++;
				try {
					await orCancelled(
						connection.act(() => sandbox.start(left())),
						signal,
					);
				} catch (error) {
					// Refused: its state was changing, or there is no room. Or it failed, which is looked at again.
					if (!(error instanceof SandboxError) || !PASSING.includes(error.code)) throw error;
					if (starts === MAX_STARTS) throw error;
					if (starts > 1) await deps.sweep();
				}
			}
			if (now() >= deadline) {
				throw new SandboxError(
					"timeout",
					`The sandbox ${sandbox.name} is still "${sandbox.state}" after ${limits.startMs / 1000} s at Daytona.`,
					{ retryable: true },
				);
			}
			await pause(limits.pollMs, signal);
		}
	}

	/** Refused while its state changes, so it is asked for until it is gone. */
	async function remove(id: string): Promise<void> {
		hands.forget(id);
		const deadline = now() + limits.deleteMs;
		let refusal: unknown = null;
		for (;;) {
			const sandbox = await connection.find((daytona) => daytona.get(id));
			if (sandbox === null || sandbox.state === "destroyed") return;
			if (sandbox.state !== "destroying") {
				try {
					await connection.act(() => sandbox.delete());
				} catch (error) {
					if (!(error instanceof SandboxError)) throw error;
					refusal = error;
				}
			}
			if (now() >= deadline) {
				throw new SandboxError(
					"unavailable",
					`The sandbox ${sandbox.name} is still "${sandbox.state}" ${limits.deleteMs / 1000} s after it was to be deleted.`,
					{ retryable: true, cause: refusal },
				);
			}
			await pause(limits.pollMs);
		}
	}

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
				return await restrict(await make({}), domainAllowList);
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

	/** The first refusal may have had another cause, so the list is asked for once more before it is given up. */
	async function restrict(sandbox: Sandbox, domainAllowList: string): Promise<Sandbox> {
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
		if (signal?.aborted) throw cancelled(signal.reason);
		const request = deps.newId();
		const params = {
			name: spec.name,
			snapshot,
			labels: { ...spec.labels, ...deps.labels, [REQUEST_LABEL]: request },
			envVars: spec.env ?? {},
			user: USER,
			public: false,
			autoStopInterval: Math.max(1, Math.ceil(deps.autoStopMs / 60_000)),
		};
		const making = makeOne(params, deps.allowHosts(spec.allowHosts ?? []).join(","));
		try {
			return await greet(await orCancelled(making, signal));
		} catch (error) {
			if (error instanceof SandboxError && error.code === "conflict") return adopt(spec.name, signal);
			// One that failed after it was made may be mended; what is slow for no reason is not waited for again.
			const mendable =
				error instanceof SandboxError && error.code === "unavailable" && !(signal?.aborted ?? false);
			if (mendable && (await isOurs(spec.name, request))) {
				try {
					return await greet(await ensureStarted(spec.name, signal));
				} catch (second) {
					await discard(spec.name, request, making);
					throw second;
				}
			}
			await discard(spec.name, request, making);
			throw error;
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

	async function adopt(name: string, signal?: AbortSignal): Promise<Sandbox> {
		const present = await need(name);
		const ours = Object.entries(deps.labels).every(([key, value]) => present.labels[key] === value);
		if (!ours) {
			throw new SandboxError("conflict", `Daytona has a sandbox named ${name} that is not ours.`);
		}
		return greet(await ensureStarted(present.id, signal));
	}

	return {
		find,
		remove,
		refusesAllowList: () => allowListRefused,
		create: (spec, snapshot, signal) => inTurn(spec.name, () => create(spec, snapshot, signal)),
		ensureStarted: async (id, signal) => greet(await ensureStarted(id, signal)),
		async stop(id) {
			hands.forget(id);
			const deadline = now() + limits.startMs;
			for (;;) {
				const sandbox = await need(id);
				const state = toState(sandbox);
				if (state === "stopped" || state === "error") return;
				if (state === "started") {
					await connection
						.act(() => sandbox.stop(limits.startMs / 1000))
						.catch((error) => {
							if (!(error instanceof SandboxError) || error.code !== "conflict") throw error;
						});
				}
				if (now() >= deadline) {
					throw new SandboxError("timeout", `The sandbox ${sandbox.name} does not stop at Daytona.`, {
						retryable: true,
					});
				}
				if (state !== "started") await pause(limits.pollMs);
			}
		},
	};
}

const isRefusal = (error: unknown): boolean =>
	error instanceof SandboxError && (error.code === "invalid" || error.code === "quota");

/** What the SDK says of a sandbox that did not come up; how it stands is looked at again. */
function onlyFailedState(error: unknown): void {
	if (!(error instanceof SandboxError) || error.code === "rate_limited") throw error;
}
