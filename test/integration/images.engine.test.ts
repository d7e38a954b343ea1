import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServices } from "../../sandbox/images/start-services.ts";
import { PATIENCE_MS } from "../config/patience.ts";
import { type ImageBuilds, makeRepository, prepareImageBuilds, TOKEN } from "../harness/image-builds.ts";

let builds: ImageBuilds;
beforeAll(async () => {
	builds = await prepareImageBuilds();
});
afterAll(() => builds?.stop());

const SERVER = `
	const { createServer } = require("node:http");
	const listen = () => createServer((_, response) => response.end("hello")).listen(Number(process.env.PORT ?? 4555), "127.0.0.1");
	setTimeout(listen, 100);
`;
/** Nothing of a build is left but, perhaps, its image. */
const expectNothingLeft = async (name: string, snapshot: string | null) => {
	expect(await builds.provider.get(name)).toBeNull();
	expect(await builds.provider.get(`${name}-verify`)).toBeNull();
	if (snapshot !== null) expect(await builds.provider.getSnapshot(snapshot)).toBeNull();
};

describe.concurrent("an image", () => {
	test("holds the checkout, what was installed and the agent's state, and no process or token", async () => {
		const files = {
			".bobbin.yml": `
				setup:
				  - mkdir -p node_modules && echo installed > node_modules/x && printf '\\e[32mgreen\\e[0m\\n'
				  - "cat $BOBBIN_SECRETS_DIR/token; (setsid sleep 1234 </dev/null >/dev/null 2>&1 &)"
				start: node server.js
				ports: [4123]
				test: echo 3 tests passed; test "$CI" = 1
			`.replaceAll("\t", ""),
			".gitignore": "node_modules\n",
			"server.js": SERVER,
		};
		const { input, outcome, seen, log, step } = await builds.build(files, {
			warmAgent: async (sandbox) =>
				builds.provider.writeFile(sandbox.id, `${sandbox.homeDir}/.bobbin/agent-state/x`, "warm"),
		});
		expect(outcome).toMatchObject({ outcome: "ready", ports: [4123], recipe: { start: "node server.js" } });
		expect(seen.filter((line) => line.endsWith("ended"))).toEqual(
			["prepare", "read", "setup", "setup", "start", "test", "agent", "check", "snapshot", "verify"].map(
				(name) => `${name}: ended`,
			),
		);
		expect(step("test")).toMatchObject({ command: expect.stringContaining("3 tests"), exitCode: 0 });
		expect(outcome.steps.flatMap(({ warning }) => warning ?? [])).toEqual([]);
		expect(log).toContain("\ngreen\n");
		expect(log).toContain("\n[hidden]\n");
		expect(log).toBe(outcome.log);
		const found = await builds.look(
			input.snapshot,
			`cd repo && git status --porcelain && cat node_modules/x ~/.bobbin/agent-state/x; ls $BOBBIN_SECRETS_DIR 2>/dev/null; ps -eo args | grep -c '[s]leep 1234'`,
		);
		expect(found).toBe("installed\nwarm0");
		await expectNothingLeft(input.sandboxName, null);
	});

	test("is made although commands do nothing, tests fail and the checkout is changed; each is a warning", async () => {
		const files = {
			".bobbin.yml": `
				setup: "true"
				env: {WORD: it's}
				build: |
				  echo changed > tracked.txt; mkdir -p "out [1]"; echo made $WORD > "out [1]/x"
				  touch $'\xff\xfe name' .git/index.lock; mkfifo pipe; ln -s /etc/passwd link
				start: node server.js
				test: echo 1 of 3 failed; exit 4
			`.replaceAll("\t", ""),
			"tracked.txt": "as committed",
			"server.js": SERVER,
		};
		const { input, outcome, step } = await builds.build(files);
		expect(outcome).toMatchObject({ outcome: "ready", ports: [4555] });
		expect(step("setup")).toMatchObject({
			exitCode: 0,
			warning: expect.stringContaining("perhaps it did nothing"),
		});
		expect(step("test")).toMatchObject({
			exitCode: 4,
			warning: expect.stringContaining("ended with exit code 4. Failing tests do not fail the image."),
		});
		expect(step("check")?.warning).toMatch(
			/taken back: tracked.txt\. .*passes over them here: .*out \[1\]\//,
		);
		const found = await builds.look(
			input.snapshot,
			"cd repo && git status --porcelain && cat tracked.txt out*/x; guest_dir=/opt/bobbin/guest; . $guest_dir/recipe-env.sh; echo $WORD",
		);
		expect(found).toBe("as committedmade it's\nit's");
	});

	test("is made of an empty repository, and says that it is empty", async () => {
		const { outcome } = await builds.build(
			{},
			{
				async prepare({ id, homeDir }) {
					await builds.provider.exec(id, { command: "git init -q ~/repo", timeoutMs: 60_000 });
					return { directory: `${homeDir}/repo` };
				},
			},
		);
		expect(outcome).toMatchObject({
			outcome: "ready",
			commitSha: "",
			found: ["The repository is empty: there is nothing to install, build or run."],
		});
	});

	test("is made with a service that answers", async () => {
		const server =
			'#!/bin/sh\nexec node -e \'require("net").createServer((s) => s.on("error", () => {}).end("PONG")).listen(Number(process.argv[2]))\' -- "$@"\n';
		const client =
			'node -e \'require("net").connect(new URL(process.env.REDIS_URL).port, "127.0.0.1").on("data", (d) => console.log("got " + d))\'';
		const { outcome, log } = await builds.build(
			{},
			{
				recipeText: JSON.stringify({ services: ["redis"], test: client }),
				async prepare(sandbox) {
					const program = `${sandbox.homeDir}/.local/bin/redis-server`;
					await builds.provider.writeFile(sandbox.id, program, server, 0o755);
					return makeRepository(builds.provider, sandbox, {});
				},
			},
		);
		expect(outcome).toMatchObject({ outcome: "ready" });
		expect(log).toContain("\ngot PONG\n");
	});

	test("is made although a start that was only found fails", async () => {
		const makefile = "test:\n\t@echo tested\nbuild:\n\t@echo built\nstart:\n\t@echo no database; exit 3\n";
		const { outcome, step } = await builds.build({ Makefile: makefile });
		expect(outcome).toMatchObject({ outcome: "ready", found: ['Makefile has "build", "test", "start"'] });
		expect(step("start")).toMatchObject({
			exitCode: 2,
			warning: expect.stringContaining("was found, not written"),
		});
	});
});

