import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { createSlackWorkspace, type SlackWorkspace } from "../harness/slack-workspace.ts";

let workspace: SlackWorkspace;
beforeAll(async () => {
	workspace = await createSlackWorkspace();
	await workspace.slack.start();
});
afterAll(() => workspace[Symbol.asyncDispose]());

const rows = (key: string) =>
	workspace.database.db.selectFrom("inbox").selectAll().where("key", "=", key).execute();
const promptsWith = (text: string) =>
	workspace.database.db.selectFrom("prompts").selectAll().where("text", "=", text).execute();

let tick = 0;
function mention(kind: "message" | "app_mention", text: string, ts: string) {
	const { teamId, appId, botUserId } = workspace.playground.connection;
	return {
		type: "event_callback",
		event_id: `Ev${randomUUID()}`,
		team_id: teamId,
		api_app_id: appId,
		authorizations: [{ team_id: teamId, user_id: botUserId, is_bot: true }],
		event: {
			type: kind,
			channel: workspace.channelId("random"),
			...(kind === "message" ? { channel_type: "channel" } : {}),
			user: workspace.userId("mia"),
			text: `<@${botUserId}> ${text}`,
			ts,
			event_ts: ts,
		},
	};
}
const newTs = () => `${Math.floor(Date.now() / 1000)}.${String(++tick).padStart(6, "0")}`;

async function processed(...keys: string[]): Promise<void> {
	await eventually(async () => {
		const open = await workspace.database.db
			.selectFrom("inbox")
			.select("key")
			.where("key", "in", keys)
			.where("processed_at", "is not", null)
			.execute();
		expect(open).toHaveLength(keys.length);
	});
}

describe("the door", () => {
	test("refuses a forged and an old signature with 401 and keeps no row", async () => {
		const body = mention("app_mention", "forged", newTs());
		const forged = await workspace.deliver(body, { signingSecret: "wrong" });
		const old = await workspace.deliver(body, { timestamp: Math.floor(Date.now() / 1000) - 301 });
		expect([forged.status, old.status]).toEqual([401, 401]);
		expect(await rows(body.event_id)).toEqual([]);
	});

	test("answers Slack's challenge", async () => {
		const answer = await workspace.deliver({ type: "url_verification", challenge: "abc" });
		expect(await answer.text()).toBe("abc");
	});

	test("refuses a body of more than 1 MiB", async () => {
		const answer = await workspace.deliver({ type: "event_callback", event_id: "x".repeat(1_100_000) });
		expect(answer.status).toBe(413);
	});
});

describe("one message is one prompt", () => {
	test("when its event comes five times at once", async () => {
		const body = mention("message", "five times", newTs());
		const answers = await Promise.all(Array.from({ length: 5 }, () => workspace.deliver(body)));
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
		await processed(body.event_id);
		expect(await promptsWith("five times")).toHaveLength(1);
	});

	test.each([
		["message first", ["message", "app_mention"] as const],
		["app_mention first", ["app_mention", "message"] as const],
	])("when both kinds come, %s", async (title, kinds) => {
		const ts = newTs();
		const [first, second] = kinds.map((kind) => mention(kind, title, ts));
		for (const body of [first, second]) {
			if (body !== undefined) expect((await workspace.deliver(body)).status).toBe(200);
		}
		await processed(first?.event_id ?? "");
		expect(await rows(second?.event_id ?? "")).toEqual([]);
		expect(await promptsWith(title)).toHaveLength(1);
	});

	test("when the text holds characters that the database refuses", async () => {
		const body = mention("message", "odd \u0000 \ud83d text", newTs());
		expect((await workspace.deliver(body)).status).toBe(200);
		await processed(body.event_id);
		expect(await promptsWith("odd  \ufffd text")).toHaveLength(1);
	});
});

