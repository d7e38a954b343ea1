import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { type CloseHost, createCloseAttempt } from "../../src/sessions/attempts/close-attempt.ts";
import {
	git,
	type RunningGithub,
	startPlaygroundGithub,
	withToken,
	writeFiles,
} from "../harness/playground-github.ts";
import { createFakeSandboxes } from "../harness/run-edges.ts";
import { aPerson, aPrompt, aRepository, aThread } from "../harness/sessions.ts";
import { type StartedCore, startCore } from "../harness/start-core.ts";

const SHOP = { owner: "acme", name: "shop" };
let core: StartedCore;
let hub: RunningGithub;
let personId: string;
let repositoryId: string;
let checkout: string;
const fakes = createFakeSandboxes();

beforeAll(async () => {
	[core, hub] = await Promise.all([startCore(), startPlaygroundGithub()]);
	personId = await aPerson(core);
	repositoryId = (await aRepository(core.database, "shop")).id;
	const { token } = await hub.github.installationToken({ ...SHOP, permissions: { contents: "write" } });
	checkout = join(hub.workDir, "shop");
	await git(hub.workDir, "clone", "--quiet", withToken(hub.github.gitUrl(SHOP), token), checkout);
});
afterEach(() => hub.playground.setFault(null));
afterAll(async () => {
	await Promise.all([core.stop(), hub.stop()]);
});

/** Closes one that had one prompt when another was picked. */
const closing = (closePullRequest: CloseHost["closePullRequest"] = hub.github.closePullRequest) => {
	const close = createCloseAttempt({
		...{ ...core, db: core.database.db, enqueue: core.jobs.enqueue, sandboxes: fakes.sandboxes },
		github: { closePullRequest },
	});
	return (sessionId: string) => close({ sessionId, personId, promptCount: 1 });
};

/** An attempt whose work is over, and that was not picked. */
async function aLoser(): Promise<string> {
	const { sessionId } = await core.sessions.acceptThreadPrompt({
		thread: aThread(),
		prompt: aPrompt(personId),
		start: { attempts: { count: 2, models: [] } },
	});
	const { db } = core.database;
	await db
		.updateTable("prompts")
		.set({ status: "done", finished_at: new Date() })
		.where("session_id", "=", sessionId)
		.execute();
	return sessionId;
}

async function pull(sessionId: string): Promise<number> {
	const branch = `bobbin/${randomUUID().slice(0, 8)}`;
	await git(checkout, "checkout", "--quiet", "-B", branch, "origin/main");
	await writeFiles(checkout, { "src/cart.ts": `export const total = "${branch}";\n` });
	await git(checkout, "commit", "--quiet", "-am", "Change the total");
	await git(checkout, "push", "--quiet", "origin", branch);
	const body = { ...SHOP, branch, base: "main", title: "Change the total", body: "", draft: false };
	const { number, url } = await hub.github.createPullRequest(body);
	await row(sessionId, { branch, number, url });
	return number;
}

function row(
	sessionId: string,
	fields: { branch: string; number?: number; url?: string; opened_as?: "app"; problem?: string },
) {
	const isIntent = fields.number === undefined;
	return core.database.db
		.insertInto("pull_requests")
		.values({
			...{ id: randomUUID(), session_id: sessionId, repository_id: repositoryId },
			...{
				base: "main",
				title: "T",
				body: "",
				draft: false,
				state: isIntent ? "intended" : "open",
				...fields,
			},
		})
		.execute();
}

const stateOf = async (number: number) => (await hub.github.readPullRequest({ ...SHOP, number })).state;
const asHuman = (path: string, method: string, body: object) =>
	fetch(`${hub.playground.connection.apiUrl}/repos/acme/shop${path}`, {
		method,
		headers: { authorization: `Bearer ${hub.playground.describe().token}` },
		body: JSON.stringify(body),
	});

it("closes what is open, and leaves what was merged or closed meanwhile as it is, however often it runs", async () => {
	const loser = await aLoser();
	const [open, merged, closed] = [await pull(loser), await pull(loser), await pull(loser)];
	expect((await asHuman(`/pulls/${merged}/merge`, "PUT", {})).status).toBe(200);
	expect((await asHuman(`/pulls/${closed}`, "PATCH", { state: "closed" })).status).toBe(200);
	for (let times = 0; times < 2; times++) await closing()(loser);
	expect(await Promise.all([open, merged, closed].map(stateOf))).toEqual(["closed", "merged", "closed"]);
});

