import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { App } from "@octokit/app";
import { Octokit } from "@octokit/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createClassifier, guessByRules } from "../../classifier/classify.ts";
import { createBudget } from "../../src/budget/budget.ts";
import type { SessionWish } from "../../src/db/schema/sessions.ts";
import { AppError } from "../../src/errors.ts";
import { createRouteSessionTask } from "../../src/jobs/tasks/route-session.ts";
import type { PersonKind } from "../../src/people/decide-access.ts";
import { readWorkspaceRules } from "../../src/people/workspace-store.ts";
import { insertAttempt, insertGroup } from "../../src/sessions/attempts/attempt-store.ts";
import { createAcceptComment } from "../../src/sessions/comments/accept-comment.ts";
import { createSessions } from "../../src/sessions/create-sessions.ts";
import { insertQuestion } from "../../src/sessions/questions/question-store.ts";
import type { Claim } from "../../src/sessions/queue/claim-prompt.ts";
import { insertCorrection } from "../../src/sessions/routing/correction-store.ts";
import { createCorrections } from "../../src/sessions/routing/corrections.ts";
import { createIntroduceChannel } from "../../src/sessions/routing/introduce-channel.ts";
import { createGatewayAccess } from "../../src/sessions/sandbox/gateway-access.ts";
import { hashToken } from "../../src/sessions/sandbox/gateway-token.ts";
import { createTurnDoor } from "../../src/sessions/turn/turn-right.ts";
import { readFigures } from "../../src/slack/home/read-figures.ts";
import { admit } from "../../src/slack/listeners/admit.ts";
import { createCapabilities } from "../../src/slack/native/capabilities.ts";
import { createSuggestPrompts } from "../../src/slack/native/suggest-prompts.ts";
import type { Workspaces } from "../../src/slack/web-api/workspaces.ts";
import { createWarm } from "../../src/warm/warm.ts";
import { type AccessRig, type Account, createAccessRig, GITHUB_IDS } from "../harness/access.ts";
import { createTestDatabase } from "../harness/database.ts";
import { startGateway } from "../harness/gateway.ts";
import {
	createTemporaryFolder,
	pushBranch,
	type RunningGithub,
	startPlaygroundGithub,
	withToken,
} from "../harness/playground-github.ts";
import { createFakeSandboxes } from "../harness/run-edges.ts";
import { aPrompt, aThread, type Core, createCore } from "../harness/sessions.ts";

/** Every way to a repository. Each says whether it is open for a person, or in what way. */
const DOORS = {
	mention,
	search,
	"named in text": named,
	"guessed by the model": guessed,
	"default of the channel": byChannel,
	"learned from a correction": byCorrection,
	"chosen in the form": chosenInForm,
	picked,
	warmed,
	"link that is being written": linked,
	"mention that warms": mentioned,
	"figures of the home": figures,
	"what was learned": learned,
	"suggested prompts": suggested,
	"channel's first line": introduced,
	"list to move to": listedToMove,
	moved,
	"default for the channel": madeDefault,
	"answer to a question": answered,
	"pick of an attempt": pickedAttempt,
	"cap of a session": capped,
	"turn's start": turnStart,
	"fetch from the sandbox": fetched,
	"push from the sandbox": pushed,
	"pull request from the sandbox": opened,
	"comment at GitHub": (someone: Someone) => wroteAtGithub(someone, "issue_comment"),
	"description at GitHub": (someone: Someone) => wroteAtGithub(someone, "description"),
};
type Door = keyof typeof DOORS;

const LOOK: Door[] = [
	"search",
	"named in text",
	"guessed by the model",
	"default of the channel",
	"learned from a correction",
	"chosen in the form",
	"picked",
	"warmed",
	"link that is being written",
	"mention that warms",
	"figures of the home",
	"what was learned",
	"suggested prompts",
	"channel's first line",
];
const STEER: Door[] = [
	"list to move to",
	"moved",
	"default for the channel",
	"answer to a question",
	"pick of an attempt",
	"cap of a session",
];
const CHANGE: Door[] = ["push from the sandbox", "pull request from the sandbox"];
/** What is open by the right that GitHub grants; `mention` is the workspace's own. */
const AS_APP: Door[] = ["mention", ...LOOK, ...STEER, "turn's start", "fetch from the sandbox", ...CHANGE];
const FULL: Door[] = [...AS_APP, "comment at GitHub", "description at GitHub"];
const READ: Door[] = ["mention", ...LOOK, "turn's start", "fetch from the sandbox"];
const TALK: Door[] = ["mention"];
const NOTHING: Door[] = [];

