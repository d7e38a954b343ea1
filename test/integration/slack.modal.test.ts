import { EventEmitter, once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Access } from "../../src/people/access.ts";
import { readChannelSettings, readPersonSettings } from "../../src/settings/settings-store.ts";
import { aRepository } from "../harness/sessions.ts";
import { type OpenModal, refusals, slackPerson } from "../harness/slack-person.ts";
import { createSlackWorkspace, noForesight, type SlackWorkspace } from "../harness/slack-workspace.ts";

let workspace: SlackWorkspace;
let mia: ReturnType<typeof slackPerson>;
let cart: { id: string };
let vault: { id: string };
const foreseen = new EventEmitter();
/** Holds GitHub's answer about what may be changed. */
let github = Promise.resolve();
const access: Access = {
	permissionOf: async () => "write",
	async allowed({ repositoryIds, need }) {
		if (need !== "read") await github;
		return new Set(repositoryIds.filter((id) => need === "read" || id !== vault.id));
	},
	forget: async () => {},
};
beforeAll(async () => {
	workspace = await createSlackWorkspace({
		showJobs: true,
		access,
		foresight: {
			...noForesight,
			typed: (draft) => foreseen.emit("typed", draft),
			picked: (choice) => foreseen.emit("picked", choice),
		},
	});
	await workspace.slack.start();
	mia = slackPerson(workspace, "mia");
	cart = await aRepository(workspace.database, "cart");
	vault = await aRepository(workspace.database, "vault");
});
afterAll(() => workspace[Symbol.asyncDispose]());

const teamId = () => workspace.playground.connection.teamId;
const option = (value: string) => ({ selected_option: { text: { type: "plain_text", text: value }, value } });
const inputOf = (modal: OpenModal, actionId: string) =>
	modal.blocks.find(({ element }) => element?.action_id === actionId)?.element;

async function begunBy(channel: string, words: string) {
	const channelId = workspace.channelId(channel);
	const parent = await mia.until(async () => {
		const { messages = [] } = await workspace.human("mia").conversations.history({ channel: channelId });
		return messages.find(({ text, ts }) => ts !== undefined && text?.includes(words));
	});
	const threadTs = parent.ts ?? "";
	return mia.until(() => workspace.sessions.findByThread({ teamId: teamId(), channelId, threadTs }));
}
const rowOf = (sessionId: string) =>
	workspace.database.db
		.selectFrom("sessions")
		.select(["model", "wish"])
		.where("id", "=", sessionId)
		.executeTakeFirstOrThrow();

async function openNew(channel: string, text = ""): Promise<OpenModal> {
	const before = new Set((await mia.modals()).map(({ id }) => id));
	await mia.command(channel, text);
	return mia.untilModal(({ id, callback_id }) => callback_id === "new_session" && !before.has(id));
}

