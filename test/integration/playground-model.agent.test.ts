import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type StartedModel, startModel, startWork } from "./playground-model.loop.ts";

const WEB_SHOP_TESTS = 'node --test --test-isolation=none "test/**/*.test.ts"';

let model: StartedModel;
let work: Awaited<ReturnType<typeof startWork>>;

beforeAll(async () => {
	model = await startModel();
});
afterEach(() => work.remove());
afterAll(() => model.stop());

test("repairs every bug that the web shop's failing tests show, in one pull request", async () => {
	work = await startWork(model, "web-shop");
	const answer = await work.prompt("Please fix the failing tests");
	expect((await work.changed()).sort()).toEqual(["src/money.ts", "src/orders.ts", "src/pagination.ts"]);
	expect(await work.run(WEB_SHOP_TESTS)).toMatch(/^ℹ fail 0$/m);
	expect(work.pullRequests).toEqual([
		expect.objectContaining({ branch: "bobbin/1a2b3c4d-work", title: expect.any(String) }),
	]);
	expect(answer).toContain("all 29 tests pass");
	expect(answer).toContain("[#7](http://127.0.0.1/acme/demo/pull/7)");
	expect(await work.run("git log -1 --format=%an origin/bobbin/1a2b3c4d-work")).toBe("Ada\n");
});

test("repairs only what is asked for and names what still fails", async () => {
	work = await startWork(model, "web-shop");
	const answer = await work.prompt("fix the flaky checkout test");
	expect(await work.changed()).toEqual(["src/orders.ts"]);
	expect(answer).toContain("0 failed and 5 passed after");
	expect(answer).toContain("2 of 29 tests fail");
	expect(answer).toContain("- adds up the cart total to the cent");
});

test("adds follow-ups as commits to the same branch and opens no second pull request", async () => {
	work = await startWork(model, "web-shop");
	await work.prompt("the cart total is wrong by a cent");
	await work.prompt("also add a test");
	const answer = await work.prompt("also fix pagination");
	expect(await work.commits()).toEqual([
		"fix(money): keep the last cent of a price",
		"test: check money further",
		"fix(pagination): show no empty last page",
	]);
	expect(work.pullRequests).toHaveLength(1);
	expect(answer).toContain("Added to [#7]");
	expect(await work.changed()).toContain("test/money-cents.test.ts");
});

test("opens another pull request where the one before is done with and there is a new branch", async () => {
	work = await startWork(model, "web-shop");
	await work.prompt("the cart total is wrong by a cent");
	await work.beginBranch("bobbin/1a2b3c4d-work-2");
	const answer = await work.prompt("also fix pagination");
	expect(work.pullRequests.map(({ branch }) => branch)).toEqual([
		"bobbin/1a2b3c4d-work",
		"bobbin/1a2b3c4d-work-2",
	]);
	expect(answer).toContain("Opened [#");
});

test("adds a route with its test, and renames it afterwards", async () => {
	work = await startWork(model, "web-shop");
	await work.prompt("Add a health endpoint: GET /health");
	expect((await work.changed()).sort()).toEqual(["README.md", "src/routes.ts", "test/server.test.ts"]);
	const answer = await work.prompt("rename it to /healthz");
	expect(answer).toContain("`GET /health` is now `GET /healthz`");
	expect(await work.run(WEB_SHOP_TESTS)).toContain("✔ answers /healthz");
	expect(await work.run("git grep -c '/health\\b' -- src test README.md")).toBe("");
	expect(await work.commits()).toHaveLength(2);
});

test("repairs the tiers of the Python library", async () => {
	work = await startWork(model, "py-pricing");
	const answer = await work.prompt("the volume discount at the tier boundary is wrong, please fix");
	expect(await work.changed()).toEqual(["pricing/tiers.py"]);
	expect(answer).toMatch(/before, 1 of 10 tests fails; now, all 10 tests pass/);
});

test("repairs the broken link of the docs", async () => {
	work = await startWork(model, "docs-site");
	const answer = await work.prompt("there's a broken link on the start page, can you fix it?");
	expect(await work.changed()).toEqual(["docs/index.md"]);
	expect(answer).toContain("all 5 tests pass");
});

test("notes a request down that it does not know, quoted as data, and names the setting for a real model", async () => {
	work = await startWork(model, "docs-site");
	const answer = await work.prompt("Migrate us to $(touch /tmp/owned) `GraphQL`'; rm -rf .\n# now");
	expect(answer).toContain("ANTHROPIC_API_KEY");
	expect(await work.changed()).toEqual(["NOTES-migrate-us-to-touch-tmp.md"]);
	const note = await work.run("cat NOTES-*.md");
	expect(note).toContain("> Migrate us to $(touch /tmp/owned) `GraphQL`'; rm -rf .\n> # now\n");
	const commands = work.calls.filter((call) => call.name === "bash").map((call) => call.input.command);
	expect(commands.join("\n")).not.toMatch(/GraphQL|rm -rf|owned/);
});