/** Accounts at GitHub by what they may do in acme/shop. */
const RIGHTS: Record<"none" | "read" | "write" | "admin", Account> = {
	none: "omar",
	read: "zoe",
	write: "noah",
	admin: "mia",
};

type Right = keyof typeof RIGHTS | "unlinked";
/** T1 has the default rules; T2 lets everybody in; in T3 the App does what people without an account ask for. */
const CASES: [
	kind: PersonKind,
	role: "member" | "admin",
	teamId: "T1" | "T2" | "T3",
	right: Right,
	open: Door[],
][] = [
	["member", "member", "T1", "none", TALK],
	["member", "member", "T1", "read", READ],
	["member", "member", "T1", "write", FULL],
	["member", "member", "T1", "admin", FULL],
	["member", "member", "T1", "unlinked", TALK],
	["member", "member", "T3", "unlinked", AS_APP],
	["member", "member", "T3", "read", READ],
	["member", "member", "T3", "none", TALK],
	["member", "admin", "T1", "none", TALK],
	["member", "admin", "T1", "read", READ],
	["member", "admin", "T1", "write", FULL],
	["member", "admin", "T1", "admin", FULL],
	["member", "admin", "T1", "unlinked", TALK],
	["member", "admin", "T3", "unlinked", AS_APP],
	["guest", "member", "T1", "write", NOTHING],
	["guest", "member", "T1", "admin", NOTHING],
	["guest", "member", "T1", "unlinked", NOTHING],
	["guest", "member", "T3", "unlinked", NOTHING],
	["guest", "member", "T2", "none", TALK],
	["guest", "member", "T2", "read", READ],
	["guest", "member", "T2", "write", FULL],
	["guest", "member", "T2", "unlinked", TALK],
	["external", "member", "T1", "write", NOTHING],
	["external", "member", "T2", "write", FULL],
	["external", "member", "T2", "none", TALK],
	["bot", "member", "T1", "write", NOTHING],
	["bot", "member", "T2", "write", FULL],
	["bot", "member", "T2", "unlinked", TALK],
];

let comments = 1;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let github: RunningGithub;
let rig: AccessRig;
let core: Core;
let sessions: ReturnType<typeof createSessions>;
let warm: ReturnType<typeof createWarm>;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let shop: string;
/** A session on acme/shop in each workspace, asked for by somebody else. */
const others: Record<string, Awaited<ReturnType<typeof aSession>>> = {};

beforeAll(async () => {
	database = await createTestDatabase();
	github = await startPlaygroundGithub();
	rig = await createAccessRig(database, github);
	const { access } = rig;
	core = createCore(database, { access });
	await core.jobs.prepare();
	sessions = createSessions({ ...core, db: database.db, enqueue: core.jobs.enqueue, canLink: true });
	warm = createWarmOf(0);
	gateway = await startGateway({
		...createGatewayAccess({ db: database.db, access }),
		git: {
			url: github.github.gitUrl,
			token: async (repository, level) =>
				(await github.github.installationToken({ ...repository, permissions: { contents: level } })).token,
			forgetTokens: github.github.forgetTokens,
		},
		refreshRepositories: async () => {
			await rig.sync();
		},
	});
	shop = await rig.repository("shop");
	const { db } = database;
	await db
		.insertInto("workspaces")
		.values([
			{ team_id: "T2", allow_guests: true, allow_externals: true, allow_bots: true, updated_at: new Date() },
			{ team_id: "T3", unlinked: "app", updated_at: new Date() },
		])
		.execute();
	await db
		.insertInto("channels")
		.values(
			["T1", "T2", "T3"].map((team_id) => ({ team_id, channel_id: "C-shop", default_repository_id: shop })),
		)
		.execute();
	for (const teamId of ["T1", "T2", "T3"]) {
		const thread = { ...aThread(randomUUID()), teamId, channelId: "C-learned" };
		const prompt = aPrompt(await rig.person(), { text: "the umbrella stand wobbles" });
		const { sessionId } = await core.sessions.acceptThreadPrompt({ thread, prompt });
		const correction = { id: randomUUID(), sessionId, thread, toRepositoryId: shop, at: new Date() };
		const nobody = { personId: null, promptId: null, fromRepositoryId: null };
		await insertCorrection(db, { ...correction, ...nobody, how: "model", isKept: true });
		others[teamId] = await aSession(teamId);
	}
	for (const name of ["shop", "docs"]) {
		await rig.atGithub("DELETE", `/repos/acme/${name}/collaborators/${RIGHTS.none}`);
	}
});
afterAll(async () => {
	gateway.stop();
	await core.jobs.stop();
	await github.stop();
	await database.drop();
});