describe.concurrent("a build ends, and says why", () => {
	const fail = async (recipe: string, more: Parameters<ImageBuilds["build"]>[1] = {}, files = {}) => {
		const seen = await builds.build({ ".bobbin.yml": recipe.replaceAll("\t", ""), ...files }, more);
		const { outcome, input } = seen;
		if (outcome.outcome !== "failed") throw new Error(`It did not fail:\n${outcome.log}`);
		await expectNothingLeft(input.sandboxName, input.snapshot);
		return { ...seen, outcome };
	};
	const limits = { stepMs: 4_000, totalMs: 2 * PATIENCE_MS, logBytes: 16 * 1024 };

	test("when a command hangs, deaf to signals", async () => {
		const { outcome } = await fail("setup: trap '' TERM INT; echo installing; while true; do sleep 1; done", {
			limits,
		});
		expect(outcome).toMatchObject({
			step: "setup",
			message: expect.stringMatching(/^`trap .*` did not end within 4\.0 s and was ended\.$/),
			lastLines: ["installing"],
		});
	});
	test("when a command prints a gigabyte and fails: head and end are kept, in little room", async () => {
		const recipe = "setup: echo the beginning; head -c 1G /dev/zero | tr '\\0' x; echo; echo the end; exit 1";
		const { outcome, log } = await fail(recipe, { limits: { ...limits, stepMs: PATIENCE_MS } });
		expect(outcome).toMatchObject({
			step: "setup",
			message: expect.stringContaining("ended with exit code 1."),
		});
		expect(outcome.lastLines.at(-1)).toBe("the end");
		expect(log).toContain("\nthe beginning\n");
		expect(log).toMatch(/\[\.\.\. 10737\d+ bytes left out \.\.\.\]/);
		expect(Buffer.byteLength(log)).toBeLessThan(limits.logBytes);
	});
	test.each(["read -rs password </dev/tty", "git ls-remote http://127.0.0.1:8701/private.git"])(
		"when a command wants a person: %s",
		async (command) => {
			const { outcome } = await fail(`setup: ${JSON.stringify(command)}`);
			expect(outcome.message).toMatch(
				/ended with exit code \d+\. Commands of a recipe run without a terminal/,
			);
		},
	);
	test("when a command waits for an answer, which never comes", async () => {
		const { outcome } = await fail("setup: echo 'Continue?'; read -r answer; echo $answer");
		expect(outcome).toMatchObject({ step: "setup", lastLines: ["Continue?"] });
	});
	test("when an install fails", async () => {
		const { outcome } = await fail("setup: [echo resolving, echo no such package >&2; exit 3, echo never]");
		expect(outcome).toMatchObject({
			step: "setup",
			message: "`echo no such package >&2; exit 3` ended with exit code 3.",
			lastLines: ["no such package"],
		});
		expect(outcome.log).not.toContain("== setup: echo never");
	});
	test("when the start command ends well without an answer", async () => {
		const { outcome } = await fail("start: echo started\nports: [4321]");
		expect(outcome).toMatchObject({
			step: "start",
			message: "`echo started` ended with exit code 0. Nothing had answered on port 4321 by then.",
			lastLines: ["started"],
		});
	});
	test("when the app answers on another port than was said", async () => {
		const { outcome } = await fail(
			"start: PORT=4777 node server.js; sleep 100\nports: [4322]",
			{ limits: { ...limits, stepMs: 8_000 } },
			{ "server.js": SERVER },
		);
		expect(outcome.message).toContain("Nothing answered on port 4322 within 8.0 s");
		expect(outcome.message).toContain("It listens on 4777.");
	});
	test("when a recipe cannot be read: by line and key", async () => {
		const { outcome } = await fail("test: npm test\ntset: npm test\nports: [no]");
		expect(outcome).toMatchObject({
			step: "read",
			message: expect.stringMatching(/^\.bobbin\.yml cannot be used: line 2, tset: .*Did you mean "test"\?/),
			lastLines: [expect.stringContaining("line 2, tset"), expect.stringContaining("line 3, ports[0]")],
		});
	});
	test("when credentials would be left: by path, never by value", async () => {
		const { outcome } = await fail(`
			setup:
			  - printf '//registry.example.com/:_authToken=secret-1\\n' > ~/.npmrc
			  - mkdir -p ~/.ssh && printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\\nsecret-2\\n' > ~/.ssh/id_ed25519
			  - cp "$BOBBIN_SECRETS_DIR/token" node_modules
			  - git config credential.helper store
			  - ln -s "$(cat "$BOBBIN_SECRETS_DIR/token")" ~/link
			  - git config --global url.https://me:secret-3@example.com/.insteadOf https://example.com/
		`);
		expect(outcome).toMatchObject({
			step: "check",
			message: expect.stringContaining("would be left in the image"),
		});
		expect(outcome.lastLines.toSorted()).toEqual([
			"~/.gitconfig: a password in an address",
			"~/.npmrc: an npm token",
			"~/.ssh/id_ed25519: a private key",
			"~/link: the sandbox's token",
			"~/repo/.git/config: a git credential helper",
			"~/repo/node_modules: the sandbox's token",
		]);
		expect(JSON.stringify(outcome.lastLines) + outcome.message).not.toMatch(/secret-\d/);
		expect(JSON.stringify(outcome)).not.toContain(TOKEN);
	});
	test("when everything together takes too long", async () => {
		const { outcome } = await fail("setup: echo never", {
			prepare: () => new Promise(() => {}),
			limits: { ...limits, totalMs: 6_000 },
		});
		expect(outcome).toMatchObject({
			step: "prepare",
			message: "The whole build took longer than 6.0 s and was ended.",
		});
	});
	test.skipIf(["/usr/bin/redis-server", "/usr/bin/valkey-server"].some(existsSync))(
		"when a service is not installed: with what to do",
		async () => {
			const { outcome } = await fail("services: [redis]");
			expect(outcome).toMatchObject({
				step: "services",
				message: expect.stringMatching(/^Redis is not installed where sandboxes run\..*out of "services"/),
			});
		},
	);
});