test("answers a question with file names and changes nothing", async () => {
	work = await startWork(model, "web-shop");
	const answer = await work.prompt("where is the discount code checked?");
	expect(answer).toContain("src/discounts.ts");
	expect(work.pullRequests).toEqual([]);
	expect(await work.run("git status --porcelain")).toBe("");
});

test("answers in words where there is no repository", async () => {
	work = await startWork(model, "docs-site");
	expect(await work.prompt("thanks!", { repository: null })).toContain("You are welcome");
	expect(work.calls).toEqual([]);
});

test("says that the push was refused, and goes on from there when asked again", async () => {
	work = await startWork(model, "docs-site");
	await work.run(
		"printf '#!/bin/sh\\necho no pushes today >&2\\nexit 1\\n' > ../remote.git/hooks/pre-receive && chmod +x ../remote.git/hooks/pre-receive",
	);
	const answer = await work.prompt("fix the broken link");
	expect(answer).toContain("push was refused");
	expect(answer).toContain("no pushes today");
	expect(work.pullRequests).toEqual([]);
	await work.run("rm ../remote.git/hooks/pre-receive");
	expect(await work.prompt("fix the broken link", { interrupted: true })).toContain("Opened [#7]");
	expect(await work.commits()).toEqual(["docs(index): link to the refunds page"]);
});

test("pushes again where the connection broke off in the middle of the push", async () => {
	work = await startWork(model, "docs-site");
	work.ask("fix the broken link");
	let cuts = 0;
	const answer = await work.untilAnswer(async (name, input) => {
		if (name === "bash" && input.command?.endsWith("git push origin HEAD") && cuts++ < 2)
			return [
				"error: RPC failed; curl 52 Empty reply from server\nfatal: the remote end hung up unexpectedly",
				false,
			];
		const command = input.command?.replace(/^sleep \d+ && /, "");
		return work.runTool(name, command === undefined ? input : { ...input, command });
	});
	expect(answer).toContain("Opened [#7]");
	expect(cuts).toBe(3);
	expect(await work.commits()).toEqual(["docs(index): link to the refunds page"]);
});

test("says so when the tests cannot be run", async () => {
	work = await startWork(model, "py-pricing");
	work.ask("fix the failing tests");
	const answer = await work.untilAnswer(async (name, input) =>
		name === "bash" && input.command?.startsWith("python3")
			? ["bash: line 1: python3: command not found", false]
			: work.runTool(name, input),
	);
	expect(answer).toContain("the tests could not be run here");
	expect(answer).not.toMatch(/tests pass/);
});

test("goes on after an interruption at every step without doing anything twice", async () => {
	work = await startWork(model, "docs-site");
	const request = "fix the broken link on the start page";
	work.ask(request);
	for (let cut = 0; cut < 12; cut++) {
		// The tools run, but what they answered is lost: the sandbox's agent was killed just then.
		const answer = await work.step(async (name, input) => {
			if (cut % 2 === 0) await work.runTool(name, input);
			return ["[Tool execution was interrupted]", true];
		});
		if (answer !== null) break;
		work.ask(request, { interrupted: true });
		if ((await work.step()) !== null) break;
	}
	if (work.messages.at(-1)?.role === "user") await work.untilAnswer();
	expect(await work.commits()).toEqual(["docs(index): link to the refunds page"]);
	expect(await work.changed()).toEqual(["docs/index.md"]);
});

test("takes what is added in mid-turn into the same turn", async () => {
	work = await startWork(model, "web-shop");
	work.ask("fix the pagination bug");
	await work.step();
	await work.step();
	const last = work.messages.at(-1)?.content as unknown[];
	last.push({ type: "text", text: "also fix the cart total" });
	await work.untilAnswer();
	expect((await work.changed()).sort()).toEqual(["src/money.ts", "src/pagination.ts"]);
	expect(work.pullRequests).toHaveLength(1);
});

test("draws the one chart that it knows, says what is on it and changes nothing", async () => {
	work = await startWork(model, "web-shop");
	const answer = await work.prompt("make a chart of the code");
	expect(work.pictures).toHaveLength(1);
	expect(work.pictures[0]?.subarray(1, 4).toString()).toBe("PNG");
	expect(answer).toMatch(/1\. `[^`]+`: \d+ lines/);
	expect(work.pullRequests).toEqual([]);
	expect(await work.run("git status --porcelain --untracked-files=no")).toBe("");
});
