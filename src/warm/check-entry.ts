import { coerceError } from "../errors.ts";
import { toDirectory } from "../sessions/sandbox/ensure-checkout.ts";
import { hashToken } from "../sessions/sandbox/gateway-token.ts";
import { findWarm, noteCheck, takeFromPool } from "./pool-store.ts";
import type { PoolDeps } from "./ports.ts";

const CHECK_LIMIT_MS = 5_000;

/** Looks whether a warm sandbox is still well; one that is not is taken from the pool. */
export async function checkEntry(deps: PoolDeps, id: string, signal: AbortSignal): Promise<void> {
	const { db } = deps.database;
	const entry = await findWarm(db, id);
	if (!entry) return;
	const info = await deps.sandboxes.get(entry.name);
	try {
		if (info?.state !== "started") throw new Error(`it is ${info?.state ?? "gone"}`);
		const file = await deps.sandboxes.readFile(info.id, `${info.secretsDir}/token`);
		const gatewayToken = new TextDecoder().decode(file).trim();
		if (hashToken(gatewayToken) !== entry.token_hash) throw new Error("it has another token");
		const target = { sandbox: info, directory: toDirectory({ info }), gatewayToken };
		const limit = AbortSignal.any([signal, AbortSignal.timeout(CHECK_LIMIT_MS)]);
		const agent = await deps.connectAgent(target, limit);
		await agent.close();
		// A provider that stops what nobody uses would take it for idle.
		await deps.sandboxes.touch(info.id);
	} catch (thrown) {
		if (signal.aborted) return;
		deps.log.warn({ err: coerceError(thrown), sandbox: entry.name }, "a warm sandbox is not well");
		await takeFromPool(db, id);
		return;
	}
	await noteCheck(db, id, new Date(deps.now()));
}