describe.concurrent("what is not the repository's fault", () => {
	test("a caller's error is thrown as it is, also when cleaning up fails", async () => {
		const error = new Error("no access");
		let isAway = false;
		const building = builds.build(
			{},
			{
				provider: {
					...builds.provider,
					delete: (name) => (isAway ? Promise.reject(new Error("away")) : builds.provider.delete(name)),
				},
				prepare: () => {
					isAway = true;
					return Promise.reject(error);
				},
			},
		);
		await expect(building).rejects.toBe(error);
		expect(isAway).toBe(true);
	});
	test("an abort ends a running command and leaves nothing", async () => {
		const stop = new AbortController();
		const reason = new Error("shutting down");
		const building = builds.build(
			{ ".bobbin.yml": "setup: echo here; sleep 1000" },
			{
				sandboxName: "aborted",
				snapshot: "bobbin-image-aborted",
				signal: stop.signal,
				onStep: ({ step }) => step === "setup" && stop.abort(reason),
			},
		);
		await expect(building).rejects.toBe(reason);
		await expectNothingLeft("aborted", "bobbin-image-aborted");
	});
	test("a process that cannot be ended ends the build", async () => {
		const { outcome } = await builds.build(
			{ ".bobbin.yml": "setup: echo done; (sleep 4321 >/dev/null &)" },
			{ provider: { ...builds.provider, killStrays: async () => {} } },
		);
		expect(outcome).toMatchObject({
			outcome: "failed",
			step: "check",
			message: "A process could not be ended.",
			lastLines: [expect.stringContaining("sleep 4321")],
		});
	});
	test("a snapshot that holds something else is not published, and what an earlier build left is not used", async () => {
		const { provider } = builds;
		await provider.create({ name: "other" });
		await provider.writeFile("other", "/home/agent/leftover", "x");
		let leftover: boolean | undefined;
		const { outcome } = await builds.build(
			{},
			{
				sandboxName: "other",
				snapshot: "bobbin-image-other",
				provider: { ...provider, create: ({ name }) => provider.create({ name }) },
				warmAgent: async ({ id }) => {
					const { exitCode } = await provider.exec(id, { command: "test -e ~/leftover", timeoutMs: 60_000 });
					leftover = exitCode === 0;
				},
			},
		);
		expect(outcome).toMatchObject({ outcome: "failed", step: "verify" });
		expect(leftover).toBe(false);
		await expectNothingLeft("other", "bobbin-image-other");
	});
});

