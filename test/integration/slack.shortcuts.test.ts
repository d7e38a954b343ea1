import { afterAll, beforeAll, expect, test } from "vitest";
import { refusals, slackPerson } from "../harness/slack-person.ts";
import { createSlackWorkspace, type SlackWorkspace } from "../harness/slack-workspace.ts";

let workspace: SlackWorkspace;
let mia: ReturnType<typeof slackPerson>;
/** Whether people can be told apart just now. */
let isAway = false;
beforeAll(async () => {
	workspace = await createSlackWorkspace({
		showJobs: true,
		wrap: (sessions) => ({
			...sessions,
			async rememberPerson(person) {
				if (isAway) throw new Error("the database is away");
				return sessions.rememberPerson(person);
			},
		}),
	});
	await workspace.slack.start();
	mia = slackPerson(workspace, "mia");
});
afterAll(() => workspace[Symbol.asyncDispose]());

const teamId = () => workspace.playground.connection.teamId;
const sessionAt = (at: { channelId: string; threadTs: string }) =>
	mia.until(() => workspace.sessions.findByThread({ teamId: teamId(), ...at }));
const promptsOf = (sessionId: string) =>
	workspace.database.db
		.selectFrom("prompts")
		.select(["text", "context", "files", "author_id"])
		.where("session_id", "=", sessionId)
		.orderBy("number")
		.execute();

test("the global shortcut opens the form, with no channel chosen yet", async () => {
	await mia.shortcut("new_session");
	const modal = await mia.untilModal(({ callback_id }) => callback_id === "new_session");
	await mia.submit(modal, {
		wish_text: { value: "asked from anywhere" },
		wish_channel: { selected_conversation: workspace.channelId("random") },
	});
	const parent = await mia.until(async () => {
		const messages = await workspace.thread({ channelId: workspace.channelId("random") });
		return messages.find(({ text }) => text.includes("asked from anywhere"));
	});
	await sessionAt({ channelId: workspace.channelId("random"), threadTs: parent.ts ?? "" });
});

test("Fix this makes a session of a message's thread, with the message as context and its files", async () => {
	const channelId = workspace.channelId("shop");
	const file = await mia.upload("trace.txt", "at cart.ts:7");
	const posted = await workspace.human("noah").chat.postMessage({
		channel: channelId,
		text: "checkout fails & nobody knows why",
	});
	const at = { channelId, threadTs: posted.ts ?? "" };
	await mia.shortcut("fix_this", { channel: channelId, ts: at.threadTs });
	const modal = await mia.untilModal(({ title }) => title.text === "Fix this with Bobbin");
	const input = modal.blocks.find(({ element }) => element?.action_id === "wish_text")?.element;
	expect(input?.initial_value).toBe("checkout fails & nobody knows why");
	expect(JSON.stringify(modal.blocks)).toMatch(/archives\/C\w+\/p\d{16}\|that message/);
	await mia.submit(modal, { wish_text: { value: "mend the checkout" }, wish_files: { files: [file] } });

	const { sessionId } = await sessionAt(at);
	const [prompt] = await promptsOf(sessionId);
	expect(prompt).toMatchObject({ text: "mend the checkout", files: [{ name: "trace.txt" }] });
	await mia.until(async () => {
		const [read] = await promptsOf(sessionId);
		return JSON.stringify(read?.context).includes("nobody knows why");
	});
	const said = (await workspace.thread(at)).map(({ text }) => text);
	expect(said.some((text) => /\*Mia Berg\* asked: mend the checkout/.test(text))).toBe(true);

	await mia.shortcut("fix_this", { channel: channelId, ts: at.threadTs });
	const second = await mia.untilModal(({ blocks }) =>
		JSON.stringify(blocks).includes("has a session already"),
	);
	await mia.submit(second, { wish_text: { value: "and the tax" } });
	await mia.until(async () => (await promptsOf(sessionId)).length === 2);
});

test("what is asked for in the words of the message itself is not said twice", async () => {
	const at = await workspace.say("noah", "general", "the footer says 2025");
	await mia.shortcut("fix_this", { channel: at.channelId, ts: at.ts });
	const modal = await mia.untilModal(({ title }) => title.text === "Fix this with Bobbin");
	await mia.submit(modal, {});
	const { sessionId } = await sessionAt(at);
	expect((await promptsOf(sessionId))[0]?.text).toBe("the footer says 2025");
	const [, reply] = await workspace.thread(at);
	expect(JSON.stringify(reply)).toContain("*Mia Berg* asked me to see to this");
	expect(JSON.stringify(reply)).not.toContain("footer");
});