interface Someone {
	personId: string;
	kind: PersonKind;
	role: "member" | "admin";
	teamId: string;
	/** Theirs at GitHub; null: they have none. */
	login: Account | null;
}

describe("a repository is open", () => {
	it.each(CASES)("for a %s (%s) of %s with %s", async (kind, role, teamId, right, open) => {
		const login = right === "unlinked" ? null : RIGHTS[right];
		const personId = await rig.person({ kind, teamId, ...(login === null ? {} : { login }) });
		await database.db.updateTable("people").set({ role }).where("id", "=", personId).execute();
		const found: string[] = [];
		for (const [name, door] of Object.entries(DOORS)) {
			// What one door has learnt is not to help the next.
			await rig.access.forget({ personId });
			if (await door({ personId, kind, role, teamId, login })) found.push(name);
		}
		expect(found).toEqual(open);
	});
});

describe("a refusal", () => {
	it("says the same of what is not theirs and of what is not there", async () => {
		const personId = await rig.person({ login: RIGHTS.none });
		const inDocs = `/repos/acme/docs/collaborators/${RIGHTS.none}`;
		await rig.atGithub("PUT", inDocs, { permission: "pull" });
		const asked = async (text: string) => {
			const { reason } = await route({ personId, teamId: "T1" }, text, "C-none");
			return reason?.replace(/acme\/\w+/, "it");
		};
		const hidden = await asked("fix the cart in repo acme/shop");
		expect(hidden).toMatch(/not a repository that I know/);
		expect(hidden).toBe(await asked("fix the cart in repo acme/nothing"));
		const refusals = await Promise.all(
			[shop, randomUUID()].map((repositoryId) =>
				Promise.all([
					warm.hint({ personId, repositoryId, source: "typing" }).catch((error: AppError) => error.message),
					rig.access.allowed({ personId, repositoryIds: [repositoryId], need: "read" }),
				]),
			),
		);
		expect(refusals[0]).toEqual(refusals[1]);
		await rig.atGithub("DELETE", inDocs);
	});

	it("of an archived or lost repository is told to those who know it", async () => {
		const archived = async (is: boolean) => {
			await rig.atGithub("PATCH", "/repos/acme/shop", { archived: is });
			await rig.sync();
		};
		await archived(true);
		const [member, stranger] = [
			await rig.person({ login: "noah" }),
			await rig.person({ login: RIGHTS.none }),
		];
		for (const text of ["fix the cart in repo acme/shop", "fix the cart in the `shop` repo"]) {
			expect((await route({ personId: member, teamId: "T1" }, text, "C-none")).reason).toMatch(/archived/);
			expect((await route({ personId: stranger, teamId: "T1" }, text, "C-none")).reason).not.toMatch(
				/archived/,
			);
		}
		await archived(false);
	});

	it("is not made of GitHub's silence: the thread is asked, and a turn may be tried again", async () => {
		const personId = await rig.person({ login: "noah" });
		await rig.access.forget({});
		const silence = { kind: "unavailable" as const, times: 10, status: 503, retryAfterSeconds: 1 };
		github.playground.setFault(silence);
		const { reason, candidates } = await route({ personId, teamId: "T1" }, "fix acme/shop", "C-none");
		expect(reason).toMatch(/GitHub cannot be asked/);
		expect(candidates).toEqual([]);
		await expect(startTurn(personId)).rejects.toMatchObject({ code: "access_unknown", retryable: true });
		const answer = await fromSandbox(personId, "git-receive-pack");
		expect(answer.status).toBe(503);
		expect(await answer.text()).toMatch(/GitHub cannot be asked/);
		github.playground.setFault(null);
		await expect(startTurn(personId)).resolves.toBe("full");
	});
});

