import { expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { openStage } from "./stage.ts";

test("a thread from the mention to the merge", async () => {
	await using stage = await openStage("thread");
	const { work, take } = stage;
	const begin = Promise.withResolvers<void>();
	const end = Promise.withResolvers<void>();
	work.agent.state.script = async ({ prompt: { promptId, text } }, emit) => {
		if (!text.includes("off by a cent")) return { outcome: "done", answer: "It has one now." };
		await begin.promise;
		const todos = ["Find where the total is rounded", "Round once, at the end", "Run all tests"].map(
			(content, index) => ({
				content,
				status: (["completed", "in_progress", "pending"] as const)[index] ?? "pending",
			}),
		);
		emit({ type: "todos.changed", data: { promptId, todos } });
		for (const [index, title] of ["Read src/cart.ts", "Edit src/cart.ts", "Run npm test"].entries()) {
			const call = { promptId, callId: `${index}`, tool: "bash", title };
			emit({ type: "tool.started", data: { ...call, input: {} } });
			if (index < 2)
				emit({ type: "tool.finished", data: { ...call, outcome: "done", output: "", durationMs: 2_000 } });
		}
		const file = { path: "src/cart.ts", change: "changed" as const, additions: 14, deletions: 6, diff: null };
		emit({ type: "file.changed", data: { promptId, file } });
		await end.promise;
		await stage.addPullRequest({ sessionId, promptId }, "Round the cart total once");
		return {
			outcome: "done",
			answer:
				"The total was rounded per line *and* at the end. It is rounded **once** now, see `src/cart.ts`. All tests pass.",
		};
	};
	const at = await stage.begin(
		"mia",
		"shop",
		"@bobbin the cart total is off by a cent when two discounts meet",
	);
	const { sessionId } = at;
	const mia = await stage.desk("mia");
	await mia.openThread(at);
	await mia.message(/Thinking|Starting/);
	await take("begun", mia.replies);

	const { prompts } = await work.sessions.view(sessionId);
	await stage.spend({ sessionId, promptId: prompts[0]?.id ?? "" }, 0.18);
	begin.resolve();
	await mia.message(/1 file changed/);
	await take("working", mia.replies);
	await mia.reply("verbose");
	await mia.message(/✓ Edit src/);
	await take("verbose", mia.replies);
	await mia.reply("normal");
	await mia.message(/the work as one line/);

	await work.say("noah", "shop", "and give the receipt a tax line", at.threadTs);
	await take("queued", await mia.message(/Queued, next/));
	await work.say("zoe", "shop", "and a dark theme", at.threadTs);
	const third = await mia.message(/Queued, 2nd/);
	await third.getByRole("button", { name: "Cancel" }).click();
	await take("cancelled", await mia.message(/Cancelled before/));

	end.resolve();
	await mia.message(/It has one now/);
	await eventually(async () => {
		const states = (await work.sessions.view(sessionId)).prompts.map(({ status }) => status);
		expect(states).toEqual(["done", "done", "cancelled"]);
	});
	await stage.show(sessionId);
	await take("done", mia.replies);

	const [pullRequest] = (await work.sessions.view(sessionId)).pullRequests;
	const id = pullRequest?.id ?? "";
	const { db } = work.database;
	const change = (row: object) => db.updateTable("pull_requests").set(row).where("id", "=", id).execute();
	await change({ checks: "failing", failing_checks: ["unit", "e2e (chrome)"] });
	const review = { pull_request_id: id, person_id: null, commit_sha: null, submitted_at: new Date() };
	await db
		.insertInto("pull_request_reviews")
		.values([
			{ ...review, github_id: 1, login: "omar-h", state: "approved" },
			{ ...review, github_id: 2, login: "zoe", state: "changes_requested" },
		])
		.execute();
	await stage.show(sessionId);
	await take("reviewed", await mia.message(/Changes wanted/));
	await change({ state: "merged", merged_by: "omar-h", checks: "passing", failing_checks: [] });
	await stage.show(sessionId);
	await mia.message(/was merged by/);
	await take("merged", mia.replies);
});
