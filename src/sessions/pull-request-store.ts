import type { Tx } from "../db/client.ts";
import { isCalled } from "./repository-store.ts";

export function findByBranch(tx: Tx, sessionId: string, branch: string) {
	return tx
		.selectFrom("pull_requests")
		.selectAll()
		.where("session_id", "=", sessionId)
		.where("branch", "=", branch)
		.executeTakeFirst();
}

/** The intent, before GitHub is asked. False: there is one for this branch already. */
export async function insertIntent(
	tx: Tx,
	intent: {
		id: string;
		session_id: string;
		prompt_id: string | null;
		repository_id: string;
		branch: string;
		base: string;
		title: string;
		body: string;
		at: Date;
	},
): Promise<boolean> {
	const { at, ...values } = intent;
	const row = await tx
		.insertInto("pull_requests")
		.values({ ...values, state: "intended", created_at: at, updated_at: at })
		.onConflict((conflict) => conflict.columns(["session_id", "branch"]).doNothing())
		.returning("id")
		.executeTakeFirst();
	return row !== undefined;
}

/** GitHub refused it for good: a later call begins anew. */
export async function deleteIntent(tx: Tx, id: string): Promise<void> {
	await tx.deleteFrom("pull_requests").where("id", "=", id).where("state", "=", "intended").execute();
}

/** False: it was recorded before. */
export async function recordOpened(
	tx: Tx,
	input: {
		id: string;
		state: "open" | "merged" | "closed";
		number: number;
		url: string;
		title: string;
		base: string;
		additions: number;
		deletions: number;
		at: Date;
	},
): Promise<boolean> {
	const { id, at, ...values } = input;
	const row = await tx
		.updateTable("pull_requests")
		.set({ ...values, updated_at: at })
		.where("id", "=", id)
		.where("state", "=", "intended")
		.returning("id")
		.executeTakeFirst();
	return row !== undefined;
}

export async function updateFacts(
	tx: Tx,
	input: {
		id: string;
		state: "open" | "merged" | "closed";
		title: string;
		additions: number;
		deletions: number;
		at: Date;
	},
): Promise<void> {
	const { id, at, ...values } = input;
	await tx
		.updateTable("pull_requests")
		.set({ ...values, updated_at: at })
		.where("id", "=", id)
		.execute();
}

/** A session's pull requests with the repository each is in, intents too. */
export function readOfSession(tx: Tx, sessionId: string) {
	return withRepository(tx).where("pull_requests.session_id", "=", sessionId).execute();
}

export function readIntents(tx: Tx) {
	return withRepository(tx).where("pull_requests.state", "=", "intended").execute();
}

export function findByNumber(tx: Tx, input: { owner: string; name: string; number: number }) {
	return withRepository(tx)
		.where(isCalled(input))
		.where("pull_requests.number", "=", input.number)
		.executeTakeFirst();
}

function withRepository(tx: Tx) {
	return tx
		.selectFrom("pull_requests")
		.innerJoin("repositories", "repositories.id", "pull_requests.repository_id")
		.selectAll("pull_requests")
		.select(["repositories.owner", "repositories.name"])
		.orderBy("pull_requests.created_at");
}

/** How many branches of the session are done with. */
export async function closedBranchCount(tx: Tx, sessionId: string): Promise<number> {
	const row = await tx
		.selectFrom("pull_requests")
		.select((eb) => eb.fn.countAll<number>().as("count"))
		.where("session_id", "=", sessionId)
		.where("state", "in", ["merged", "closed"])
		.executeTakeFirstOrThrow();
	return row.count;
}