it("an installation that is suspended in the middle of a turn says so, and what it was comes back", async () => {
	const { appId, privateKey, apiUrl: baseUrl } = github.playground.connection;
	const { octokit } = new App({ appId, privateKey, Octokit: Octokit.defaults({ baseUrl }) });
	const installation = { installation_id: 61_000_001 };
	const personId = await rig.person({ login: "noah" });
	expect((await fromSandbox(personId, "git-receive-pack")).status).toBe(200);
	await octokit.request("PUT /app/installations/{installation_id}/suspended", installation);
	const refused = await fromSandbox(personId, "git-receive-pack");
	expect(refused.status).toBe(404);
	expect(await refused.text()).toMatch(/GitHub App has no access/);
	await rig.access.forget({ personId });
	await expect(startTurn(personId)).rejects.toMatchObject({
		code: "repository_not_found",
		message: expect.stringMatching(/^acme\/shop cannot be read/),
		retryable: true,
	});
	await octokit.request("DELETE /app/installations/{installation_id}/suspended", installation);
	await rig.sync();
	expect(await startTurn(personId)).toBe("full");
	expect((await fromSandbox(personId, "git-receive-pack")).status).toBe(200);
});

it("between turns a sandbox does no more than whoever's turn was last may do, but keeps its work", async () => {
	for (const [login, status, fetchStatus] of [
		["omar", "refused", 404],
		["zoe", "refused", 200],
		["noah", "taken", 200],
	] as const) {
		const token = await aSandbox(await rig.person({ login }));
		const { db } = database;
		const { session_id: sessionId } = await db
			.selectFrom("sandboxes")
			.select("session_id")
			.where("name", "=", token)
			.executeTakeFirstOrThrow();
		await db.updateTable("prompts").set({ status: "done" }).where("session_id", "=", sessionId).execute();
		await using folder = await createTemporaryFolder();
		const id = sessionId?.slice(0, 8);
		const push = (branch: string) =>
			pushBranch({
				url: withToken(`${gateway.url}/gateway/git/acme/shop.git`, token),
				folder: join(folder.path, branch.replaceAll("/", "-")),
				branch,
				files: { "note.md": branch },
			}).then(
				() => "taken",
				() => "refused",
			);
		expect((await askForRefs(token, "git-upload-pack")).status).toBe(fetchStatus);
		expect((await askForRefs(token, "git-receive-pack")).status).toBe(200);
		// What follows fetches first.
		if (fetchStatus === 404) continue;
		expect(await push(`bobbin/${id}-fix`)).toBe(status);
		expect(await push(`bobbin/wip/${id}`)).toBe("taken");
	}
});

it("another repository is not there for a sandbox, whoever asks", async () => {
	const personId = await rig.person({ login: "mia" });
	expect((await fromSandbox(personId, "git-upload-pack", "docs")).status).toBe(404);
});

async function mention({ kind, role, teamId }: Someone): Promise<boolean> {
	const userId = `U-${randomUUID()}`;
	const person = { userId, name: "Somebody", email: null, kind, role };
	const admission = await admit(
		{
			sessions,
			workspaces: {
				of: async () => ({
					directory: {
						person: async () => person,
						names: async () => new Map(),
						isShared: async () => false,
						channel: async () => ({ name: null, topic: null }),
					},
				}),
			},
			workspaceRules: (id) => readWorkspaceRules(database.db, id),
		},
		{ teamId, userId },
	);
	return admission.outcome === "admitted";
}

async function search({ personId }: Someone): Promise<boolean> {
	const found = await sessions.searchRepositories({ personId, query: "shop", limit: 10 });
	return found.some(({ repositoryId }) => repositoryId === shop);
}

const SURE = {
	decision: "repository",
	repository: "acme/shop",
	confidence: 1,
	reason: "The shop.",
	candidates: [],
};
const UNSURE = { ...SURE, decision: "unknown", repository: null };