describe("the form of a new session", () => {
	test("begins one with everything that was chosen in it, once", async () => {
		const modal = await openNew("shop");
		const file = await mia.upload("log.txt", "it failed");
		const offered = await mia.suggestions(modal, "wish_repository", "car");
		expect(offered.map(({ text }) => text.text)).toEqual(["acme/cart"]);
		const values = {
			wish_text: { value: "mend the cart by form" },
			wish_repository: { selected_option: offered[0] },
			wish_channel: { selected_conversation: workspace.channelId("docs") },
			wish_branch: { value: " release " },
			wish_model: option("claude-opus-5-5"),
			wish_files: { files: [file] },
		};
		await mia.submit(modal, values);
		const { sessionId } = await begunBy("docs", "mend the cart by form");
		expect(await rowOf(sessionId)).toEqual({
			model: "claude-opus-5-5",
			wish: {
				repository: { id: cart.id, how: "picked", reason: "picked by Mia Berg" },
				baseBranch: "release",
			},
		});
		const prompt = await workspace.database.db
			.selectFrom("prompts")
			.select(["files", "text"])
			.where("session_id", "=", sessionId)
			.executeTakeFirstOrThrow();
		expect(prompt.files).toMatchObject([
			{ name: "log.txt", sizeBytes: 9, url: expect.stringContaining("http") },
		]);
		const fetched = await fetch(prompt.files[0]?.url ?? "", {
			headers: { authorization: `Bearer ${workspace.playground.connection.botToken}` },
		});
		expect(await fetched.text()).toBe("it failed");
		expect(await mia.modals()).toEqual([]);
	});

	test("leaves the repository open where none was chosen, and can do without one", async () => {
		await mia.submit(await openNew("random"), {
			wish_text: { value: "find it out" },
			wish_channel: { selected_conversation: workspace.channelId("random") },
		});
		expect((await rowOf((await begunBy("random", "find it out")).sessionId)).wish).toEqual({});
		const modal = await openNew("random");
		const none = (await mia.suggestions(modal, "wish_repository", "")).at(-1);
		expect(none?.value).toBe("none");
		await mia.submit(modal, {
			wish_text: { value: "just think" },
			wish_repository: { selected_option: none },
			wish_channel: { selected_conversation: workspace.channelId("random") },
		});
		const row = await rowOf((await begunBy("random", "just think")).sessionId);
		expect(row.wish?.repository?.id).toBeNull();
	});

	test("has words that are no command in it, and proposes the repository that they name or that is the channel's", async () => {
		const modal = await openNew("engineering", "why is acme/cart so slow?");
		expect(inputOf(modal, "wish_text")?.initial_value).toBe("why is acme/cart so slow?");
		const proposed = await mia.untilModal(
			(one) => one.id === modal.id && "initial_option" in (inputOf(one, "wish_repository") ?? {}),
		);
		expect(inputOf(proposed, "wish_repository")?.initial_option).toMatchObject({ value: cart.id });
		await workspace.onPage("mia", "view-close", { view_id: modal.id });
	});

	test("warms while somebody types and chooses, not at every letter, and keeps none of it", async () => {
		const modal = await openNew("general");
		const rows = async () => (await workspace.database.db.selectFrom("inbox").select("id").execute()).length;
		const before = await rows();
		const typed: unknown[] = [];
		foreseen.on("typed", (draft) => typed.push(draft));
		const first = once(foreseen, "typed");
		await mia.change(modal, "wish_text", { wish_text: { value: "the cart" } });
		await mia.change(modal, "wish_text", { wish_text: { value: "the cart is" } });
		expect((await first)[0]).toMatchObject({ text: "the cart", channelId: workspace.channelId("general") });
		const picked = once(foreseen, "picked");
		const offered = await mia.suggestions(modal, "wish_repository", "cart");
		await mia.change(modal, "wish_repository", { wish_repository: { selected_option: offered[0] } });
		expect((await picked)[0]).toMatchObject({ repositoryId: cart.id });
		expect(typed).toHaveLength(1);
		expect(await rows()).toBe(before);
		await workspace.onPage("mia", "view-close", { view_id: modal.id });
	});

	test("sent twice by Slack begins one session", async () => {
		const view = {
			id: "V1TWICE",
			callback_id: "new_session",
			private_metadata: JSON.stringify({ channelId: workspace.channelId("shop"), source: null }),
			state: { values: { text: { wish_text: { type: "plain_text_input", value: "sent twice" } } } },
		};
		const body = {
			...{ type: "view_submission", team: { id: teamId() }, view },
			user: { id: workspace.userId("mia"), team_id: teamId() },
		};
		await Promise.all([workspace.deliver(body), workspace.deliver(body)]);
		await begunBy("shop", "sent twice");
		const prompts = await workspace.database.db
			.selectFrom("prompts")
			.select("id")
			.where("text", "=", "sent twice")
			.execute();
		expect(prompts).toHaveLength(1);
	});

	test("of a channel where Bobbin is not is answered with the words that were written", async () => {
		const { channels = [] } = await workspace.human("mia").conversations.list();
		const away = channels.find(({ name }) => name === "watercooler")?.id ?? "";
		await mia.submit(await openNew("shop"), {
			wish_text: { value: "talk to robots" },
			wish_channel: { selected_conversation: away },
		});
		const said = await mia.until(async () => {
			const { messages = [] } = await workspace.bot.conversations
				.history({ channel: await mia.directChannel() })
				.catch(() => ({ messages: [] }));
			return messages.find(({ text }) => text?.includes("talk to robots"));
		});
		expect(said.text).toContain("not in that channel");
	});

	test("says to whoever may not use Bobbin why", async () => {
		const finn = slackPerson(workspace, "finn");
		await finn.command("shop", "");
		await finn.untilModal((modal) => JSON.stringify(modal.blocks).includes("guests of this workspace"));
	});
});

