import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { createOpencodeClient, type OpencodeClient } from "@opencode-ai/sdk/v2";
import { type ProcRef, SandboxError } from "../../sandbox/provider.ts";
import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { AgentTarget } from "./agent.ts";
import { toAgentConfig } from "./agent-config.ts";
import { type OpenPort, openPort } from "./open-port.ts";

const PORT = 4096;
const PROC: ProcRef = { key: "agent" };
const START_LIMIT_MS = 120_000;
/** One that runs may still be in its start. */
const RUNNING_LIMIT_MS = 15_000;
const HEALTH_LIMIT_MS = 1_500;
const HEALTH_TRIES = 3;
/**
 * OpenCode accepts connections before it can answer, and never answers what came in then. While it starts it is
 * therefore asked again after this time, which grows, since on a slow machine an answer may take longer.
 */
const FIRST_PATIENCE_MS = 100;
const MAX_PATIENCE_MS = 2_000;
const PATIENCE_GROWTH = 1.5;
const POLL_MS = 20;

export interface AgentServer {
	client: OpencodeClient;
	/** Whether it answers one question in time. */
	answers(): Promise<boolean>;
	/** False: its process is gone, or it has stopped answering. @throws SandboxError when that cannot be found out */
	isAlive(): Promise<boolean>;
	kill(): Promise<void>;
	/** Kills what tools left running; the server stays. */
	killStrays(): Promise<void>;
	close(): Promise<void>;
}

/**
 * Starts the sandbox's OpenCode server unless it runs, and waits until it answers.
 *
 * @throws AppError `agent_not_started`, SandboxError, or the signal's reason
 */
export async function openAgentServer(
	deps: { log: Log; now: () => number; inLine: <Value>(act: () => Promise<Value>) => Promise<Value> },
	target: AgentTarget,
	signal: AbortSignal,
): Promise<AgentServer> {
	const { provider, sandbox } = target;
	const own = `${sandbox.homeDir}/.bobbin`;
	const config = JSON.stringify(
		toAgentConfig({
			gatewayUrl: sandbox.gatewayUrl,
			toolsDir: sandbox.toolsDir,
			directory: target.directory,
			model: target.model,
			models: target.models ?? [],
			fastModel: target.fastModel,
		}),
	);
	const port = openPort(await provider.portTarget(sandbox.id, PORT));

	async function isRunning(): Promise<boolean> {
		return (await provider.proc(sandbox.id, PROC))?.running ?? false;
	}

	async function readOwnFile(path: string): Promise<string | null> {
		try {
			return new TextDecoder().decode(await provider.readFile(sandbox.id, path));
		} catch (error) {
			if (error instanceof SandboxError && error.code === "not_found") return null;
			throw error;
		}
	}

	/** Takes no question back before one is answered: a server that loses the first in mid-start never gets ready. */
	async function waitUntilHealthy(limitMs: number): Promise<boolean> {
		const untilMs = deps.now() + limitMs;
		const questions = new AbortController();
		const answered = Promise.withResolvers<"healthy">();
		let patienceMs = FIRST_PATIENCE_MS;
		try {
			while (deps.now() < untilMs) {
				signal.throwIfAborted();
				const asking = askHealth(port, password, questions.signal);
				asking.then((health) => health === "healthy" && answered.resolve(health));
				const health = await Promise.race([
					answered.promise,
					asking,
					delay(patienceMs, "no_answer", { signal: questions.signal }),
				]);
				if (health === "healthy") return true;
				if (!(await isRunning())) return false;
				if (health === "no_answer") patienceMs = Math.min(patienceMs * PATIENCE_GROWTH, MAX_PATIENCE_MS);
				else await delay(POLL_MS, undefined, { signal });
			}
			return false;
		} finally {
			questions.abort();
		}
	}

	async function start(): Promise<void> {
		signal.throwIfAborted();
		await Promise.all([
			provider.writeFile(sandbox.id, `${sandbox.secretsDir}/agent-password`, password, 0o600),
			provider.writeFile(sandbox.id, `${own}/agent-config.json`, config, 0o600),
		]);
		await provider.spawn(sandbox.id, {
			key: PROC.key,
			command: `exec sh '${sandbox.toolsDir}/guest/start-agent.sh' ${PORT}`,
			// Each request names the checkout; it may still be on its way.
			cwd: sandbox.homeDir,
			env: { HOME: sandbox.homeDir, BOBBIN_GATEWAY_URL: sandbox.gatewayUrl },
		});
		if (await waitUntilHealthy(START_LIMIT_MS)) return;
		const logs = await provider.readLogs(sandbox.id, PROC, { stdout: 0, stderr: 0 });
		deps.log.error(
			{ stderr: new TextDecoder().decode(logs.stderr).slice(-4000) },
			"the agent's server did not start",
		);
		throw new AppError("agent_not_started", "The coding agent did not start in its sandbox. Try again.", {
			retryable: true,
		});
	}

	const [known, settings, found] = await Promise.all([
		readOwnFile(`${sandbox.secretsDir}/agent-password`),
		readOwnFile(`${own}/agent-config.json`),
		isRunning(),
	]);
	const password = known ?? randomBytes(24).toString("base64url");
	const client = createOpencodeClient({
		baseUrl: port.origin,
		directory: target.directory,
		headers: { authorization: toBasic(password) },
		fetch: port.fetch,
	});

	try {
		const isUsable = found && known !== null && (await waitUntilHealthy(RUNNING_LIMIT_MS));
		// Other settings need another server, but not at the cost of a turn that is being worked on.
		const isKept = isUsable && (settings === config || !(await isIdle(client)));
		if (!isKept) {
			if (found) await provider.kill(sandbox.id, PROC);
			await deps.inLine(start);
		}
	} catch (error) {
		await port.close();
		throw error;
	}

	const answers = async () =>
		(await askHealth(port, password, AbortSignal.timeout(HEALTH_LIMIT_MS))) === "healthy";
	return {
		client,
		answers,
		async isAlive() {
			for (let attempt = 0; attempt < HEALTH_TRIES; attempt++) {
				if (!(await isRunning())) return false;
				if (await answers()) return true;
			}
			return false;
		},
		kill: () => provider.kill(sandbox.id, PROC),
		killStrays: () => provider.killStrays(sandbox.id, [PROC]),
		close: () => port.close(),
	};
}

async function askHealth(
	port: OpenPort,
	password: string,
	signal: AbortSignal,
): Promise<"healthy" | "unhealthy" | "no_answer"> {
	try {
		const response = await port.fetch(`${port.origin}/global/health`, {
			headers: { authorization: toBasic(password) },
			signal,
		});
		await response.body?.cancel();
		return response.ok ? "healthy" : "unhealthy";
	} catch {
		return signal.aborted ? "no_answer" : "unhealthy";
	}
}

async function isIdle(client: OpencodeClient): Promise<boolean> {
	const { data } = await client.session.status(
		{},
		{ throwOnError: true, signal: AbortSignal.timeout(5_000) },
	);
	return Object.values(data).every((state) => state.type === "idle");
}

function toBasic(password: string): string {
	return `Basic ${Buffer.from(`opencode:${password}`).toString("base64")}`;
}