/** Has a thread's repository found out, with a model that would choose acme/shop whatever it is given. */
async function route(
	{ personId, teamId }: Pick<Someone, "personId" | "teamId">,
	text: string,
	channelId: string,
	{ wish = {}, input = SURE }: { wish?: SessionWish; input?: object } = {},
) {
	const thread = { ...aThread(randomUUID()), teamId, channelId };
	const origin = { kind: "slack" as const, teamId, channelId, messageTs: thread.threadTs };
	const { sessionId } = await sessions.acceptThreadPrompt({
		thread,
		prompt: aPrompt(personId, { text, origin }),
		start: { wish },
	});
	const model = {
		name: "certain",
		ask: async () => ({ outcome: "answered" as const, input }),
	};
	const { classify } = createClassifier({ model });
	const task = createRouteSessionTask({
		db: database.db,
		access: rig.access,
		sessions,
		classify,
		newId: randomUUID,
	});
	await task.run({ version: 1, sessionId }, { signal: new AbortController().signal });
	const { repository, askReason: reason, candidates } = await sessions.view(sessionId);
	return { isShop: repository?.id === shop, reason, candidates };
}

async function named(someone: Someone): Promise<boolean> {
	return (await route(someone, "fix the total in acme/shop", "C-none")).isShop;
}

async function guessed(someone: Someone): Promise<boolean> {
	return (await route(someone, "the total is wrong", "C-none")).isShop;
}

async function byChannel(someone: Someone): Promise<boolean> {
	return (await route(someone, "please mend it", "C-shop")).isShop;
}

async function byCorrection(someone: Someone): Promise<boolean> {
	const { isShop } = await route(someone, "the umbrella stand wobbles", "C-learned", { input: UNSURE });
	return isShop;
}

async function chosenInForm(someone: Someone): Promise<boolean> {
	const wish = { repository: { id: shop, how: "picked" as const, reason: "picked" } };
	return (await route(someone, "mend it", "C-none", { wish, input: UNSURE })).isShop;
}

async function picked({ personId, teamId }: Someone): Promise<boolean> {
	const thread = { ...aThread(randomUUID()), teamId };
	// Somebody else asked.
	const { sessionId } = await core.sessions.acceptThreadPrompt({
		thread,
		prompt: aPrompt(await rig.person()),
	});
	await core.sessions.askRepository({ sessionId, reason: "Which?", candidates: [] });
	const routing = { how: "picked" as const, reason: "picked", confidence: null };
	return (
		(await sessions.chooseRepository({ sessionId, personId, repositoryId: shop, routing })).outcome ===
		"chosen"
	);
}

function warmed({ personId }: Someone): Promise<boolean> {
	return isOpen(warm.hint({ personId, repositoryId: shop, source: "typing" }), "repository_not_found");
}

function createWarmOf(sandboxes: number) {
	return createWarm({
		...core,
		sandboxes: createFakeSandboxes().sandboxes,
		connectAgent: async () => ({ warmUp: async () => {}, close: async () => {} }),
		guessRepository: guessByRules,
		limits: {
			sandboxes,
			memoryMiB: null,
			usdPerHour: null,
			makingAtOnce: 1,
			each: { memoryMiB: 0, usdPerHour: 0 },
		},
		newToken: randomUUID,
	});
}

/** Whether what somebody does in Slack becomes a hint; nobody keeps this pool, so nothing comes of it. */
async function hinted(personId: string, act: (warm: ReturnType<typeof createWarm>) => void) {
	const { db } = database;
	const ofPerson = db.selectFrom("warm_hints").select("id").where("person_id", "=", personId);
	const before = await ofPerson.execute();
	const pool = createWarmOf(1);
	act(pool);
	await pool.stop();
	return (await ofPerson.where("repository_id", "=", shop).execute()).length > before.length;
}

function linked({ personId }: Someone): Promise<boolean> {
	const urls = ["https://github.com/acme/shop/issues/1"];
	return hinted(personId, (pool) => pool.linked({ personId, urls }));
}

function mentioned({ personId, teamId }: Someone): Promise<boolean> {
	const text = "fix the total in acme/shop";
	return hinted(personId, (pool) => pool.mentioned({ personId, text, teamId, channelId: "C-none" }));
}

/** A session of the workspace on acme/shop that has had a turn, asked for by somebody, or by somebody else. */
async function aSession(teamId: string, authorId?: string) {
	const thread = { ...aThread(randomUUID()), teamId };
	const prompt = aPrompt(authorId ?? (await rig.person()));
	const begun = await core.sessions.acceptThreadPrompt({ thread, prompt });
	const { db } = database;
	const { sessionId, promptId } = begun;
	await db
		.updateTable("sessions")
		.set({ repository_id: shop, status: "ready" })
		.where("id", "=", sessionId)
		.execute();
	await db.updateTable("prompts").set({ attempt: 1 }).where("id", "=", promptId).execute();
	return begun;
}