describe("the form of settings", () => {
	const openSettings = async (channel: string) => {
		await mia.command(channel, "settings");
		return mia.untilModal(({ callback_id }) => callback_id === "settings");
	};
	const audit = () =>
		workspace.database.db
			.selectFrom("audit_log")
			.select(["action", "data"])
			.where("action", "like", "channel.%")
			.orderBy("id")
			.execute();

	test("keeps a person's and a channel's choices, and notes who changed the channel's", async () => {
		const modal = await openSettings("docs");
		const [repository] = await mia.suggestions(modal, "wish_repository", "cart");
		await mia.submit(modal, {
			...{ person_model: option("claude-haiku-5-5"), person_verbosity: option("quiet") },
			...{ person_notify: option("direct"), channel_model: option("usual") },
			...{ channel_verbosity: option("verbose"), channel_replies: option("addressed") },
			wish_repository: { selected_option: repository },
		});
		const channelId = workspace.channelId("docs");
		const { db } = workspace.database;
		expect(await readChannelSettings(db, { teamId: teamId(), channelId })).toEqual({
			...{ verbosity: "verbose", replies: "addressed", model: null, repositoryId: cart.id },
		});
		const person = await db
			.selectFrom("people")
			.select("id")
			.where("name", "=", "Mia Berg")
			.executeTakeFirstOrThrow();
		expect(await readPersonSettings(db, person.id)).toEqual({
			...{ model: "claude-haiku-5-5", verbosity: "quiet", notify: "direct" },
		});
		expect((await audit()).map(({ action }) => action)).toEqual([
			"channel.repository_chosen",
			"channel.settings_changed",
		]);

		const again = await openSettings("docs");
		expect(inputOf(again, "channel_replies")?.initial_option).toMatchObject({ value: "addressed" });
		expect(inputOf(again, "wish_repository")?.initial_option).toMatchObject({ value: cart.id });
		await mia.submit(again, {
			channel_verbosity: option("usual"),
			wish_repository: { selected_option: null },
		});
		expect(await readChannelSettings(db, { teamId: teamId(), channelId })).toMatchObject({
			verbosity: null,
			repositoryId: null,
		});
	});

	test("has in a direct message a person's own choices only, and says where a channel's are", async () => {
		const { botUserId } = workspace.playground.connection;
		const { channel } = await workspace.human("mia").conversations.open({ users: botUserId });
		await workspace.onPage("mia", "command", {
			...{ channel: channel?.id ?? "", command: "/bobbin", text: "settings" },
		});
		const modal = await mia.untilModal(({ callback_id }) => callback_id === "settings");
		const text = JSON.stringify(modal.blocks);
		expect(text).toContain("run `/bobbin settings` in that channel");
		expect(text).not.toContain("This channel's");
		expect(inputOf(modal, "channel_verbosity")).toBeUndefined();
		await mia.submit(modal, { person_verbosity: option("normal") });
		const { db } = workspace.database;
		const person = await db.selectFrom("people").select("verbosity").where("name", "=", "Mia Berg").execute();
		expect(person).toEqual([{ verbosity: "normal" }]);
		const at = { teamId: teamId(), channelId: channel?.id ?? "" };
		expect(await readChannelSettings(db, at)).toMatchObject({ verbosity: null, replies: null });
	});

	test("refuses a repository that its chooser may not write to, and saves nothing then", async () => {
		const modal = await openSettings("engineering");
		const [locked] = await mia.suggestions(modal, "wish_repository", "vault");
		const answer = await mia.submit(modal, {
			channel_verbosity: option("quiet"),
			wish_repository: { selected_option: locked },
		});
		expect(answer).toMatchObject({
			response_action: "errors",
			errors: { channel_repository: expect.stringContaining("Only who may write") },
		});
		const at = { teamId: teamId(), channelId: workspace.channelId("engineering") };
		expect(await readChannelSettings(workspace.database.db, at)).toMatchObject({
			verbosity: null,
			repositoryId: null,
		});
		await workspace.onPage("mia", "view-close", { view_id: modal.id });
	});

	test("says privately what is wrong where GitHub says so only after Slack has closed the form", async () => {
		const modal = await openSettings("engineering");
		const [locked] = await mia.suggestions(modal, "wish_repository", "vault");
		const answer = Promise.withResolvers<void>();
		github = answer.promise;
		expect(await mia.submit(modal, { wish_repository: { selected_option: locked } })).not.toHaveProperty(
			"errors",
		);
		answer.resolve();
		const at = { channelId: workspace.channelId("engineering") };
		await mia.untilWhisper(at, /were not saved\. Only who may write/);
	});

	test("is said not to be filled in where Slack does not take that", async () => {
		workspace.proxy.next("views.update", "refuse_connection");
		await mia.command("random", "settings");
		await mia.untilWhisper({ channelId: workspace.channelId("random") }, /once more in a minute/);
	});
});

test("Slack refused nothing but the channel where Bobbin is not", async () => {
	expect(await refusals(workspace)).toEqual([
		"chat.postEphemeral: not_in_channel ",
		"chat.postMessage: not_in_channel ",
	]);
});
