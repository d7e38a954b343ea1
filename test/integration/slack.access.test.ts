import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { eventually } from "../harness/eventually.ts";
import { createHomePage } from "../harness/home-page.ts";
import { aRepository } from "../harness/sessions.ts";
import { createSlackWorkspace, type SlackWorkspace, type ThreadMessage } from "../harness/slack-workspace.ts";

let workspace: SlackWorkspace;
let shop: { id: string };
let secret: { id: string };
let isGithubSilent = false;
/** People who may use acme/secret. */
const insiders = new Set<string>();

beforeAll(async () => {
	workspace = await createSlackWorkspace({
		showJobs: true,
		access: {
			permissionOf: async () => "write",
			allowed: async ({ personId, repositoryIds }) => {
				if (isGithubSilent)
					throw new AppError("access_unknown", "GitHub cannot be asked.", { retryable: true });
				return new Set(repositoryIds.filter((id) => id !== secret.id || insiders.has(personId)));
			},
			forget: async () => {},
		},
	});
	shop = await aRepository(workspace.database, "web-shop");
	secret = await aRepository(workspace.database, "secret");
	await workspace.slack.start();
});
afterAll(() => workspace[Symbol.asyncDispose]());

interface Place {
	channelId: string;
	threadTs: string;
}
interface Boxes {
	options: object[];
	initial_options?: object[];
}

const teamId = () => workspace.playground.connection.teamId;

async function sessionOf({ channelId, threadTs }: Place): Promise<string> {
	return eventually(async () => {
		const found = await workspace.sessions.findByThread({ teamId: teamId(), channelId, threadTs });
		if (found === null) throw new Error("no session yet");
		return found.sessionId;
	});
}

async function botSays(at: Place, words: string): Promise<ThreadMessage> {
	return eventually(async () => {
		const said = (await workspace.thread(at)).find((message) => JSON.stringify(message).includes(words));
		if (said === undefined) throw new Error(`nobody has said ${words}`);
		return said;
	});
}

const roleOf = async (name: string) =>
	workspace.database.db
		.selectFrom("identities as i")
		.innerJoin("people as p", "p.id", "i.person_id")
		.select(["p.role", "p.id"])
		.where("i.external_id", "=", workspace.userId(name))
		.executeTakeFirst();

describe("a repository that is not everybody's", () => {
	test("is not in the list of whoever may not use it, and their click on it chooses nothing", async () => {
		const at = await workspace.say("mia", "general", "@bobbin change something");
		const sessionId = await sessionOf(at);
		insiders.add((await roleOf("mia"))?.id ?? "");
		const candidates = [{ repositoryId: secret.id, repository: "acme/secret" }];
		await workspace.sessions.askRepository({ sessionId, reason: "no hint", candidates });
		await workspace.slack.showThread(sessionId);
		const question = await botSays(at, "Which repository is this for");
		const place = { channel: at.channelId, message_ts: question.ts, block_id: `${sessionId} pick` };
		const suggest = async (name: string, value: string) => {
			const { options } = (await workspace.onPage(name, "suggestions", {
				...place,
				action_id: "pick_repository",
				value,
			})) as { options: { text: { text: string } }[] };
			return options.map(({ text }) => text.text);
		};
		expect(await suggest("mia", "")).toEqual(["acme/secret", "acme/web-shop", "No repository needed"]);
		expect(await suggest("noah", "")).toEqual(["acme/web-shop", "No repository needed"]);
		expect(await suggest("noah", "secret")).toEqual([]);
		isGithubSilent = true;
		expect(await suggest("mia", "")).toEqual([]);
		isGithubSilent = false;

		const action = { action_id: "pick_repository_quick_0", value: `${sessionId} ${secret.id}` };
		await workspace.onPage("noah", "action", { ...place, action });
		await eventually(async () => {
			const query = new URLSearchParams({ channel: at.channelId, thread: at.threadTs });
			const { ephemerals } = (await workspace.readPage("noah", `messages?${query}`)) as {
				ephemerals: { text: string }[];
			};
			expect(ephemerals.map(({ text }) => text)).toEqual([
				"That repository is not there for you and me. Please pick another one.",
			]);
		});
		expect((await workspace.sessions.view(sessionId)).status).toBe("asking");
		await workspace.onPage("mia", "action", { ...place, action });
		await botSays(at, "picked by Mia Berg");
		expect((await workspace.sessions.view(sessionId)).repository?.id).toBe(secret.id);
		expect(shop.id).not.toBe(secret.id);
	});
});

describe("people of a workspace", () => {
	test("are admins here where they are admins or owners there", async () => {
		await sessionOf(await workspace.say("mia", "docs", "@bobbin mend the docs"));
		await sessionOf(await workspace.say("noah", "docs", "@bobbin mend the docs"));
		expect([(await roleOf("mia"))?.role, (await roleOf("noah"))?.role]).toEqual(["admin", "member"]);
	});

	test("who are guests by now are known as such from their next word on", async () => {
		const before = { name: "Finn Olsen", email: null, kind: "member" as const, role: "admin" as const };
		const known = { provider: "slack" as const, tenant: teamId(), externalId: workspace.userId("finn") };
		const { personId } = await workspace.sessions.rememberPerson({ ...known, ...before });
		await botSays(await workspace.say("finn", "shop", "@bobbin fix it"), "guests of this workspace cannot");
		const now = await workspace.database.db
			.selectFrom("identities as i")
			.innerJoin("people as p", "p.id", "i.person_id")
			.select(["i.kind", "p.role"])
			.where("p.id", "=", personId)
			.executeTakeFirst();
		expect(now).toEqual({ kind: "guest", role: "member" });
	});

	test("are let in from outside as soon as an admin ticks it in the home, and nobody else can", async () => {
		const boxes = async (name: string) => {
			const page = createHomePage(workspace, name);
			await page.open();
			await page.press("home_tab_settings");
			const home = await page.until("How much of the work threads show");
			const block = home.blocks.find(({ block_id }) => block_id === "workspace_rules");
			return { viewId: home.id, boxes: block?.elements?.[0] as Boxes | undefined };
		};
		const refused = await workspace.say("finn", "shop", "@bobbin fix it");
		await botSays(refused, "guests of this workspace cannot");
		expect((await boxes("noah")).boxes).toBeUndefined();
		const { viewId, boxes: offered } = await boxes("mia");
		expect(offered?.initial_options).toBeUndefined();
		await workspace.onPage("mia", "action", {
			...{ view_id: viewId, block_id: "workspace_rules" },
			action: { action_id: "choose_workspace_rules", selected_options: offered?.options.slice(0, 1) },
		});
		await eventually(async () => {
			expect((await boxes("mia")).boxes?.initial_options).toEqual(offered?.options.slice(0, 1));
		});
		const [act] = await workspace.database.db
			.selectFrom("audit_log")
			.select(["person_id", "data"])
			.where("action", "=", "workspace.changed")
			.execute();
		expect(act).toMatchObject({
			person_id: (await roleOf("mia"))?.id,
			data: { change: { allowGuests: true } },
		});
		const taken = await workspace.say("finn", "shop", "@bobbin fix it now");
		const { prompts } = await workspace.sessions.view(await sessionOf(taken));
		expect(prompts.map(({ author }) => author?.name)).toEqual(["Finn Olsen"]);
		const external = await workspace.say("ivan", "partners", "@bobbin show me the code");
		await botSays(external, "shared with other companies");
	});
});