describe("what was left over", () => {
	test("by a crash before it was processed is taken up", async () => {
		const body = mention("app_mention", "left over", newTs());
		await workspace.database.db
			.insertInto("inbox")
			.values({
				source: "slack",
				key: body.event_id,
				twin_key: null,
				body: JSON.stringify(body),
				last_error: null,
				attempts: 1,
				claimed_until: new Date(Date.now() - 1_000),
			})
			.execute();
		await processed(body.event_id);
		expect(await promptsWith("left over")).toHaveLength(1);
	});

	test.each([
		["a prompt", "@bobbin taken twice", "On it"],
		["a line of help", "@bobbin", "For example"],
	])("by a crash just before it was marked makes %s no second time", async (_, text, sign) => {
		const at = await workspace.say("mia", "shop", text);
		const twin = `${workspace.playground.connection.teamId}:${at.channelId}:${at.ts}`;
		const rowOf = () =>
			workspace.database.db
				.selectFrom("inbox")
				.selectAll()
				.where("twin_key", "=", twin)
				.executeTakeFirstOrThrow();
		const done = () => eventually(async () => expect((await rowOf()).processed_at).not.toBeNull());
		await done();
		const signs = async () =>
			(await workspace.thread(at))
				.filter(({ bot_id }) => bot_id !== undefined)
				.map((message) => message.text.includes(sign));
		// It is posted beside the work of the entry.
		await eventually(async () => expect(await signs()).toEqual([true]));
		await workspace.database.db
			.updateTable("inbox")
			.set({ processed_at: null, claimed_until: null })
			.where("twin_key", "=", twin)
			.execute();
		await done();
		expect((await rowOf()).attempts).toBe(2);
		expect(await signs()).toEqual([true]);
	});
});

test("a failure is tried again until it works, and what was said after it waits for it", async () => {
	let failures = 0;
	await using flaky = await createSlackWorkspace({
		wrap: (sessions) => ({
			...sessions,
			acceptThreadPrompt: (input) => {
				if (++failures === 1) throw new Error("the database is away for a moment");
				return sessions.acceptThreadPrompt(input);
			},
		}),
	});
	await flaky.slack.start();
	const { threadTs } = await flaky.say("mia", "shop", "@bobbin try again");
	await flaky.say("mia", "shop", "and then this", threadTs);
	await eventually(async () => {
		const prompts = await flaky.database.db.selectFrom("prompts").select("text").orderBy("number").execute();
		expect(prompts).toEqual([{ text: "try again" }, { text: "and then this" }]);
	});
	// Deliveries may come in any order, so the row that failed need not be the first one.
	const rows = await flaky.database.db.selectFrom("inbox").select("attempts").execute();
	expect(Math.max(...rows.map(({ attempts }) => attempts))).toBe(2);
});

test("stop does not wait for a failure's next time; the next process takes it up", async () => {
	let isAway = true;
	const failed = Promise.withResolvers<void>();
	await using flaky = await createSlackWorkspace({
		wrap: (sessions) => ({
			...sessions,
			acceptThreadPrompt: (input) => {
				if (!isAway) return sessions.acceptThreadPrompt(input);
				failed.resolve();
				throw new Error("the database is away for a moment");
			},
		}),
	});
	await flaky.slack.start();
	await flaky.say("mia", "shop", "@bobbin later");
	await failed.promise;
	await flaky.slack.stop();
	isAway = false;
	await flaky.database.db.updateTable("inbox").set({ claimed_until: null }).execute();
	await flaky.startInstance().start();
	await eventually(async () => {
		const prompts = await flaky.database.db.selectFrom("prompts").select("text").execute();
		expect(prompts).toEqual([{ text: "later" }]);
	});
});

test("stop waits for what is under way and takes nothing new", async () => {
	await using closing = await createSlackWorkspace();
	await closing.slack.start();
	closing.proxy.next("users.info", "hold");
	await closing.say("mia", "shop", "@bobbin finish this");
	const release = await closing.proxy.held();
	let stopped = false;
	const stopping = closing.slack.stop().then(() => {
		stopped = true;
	});
	const refused = await closing.deliver({
		type: "event_callback",
		event_id: "EvLate",
		event: { type: "message" },
	});
	expect(refused.status).toBe(503);
	expect(stopped).toBe(false);
	release();
	await stopping;
	const prompts = await closing.database.db.selectFrom("prompts").select("text").execute();
	expect(prompts).toEqual([{ text: "finish this" }]);
});
