import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { addComment, addFindings, addOpenings, addSavedWork } from "../harness/github-rows.ts";
import { aRepository } from "../harness/sessions.ts";
import { refusals } from "../harness/slack-person.ts";
import { createSlackWorkspace, type SlackWorkspace } from "../harness/slack-workspace.ts";

let workspace: SlackWorkspace;
let repositoryId: string;
beforeAll(async () => {
	workspace = await createSlackWorkspace();
	// Not started: a test shows its threads itself.
	repositoryId = (await aRepository(workspace.database, "web-shop")).id;
});
afterAll(() => workspace[Symbol.asyncDispose]());

/** What a thread says beside its status, once it says everything that there is of its session. */
async function saidOf(channel: string, add: (of: Parameters<typeof addFindings>[1]) => Promise<void>) {
	const { teamId } = workspace.playground.connection;
	const { personId } = await workspace.sessions.rememberPerson({
		...{
			provider: "slack",
			tenant: teamId,
			externalId: workspace.userId("mia"),
			name: "Mia Berg",
			email: null,
		},
		kind: "member",
	});
	const at = await workspace.say("mia", channel, "fix the cart total");
	const { sessionId, promptId } = await workspace.sessions.acceptThreadPrompt({
		thread: { teamId, channelId: at.channelId, threadTs: at.threadTs },
		prompt: {
			...{
				idempotencyKey: randomUUID(),
				authorId: personId,
				text: "fix the cart total",
				files: [],
				context: {},
			},
			origin: { kind: "slack", teamId, channelId: at.channelId, messageTs: at.ts },
		},
	});
	const { db } = workspace.database;
	await db.updateTable("sessions").set({ repository_id: repositoryId }).where("id", "=", sessionId).execute();
	await db
		.updateTable("prompts")
		.set({ status: "done", finished_at: new Date() })
		.where("id", "=", promptId)
		.execute();
	await add({ sessionId, promptId, personId, repositoryId });
	await eventually(async () =>
		expect(await workspace.slack.showThread(sessionId)).toEqual({ outcome: "shown" }),
	);
	return (await workspace.thread(at)).flatMap(({ bot_id, text }) => (bot_id === undefined ? [] : [text]));
}

test("failing checks have a line for each commit: whose doing, and what follows", async () => {
	const said = await saidOf("shop", (of) => addFindings(workspace.database.db, of));
	expect(said).toContainEqual(
		expect.stringMatching(/^🟡 Checks of #\d+ `a1a1a1a` · `unit` is flaky: .* · Nothing to mend here\.$/),
	);
	expect(said).toContainEqual(
		expect.stringMatching(
			/^🙋 Checks of .*`e2e` failed before this change.*`unit` fails because of this change.*Over to you/,
		),
	);
});

test("a pull request that is not there yet says for whom it waits, or why GitHub refused it", async () => {
	const said = await saidOf("docs", (of) => addOpenings(workspace.database.db, of));
	expect(said).toContainEqual(expect.stringMatching(/Ready to be opened:.*\nIt waits for Mia Berg/));
	expect(said).toContainEqual(expect.stringMatching(/could not be opened:.*\n.*main is protected/));
});

test("what was asked at GitHub is one line with its status, and its answer is there only", async () => {
	const said = await saidOf("engineering", (of) => addComment(workspace.database.db, of));
	expect(said).toContainEqual(
		expect.stringMatching(
			/^💬 Mia Berg asked at <https:\/\/github\.com\/[^|]+\|#33> and is answered there: “Why not.*\n✅ Done/,
		),
	);
	expect(said.join()).not.toContain("It does now");
});

test("work that could only be pushed, and a checkout that is behind, are said once", async () => {
	const said = await saidOf("general", (of) => addSavedWork(workspace.database.db, of));
	expect(said).toContainEqual(expect.stringContaining("is also on `bobbin/wip/1a2b3c4d`"));
	expect(said).toContainEqual(expect.stringContaining("my branch is 3 commits behind"));
});

test("Slack refuses nothing of all that", async () => {
	expect(await refusals(workspace)).toEqual([]);
});