async function figures({ personId, teamId }: Someone): Promise<boolean> {
	const of = { teamId, personId, days: 7, nowMs: Date.now() };
	const { repositories } = await readFigures({ db: database.db, allowed: rig.access.allowed }, of);
	return repositories?.some(({ repositoryId }) => repositoryId === shop) ?? false;
}

async function learned({ personId, teamId }: Someone): Promise<boolean> {
	const corrections = createCorrections({ ...core, db: database.db });
	const of = { teamId, viewerId: personId, channelId: "C-learned" };
	return (await corrections.listCorrections(of)).length > 0;
}

async function suggested({ personId, teamId }: Someone): Promise<boolean> {
	await aSession(teamId, personId);
	const offered: object[] = [];
	const setSuggestedPrompts = async (offer: object) => void offered.push(offer);
	const workspace = { url: "", clients: { progress: { assistant: { threads: { setSuggestedPrompts } } } } };
	const suggest = createSuggestPrompts({
		...core,
		db: database.db,
		workspaces: { of: async () => workspace } as unknown as Workspaces,
		capabilities: createCapabilities(core),
		allowed: rig.access.allowed,
	});
	await suggest({ teamId, personId, channelId: "D1" });
	return JSON.stringify(offered).includes("acme/shop");
}

async function introduced({ personId, teamId }: Someone): Promise<boolean> {
	const channelId = `C-${randomUUID()}`;
	const { db } = database;
	const channel = { team_id: teamId, channel_id: channelId, default_repository_id: shop };
	await db.insertInto("channels").values(channel).execute();
	const said: object[] = [];
	const introduce = createIntroduceChannel({
		...{ db, access: rig.access, now: Date.now, readTopic: () => null },
		enqueue: async (_tx, _kind, line) => void said.push(line),
	});
	await introduce({ teamId, channelId, threadTs: null, topic: async () => "", personId });
	return JSON.stringify(said).includes("acme/shop");
}

async function listedToMove({ personId }: Someone): Promise<boolean> {
	const found = await sessions.searchRepositories({ personId, query: "shop", limit: 10, need: "write" });
	return found.some(({ repositoryId }) => repositoryId === shop);
}

async function moved({ personId, teamId }: Someone): Promise<boolean> {
	const { sessionId } = await aSession(teamId);
	await database.db
		.updateTable("sessions")
		.set({ repository_id: await rig.repository("docs") })
		.where("id", "=", sessionId)
		.execute();
	return (await sessions.moveSession({ sessionId, personId, repositoryId: shop })).outcome === "moving";
}

async function madeDefault({ personId, teamId }: Someone): Promise<boolean> {
	const wish = { teamId, channelId: `C-${randomUUID()}`, personId, repositoryId: shop };
	return (await sessions.setChannelRepository(wish)).outcome === "set";
}

async function answered({ personId, teamId }: Someone): Promise<boolean> {
	const { sessionId = "", promptId = "" } = others[teamId] ?? {};
	const id = randomUUID();
	const asked = { promptId, questionId: id, text: id, options: [], multiple: false };
	await insertQuestion(database.db, { id, sessionId, question: asked, at: new Date() });
	const answer = { sessionId, questionId: id, personId, chosen: ["this"], idempotencyKey: randomUUID() };
	return (await sessions.answerQuestion(answer)).outcome === "answered";
}

async function pickedAttempt({ personId, teamId }: Someone): Promise<boolean> {
	const { db } = database;
	const [{ sessionId }, other] = [await aSession(teamId), await aSession(teamId)];
	const groupId = randomUUID();
	await insertGroup(db, { id: groupId, sessionId, count: 2, models: [], at: new Date() });
	await insertAttempt(db, { groupId, number: 2, sessionId: other.sessionId });
	return isOpen(sessions.pickAttempt({ sessionId, number: 2, personId }), "no_access");
}

async function capped({ personId, teamId }: Someone): Promise<boolean> {
	const subject = others[teamId]?.sessionId ?? "";
	const defaults = { prompt: null, session: null, person: null, channel: null, workspace: null };
	const enqueue = core.jobs.enqueue;
	const budget = createBudget({ ...core, db: database.db, enqueue, access: rig.access, defaults });
	return isOpen(budget.setCap({ scope: "session", subject, cap: 5, personId, teamId }), "forbidden");
}

