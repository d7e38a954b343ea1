import type { Tx } from "../../db/client.ts";
import { isCalled } from "../routing/repository-store.ts";

export function findByBranch(tx: Tx, sessionId: string, branch: string) {
	return tx
		.selectFrom("pull_requests")
		.selectAll()
		.where("session_id", "=", sessionId)
		.where("branch", "=", branch)
		.executeTakeFirst();
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

export function findWithRepository(tx: Tx, id: string) {
	return withRepository(tx).where("pull_requests.id", "=", id).executeTakeFirst();
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
		.select(["repositories.github_id", "repositories.installation_id"])
		.orderBy("pull_requests.created_at");
}
