import { createHash } from "node:crypto";
import { SandboxError, type SandboxInfo } from "../../../sandbox/provider.ts";
import type { Db } from "../../db/client.ts";
import type { Sandboxes } from "../ports.ts";
import { toSandboxCode } from "../turn/to-problem.ts";
import { untilAborted } from "../turn/until-aborted.ts";
import { lockSandbox, type SandboxRow, updateSandbox } from "./sandbox-store.ts";

/** A row and a connection to the database are held while a provider takes its time: many that hang must not take them all. */
const HOLD_LIMIT_MS = 20_000;

interface TokenDeps {
	db: Db;
	sandboxes: Pick<Sandboxes, "readFile" | "writeFile" | "killStrays">;
	newToken: () => string;
	/** Left out: 20 s. */
	holdLimitMs?: number;
}

/**
 * The token that is in the sandbox, if it is the one we gave; else a new one. It stays the same while the sandbox
 * runs, because an agent that is at work has read it already; a stop and a snapshot forget it.
 *
 * @throws SandboxError
 */
export async function ensureToken(deps: TokenDeps, row: SandboxRow, info: SandboxInfo): Promise<string> {
	const path = `${info.secretsDir}/token`;
	const present = row.state === "creating" ? null : await readToken(deps, info.id, path);
	if (present !== null && hashToken(present) === row.token_hash) return present;
	// Two that make one at the same time must not leave the file of one with the hash of the other.
	return deps.db.transaction().execute(async (tx) => {
		const { token_hash } = await lockSandbox(tx, row.id);
		const within = createLimit(deps.holdLimitMs ?? HOLD_LIMIT_MS);
		const found = await within(readToken(deps, info.id, path));
		if (found !== null && hashToken(found) === token_hash) return found;
		// Whatever runs inside holds a token that is no longer good.
		if (found !== null) await within(deps.sandboxes.killStrays(info.id, []));
		const token = deps.newToken();
		await updateSandbox(tx, row.id, { token_hash: hashToken(token) });
		// Should it come to be written after all, its hash is nobody's: the next one to look gives another.
		await within(deps.sandboxes.writeFile(info.id, path, token, 0o600));
		return token;
	});
}

/** SHA-256, hex: all that is kept of a token. */
export function hashToken(token: string): string {
	return createHash("sha256").update(token).digest("hex");
}

/** One limit for several calls, from now on. */
function createLimit(limitMs: number) {
	const signal = AbortSignal.timeout(limitMs);
	return async <Value>(call: Promise<Value>): Promise<Value> => {
		try {
			return await untilAborted(call, signal);
		} catch (cause) {
			if (cause !== signal.reason) throw cause;
			throw new SandboxError("timeout", "The sandbox did not answer in time.", { retryable: true, cause });
		}
	};
}

async function readToken(
	deps: Pick<TokenDeps, "sandboxes">,
	id: string,
	path: string,
): Promise<string | null> {
	try {
		return new TextDecoder().decode(await deps.sandboxes.readFile(id, path)).trim();
	} catch (error) {
		if (toSandboxCode(error) === "not_found") return null;
		throw error;
	}
}
