import { afterAll, beforeAll, expect, test } from "vitest";
import {
	saveChannelSettings,
	savePersonSettings,
	saveThreadSettings,
} from "../../src/settings/settings-store.ts";
import { eventually } from "../harness/eventually.ts";
import { createSlackWork, type SlackWork } from "../harness/slack-work.ts";

let work: SlackWork;
let goOn: () => void = () => {};

beforeAll(async () => {
	work = await createSlackWork();
	await work.slack.start();
	work.agent.state.script = async ({ prompt: { promptId } }, emit) => {
		const tool = { promptId, callId: "1", tool: "bash", title: "Run npm test" };
		emit({ type: "tool.started", data: { ...tool, input: {} } });
		emit({ type: "tool.finished", data: { ...tool, outcome: "failed", output: "", durationMs: 14_000 } });
		await new Promise<void>((resolve) => {
			goOn = resolve;
		});
		return { outcome: "done", answer: "All is well." };
	};
});
afterAll(() => work[Symbol.asyncDispose]());

const teamId = () => work.playground.connection.teamId;
const ofBot = async (at: { channelId: string; threadTs: string }) =>
	(await work.thread(at)).filter(({ bot_id }) => bot_id !== undefined);
const isWorking = (at: { channelId: string; threadTs: string }) =>
	eventually(async () => {
		const found = await work.sessions.findByThread({ teamId: teamId(), ...at });
		const { prompts } = await work.sessions.view(found?.sessionId ?? "");
		expect(prompts.at(-1)?.status).toBe("running");
	});
const untilMarked = (at: { channelId: string; threadTs: string }, emoji: string) =>
	eventually(async () => {
		const [asked] = await work.thread(at);
		expect(asked?.reactions?.map(({ name }) => name)).toEqual([emoji]);
	});

test("a quiet channel gets a reaction and the answer, nothing else", async () => {
	await saveChannelSettings(
		work.database.db,
		{ teamId: teamId(), channelId: work.channelId("docs") },
		{ verbosity: "quiet" },
	);
	const at = await work.say("mia", "docs", "@bobbin have a look");
	await isWorking(at);
	await untilMarked(at, "eyes");
	await eventually(async () => expect(work.agent.sent).toHaveLength(1));
	goOn();
	await untilMarked(at, "white_check_mark");
	expect((await ofBot(at)).map(({ text }) => text)).toEqual(["All is well."]);
});

test("what a thread wants counts more than its channel, and that more than whoever asks", async () => {
	const mia = await work.database.db
		.selectFrom("identities")
		.select("person_id")
		.where("external_id", "=", work.userId("mia"))
		.executeTakeFirstOrThrow();
	await savePersonSettings(work.database.db, mia.person_id, { verbosity: "quiet" });
	await saveChannelSettings(
		work.database.db,
		{ teamId: teamId(), channelId: work.channelId("shop") },
		{ verbosity: "normal" },
	);
	const at = await work.say("mia", "shop", "@bobbin have a look");
	await isWorking(at);
	await eventually(async () => expect((await ofBot(at))[0]?.text).toContain("Working"));
	expect(JSON.stringify(await ofBot(at))).not.toContain("✗ Run npm test");
	await saveThreadSettings(work.database.db, { teamId: teamId(), ...at }, { verbosity: "verbose" });
	const found = await work.sessions.findByThread({ teamId: teamId(), ...at });
	await eventually(async () => {
		await work.slack.showThread(found?.sessionId ?? "");
		expect(JSON.stringify(await ofBot(at))).toContain("✗ Run npm test · failed · 14 s");
	});
	expect(await ofBot(at)).toHaveLength(1);
	goOn();
});
