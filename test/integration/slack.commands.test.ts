import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Access } from "../../src/people/access.ts";
import { aRepository } from "../harness/sessions.ts";
import { refusals, slackPerson } from "../harness/slack-person.ts";
import { createSlackWorkspace, type SlackWorkspace, type ThreadMessage } from "../harness/slack-workspace.ts";

let workspace: SlackWorkspace;
let mia: ReturnType<typeof slackPerson>;
/** Repositories that nobody may write to. */
const readOnly = new Set<string>();
const access: Access = {
	permissionOf: async () => "write",
	allowed: async ({ repositoryIds, need }) =>
		new Set(repositoryIds.filter((id) => need === "read" || !readOnly.has(id))),
	forget: async () => {},
};
beforeAll(async () => {
	workspace = await createSlackWorkspace({
		showJobs: true,
		access,
		wrap: (sessions) => ({
			...sessions,
			acceptThreadPrompt: async (input) => {
				if (input.prompt.text.includes("explode")) throw new Error("as the test wants it");
				return sessions.acceptThreadPrompt(input);
			},
		}),
	});
	// Begun so often before that this start gives it up.
	const body = {
		...{ command: "/bobbin", text: "new explode", trigger_id: "9.9", response_url: "http://127.0.0.1:1" },
		...{ team_id: workspace.playground.connection.teamId, user_id: workspace.userId("mia") },
		channel_id: workspace.channelId("engineering"),
	};
	await workspace.database.db
		.insertInto("inbox")
		.values({ source: "slack", key: "command:9.9", twin_key: null, body: JSON.stringify(body), attempts: 7 })
		.execute();
	await workspace.slack.start();
	mia = slackPerson(workspace, "mia");
});
afterAll(() => workspace[Symbol.asyncDispose]());

const at = (channel: string) => ({ channelId: workspace.channelId(channel) });
async function parents(channel: string, words: string): Promise<ThreadMessage[]> {
	return (await workspace.thread(at(channel))).filter(({ text }) => text.includes(words));
}
async function sessionOf(channel: string, words: string) {
	const parent = await mia.until(async () => (await parents(channel, words))[0]);
	const found = await mia.until(() =>
		workspace.sessions.findByThread({
			teamId: workspace.playground.connection.teamId,
			...at(channel),
			threadTs: parent.ts,
		}),
	);
	return workspace.sessions.view(found.sessionId);
}

describe("what begins work", () => {
	test("new begins a session in a thread of its own, in the name of whoever asked", async () => {
		await mia.command("shop", "new fix the *rounding* for @zoe");
		const session = await sessionOf("shop", "rounding");
		expect(session.prompts).toMatchObject([
			{ text: "fix the *rounding* for @Zoe Laurent", author: { name: "Mia Berg" } },
		]);
		const row = await workspace.database.db.selectFrom("prompts").select("context").executeTakeFirstOrThrow();
		expect(row.context).toMatchObject({ channelName: "shop" });
		expect(await mia.whispers(at("shop"))).toEqual([]);
	});

	test("spawn begins one session for each line", async () => {
		await mia.command("docs", "spawn\n- spell the intro\n- spell the end; all of it");
		expect((await sessionOf("docs", "spell the intro")).prompts[0]?.text).toBe("spell the intro");
		expect((await sessionOf("docs", "spell the end")).prompts[0]?.text).toBe("spell the end; all of it");
		await mia.command("docs", `spawn ${"do it;".repeat(11)}`);
		await mia.untilWhisper(at("docs"), /10 at most/);
	});

	test("a command whose work was cut off by a crash is done once, after the start", async () => {
		workspace.proxy.next("chat.postMessage", "drop");
		await mia.command("random", "new survive the crash");
		await sessionOf("random", "survive the crash");
		expect(await parents("random", "survive the crash")).toHaveLength(1);
	});

	test("a command that is given up is apologised for privately", async () => {
		await mia.untilWhisper(at("engineering"), /something inside me failed/);
	});

	test("a command that comes twice begins one session", async () => {
		const { teamId } = workspace.playground.connection;
		const body = {
			...{ command: "/bobbin", text: "new only one of these", trigger_id: "1.2.same", team_id: teamId },
			...{
				channel_id: at("random").channelId,
				user_id: workspace.userId("mia"),
				response_url: "http://127.0.0.1:1",
			},
		};
		const answers = await Promise.all([workspace.deliver(body), workspace.deliver(body)]);
		expect(answers.map(({ status }) => status)).toEqual([200, 200]);
		await sessionOf("random", "only one of these");
		expect(await parents("random", "only one of these")).toHaveLength(1);
	});

	test("where Bobbin is not, whoever asked is told so with their words", async () => {
		const { channels = [] } = await workspace.human("mia").conversations.list();
		const channel = channels.find(({ name }) => name === "watercooler")?.id ?? "";
		const command = { channel, command: "/bobbin", text: "new talk to the robots" };
		await workspace.onPage("mia", "command", command);
		await mia.untilWhisper({ channelId: channel }, /not in that channel.*invite.*talk to the robots/s);
	});
});