const postgres = ["/usr/lib/postgresql", "/usr/local/pgsql"].some((path) => existsSync(path));
test.skipIf(!postgres)("PostgreSQL runs during a build and again, with its data, in a session", async () => {
	const sql = (text: string) =>
		`$(ls -d /usr/lib/postgresql/*/bin | tail -1)/psql "$DATABASE_URL" -qtAc ${JSON.stringify(text)}`;
	const { input, outcome } = await builds.build(
		{},
		{
			recipeText: JSON.stringify({
				services: ["postgres"],
				setup: sql("create table t (n int); insert into t values (42)"),
				test: sql("select n from t"),
			}),
		},
	);
	expect(outcome).toMatchObject({ outcome: "ready" });
	const { provider } = builds;
	const session = await provider.create({ name: "session", snapshot: input.snapshot });
	const query = `guest_dir=${session.toolsDir}/guest; . $guest_dir/recipe-env.sh; ${sql("select n from t")}`;
	const signal = new AbortController().signal;
	// As an agent's start does it: the services come beside it, and a second start finds them.
	await provider.spawn(session.id, { key: "agent", command: `${query.split(";", 2).join(";")}; sleep 1000` });
	const started = await startServices(provider, session, ["postgres"], { limitMs: PATIENCE_MS, signal });
	expect(started).toMatchObject({ outcome: "ready" });
	const { stdout } = await provider.exec(session.id, { command: query, timeoutMs: 60_000 });
	expect(stdout).toBe("42\n");
	await provider.delete(session.id);
});

test("without isolation, only processes of the own sandbox count", async () => {
	const plain = await prepareImageBuilds("none");
	try {
		const { outcome } = await plain.build({ ".bobbin.yml": "setup: echo done; (sleep 4322 >/dev/null &)" });
		expect(outcome).toMatchObject({ outcome: "ready" });
	} finally {
		await plain.stop();
	}
});