/** False: it was refused with one of these codes. */
async function isOpen(act: Promise<unknown>, ...refusals: string[]): Promise<boolean> {
	try {
		await act;
		return true;
	} catch (error) {
		if (error instanceof AppError && refusals.includes(error.code)) return false;
		throw error;
	}
}

function startTurn(personId: string) {
	const claim = {
		session: { repository_id: shop },
		prompt: { author_id: personId, origin: { kind: "api" } },
	};
	return createTurnDoor({ db: database.db, access: rig.access })(claim as unknown as Claim);
}

function turnStart({ personId }: Someone): Promise<boolean> {
	return isOpen(startTurn(personId), "no_access", "not_linked");
}

/** A sandbox in which a turn of this person runs. */
async function aSandbox(personId: string): Promise<string> {
	const { db } = database;
	const thread = aThread(randomUUID());
	const { sessionId, promptId } = await core.sessions.acceptThreadPrompt({
		thread,
		prompt: aPrompt(personId),
	});
	await db
		.updateTable("prompts")
		.set({ status: "running", started_at: new Date() })
		.where("id", "=", promptId)
		.execute();
	await db.updateTable("sessions").set({ repository_id: shop }).where("id", "=", sessionId).execute();
	const token = randomUUID();
	await db
		.insertInto("sandboxes")
		.values({
			id: randomUUID(),
			session_id: sessionId,
			repository_id: shop,
			provider: "fake",
			name: token,
			state: "ready",
			token_hash: hashToken(token),
		})
		.execute();
	return token;
}

async function fromSandbox(personId: string, service: string, name = "shop"): Promise<Response> {
	return askForRefs(await aSandbox(personId), service, name);
}

function askForRefs(token: string, service: string, name = "shop"): Promise<Response> {
	return fetch(`${gateway.url}/gateway/git/acme/${name}.git/info/refs?service=${service}`, {
		headers: { authorization: `Bearer ${token}` },
	});
}

async function fetched({ personId }: Someone): Promise<boolean> {
	const answer = await fromSandbox(personId, "git-upload-pack");
	expect([200, 404]).toContain(answer.status);
	return answer.status === 200;
}

async function pushed({ personId }: Someone): Promise<boolean> {
	const answer = await fromSandbox(personId, "git-receive-pack");
	expect([200, 403, 404]).toContain(answer.status);
	return answer.status === 200;
}

async function opened({ personId }: Someone): Promise<boolean> {
	const token = await aSandbox(personId);
	const { db } = database;
	const { session_id } = await db
		.selectFrom("sandboxes")
		.select("session_id")
		.where("name", "=", token)
		.executeTakeFirstOrThrow();
	const answer = await fetch(`${gateway.url}/gateway/tools/open_pull_request`, {
		method: "POST",
		headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
		body: JSON.stringify({ branch: `bobbin/${session_id?.slice(0, 8)}-x`, title: "X", body: "" }),
	});
	expect([200, 403]).toContain(answer.status);
	return answer.status === 200;
}

/** Whoever writes there is known by their account; who has none cannot. */
async function wroteAtGithub({ login }: Someone, kind: "issue_comment" | "description"): Promise<boolean> {
	if (login === null) return false;
	const never = () => Promise.reject(new Error("this is not asked of GitHub"));
	const acceptComment = createAcceptComment({
		...core,
		db: database.db,
		enqueue: core.jobs.enqueue,
		rememberPerson: sessions.rememberPerson,
		github: {
			readAppSlug: async () => "bobbin",
			readComment: async () => ({
				author: { githubId: GITHUB_IDS[login], login, isBot: false },
				body: "@bobbin fix it",
				state: null,
				url: "",
				lines: [],
			}),
			readSubject: async () => ({ kind: "issue", title: "It is broken", body: "" }),
			readPullRequest: never,
			isBranchProtected: never,
			react: async () => {},
			findComment: never,
			postComment: never,
		},
	});
	const { github_id: githubId } = await database.db
		.selectFrom("repositories")
		.select("github_id")
		.where("id", "=", shop)
		.executeTakeFirstOrThrow();
	const commentId = comments++;
	const repository = { githubId, owner: "acme", name: "shop" };
	const { outcome } = await acceptComment({ repository, number: commentId, kind, commentId });
	expect(["taken", "refused"]).toContain(outcome);
	return outcome === "taken";
}