describe("what steers", () => {
	test("stop ends the only one of mine that is at work here, or asks which", async () => {
		await mia.command("engineering", "new count the tests");
		const first = await sessionOf("engineering", "count the tests");
		await mia.command("engineering", "stop");
		await mia.untilWhisper(at("engineering"), /Stopping \*count the tests/);
		await mia.until(async () => (await workspace.sessions.view(first.id)).prompts[0]?.status === "cancelled");
		await mia.command("engineering", `stop ${first.id.slice(0, 8)}`);
		await mia.untilWhisper(at("engineering"), /Nothing runs in/);

		await mia.command("engineering", "spawn one thing; another thing");
		await sessionOf("engineering", "another thing");
		await mia.command("engineering", "stop");
		const list = await mia.untilWhisper(at("engineering"), /Which one shall I stop/);
		const rows = (list.blocks ?? []) as {
			block_id: string;
			accessory?: { action_id: string; value: string };
		}[];
		const row = rows.find(({ accessory }) => accessory !== undefined);
		await workspace.onPage("mia", "action", {
			channel: at("engineering").channelId,
			message_ts: list.ts,
			block_id: row?.block_id,
			action: row?.accessory,
		});
		await mia.untilWhisper(at("engineering"), /Stopping \*(one|another) thing/);
	});

	test("a session of somebody else's in another channel is not found", async () => {
		const other = await workspace.say("zoe", "docs", "@bobbin only zoe knows");
		const known = await mia.until(() =>
			workspace.sessions.findByThread({ teamId: workspace.playground.connection.teamId, ...other }),
		);
		await mia.command("random", `stop ${known.sessionId.slice(0, 8)}`);
		await mia.untilWhisper(at("random"), /find no such session/);
		await mia.command("docs", `status ${known.sessionId.slice(0, 8)}`);
		await mia.untilWhisper(at("docs"), /only zoe knows/);
	});

	test("status and sessions list what there is, with links to the threads", async () => {
		await mia.command("shop", "status");
		const status = await mia.untilWhisper(at("shop"), /At work in this channel/);
		expect(JSON.stringify(status.blocks)).toMatch(/archives\/C\w+\/p\d{16}/);
		expect(JSON.stringify(status.blocks)).not.toContain("only zoe knows");
		await mia.command("general", "sessions");
		await mia.untilWhisper(at("general"), /Your sessions.*survive the crash/s);
	});
});

describe("what is set and shown", () => {
	test("budget shows this month's, sets one's own, and another's only for who may", async () => {
		const priya = slackPerson(workspace, "priya");
		await priya.command("docs", "budget");
		await priya.untilWhisper(
			at("docs"),
			/Your budget: no limit, nothing is spent so far[^"]*This workspace's budget: no limit/,
		);
		await priya.command("docs", "budget 12.50");
		await priya.untilWhisper(at("docs"), /could not read that, so nothing is changed.*budget me \$50/s);
		await priya.command("docs", "budget me $12.50");
		await priya.untilWhisper(at("docs"), /Your budget is now: \$12\.50 a month/);
		await priya.command("docs", "budget channel 100");
		await priya.untilWhisper(at("docs"), /Only an admin of this workspace can decide/);
		await mia.command("docs", "budget channel 100");
		await mia.untilWhisper(at("docs"), /This channel's budget is now: \$100 a month/);
		const audit = workspace.database.db
			.selectFrom("audit_log")
			.select("data")
			.where("action", "=", "budget.cap_set")
			.orderBy("id");
		expect((await audit.execute()).map(({ data }) => data)).toEqual([
			{ before: "default", cap: 12.5 },
			{ before: "default", cap: 100 },
		]);
	});

	test("repo sets what a channel is about, for who may write it, and is noted", async () => {
		const { id, owner, name } = await aRepository(workspace.database, "cart");
		const locked = await aRepository(workspace.database, "vault");
		readOnly.add(locked.id);
		await mia.command("general", "repo");
		await mia.untilWhisper(at("general"), /no repository in particular/);
		await mia.command("general", `repo ${owner}/${name}`);
		await mia.untilWhisper(at("general"), /about `acme\/cart` from now on/);
		await mia.command("general", "repo acme/vault");
		await mia.untilWhisper(at("general"), /Only who may write to `acme\/vault`/);
		await mia.command("general", "repo acme/nowhere");
		await mia.untilWhisper(at("general"), /no repository `acme\/nowhere`/);
		await mia.command("general", "repo");
		await mia.untilWhisper(at("general"), /about `acme\/cart`, unless/);
		const audit = await workspace.database.db
			.selectFrom("audit_log")
			.select(["action", "repository_id", "subject"])
			.where("action", "=", "channel.repository_chosen")
			.execute();
		const { teamId } = workspace.playground.connection;
		expect(audit).toEqual([
			{
				action: "channel.repository_chosen",
				repository_id: id,
				subject: `${teamId}/${workspace.channelId("general")}`,
			},
		]);
		await mia.command("general", "repo none");
		await mia.untilWhisper(at("general"), /about no repository in particular now/);
	});

	test.each([
		["help", /Mention me and say what to change/],
		["link", /Nobody can connect a GitHub account here/],
		["stats", /last 30 days: \d+ → 0/],
		["stauts", /Did you mean `\/bobbin status`/],
	])("%s is answered privately", async (text, words) => {
		await mia.command("random", text);
		await mia.untilWhisper(at("random"), words);
	});

	test("whoever may not use Bobbin is told why, privately", async () => {
		const finn = slackPerson(workspace, "finn");
		await finn.command("shop", "sessions");
		await finn.untilWhisper(at("shop"), /guests of this workspace/);
	});
});

test("Slack refused nothing that was sent", async () => {
	// That one is how it is known that the bot is not there.
	expect(await refusals(workspace)).toEqual(["chat.postMessage: not_in_channel "]);
});
