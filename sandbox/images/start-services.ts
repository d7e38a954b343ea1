import { setTimeout as delay } from "node:timers/promises";
import { SandboxError, type SandboxInfo, type SandboxProvider } from "../provider.ts";
import { createOutputCleaner } from "./clean-output.ts";
import { followProcess } from "./follow-process.ts";
import type { Service } from "./recipe.ts";

/** The process that the services are children of. */
const SERVICES = { key: "services" };
const READY = "Services are ready.";
const STOP_MS = 15_000;

export type StartedServices =
	| { outcome: "ready"; env: Record<string, string> }
	| { outcome: "failed"; message: string; lastLines: string[] };

/**
 * Starts the services of a recipe inside (`guest/start-services.sh`), in a build as in a session; resolves when all
 * answer. Their data is in the home and survives stop, start and snapshot; they themselves do not. Does nothing to
 * services that run.
 *
 * @returns the environment by which programs reach them, for example `DATABASE_URL`
 */
export async function startServices(
	provider: SandboxProvider,
	sandbox: SandboxInfo,
	services: readonly Service[],
	options: { limitMs: number; signal: AbortSignal },
): Promise<StartedServices> {
	if (services.length === 0) return { outcome: "ready", env: {} };
	const program = `${sandbox.toolsDir}/guest/start-services.sh`;
	await provider.spawn(sandbox.id, {
		...SERVICES,
		command: `exec ${program} ${services.join(" ")} </dev/null 2>&1`,
	});
	const found = new AbortController();
	const late = AbortSignal.timeout(options.limitMs);
	const lines: string[] = [];
	const cleaner = createOutputCleaner([]);
	try {
		await followProcess(provider, sandbox.id, SERVICES, {
			signal: AbortSignal.any([options.signal, found.signal, late]),
			onOutput({ stdout }) {
				lines.push(...cleaner.push(stdout));
				if (lines.includes(READY)) found.abort();
			},
		});
	} catch (error) {
		if (options.signal.aborted || !(found.signal.aborted || late.aborted)) throw error;
	}
	if (!found.signal.aborted) {
		await provider.kill(sandbox.id, SERVICES);
		const message = late.aborted
			? "The services did not start in time."
			: (lines.at(-1) ?? "The services ended.");
		return { outcome: "failed", message, lastLines: lines.slice(-20) };
	}
	return { outcome: "ready", env: await readEnvironment(provider, sandbox) };
}

/** Ends the services so that their files are whole. */
export async function stopServices(provider: SandboxProvider, sandbox: SandboxInfo): Promise<void> {
	await provider.exec(sandbox.id, {
		command: 'kill -TERM "$(cat ~/.bobbin/services/pid 2>/dev/null)" 2>/dev/null || true',
		timeoutMs: 5000,
	});
	const end = Date.now() + STOP_MS;
	while ((await provider.proc(sandbox.id, SERVICES))?.running && Date.now() < end) await delay(20);
	await provider.kill(sandbox.id, SERVICES);
}

async function readEnvironment(
	provider: SandboxProvider,
	sandbox: SandboxInfo,
): Promise<Record<string, string>> {
	const file = await provider.readFile(sandbox.id, `${sandbox.homeDir}/.bobbin/services/env`);
	const pairs = Buffer.from(file)
		.toString()
		.trim()
		.split("\n")
		.map((line) => {
			const at = line.indexOf("=");
			if (at <= 0) throw new SandboxError("unavailable", "The services' addresses cannot be read.");
			return [line.slice(0, at), line.slice(at + 1)] as const;
		});
	return Object.fromEntries(pairs);
}
