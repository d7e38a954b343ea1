import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { describePullRequestJob } from "../../src/jobs/queue.ts";
import { createOpeningsFixture } from "../harness/openings.ts";
import { aPng } from "../harness/picture.ts";
import { git } from "../harness/playground-github.ts";
import { aPerson } from "../harness/sessions.ts";

let fixture: Awaited<ReturnType<typeof createOpeningsFixture>>;
let session: Awaited<ReturnType<typeof fixture.startSession>>;
let mia: string;
let noah: string;

beforeAll(async () => {
	fixture = await createOpeningsFixture();
	mia = await aPerson(fixture.core, "Mia");
	noah = await aPerson(fixture.core, "Noah");
	await fixture.link(mia, "mia");
	await fixture.link(noah, "noah");
});
afterAll(() => fixture?.close());
beforeEach(async () => {
	session = await fixture.startSession();
	await session.turnOf(mia);
	await session.push();
});
afterEach(() => fixture.github.playground.setFault(null));

const db = () => fixture.database.db;
const refName = () => `bobbin/pictures/${session.sessionId.slice(0, 8)}`;
const addresses = (body: string) => [...body.matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)];

test("a pull request shows the pictures up to its opening, out of its own repository", async () => {
	await session.show("The cart before", aPng(10));
	await session.turnOf(mia);
	await session.show("The cart after", aPng(20));
	const { number } = await session.open();
	const { body } = await fixture.readPull(number);
	const shown = addresses(body);
	expect(shown.map(([, alt]) => alt)).toEqual(["The cart before", "The cart after"]);
	const url = shown[0]?.[2] ?? "";
	expect(url).toMatch(/\/acme\/shop\/blob\/[0-9a-f]{40}\/[0-9a-f-]{36}\.png\?raw=true$/);
	const seen = await fetch(url);
	expect(seen.headers.get("content-type")).toBe("image/png");
	expect(Buffer.from(await seen.arrayBuffer())).toEqual(aPng(10));
	const heads: { ref: string }[] = await fixture.call(
		"GET",
		"/repos/acme/shop/git/matching-refs/heads/bobbin/pictures",
	);
	expect(heads).toEqual([]);

	await session.show("Later", aPng(30));
	await session.push();
	await fixture.core.jobs.enqueue(
		db(),
		describePullRequestJob,
		{ version: 1, pullRequestId: (await row()).id },
		{ key: "x" },
	);
	await expect.poll(isIdle).toBe(true);
	expect((await fixture.readPull(number)).body).toBe(body);
});

const row = () =>
	db()
		.selectFrom("pull_requests")
		.selectAll()
		.where("session_id", "=", session.sessionId)
		.executeTakeFirstOrThrow();
const isIdle = async () => {
	const { rows } = await fixture.database.pool.query(
		"select 1 from pgboss.job where name = 'describe-pull-request' and state in ('created', 'retry', 'active')",
	);
	return rows.length === 0;
};

test("pictures that were made in another repository stay out of it", async () => {
	await session.show("Of the shop", aPng(40));
	const docs = await db()
		.selectFrom("repositories")
		.select("id")
		.where("name", "=", "docs")
		.executeTakeFirstOrThrow();
	await db()
		.updateTable("pictures")
		.set({ repository_id: docs.id })
		.where("session_id", "=", session.sessionId)
		.execute();
	const { number } = await session.open();
	expect((await fixture.readPull(number)).body).not.toContain("Screenshots");
});

test("a second commit of pictures keeps the first, and what is there is not put there again", async () => {
	await session.show("One", aPng(50));
	await session.open();
	const first: { object: { sha: string } } = await fixture.call(
		"GET",
		`/repos/acme/shop/git/ref/${refName()}`,
	);
	await session.show("Two", aPng(60));
	const branch = `${session.branch}-more`;
	await session.push(branch);
	const { number } = await session.open({ branch });
	const second: { object: { sha: string } } = await fixture.call(
		"GET",
		`/repos/acme/shop/git/ref/${refName()}`,
	);
	const { parents }: { parents: { sha: string }[] } = await fixture.call(
		"GET",
		`/repos/acme/shop/git/commits/${second.object.sha}`,
	);
	expect(parents.map(({ sha }) => sha)).toEqual([first.object.sha]);
	const shown = addresses((await fixture.readPull(number)).body).map(
		([, , url = ""]) => /blob\/([0-9a-f]+)/.exec(url)?.[1],
	);
	expect(shown).toEqual([first.object.sha, second.object.sha]);
});

test("where GitHub does not take them, it is opened all the same and shows them later", async () => {
	// No other call of Bobbin meets the failure.
	await expect.poll(isIdle).toBe(true);
	await session.show("The cart", aPng(70));
	const { putFiles } = fixture.github.github;
	let failures = 0;
	fixture.github.github.putFiles = async (input) => {
		if (failures++ === 0)
			fixture.github.playground.setFault({
				kind: "unavailable",
				times: 1,
				status: 502,
				retryAfterSeconds: 1,
			});
		return putFiles(input);
	};
	try {
		const { number } = await session.open();
		expect(number).toEqual(expect.any(Number));
		await expect.poll(async () => addresses((await fixture.readPull(number)).body).length).toBe(1);
		expect(failures).toBe(2);
		expect(await fixture.countPulls(session.branch)).toBe(1);
	} finally {
		fixture.github.github.putFiles = putFiles;
	}
});

test("pictures that people took out of its text stay out", async () => {
	await session.show("The cart", aPng(80));
	const { number } = await session.open();
	const { body } = await fixture.readPull(number);
	const cut = body.replace(/<!-- bobbin:pictures -->[\s\S]*pictures end -->\n*/, "");
	await fixture.call("PATCH", `/repos/acme/shop/pulls/${number}`, { body: cut });
	await session.turnOf(noah);
	await session.push();
	await expect.poll(async () => (await fixture.readPull(number)).body).toContain("Co-authored-by");
	expect((await fixture.readPull(number)).body).not.toContain("![");
});

test("a sandbox cannot push there", async () => {
	await expect(git(session.checkout, "push", "-q", "origin", `HEAD:refs/${refName()}`)).rejects.toThrow(
		/may push only to/,
	);
});

test("the playground refuses what GitHub refuses of its Git database", async () => {
	const at = "/repos/acme/shop/git";
	const none = "0".repeat(40);
	for (const [path, body] of [
		["blobs", { content: "x", encoding: "hex" }],
		["trees", { tree: [{ path: "a.png", mode: "100644", type: "blob", sha: none }] }],
		["commits", { message: "m", tree: none }],
		["refs", { ref: "heads/x", sha: none }],
	] as const)
		await expect(fixture.call("POST", `${at}/${path}`, body)).rejects.toThrow("GitHub answered 422");
	const main: { object: { sha: string } } = await fixture.call("GET", `${at}/ref/heads/main`);
	const first = await session.push();
	const ref = { ref: `refs/bobbin/test-${first.slice(0, 8)}`, sha: first };
	await fixture.call("POST", `${at}/refs`, ref);
	const patch = `${at}/refs/${ref.ref.slice("refs/".length)}`;
	await expect(fixture.call("PATCH", patch, { sha: main.object.sha })).rejects.toThrow("not a fast forward");
	await fixture.call("PATCH", patch, { sha: main.object.sha, force: true });
	await expect(fixture.call("PATCH", `${at}/refs/bobbin/none`, { sha: first })).rejects.toThrow(
		"does not exist",
	);
});
