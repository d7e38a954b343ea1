import type { SandboxInfo } from "../../sandbox/provider.ts";
import { AppError, coerceError } from "../errors.ts";
import { findImageSnapshot } from "../images/image-store.ts";
import { findRepository } from "../sessions/routing/repository-store.ts";
import { ensureCheckout, toDirectory } from "../sessions/sandbox/ensure-checkout.ts";
import { hashToken } from "../sessions/sandbox/gateway-token.ts";
import { beside } from "../sessions/turn/beside.ts";
import { toSandboxCode } from "../sessions/turn/to-problem.ts";
import { untilAborted } from "../sessions/turn/until-aborted.ts";
import { insertWarming, isClaimed, markFailed, markWarm } from "./pool-store.ts";
import type { PoolDeps } from "./ports.ts";

interface Making {
	id: string;
	/** Resolves when it is warm, or failed and gone: what goes wrong is logged. */
	done: Promise<{ outcome: "warm" | "claimed" | "failed" }>;
}

/**
 * Makes a warm sandbox: from the repository's image, else by cloning; fetched to head, its agent up and warmed. Its row
 * is there before the provider is asked, so that a crash leaves nothing that nobody knows of. A session may claim it
 * while it is being made.
 *
 * @throws what writing the row throws
 */
export async function makeEntry(
	deps: PoolDeps,
	input: { repositoryId: string; imageId: string | null },
	signal: AbortSignal,
): Promise<Making> {
	const { db } = deps.database;
	const id = deps.newId();
	const token = deps.newToken();
	const row = await insertWarming(db, {
		id,
		...input,
		provider: deps.sandboxes.name,
		name: `bobbin-warm-${id.slice(0, 8)}`,
		tokenHash: hashToken(token),
		at: new Date(deps.now()),
	});

	async function make(): Promise<{ outcome: "warm" | "claimed" | "failed" }> {
		const repository = await findRepository(db, input.repositoryId);
		if (!repository) throw new AppError("repository_not_found", "There is no such repository.");
		const info = await create(deps, { name: row.name, imageId: input.imageId }, signal);
		await deps.sandboxes.writeFile(info.id, `${info.secretsDir}/token`, token, 0o600);
		signal.throwIfAborted();
		const sandbox = { row, info };
		const base = repository.default_branch;
		const target = { sandbox: info, directory: toDirectory(sandbox), gatewayToken: token };
		const agent = await beside(
			ensureCheckout({ ...deps, db }, sandbox, { repository, base, branch: base }),
			deps.connectAgent(target, signal),
			(connection) => connection.close(),
		);
		try {
			// A session that waits for it goes on sooner without.
			if (!(await isClaimed(db, id))) await untilAborted(agent.warmUp(), signal);
		} finally {
			await agent.close();
		}
		signal.throwIfAborted();
		const outcome = await markWarm(db, id, { providerId: info.id, at: new Date(deps.now()) });
		if (outcome === "gone") throw new AppError("gone", "Somebody else deleted it meanwhile.");
		return { outcome };
	}

	const done = make().catch(async (thrown) => {
		if (!signal.aborted)
			deps.log.warn({ err: coerceError(thrown), sandbox: row.name }, "a warm sandbox could not be made");
		try {
			await markFailed(db, id);
			// The keeper would too, but only where the row is not gone already.
			await deps.sandboxes.delete(row.name);
		} catch (err) {
			deps.log.warn({ err, sandbox: row.name }, "what is left of it is removed later");
		}
		return { outcome: "failed" as const };
	});
	return { id, done };
}

/** An image that is gone is passed over. */
async function create(
	deps: PoolDeps,
	input: { name: string; imageId: string | null },
	signal: AbortSignal,
): Promise<SandboxInfo> {
	const { name, imageId } = input;
	const labels = { bobbin: "warm" };
	const image = imageId === null ? undefined : await findImageSnapshot(deps.database.db, imageId);
	try {
		const spec = { name, labels, ...(image ? { snapshot: image.snapshot } : {}) };
		return await deps.sandboxes.create(spec, signal);
	} catch (error) {
		if (!image || toSandboxCode(error) !== "not_found") throw error;
		deps.log.warn({ snapshot: image.snapshot }, "an image is gone");
		return deps.sandboxes.create({ name, labels }, signal);
	}
}