test("Add to a session gives a message and its files to the one that is chosen", async () => {
	const thread = await workspace.say("mia", "docs", "@bobbin find the slow test");
	const { sessionId } = await sessionAt(thread);
	const others = await workspace.say("noah", "shop", "@bobbin nothing of mia's");
	await sessionAt(others);
	const channelId = workspace.channelId("engineering");
	await workspace.human("noah").files.uploadV2({
		channel_id: channelId,
		filename: "run.log",
		content: "12 s",
		initial_comment: "here is the log of the run",
	});
	const withFile = await mia.until(async () => {
		const messages = await workspace.thread({ channelId });
		return messages.find(({ text }) => text.includes("log of the run"));
	});

	await mia.shortcut("add_to_session", { channel: channelId, ts: withFile.ts ?? "" });
	const modal = await mia.untilModal(({ submit }) => submit?.text === "Add");
	const select = modal.blocks.find(({ element }) => element?.action_id === "session")?.element;
	const options = select?.options ?? [];
	expect(options.map(({ text }) => text.text)).toContain("find the slow test");
	expect(options.map(({ text }) => text.text)).not.toContain("nothing of mia's");
	const option = options.find(({ value }) => value === sessionId);
	await mia.submit(modal, { session: { selected_option: option }, note: { value: "use this" } });

	await mia.until(async () => (await promptsOf(sessionId)).length === 2);
	const [, added] = await promptsOf(sessionId);
	expect(added).toMatchObject({
		text: "use this\n\nNoah Silva wrote:\nhere is the log of the run",
		files: [{ name: "run.log" }],
	});
	const reply = (await workspace.thread(thread)).find(({ text }) => text.includes("use this"));
	expect(reply?.text).toContain("*Mia Berg* asked");
});

test("a session that is none of one's own is not added to, whatever the form says", async () => {
	const theirs = await workspace.say("noah", "general", "@bobbin private business");
	const { sessionId } = await sessionAt(theirs);
	const message = await workspace.say("zoe", "random", "look at this");
	const source = { channelId: message.channelId, ts: message.ts, threadTs: message.ts };
	const select = { session: { type: "static_select", selected_option: { value: sessionId } } };
	const view = {
		...{ id: "V1FORGED", callback_id: "add_to_session", private_metadata: JSON.stringify(source) },
		state: { values: { session: select } },
	};
	await workspace.deliver({
		...{ type: "view_submission", team: { id: teamId() }, view },
		user: { id: workspace.userId("mia"), team_id: teamId() },
	});
	await mia.untilWhisper({ channelId: message.channelId }, /none of yours/);
	expect(await promptsOf(sessionId)).toHaveLength(1);
});

test("a message where Bobbin is not can be added to nothing, and that is said", async () => {
	const { channels = [] } = await workspace.human("mia").conversations.list();
	const channel = channels.find(({ name }) => name === "watercooler")?.id ?? "";
	const posted = await workspace.human("mia").chat.postMessage({ channel, text: "a robot would help" });
	await mia.shortcut("add_to_session", { channel, ts: posted.ts ?? "" });
	const modal = await mia.untilModal(({ submit }) => submit?.text === "Add");
	const select = modal.blocks.find(({ element }) => element?.action_id === "session")?.element;
	await mia.submit(modal, { session: { selected_option: select?.options?.[0] } });
	const channelId = await mia.directChannel();
	await mia.until(async () => {
		const messages = await workspace.thread({ channelId });
		return messages.find(({ text }) => text.includes("cannot read that message"));
	});
});

test("a form that cannot be filled in is said to whoever waits for it", async () => {
	const at = await workspace.say("noah", "docs", "the search finds nothing");
	isAway = true;
	await mia.shortcut("add_to_session", { channel: at.channelId, ts: at.ts });
	await mia.untilWhisper({ channelId: at.channelId }, /something inside me failed/);
	isAway = false;
});

test("a form that does not open is apologised for", async () => {
	const { channelId, ts } = await workspace.say("mia", "engineering", "fix me");
	workspace.proxy.next("views.open", "drop", "drop");
	await mia.shortcut("fix_this", { channel: channelId, ts });
	await mia.untilWhisper({ channelId }, /nothing was done.*once more/);
});

test("Slack refused only what is not in the channel where Bobbin is not", async () => {
	expect(await refusals(workspace)).toEqual([
		"chat.postEphemeral: not_in_channel ",
		"conversations.replies: not_in_channel ",
	]);
});
