import { AppError } from "../../errors.ts";
import { type Enqueue, showThreadJob } from "../../jobs/queue.ts";
import { lostOwnership } from "../log/event-log.ts";
import { appendEvents } from "../log/event-store.ts";
import type { Claim } from "../queue/claim-prompt.ts";
import { readRepository } from "../routing/repository-store.ts";
import { type CheckoutDeps, ensureCheckout } from "../sandbox/ensure-checkout.ts";
import type { ReadySandbox } from "../sandbox/ensure-sandbox.ts";
import { holdOwnership, setBaseBranch, setCheckoutNotes } from "../session-store.ts";
import type { SyncReport } from "./sync-report.ts";

export interface SyncSessionDeps extends CheckoutDeps {
	enqueue: Enqueue;
	/** Asks GitHub again what repositories and their default branches are called. */
	refreshRepositories?: () => Promise<void>;
}

/**
 * Brings a session's checkout up to date. Where its base was the default branch and is not there any more, the session
 * goes on with what the default branch is called now. What people have to know is put into the session's log.
 *
 * @throws AppError `lost_ownership`, and as `ensureCheckout`
 */
export async function syncSession(
	deps: SyncSessionDeps,
	sandbox: ReadySandbox,
	claim: Claim,
): Promise<SyncReport> {
	const { session } = claim;
	const { owner, name, archived, removed_at, size_kib } = session;
	const state = { archived: archived ?? false, removed_at, size_kib };
	const sync = (base: string) =>
		ensureCheckout(deps, sandbox, {
			repository: owner === null || name === null ? null : { owner, name, ...state },
			base,
			branch: session.branch ?? "",
		});
	const base = session.base_branch ?? "";
	const first = await sync(base).catch((error: unknown) => {
		if (error instanceof AppError && error.code === "base_branch_missing") return error;
		throw error;
	});
	if (!(first instanceof AppError) && !first.lacksBase) {
		await tell(deps, claim, first.told);
		return first;
	}
	const next = await findNextBase(deps, claim);
	if (next === null) {
		if (first instanceof AppError) throw first;
		return first;
	}
	const moved = `${base} is not at GitHub any more; the default branch is called ${next} now.`;
	await tell(deps, claim, [`${moved} The pull request goes there.`], next);
	const report = await sync(next);
	await tell(deps, claim, report.told);
	const note = `${moved} Compare with origin/${next} and open the pull request into it.`;
	return { ...report, notes: [note, ...report.notes] };
}

/** Null: the default branch is not called anything else, as far as GitHub says. */
async function findNextBase(deps: SyncSessionDeps, { session }: Claim): Promise<string | null> {
	await deps.refreshRepositories?.();
	const repository = session.repository_id ? await readRepository(deps.db, session.repository_id) : undefined;
	return repository && repository.default_branch !== session.base_branch ? repository.default_branch : null;
}

async function tell(
	deps: SyncSessionDeps,
	claim: Claim,
	told: string[],
	base: string | null = null,
): Promise<void> {
	const { sessionId, epoch, session } = claim;
	const notes = told.filter((note) => !session.checkout_notes.includes(note));
	if (notes.length === 0) return;
	await deps.db.transaction().execute(async (tx) => {
		if (!(await holdOwnership(tx, { sessionId, epoch }))) throw lostOwnership();
		if (base !== null) await setBaseBranch(tx, sessionId, base);
		await setCheckoutNotes(tx, sessionId, [...session.checkout_notes, ...notes]);
		await appendEvents(tx, sessionId, [{ type: "checkout.noted", data: { notes } }], new Date(deps.now()));
		await deps.enqueue(tx, showThreadJob, { version: 1, sessionId }, { key: sessionId });
	});
	session.checkout_notes = [...session.checkout_notes, ...notes];
	if (base !== null) session.base_branch = base;
}
