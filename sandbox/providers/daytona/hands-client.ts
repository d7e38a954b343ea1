import { setTimeout as delay } from "node:timers/promises";
import type { Sandbox } from "@daytona/sdk";
import { z } from "zod";
import { SandboxError } from "../../provider.ts";
import { toSandboxError } from "../local/sandbox-failure.ts";
import type { Connection } from "./connection.ts";
import { OWN_DIR, toInbox } from "./daytona-provider-deps.ts";
import { toState } from "./states.ts";

/** Linux takes no single argument of more than 128 KiB, and base64 adds a third. */
const MAX_INLINE_BYTES = 64 * 1024;
const RESULT = "@@bobbin@@";
const SPARE_SECONDS = 30;
const TRY_AGAIN_AFTER_MS = 250;
const MAX_KNOWN = 500;
const SENSELESS = "The sandbox gave an answer that makes no sense.";

const said = z.union([
	z.strictObject({ result: z.unknown() }),
	z.strictObject({ file: z.string() }),
	z.strictObject({ error: z.strictObject({ code: z.string(), message: z.string() }) }),
]);

/** Has things done inside by `hands.mjs`, one short call each. */
export interface HandsClient {
	/**
	 * @param request names of acts and their fields are those of `hands.mjs`; every act may be repeated
	 * @param waitMs how long the act may wait for something inside
	 * @throws SandboxError `conflict` where the sandbox does not run, `not_found` where there is none
	 */
	call<T>(id: string, schema: z.ZodType<T>, request: object, waitMs?: number): Promise<T>;
	/** Does something with a running sandbox, again once where the line broke. */
	onRunning<T>(id: string, act: (sandbox: Sandbox) => Promise<T>): Promise<T>;
	/** Forgets what is known of a sandbox that has changed. */
	forget(id: string): void;
}

export function createHandsClient(deps: {
	connection: Connection;
	toolsDir: () => Promise<string>;
	newId: () => string;
}): HandsClient {
	const { connection } = deps;
	const running = new Map<string, Sandbox>();

	async function look(id: string): Promise<Sandbox> {
		const sandbox = await connection.ask((daytona) => daytona.get(id));
		const state = toState(sandbox);
		if (state === "deleted") throw new SandboxError("not_found", "There is no such sandbox.");
		if (state !== "started") {
			throw new SandboxError("conflict", `The sandbox ${sandbox.name} is not running: start it first.`);
		}
		return sandbox;
	}

	async function onRunning<T>(id: string, act: (sandbox: Sandbox) => Promise<T>): Promise<T> {
		for (let attempt = 1; ; attempt++) {
			const sandbox = running.get(id) ?? (await look(id));
			// Others delete sandboxes too, and nobody tells us.
			if (running.size >= MAX_KNOWN) running.clear();
			running.set(id, sandbox);
			try {
				return await connection.act(() => act(sandbox));
			} catch (error) {
				if (!(error instanceof SandboxError) || error.code === "rate_limited") throw error;
				// The proxy in front of a sandbox answers with all kinds of statuses for one that does not run.
				running.delete(id);
				await look(id);
				if (attempt === 2 || !error.retryable || error.code === "timeout") throw error;
			}
			await delay(TRY_AGAIN_AFTER_MS);
		}
	}

	async function ask(sandbox: Sandbox, request: object, waitMs: number): Promise<z.infer<typeof said>> {
		const bytes = Buffer.from(JSON.stringify({ own: OWN_DIR, ...request }));
		let argument = bytes.toString("base64");
		if (bytes.length > MAX_INLINE_BYTES) {
			const path = toInbox(deps.newId(), bytes.length);
			await sandbox.fs.uploadFile(bytes, path);
			argument = `@${path}`;
		}
		const tools = await deps.toolsDir();
		const command = `${tools}/node/bin/node --no-warnings ${tools}/daytona/hands.mjs ${argument}`;
		const seconds = Math.ceil(waitMs / 1000) + SPARE_SECONDS;
		const { result, exitCode } = await sandbox.process.executeCommand(command, "/", undefined, seconds);
		const line = result.split("\n").findLast((text) => text.startsWith(RESULT));
		if (line === undefined) {
			const why = `exit code ${exitCode}, ${JSON.stringify(result.slice(-300))}`;
			throw new SandboxError("unavailable", `Bobbin's tools in the sandbox gave no answer: ${why}`, {
				retryable: true,
			});
		}
		return parse(line.slice(RESULT.length));
	}

	return {
		onRunning,
		forget: (id) => void running.delete(id),
		async call(id, schema, request, waitMs = 0) {
			const answer = await onRunning(id, async (sandbox) => {
				const first = await ask(sandbox, request, waitMs);
				if (!("file" in first)) return first;
				return parse((await sandbox.fs.downloadFile(first.file)).toString("utf8"));
			});
			if ("error" in answer) throw toSandboxError(answer.error.code, answer.error.message);
			const result = schema.safeParse("result" in answer ? answer.result : undefined);
			if (result.success) return result.data;
			throw new SandboxError("unavailable", SENSELESS, { cause: result.error });
		},
	};
}

function parse(text: string): z.infer<typeof said> {
	try {
		return said.parse(JSON.parse(text));
	} catch (cause) {
		throw new SandboxError("unavailable", SENSELESS, { cause });
	}
}
