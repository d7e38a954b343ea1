import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { SandboxError } from "../../sandbox/provider.ts";
import { createGithubStore } from "../../src/github/store.ts";
import { viewBuilds } from "../../src/images/view-builds.ts";
import { createFakeAgent, createFakeSandboxes } from "../harness/run-edges.ts";
import { runPrompts } from "../harness/run-prompts.ts";
import { aPerson, aPrompt, aRepository, aThread, waitForEvent } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

let core: StartedCore;
let authorId: string;
let fakes: ReturnType<typeof createFakeSandboxes> & { agent: ReturnType<typeof createFakeAgent> };
/** How each sync ends, by its base branch, and what it prints. */
let sync: (base: string) => { code: number; printed: string };
let syncs: { base: string; env: Record<string, string> }[];
/** What GitHub tells when it is asked again. */
let refresh: () => Promise<void>;

beforeAll(async () => {
	core = await startCore();
	await runPrompts(core, () => ({
		sandboxes: fakes.sandboxes,
		connectAgent: fakes.agent.connectAgent,
		repositoryLimits: { maxKib: 4_000, wholeKib: 1_000 },
		refreshRepositories: () => refresh(),
	}));
	authorId = await aPerson(core);
});
beforeEach(() => {
	fakes = { ...createFakeSandboxes(), agent: createFakeAgent() };
	sync = () => ({ code: 0, printed: "" });
	syncs = [];
	refresh = async () => {};
	const { exec } = fakes.sandboxes;
	fakes.sandboxes.exec = async (id, command) => {
		const [, base] = /sync\.sh' '[^']+' '([^']+)'/.exec(command.command) ?? [];
		if (base === undefined) return exec(id, command);
		syncs.push({ base, env: command.env ?? {} });
		const { code, printed } = sync(base);
		return { exitCode: code, stdout: printed, stderr: "", truncated: false };
	};
});
afterAll(() => core.stop());

type Change = { archived?: boolean; removed_at?: Date; size_kib?: number; default_branch?: string };
const change = (id: string, set: Change) =>
	core.database.db.updateTable("repositories").set(set).where("id", "=", id).execute();

/** A prompt for a repository, played to its end; `meanwhile` happens before the repository is chosen. */
async function ask(meanwhile: (repositoryId: string) => Promise<unknown> = async () => {}) {
	const thread = aThread();
	const { sessionId, promptId } = await core.sessions.acceptThreadPrompt({
		thread,
		prompt: aPrompt(authorId),
	});
	const repository = await aRepository(core.database);
	const ended = waitForEvent(core, sessionId, (event) => event.type === "prompt.finished");
	await meanwhile(repository.id);
	const routing = { how: "picked" as const, reason: "picked", confidence: null };
	await core.sessions.chooseRepository({ sessionId, personId: null, repositoryId: repository.id, routing });
	await ended;
	const view = await core.sessions.view(sessionId);
	const { problem, status } = view.prompts.find(({ id }) => id === promptId) ?? {};
	return { sessionId, repository, view, problem, status };
}

it("a repository that is too large is refused without a try, with both figures, and its page says so", async () => {
	const { problem, repository } = await ask((id) => change(id, { size_kib: 5 * 1024 * 1024 }));
	expect(problem).toMatchObject({
		code: "repository_too_large",
		message: expect.stringMatching(
			/ is too large .*: 5\.0 GB at GitHub, the limit is 4 MB\..*REPOSITORY_MAX_MIB/,
		),
	});
	expect(syncs).toEqual([]);
	const repositoryLimits = { maxKib: 4_000, wholeKib: 1_000 };
	const deps = { db: core.database.db, now: Date.now, repositoryLimits };
	const page = await viewBuilds(deps, { repositoryId: repository.id, provider: "fake" });
	expect(page?.trouble).toBe(problem?.message);
});

