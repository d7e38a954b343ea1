import { randomUUID } from "node:crypto";
import type { Db } from "../../src/db/client.ts";

interface OfPrompt {
	sessionId: string;
	promptId: string;
	personId: string;
	repositoryId: string;
}

let number = 30;

/** An open pull request of a prompt, with what else is said of it. */
export async function addPullRequest(
	db: Db,
	of: Omit<OfPrompt, "personId">,
	title: string,
	more: object = {},
) {
	const id = randomUUID();
	number++;
	await db
		.insertInto("pull_requests")
		.values({
			...{ id, session_id: of.sessionId, prompt_id: of.promptId, repository_id: of.repositoryId },
			...{ branch: `bobbin/1a2b3c4d-${number}`, base: "main", title, body: "", state: "open", number },
			...{ url: `https://github.com/acme/web-shop/pull/${number}`, additions: 14, deletions: 6 },
			...more,
		})
		.execute();
	return id;
}

/** A pull request with a commit whose check is flaky, and one that people must look at. */
export async function addFindings(db: Db, of: OfPrompt): Promise<void> {
	const failing = { checks: "failing", failing_checks: ["e2e", "unit"] };
	const pullRequestId = await addPullRequest(db, of, "Round the cart total once", failing);
	const [first, second] = ["a1", "b2"].map((sha) => sha.repeat(20)) as [string, string];
	const found = { pull_request_id: pullRequestId, prompt_id: null, at: new Date() };
	await db
		.insertInto("check_findings")
		.values([
			{ ...found, head_sha: first, name: "unit", verdict: "flaky", reason: "it passed when it ran again" },
			{ ...found, head_sha: second, name: "unit", verdict: "caused", reason: "it passes without the change" },
			{ ...found, head_sha: second, name: "e2e", verdict: "before", reason: "it fails on main too" },
		])
		.execute();
}

/** A pull request that waits for its author's account, and one that GitHub refused. */
export async function addOpenings(db: Db, of: OfPrompt): Promise<void> {
	const intent = { state: "intended", number: null, url: null };
	await addPullRequest(db, of, "Round the cart total once", { ...intent, waits_for: of.personId });
	const message = "GitHub says that main is protected. Ask an owner of the repository.";
	const problem = JSON.stringify({ code: "refused", message, retryable: false });
	await addPullRequest(db, of, "Give the receipt a tax line", { ...intent, problem });
}

/** A question at a line of a pull request, answered there. */
export async function addComment(db: Db, { sessionId, personId }: OfPrompt): Promise<void> {
	const place = { owner: "acme", name: "web-shop", number: 33, comment: "review_comment", commentId: 1 };
	const url = "https://github.com/acme/web-shop/pull/33#discussion_r1";
	await db
		.insertInto("prompts")
		.values({
			...{ id: randomUUID(), session_id: sessionId, number: 2, author_id: personId },
			...{ text: "Why not round half to even?", idempotency_key: randomUUID() },
			origin: JSON.stringify({ kind: "github", ...place, url }),
			...{
				status: "done",
				attempt: 1,
				started_at: new Date(),
				finished_at: new Date(),
				answer: "It does now.",
			},
		})
		.execute();
}

/** Work that was pushed because no snapshot could be taken, and what is to be known of the checkout. */
export async function addSavedWork(db: Db, { sessionId, repositoryId }: OfPrompt): Promise<void> {
	const id = randomUUID();
	// It may have worked in one already.
	await db
		.insertInto("sandboxes")
		.values({
			...{ id, session_id: sessionId, repository_id: repositoryId, provider: "fake", name: id },
			...{ state: "ready", token_hash: id },
		})
		.onConflict((conflict) => conflict.doNothing())
		.execute();
	const sandbox = await db
		.selectFrom("sandboxes")
		.select("id")
		.where("session_id", "=", sessionId)
		.executeTakeFirstOrThrow();
	await db
		.insertInto("session_snapshots")
		.values({
			...{ id: randomUUID(), session_id: sessionId, sandbox_id: sandbox.id, prompt_id: null },
			...{ provider: "fake", name: "s", state: "failed", seq: 1_000, reason: "turn", size_bytes: null },
			...{ wip_branch: "bobbin/wip/1a2b3c4d", problem: null, deleted_at: null },
		})
		.execute();
	const notes = ["main moved on while I worked; my branch is 3 commits behind."];
	await db.updateTable("sessions").set({ checkout_notes: notes }).where("id", "=", sessionId).execute();
}
