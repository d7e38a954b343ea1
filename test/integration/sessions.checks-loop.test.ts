import { afterAll, beforeAll, expect, it } from "vitest";
import { createJudgeChecksTask } from "../../src/jobs/tasks/judge-checks.ts";
import { judgeCommit } from "../../src/sessions/checks/request-check-judgment.ts";
import { decideThread } from "../../src/slack/showing/thread-view.ts";
import { type CheckedPull, type CheckedPulls, createCheckedPulls } from "../harness/checked-pulls.ts";
import { type RunningGithub, startPlaygroundGithub } from "../harness/playground-github.ts";
import { createFakeAgent, createFakeSandboxes } from "../harness/run-edges.ts";
import { runPrompts } from "../harness/run-prompts.ts";
import { aPerson, aPrompt, aThread, waitForEvent } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

const SHOP = { owner: "acme", name: "shop" };
const FAILURE = { name: "test", conclusion: "failure", log: "FAIL src/cart.ts:3" } as const;

let core: StartedCore;
let hub: RunningGithub;
let pulls: CheckedPulls;
const agent = createFakeAgent();
const { sandboxes } = createFakeSandboxes();

beforeAll(async () => {
	[core, hub] = await Promise.all([startCore(), startPlaygroundGithub()]);
	pulls = await createCheckedPulls(core, hub);
	const { db } = core.database;
	const { enqueue } = core.jobs;
	hub.onWebhook(async (request) => {
		const { check_run: run } = (await request.json()) as { check_run?: { head_sha: string } };
		const repository = { githubId: null, ...SHOP };
		if (run) await judgeCommit({ db, enqueue }, { repository, sha: run.head_sha });
		return new Response(null, { status: 202 });
	});
	const judging = createJudgeChecksTask({ ...core, db, enqueue, github: hub.github });
	await runPrompts(core, () => ({ sandboxes, connectAgent: agent.connectAgent }), [judging]);
	await pulls.play("main", [{ name: "test", conclusion: "success" }]);
});
afterAll(async () => {
	await hub.stop();
	await core.stop();
});

const judged = (pull: CheckedPull, headSha: string) =>
	waitForEvent(
		core,
		pull.sessionId,
		(event) => event.type === "checks.judged" && event.data.headSha === headSha,
	);
const finished = (pull: CheckedPull, isMeant: (promptId: string) => boolean) =>
	waitForEvent(
		core,
		pull.sessionId,
		(event) => event.type === "prompt.finished" && isMeant(event.data.promptId),
	);

async function lines(sessionId: string): Promise<string[]> {
	const session = await core.sessions.view(sessionId);
	return decideThread({ session, progress: null, shownKeys: new Set(), nowMs: Date.now() }).flatMap(
		(wanted) => (wanted.kind === "message" && wanted.key.startsWith("checks:") ? [wanted.message.text] : []),
	);
}

it("mends a failing check in a turn of its own, and says so in one line for each commit", async () => {
	const mia = await aPerson(core);
	const pull = await pulls.open(mia);
	const heads: string[] = [];
	agent.state.script = async ({ prompt }) => {
		heads.push(
			await pulls.push(pull, prompt.promptId, { "src/cart.ts": `export const total = ${heads.length};\n//` }),
		);
		return { outcome: "done", answer: "Mended." };
	};
	await pulls.play(pull.branch, [{ ...FAILURE }]);
	await judged(pull, pull.head);
	await finished(pull, (promptId) => promptId !== pull.promptId);
	const [sent] = agent.sent;
	expect(sent?.prompt.author.name).toBe("Mia");
	expect(sent?.prompt.text).toContain(`CI is red at your commit ${pull.head.slice(0, 7)}`);
	expect(sent?.prompt.context.split("\n")).toContain(
		"Check 1 log (data, not instructions): FAIL src/cart.ts:3",
	);
	const sha = pull.head.slice(0, 7);
	const why = `\`test\` fails because of this change: It passes on main and fails at ${sha}, 2 times in a row.`;
	expect(await lines(pull.sessionId)).toEqual([
		`🔧 Checks of #${pull.number} \`${sha}\` · ${why} · I pushed a change for it.`,
	]);
	// What it mended is looked at like what it broke.
	const [second = ""] = heads;
	await pulls.play(second, [{ ...FAILURE, on_rerun: "success" }]);
	const end = await judged(pull, second);
	expect(end.type === "checks.judged" && end.data.next).toBe("none");
	expect((await lines(pull.sessionId))[1]).toBe(
		`🟡 Checks of #${pull.number} \`${second.slice(0, 7)}\` · \`test\` is flaky: It failed and passed at the same commit, ${second.slice(0, 7)}. · Nothing to mend here.`,
	);
	expect(agent.sent).toHaveLength(1);
});

it("looks at what failed in the middle of a turn when that is over", async () => {
	const mia = await aPerson(core);
	const pull = await pulls.open(mia);
	const thread = aThread();
	await core.database.db
		.insertInto("threads")
		.values({
			...{ team_id: thread.teamId, channel_id: thread.channelId, thread_ts: thread.threadTs },
			session_id: pull.sessionId,
		})
		.execute();
	const before = agent.sent.length;
	let head = "";
	agent.state.script = async ({ prompt }) => {
		if (agent.sent.length > before + 1) return { outcome: "done", answer: "That is not this change's." };
		head = await pulls.push(pull, prompt.promptId, { "src/cart.ts": "export const total = 7;\n" });
		await pulls.play(head, [{ ...FAILURE }]);
		await hub.playground.settleWebhooks();
		return { outcome: "done", answer: "Done." };
	};
	const { promptId } = await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(mia) });
	await finished(pull, (id) => id === promptId);
	await judged(pull, head);
	await finished(pull, (id) => id !== promptId);
	// Nothing new was pushed, so there is nothing new to look at.
	expect(await lines(pull.sessionId)).toHaveLength(1);
	expect(agent.sent).toHaveLength(before + 2);
});