it("closes the second one too where the first is gone, or GitHub refuses it for good", async () => {
	const loser = await aLoser();
	await row(loser, { branch: "bobbin/gone", number: 999, url: "https://github.test/acme/shop/pull/999" });
	const [refused, open] = [await pull(loser), await pull(loser)];
	await closing(async (at) => {
		if (at.number === refused)
			hub.playground.setFault({ kind: "unavailable", times: 1, status: 403, retryAfterSeconds: 0 });
		await hub.github.closePullRequest(at);
	})(loser);
	expect(await Promise.all([refused, open].map(stateOf))).toEqual(["open", "closed"]);
});

it.each([
	["asks to wait", { kind: "secondary_rate_limit", status: 403 }, "rate_limited"],
	["is away", { kind: "unavailable", status: 503 }, "github_unavailable"],
] as const)("is tried again where GitHub %s, and then closes", async (_title, fault, code) => {
	const loser = await aLoser();
	const number = await pull(loser);
	hub.playground.setFault({ ...fault, times: 20, retryAfterSeconds: 1 });
	await expect(closing()(loser)).rejects.toMatchObject({ code, retryable: true });
	hub.playground.setFault(null);
	expect(await stateOf(number)).toBe("open");
	await closing()(loser);
	expect(await stateOf(number)).toBe("closed");
});

it("is finished by the next one where it was killed between two", async () => {
	const loser = await aLoser();
	const numbers = [await pull(loser), await pull(loser)];
	let calls = 0;
	const killed = closing(async (at) => {
		if (calls++ > 0) throw new Error("killed");
		await hub.github.closePullRequest(at);
	});
	await expect(killed(loser)).rejects.toThrow("killed");
	expect((await Promise.all(numbers.map(stateOf))).sort()).toEqual(["closed", "open"]);
	await closing()(loser);
	expect(await Promise.all(numbers.map(stateOf))).toEqual(["closed", "closed"]);
});

it("takes a token of the App that may write pull requests: one that may read them closes none", async () => {
	const number = await pull(await aLoser());
	for (const [access, status] of [
		["read", 403],
		["write", 200],
	] as const) {
		const { token } = await hub.github.installationToken({ ...SHOP, permissions: { pull_requests: access } });
		const answer = await fetch(`${hub.playground.connection.apiUrl}/repos/acme/shop/pulls/${number}`, {
			method: "PATCH",
			headers: { authorization: `Bearer ${token}` },
			body: JSON.stringify({ state: "closed" }),
		});
		expect(answer.status).toBe(status);
	}
});

it("drops what is not opened yet, and waits for what GitHub is asked for in this moment", async () => {
	const loser = await aLoser();
	await row(loser, { branch: "bobbin/waits" });
	await row(loser, { branch: "bobbin/asked", opened_as: "app" });
	await closing(() => Promise.reject(new AppError("unexpected", "nothing is open")))(loser);
	const left = await core.database.db
		.selectFrom("pull_requests")
		.select("branch")
		.where("session_id", "=", loser)
		.execute();
	expect(left).toEqual([{ branch: "bobbin/asked" }]);
	const { rows } = await core.database.pool.query<{ count: number }>(
		"select count(*)::int as count from pgboss.job where name = 'close-attempt' and data ->> 'sessionId' = $1",
		[loser],
	);
	expect(rows).toEqual([{ count: 1 }]);
});

it("leaves alone what somebody went on with after the pick", async () => {
	const loser = await aLoser();
	const number = await pull(loser);
	const { threads } = await core.sessions.view(loser);
	const thread = threads[0] ?? aThread();
	await core.sessions.acceptThreadPrompt({ thread, prompt: aPrompt(personId, { text: "Go on" }) });
	// As one has it whose instance's clock is behind.
	await core.database.pool.query("update prompts set created_at = 'epoch' where session_id = $1", [loser]);
	await closing()(loser);
	expect(await stateOf(number)).toBe("open");
	const { prompts } = await core.sessions.view(loser);
	expect(prompts.map(({ status }) => status)).toEqual(["done", "queued"]);
});
