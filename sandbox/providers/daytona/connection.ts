import { setTimeout as delay } from "node:timers/promises";
import type { Daytona } from "@daytona/sdk";
import { SandboxError } from "../../provider.ts";
import { isPassing, translateDaytona } from "./daytona-failure.ts";

const ASK_AGAIN_AFTER_MS = 250;
const REQUEST_WITHIN_MS = 120_000;

/** The line to Daytona. What it throws is SandboxError. */
export interface Connection {
	/** One try: for what must not happen twice. */
	act<T>(act: (daytona: Daytona) => Promise<T>): Promise<T>;
	/** For reads and what may be repeated: asked once more where the line broke or the service failed (5xx). */
	ask<T>(act: (daytona: Daytona) => Promise<T>): Promise<T>;
	/** Asks, and gives null for what is not there. */
	find<T>(act: (daytona: Daytona) => Promise<T>): Promise<T | null>;
	close(): Promise<void>;
}

/** Loads the SDK at the first call: it is large, and most never need it. */
export function openConnection(settings: { apiKey: string; apiUrl: string; target: string }): Connection {
	let opening: Promise<Daytona> | null = null;
	const open = () => {
		opening ??= load(settings).catch((error) => {
			opening = null;
			throw error;
		});
		return opening;
	};

	async function act<T>(act: (daytona: Daytona) => Promise<T>): Promise<T> {
		const daytona = await open();
		try {
			return await act(daytona);
		} catch (error) {
			throw translateDaytona(error);
		}
	}
	async function ask<T>(act: (daytona: Daytona) => Promise<T>): Promise<T> {
		const daytona = await open();
		try {
			return await act(daytona);
		} catch (error) {
			if (!isPassing(error)) throw translateDaytona(error);
		}
		await delay(ASK_AGAIN_AFTER_MS);
		try {
			return await act(daytona);
		} catch (error) {
			throw translateDaytona(error);
		}
	}

	return {
		act,
		ask,
		async find(act) {
			try {
				return await ask(act);
			} catch (error) {
				if (error instanceof SandboxError && error.code === "not_found") return null;
				throw error;
			}
		},
		async close() {
			const daytona = await opening?.catch(() => null);
			await daytona?.[Symbol.asyncDispose]();
		},
	};
}

/**
 * All three settings are always given: what is missing the SDK takes from `.env` in the working folder. Its socket for
 * changes of state is left out; without it the SDK asks ten times a second while it waits, which is within the limits.
 */
async function load({
	apiKey,
	apiUrl,
	target,
}: {
	apiKey: string;
	apiUrl: string;
	target: string;
}): Promise<Daytona> {
	let sdk: typeof import("@daytona/sdk");
	try {
		sdk = await import("@daytona/sdk");
	} catch (cause) {
		throw new SandboxError(
			"unsupported",
			"The package @daytona/sdk is not installed. Run npm ci --include=optional, or set SANDBOX_PROVIDER=local.",
			{ cause },
		);
	}
	return new sdk.Daytona({
		apiKey,
		apiUrl,
		target,
		useDeprecatedPolling: true,
		requestTimeoutMs: REQUEST_WITHIN_MS,
	});
}
