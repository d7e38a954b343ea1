import type { SandboxProvider } from "../../../sandbox/provider.ts";
import type { Db } from "../../db/client.ts";
import { AppError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import { toWipBranch } from "../names.ts";
import { readUnheldPrompts } from "../queue/prompt-store.ts";
import { lockSession } from "../session-store.ts";
import { ensureToken } from "./gateway-token.ts";
import { lockSandbox, type SandboxRow } from "./sandbox-store.ts";

const PUSH_TIMEOUT_MS = 120_000;
const NOTHING_TO_SAVE = 3;

export interface SaveWorkDeps {
	db: Db;
	sandboxes: Pick<
		SandboxProvider,
		"name" | "get" | "ensureStarted" | "stop" | "exec" | "readFile" | "writeFile" | "killStrays"
	>;
	log: Log;
	newToken: () => string;
}

/**
 * Commits what is in a session's checkout, beside its branches and without touching them or the files, and pushes that
 * to `bobbin/wip/…`. A sandbox that was stopped is stopped again.
 *
 * @throws SandboxError, AppError `work_not_saved`
 */
export async function saveWork(
	deps: SaveWorkDeps,
	input: { sessionId: string; sandbox: SandboxRow },
): Promise<{ outcome: "saved"; branch: string } | { outcome: "nothing_to_save" }> {
	const { sessionId, sandbox } = input;
	// Without a repository there is nowhere to push to.
	if (sandbox.repository_id === null) return { outcome: "nothing_to_save" };
	const found = await deps.sandboxes.get(sandbox.name);
	if (found === null) throw new AppError("work_not_saved", "The sandbox is gone.");
	const wasStarted = found.state === "started";
	const info = wasStarted ? found : await deps.sandboxes.ensureStarted(found.id);
	try {
		await ensureToken(deps, await lockSandbox(deps.db, sandbox.id), info);
		const branch = toWipBranch(sessionId);
		const result = await deps.sandboxes.exec(info.id, {
			command: `sh '${info.toolsDir}/guest/save-work.sh' '${info.homeDir}/repo' '${branch}'`,
			env: { BOBBIN_GATEWAY_URL: info.gatewayUrl },
			timeoutMs: PUSH_TIMEOUT_MS,
		});
		if (result.exitCode === NOTHING_TO_SAVE) return { outcome: "nothing_to_save" };
		if (result.exitCode === 0) return { outcome: "saved", branch };
		throw new AppError(
			"work_not_saved",
			`The push ended with ${result.exitCode}: ${result.stderr.slice(-500)}`,
		);
	} finally {
		if (!wasStarted) await stopAgain(deps, sessionId, info.id);
	}
}

/** Not if a prompt has come meanwhile. */
async function stopAgain(deps: SaveWorkDeps, sessionId: string, sandboxId: string): Promise<void> {
	try {
		await deps.db.transaction().execute(async (tx) => {
			await lockSession(tx, sessionId);
			if ((await readUnheldPrompts(tx, sessionId)).length === 0) await deps.sandboxes.stop(sandboxId);
		});
	} catch (err) {
		deps.log.warn({ err, session: sessionId }, "a sandbox could not be stopped again");
	}
}
