import { randomUUID } from "node:crypto";
import { test } from "vitest";
import { openStage } from "./stage.ts";

test("what GitHub has to do with it", async () => {
	await using stage = await openStage("github");
	const { work, take } = stage;
	const { db } = work.database;
	const mia = await stage.desk("mia");
	const begin = async (channel: string) => {
		const at = await stage.begin("mia", channel, "@bobbin fix the cart total");
		await mia.openThread(at);
		await mia.message(/✅ Done/);
		const [prompt] = (await work.sessions.view(at.sessionId)).prompts;
		return { sessionId: at.sessionId, promptId: prompt?.id ?? "", personId: prompt?.author?.personId ?? "" };
	};

	const checked = await begin("shop");
	const pullRequest = await stage.addPullRequest(checked, "Round the cart total once", { checks: "failing" });
	const finding = { pull_request_id: pullRequest, prompt_id: null, at: new Date() };
	await db
		.insertInto("check_findings")
		.values([
			{
				...finding,
				head_sha: "a1".repeat(20),
				name: "unit",
				verdict: "flaky",
				reason: "it passed when it ran again",
			},
			{
				...finding,
				head_sha: "b2".repeat(20),
				name: "unit",
				verdict: "caused",
				reason: "it passes without the change",
			},
			{
				...finding,
				head_sha: "b2".repeat(20),
				name: "e2e",
				verdict: "before",
				reason: "it fails on main too",
			},
		])
		.execute();
	await stage.show(checked.sessionId);
	await mia.message(/Over to you/);
	await take("checks", mia.replies);

	const waiting = await begin("docs");
	const intent = { state: "intended", number: null, url: null };
	await stage.addPullRequest(waiting, "Round the cart total once", {
		...intent,
		waits_for: waiting.personId,
	});
	const why = "GitHub says that main is protected. Ask an owner of the repository.";
	const problem = JSON.stringify({ code: "refused", message: why, retryable: false });
	await stage.addPullRequest(waiting, "Give the receipt a tax line", { ...intent, problem });
	await stage.show(waiting.sessionId);
	await mia.message(/could not be opened/);
	await take("openings", mia.replies);

	const commented = await begin("engineering");
	await stage.addPullRequest(commented, "Round the cart total once");
	const origin = {
		...{
			kind: "github",
			owner: "acme",
			name: "web-shop",
			number: 33,
			comment: "review_comment",
			commentId: 1,
		},
		url: "https://github.com/acme/web-shop/pull/33#discussion_r1",
	};
	await db
		.insertInto("prompts")
		.values({
			...{ id: randomUUID(), session_id: commented.sessionId, number: 2, author_id: commented.personId },
			...{
				text: "Why not round half to even?",
				origin: JSON.stringify(origin),
				idempotency_key: randomUUID(),
			},
			...{
				status: "done",
				attempt: 1,
				started_at: new Date(),
				finished_at: new Date(),
				answer: "It does now.",
			},
		})
		.execute();
	await stage.show(commented.sessionId);
	await mia.message(/asked at #33/);
	await take("asked-at-github", mia.replies);

	const kept = await begin("general");
	const [sandbox] = await db
		.selectFrom("sandboxes")
		.select("id")
		.where("session_id", "=", kept.sessionId)
		.execute();
	await db
		.insertInto("session_snapshots")
		.values({
			...{ id: randomUUID(), session_id: kept.sessionId, sandbox_id: sandbox?.id ?? "", prompt_id: null },
			...{ provider: "fake", name: "s", state: "failed", seq: 1_000, reason: "turn", size_bytes: null },
			...{ wip_branch: "bobbin/wip/1a2b3c4d", problem: null, deleted_at: null },
		})
		.execute();
	const notes = ["main moved on while I worked; my branch is 3 commits behind."];
	await db.updateTable("sessions").set({ checkout_notes: notes }).where("id", "=", kept.sessionId).execute();
	await stage.show(kept.sessionId);
	await mia.message(/No snapshot of the sandbox/);
	await take("saved-work", mia.replies);
});