it("of a large one only today's files are fetched, of another one all", async () => {
	await ask((id) => change(id, { size_kib: 2_000 }));
	await ask();
	expect(syncs.map(({ env }) => env.BOBBIN_CLONE_FILTER)).toEqual(["blob:none", undefined]);
});

it("a fetch that takes too long is told as one, with the size", async () => {
	fakes.sandboxes.exec = async () => {
		throw new SandboxError("timeout", "It took longer than 600000 ms.");
	};
	const { problem } = await ask((id) => change(id, { size_kib: 2_048 }));
	expect(problem).toMatchObject({
		code: "clone_timeout",
		message: expect.stringMatching(/\(2 MB at GitHub\) took longer than 10 minutes/),
	});
});

it.each([
	["repository_archived", { archived: true }, /is archived at GitHub.*Unarchive it there/],
	["repository_not_found", { removed_at: new Date() }, /is gone, or Bobbin's GitHub App has no access/],
] as const)("what the list learns while a fetch fails is what is told: %s", async (code, now, words) => {
	let id = "";
	const { exec } = fakes.sandboxes;
	fakes.sandboxes.exec = async (sandbox, command) => {
		await change(id, now);
		sync = () => ({ code: 10, printed: "" });
		return exec(sandbox, command);
	};
	const { problem } = await ask(async (repositoryId) => {
		id = repositoryId;
	});
	expect(problem).toMatchObject({ code, message: expect.stringMatching(words), retryable: true });
});

it.each([
	["is not there any more", () => ({ code: 13, printed: "" })],
	["went away after the session's branch was pushed", () => ({ code: 0, printed: "no-base\n" })],
])("a default branch that %s is followed, and told once", async (_, gone) => {
	let id = "";
	sync = (base) => (base === "main" ? gone() : { code: 0, printed: "" });
	refresh = async () => {
		await change(id, { default_branch: "trunk" });
	};
	const { view, status } = await ask(async (repositoryId) => {
		id = repositoryId;
	});
	expect(status).toBe("done");
	expect(syncs.map(({ base }) => base)).toEqual(["main", "trunk"]);
	expect(view.notes).toEqual([
		"main is not at GitHub any more; the default branch is called trunk now. The pull request goes there.",
	]);
	const session = await core.database.db
		.selectFrom("sessions")
		.select("base_branch")
		.where("id", "=", view.id)
		.executeTakeFirst();
	expect(session?.base_branch).toBe("trunk");
});

it("a base that is gone and has no successor fails in words", async () => {
	sync = () => ({ code: 13, printed: "" });
	const { problem } = await ask();
	expect(problem).toMatchObject({
		code: "base_branch_missing",
		message: expect.stringContaining("no branch main"),
	});
});

it("submodules and LFS pointers are told to people once, in the session's log", async () => {
	sync = () => ({ code: 0, printed: "submodules\nlfs\n" });
	const { view, sessionId } = await ask();
	expect(view.notes).toEqual([
		expect.stringMatching(/submodules.*their folders are empty/),
		expect.stringMatching(/Git LFS.*only their pointers/),
	]);
	const events = await core.sessions.readEvents({ sessionId, afterSeq: 0 });
	expect(events.filter(({ type }) => type === "checkout.noted")).toHaveLength(1);
});

it("a name that a repository had is remembered, once, and its sandboxes may still use it", async () => {
	const store = createGithubStore(core.database.db);
	const facts = {
		...{ githubId: 71, installationId: 1, owner: "acme", defaultBranch: "main", description: "" },
		...{ languages: [], topics: [], private: true, archived: false, sizeKib: 1 },
	};
	for (const name of ["one", "two", "two", "one", "three"])
		await store.saveRepositories([{ ...facts, name }], core.newId);
	const row = await core.database.db
		.selectFrom("repositories")
		.select(["name", "former_names"])
		.where("github_id", "=", 71)
		.executeTakeFirst();
	expect(row).toEqual({ name: "three", former_names: ["acme/two", "acme/one"] });
});
