import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebClient } from "@slack/web-api";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import type { PromptFile } from "../../src/contract/session.ts";
import { checkSlack } from "../../src/slack/web-api/check.ts";
import { createClients } from "../../src/slack/web-api/clients.ts";
import { fetchFile } from "../../src/slack/web-api/fetch-file.ts";
import { BudgetSpent, createRateBudgets } from "../../src/slack/web-api/rate-budget.ts";
import { eventually } from "../harness/eventually.ts";
import { createSlackWorkspace } from "../harness/slack-workspace.ts";

test("Socket Mode takes the same events, and the door over HTTP is shut", async () => {
	await using workspace = await createSlackWorkspace({ socketMode: true });
	await workspace.slack.start();
	const at = await workspace.say("mia", "shop", "@bobbin over the socket");
	await eventually(async () => {
		const answers = (await workspace.thread(at)).filter(({ bot_id }) => bot_id !== undefined);
		expect(answers).toHaveLength(1);
	});
	await workspace.onPage("mia", "command", { channel: at.channelId, command: "/bobbin", text: "help" });
	const prompts = await workspace.database.db.selectFrom("prompts").select("text").execute();
	expect(prompts).toEqual([{ text: "over the socket" }]);
	expect((await workspace.deliver({ type: "url_verification", challenge: "x" })).status).toBe(404);
});

test("files come from Slack only, with the token, and never as a login page", async () => {
	await using workspace = await createSlackWorkspace();
	const { apiUrl, botToken } = workspace.playground.connection;
	await workspace.human("mia").filesUploadV2({
		channel_id: workspace.channelId("shop"),
		content: "line one\n",
		filename: "trace.log",
	});
	const channelId = workspace.channelId("shop");
	await eventually(async () => {
		const messages = await workspace.thread({ channelId });
		expect(messages.flatMap(({ files = [] }) => files)).toHaveLength(1);
	});
	const { messages } = await workspace.bot.conversations.history({ channel: channelId });
	const uploaded = messages?.flatMap((message) => message.files ?? [])[0] ?? {};
	const file: PromptFile = {
		id: uploaded.id ?? "",
		name: "trace.log",
		mimeType: "text/plain",
		sizeBytes: 9,
		url: uploaded.url_private_download ?? "",
	};
	const read = (change: Partial<PromptFile>, token = botToken) =>
		fetchFile({ client: workspace.bot, botToken: token, apiUrl }, { ...file, ...change });

	expect(Buffer.from(await read({})).toString()).toBe("line one\n");
	expect(Buffer.from(await read({ url: "" })).toString()).toBe("line one\n");
	await expect(read({}, "xoxb-wrong")).rejects.toMatchObject({ code: "file_refused" });
	await expect(read({ url: "https://files.example/trace.log" })).rejects.toMatchObject({
		code: "file_refused",
	});
	await expect(read({ url: "http://files.slack.com/trace.log" })).rejects.toMatchObject({
		code: "file_refused",
	});
	await expect(read({ sizeBytes: 30_000_000 })).rejects.toMatchObject({ code: "file_too_large" });
	await expect(read({ url: "", id: `F${randomUUID()}` })).rejects.toMatchObject({ code: "file_refused" });
});

test("the token goes along no redirect", async () => {
	const asked: string[] = [];
	const server = createServer((request, response) => {
		asked.push(request.url ?? "");
		response.writeHead(302, { location: "/elsewhere" }).end();
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const file = { id: "F1", name: "a.txt", mimeType: "text/plain", sizeBytes: 1, url: `${origin}/file` };
	const read = fetchFile({ client: new WebClient("xoxb-1"), botToken: "xoxb-1", apiUrl: origin }, file);
	await expect(read).rejects.toMatchObject({ code: "slack_unavailable" });
	expect(asked).toEqual(["/file"]);
	server.close();
});

test("a call that waits for its turn minds a pause that Slack asks for meanwhile", async () => {
	const arrivedAt: number[] = [];
	const server = createServer((_, response) => {
		arrivedAt.push(Date.now());
		response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}');
	});
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	/** The clock stands still until both have asked for their turns. */
	let stoppedAtMs: number | null = Date.now() - 3_900;
	const budget = createRateBudgets({ now: () => stoppedAtMs ?? Date.now() }).of("T1");
	const inChannel = (channelId: string) =>
		({ method: "chat.postMessage", channelId, way: "deliver" }) as const;
	for (const channelId of ["C1", "C2"])
		for (let burst = 0; burst < 4; burst++) budget.take(inChannel(channelId), 0);
	stoppedAtMs += 3_900;
	const { deliver } = createClients({ apiUrl }, pino({ level: "silent" }), {
		...{ token: "xoxb-1", teamId: null, onTokenOver: async () => {}, budget },
	});
	const post = (channel: string) => deliver.chat.postMessage({ channel, text: "hello" });
	const posting = post("C1");
	const tooLong = post("C2");
	const untilMs = stoppedAtMs + 300;
	budget.pause(inChannel("C1"), 300);
	budget.pause(inChannel("C2"), 60_000);
	stoppedAtMs = null;
	await expect(tooLong).rejects.toBeInstanceOf(BudgetSpent);
	await posting;
	expect(arrivedAt).toHaveLength(1);
	expect(arrivedAt[0]).toBeGreaterThanOrEqual(untilMs);
	server.close();
});

describe("the check", () => {
	test("finds nothing where the app is as the manifest says, in each installation", async () => {
		await using workspace = await createSlackWorkspace();
		const { botToken, configToken, ...connection } = workspace.playground.connection;
		const one = { name: null, token: botToken, again: "install it again" };
		const input = { connection, installations: [one], publicUrl: workspace.origin, configToken };
		expect(await checkSlack(input)).toEqual({ teams: ["Acme"], problems: [] });
	});

	test("names the token that is not taken, what another one lacks, and how to mend it", async () => {
		await using workspace = await createSlackWorkspace();
		const { botToken, ...connection } = workspace.playground.connection;
		workspace.playground.limitScopes(["chat:write"]);
		const { teams, problems } = await checkSlack({
			connection,
			installations: [
				{ name: "Globex", token: "xoxb-wrong", again: "add it again" },
				{ name: null, token: botToken, again: "install it again" },
			],
			publicUrl: workspace.origin,
			configToken: null,
		});
		expect(teams).toEqual(["Acme"]);
		expect(problems.map(({ message }) => message)).toEqual([
			"Globex: the token is not taken (invalid_auth)",
			expect.stringContaining("Acme: the bot token lacks app_mentions:read, "),
		]);
		expect(problems[0]?.fix).toBe("add it again");
	});
});
