import type { Sandbox } from "@daytona/sdk";
import { z } from "zod";
import { SandboxError } from "../../provider.ts";
import { cancelled, orCancelled, pause } from "./cancel.ts";
import type { Connection } from "./connection.ts";
import type { DaytonaLog, Limits } from "./daytona-provider-deps.ts";
import type { HandsClient } from "./hands-client.ts";
import { isGone, toState } from "./states.ts";
import type { Tools } from "./tools.ts";

const MAX_STARTS = 3;
const PASSING = ["conflict", "invalid", "quota", "unavailable"];

export interface Lifecycle {
	/** Brings up whatever is not running, and mends once what Daytona says can be mended. */
	ensureStarted(id: string, signal?: AbortSignal): Promise<Sandbox>;
	/** The first thing that is done inside of one that has just been brought up. */
	greet(sandbox: Sandbox): Promise<Sandbox>;
	stop(id: string): Promise<void>;
	remove(id: string): Promise<void>;
	/** null: there is none, or it is being deleted. */
	find(idOrName: string): Promise<Sandbox | null>;
}

export function createLifecycle(deps: {
	connection: Connection;
	hands: HandsClient;
	tools: () => Promise<Tools>;
	sweep: () => Promise<number>;
	limits: Limits;
	log: DaytonaLog;
	now: () => number;
}): Lifecycle {
	const { connection, hands, limits, log, now } = deps;

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
	async function remove(idOrName: string): Promise<void> {
		const deadline = now() + limits.deleteMs;
		let refusal: unknown = null;
		for (;;) {
			const sandbox = await connection.find((daytona) => daytona.get(idOrName));
			if (sandbox === null || sandbox.state === "destroyed") return;
			hands.forget(sandbox.id);
			if (sandbox.state !== "destroying") {
				try {
					await connection.act(() => sandbox.delete());
				} catch (error) {
					if (!(error instanceof SandboxError) || error.code === "rate_limited") throw error;
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

	return {
		find,
		remove,
		greet,
		ensureStarted,
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
				await pause(limits.pollMs);
			}
		},
	};
}

/** What the SDK says of a sandbox that did not come up; how it stands is looked at again. */
function onlyFailedState(error: unknown): void {
	if (!(error instanceof SandboxError) || error.code === "rate_limited") throw error;
}
