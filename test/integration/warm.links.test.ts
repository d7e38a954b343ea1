import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { guessByRules } from "../../classifier/classify.ts";
import { toRepositoryName } from "../../src/warm/repository-name.ts";
import { createWarm, type Warm } from "../../src/warm/warm.ts";
import { createTestDatabase } from "../harness/database.ts";
import { createFakeSandboxes } from "../harness/run-edges.ts";
import { aPerson, aRepository, type Core, createCore } from "../harness/sessions.ts";
import { type RunningPlayground, runPlaygroundSlack } from "../harness/slack-playground.ts";
import { createSlackWorkspace, noForesight, type SlackWorkspace } from "../harness/slack-workspace.ts";

const LINK = "https://github.com/acme/web-shop/pull/7";

describe("a link in the composer", () => {
	const seen = new EventEmitter();
	let told: { what: string; personId: string; urls?: string[] }[];
	let workspace: SlackWorkspace;

	beforeAll(async () => {
		const tell = (what: string) => (data: { personId: string; urls?: string[] }) => {
			told.push({ what, ...data });
			seen.emit(what);
		};
		workspace = await createSlackWorkspace({
			foresight: { ...noForesight, visited: tell("visited"), linked: tell("linked") },
		});
		await workspace.slack.start();
	});
	afterAll(() => workspace[Symbol.asyncDispose]());
	beforeEach(() => {
		told = [];
	});

	async function personId(name: string): Promise<string> {
		const row = await workspace.database.db
			.selectFrom("identities")
			.select("person_id")
			.where("external_id", "=", workspace.userId(name))
			.executeTakeFirstOrThrow();
		return row.person_id;
	}

	const compose = (name: string, text: string) => workspace.onPage(name, "composing", { text });
	/** How many events were kept, and how many of them wait. */
	async function countRows() {
		const { rows } = await workspace.database.pool.query<{ kept: number; waiting: number }>(
			"select count(*)::int as kept, (count(*) filter (where processed_at is null))::int as waiting from inbox",
		);
		return rows[0] ?? { kept: 0, waiting: 0 };
	}

	it("is told with its author, and nothing is said", async () => {
		const linked = once(seen, "linked");
		expect(await compose("mia", `look at ${LINK} and https://example.com/a/b`)).toMatchObject({ links: 1 });
		await linked;
		expect(told).toEqual([{ what: "linked", personId: await personId("mia"), urls: [LINK] }]);
		expect(workspace.proxy.calls.filter((method) => method.startsWith("chat."))).toEqual([]);
	});

	it("is told of members only, and leaves no row once it is posted", async () => {
		const { kept } = await countRows();
		await compose("finn", LINK);
		await expect.poll(countRows).toEqual({ kept: kept + 1, waiting: 0 });
		await workspace.say("noah", "shop", `who reviews ${LINK}?`);
		const visited = once(seen, "visited");
		await workspace.onPage("zoe", "home-open", { tab: "messages" });
		await visited;
		const linked = once(seen, "linked");
		await compose("zoe", LINK);
		await linked;
		expect(told.map(({ what }) => what)).toEqual(["visited", "linked"]);
		// The home, the link in the composer and the message, but not the link in the message.
		await expect.poll(countRows).toEqual({ kept: kept + 4, waiting: 0 });
	});
});

describe("the playground", () => {
	let playground: RunningPlayground;
	let dataDir: string;

	beforeEach(async () => {
		dataDir = await mkdtemp(join(tmpdir(), "bobbin-links-"));
	});
	afterEach(async () => {
		await playground.close();
		await rm(dataDir, { recursive: true });
	});

	it.each([
		["the project's manifest", (manifest: Manifest) => manifest, 1],
		["one without the scope", withoutScope, 0],
		["one without the domain", withoutDomain, 0],
	])("with %s tells of a link where it may", async (_, change, links) => {
		const manifest = JSON.parse(
			await readFile(new URL("../../manifests/slack-app.json", import.meta.url), "utf8"),
		) as Manifest;
		playground = await runPlaygroundSlack({
			...{ dataDir, eventsUrl: "http://127.0.0.1:9/none", manifest: change(manifest) },
		});
		const response = await fetch(`${playground.origin}/playground/slack/page/composing`, {
			method: "POST",
			headers: { authorization: "Bearer xoxp-mia", "content-type": "application/json" },
			body: JSON.stringify({ text: LINK }),
		});
		expect(await response.json()).toEqual({ ok: true, links });
	});

	interface Manifest {
		features: { unfurl_domains?: string[] };
		oauth_config: { scopes: { bot: string[] } };
	}
	function withoutScope(manifest: Manifest): Manifest {
		const bot = manifest.oauth_config.scopes.bot.filter((scope) => scope !== "links:read");
		return { ...manifest, oauth_config: { scopes: { bot } } };
	}
	function withoutDomain(manifest: Manifest): Manifest {
		return { ...manifest, features: { ...manifest.features, unfurl_domains: ["example.com"] } };
	}
});

describe("the pool", () => {
	let database: Awaited<ReturnType<typeof createTestDatabase>>;
	let core: Core;
	let warm: Warm;

	beforeAll(async () => {
		database = await createTestDatabase();
		core = createCore(database);
		warm = createWarm({
			...core,
			sandboxes: createFakeSandboxes().sandboxes,
			connectAgent: async () => ({ warmUp: async () => {}, close: async () => {} }),
			guessRepository: guessByRules,
			limits: {
				...{ sandboxes: 50, memoryMiB: null, usdPerHour: null, makingAtOnce: 1 },
				each: { memoryMiB: 0, usdPerHour: 0 },
			},
			newToken: randomUUID,
		});
	});
	afterAll(async () => {
		await database.drop();
	});

	it("gets a hint of the first repository that is ours, whatever the case of its name", async () => {
		const { id, name } = await aRepository(database);
		const personId = await aPerson(core);
		const stranger = await aPerson(core);
		warm.linked({ personId: stranger, urls: ["https://github.com/nobody/knows", "https://github.com/acme"] });
		warm.linked({ personId, urls: [LINK, `https://github.com/ACME/${name.toUpperCase()}/issues/1`] });
		await warm.stop();
		const hints = await database.db.selectFrom("warm_hints").selectAll().execute();
		expect(hints).toEqual([
			expect.objectContaining({ repository_id: id, person_id: personId, source: "link" }),
		]);
	});
});

it.each([
	["https://github.com/acme/web-shop", "acme/web-shop"],
	["https://github.com/acme/web-shop.git", "acme/web-shop"],
	["https://ghe.acme.test/acme/web-shop/blob/main/a.ts#L3", "acme/web-shop"],
	["https://github.com/acme", null],
	["https://github.com/a%20b/c", null],
	["not a link", null],
])("%s is about %s", (url, fullName) => {
	const found = toRepositoryName(url);
	expect(found && `${found.owner}/${found.name}`).toBe(fullName);
});
