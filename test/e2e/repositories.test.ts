import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase } from "../harness/database.ts";
import { eventually } from "../harness/eventually.ts";
import { describePlayground, joinPlayground, type PlaygroundHuman } from "../harness/playground-client.ts";
import { type Points, watchPoints } from "../harness/points.ts";
import { startApp, type TestApp } from "../harness/start-app.ts";
import { openThread, type ThreadUser, visibleText } from "../harness/thread.ts";
import { createVendorFaults } from "../harness/vendor-faults.ts";

const GIB = 1024 * 1024;

const database = await createTestDatabase();
let app: TestApp;
let faults: ReturnType<typeof createVendorFaults>;
let points: Points;
let mia: PlaygroundHuman;
let dir: string;
/** A session with one turn behind it. */
let odd: ThreadUser;

beforeAll(async () => {
	dir = await mkdtemp(join(tmpdir(), "bobbin-repositories-"));
	points = await watchPoints(database);
	// Nothing here has 5 GB: what GitHub says of a size is set, and so are the limits.
	app = await startApp({
		DATABASE_URL: database.url,
		LOG_LEVEL: "fatal",
		REPOSITORY_MAX_MIB: "4096",
		REPOSITORY_WHOLE_MIB: "1024",
	});
	faults = createVendorFaults(app.origin);
	mia = await joinPlayground(app.origin, "mia");
});

afterAll(async () => {
	mia?.close();
	await points?.stop();
	await app?.remove();
	await database.drop();
	await rm(dir, { recursive: true, force: true });
});

const ask = (repository: string, words: string) =>
	openThread(mia, "general", `@bobbin ${words} (in ${repository})`);

/** What stands in the table of a repository, once it is as wanted. */
async function untilKnown(where: string): Promise<void> {
	await eventually(async () => {
		const { rows } = await database.pool.query(`select 1 from repositories where ${where}`);
		expect(rows).toHaveLength(1);
	});
}

async function makeEmpty(name: string): Promise<string> {
	await faults.github("POST", "/orgs/acme/repos", { name, auto_init: false });
	await untilKnown(`name = '${name}' and removed_at is null`);
	const { github } = await describePlayground(app.origin);
	const url = new URL(`${github.url}/acme/${name}.git`);
	Object.assign(url, { username: "x-access-token", password: github.token });
	return url.href;
}

const failure = async (thread: ThreadUser) => visibleText(await thread.untilSaid(/That did not work/));

test("an empty repository and one of 5 GB are refused in words, with the remedy", async () => {
	await makeEmpty("nothing-yet");
	await makeEmpty("monolith");
	await faults.github("POST", "/playground/sizes", { owner: "acme", name: "monolith", kib: 5 * GIB });
	await faults.github("PATCH", "/repos/acme/monolith", { description: "everything" });
	await untilKnown(`name = 'monolith' and size_kib = ${5 * GIB}`);
	const [empty, large] = await Promise.all([
		ask("acme/nothing-yet", "where is the readme?"),
		ask("acme/monolith", "where is the readme?"),
	]);
	await Promise.all([empty.untilMarked("x"), large.untilMarked("x")]);
	expect(await failure(empty)).toMatch(
		/acme\/nothing-yet is empty: it has no branch yet\. Push a first commit/,
	);
	expect(await failure(large)).toMatch(
		/acme\/monolith is too large for a sandbox here: 5\.0 GB at GitHub, the limit is 4\.0 GB\./,
	);
	const { rows } = await database.pool.query("select 1 from sandboxes where cloned_at is not null");
	expect(rows).toHaveLength(0);
});

test("submodules, LFS pointers, links out of the tree and names that are no UTF-8 are worked with, and told", async () => {
	const url = await makeEmpty("oddities");
	await promisify(execFile)(
		"bash",
		[
			"-ec",
			`git init -q -b main odd; cd odd; git config user.name Mia; git config user.email mia@acme.example
			mkdir -p art vendor; echo '*.psd filter=lfs diff=lfs merge=lfs -text' > art/.gitattributes
			printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%064d\\nsize 9\\n' 0 > art/a.psd
			printf '[submodule "lib"]\\n\\tpath = vendor/lib\\n\\turl = ../lib.git\\n' > .gitmodules
			ln -s /etc/passwd passwd; ln -s ../../../.. up
			printf 'caf\\351' > "$(printf 'caf\\351.txt')"; echo '# Odd' > README.md
			git add -A; git update-index --add --cacheinfo 160000,$(printf %040d 1),vendor/lib
			git commit -qm odd; git push -q ${url} main`,
		],
		{ cwd: dir },
	);
	await faults.github("POST", "/playground/sizes", { owner: "acme", name: "oddities", kib: 2 * GIB });
	await faults.github("PATCH", "/repos/acme/oddities", { description: "odd" });
	await untilKnown(`name = 'oddities' and size_kib = ${2 * GIB}`);
	odd = await ask("acme/oddities", "where is the readme?");
	const thread = odd;
	const notes = visibleText(await thread.untilSaid(/submodules/));
	expect(notes).toMatch(/I can read the repository itself and no other, so their folders are empty here/);
	expect(notes).toMatch(/keeps some files in Git LFS\. I have only their pointers/);
	await thread.untilMarked("white_check_mark");
	const messages = (await thread.read()).map(visibleText).join("\n");
	expect(messages).not.toContain("root:");
	expect(messages.match(/submodules/g)).toHaveLength(2);
});

test("a repository and its default branch that are renamed in mid-session change nothing but the names", async () => {
	const thread = await ask("acme/web-shop", "what does the cart do?");
	await thread.untilMarked("white_check_mark");
	await faults.github("PATCH", "/repos/acme/web-shop", { name: "storefront" });
	await faults.github("POST", "/repos/acme/storefront/branches/main/rename", { new_name: "trunk" });
	const fix = await thread.reply(mia, "fix the pagination");
	await thread.untilMarked("white_check_mark", fix);
	expect(visibleText(await thread.untilSaid(/main is not at GitHub any more/))).toMatch(
		/the default branch is called trunk now\. The pull request goes there/,
	);
	expect(visibleText(await thread.untilSaid(/Pull request/))).toMatch(/acme\/storefront/);
	const { rows } = await database.pool.query("select base, state from pull_requests");
	expect(rows).toEqual([{ base: "trunk", state: "open" }]);
});

test("access that is withdrawn in mid-session is told, and granted again the session goes on", async () => {
	const thread = odd;
	const { rows } = await database.pool.query<{ installation: string; id: string }>(
		"select installation_id as installation, github_id as id from repositories where name = 'oddities'",
	);
	const place = `/user/installations/${rows[0]?.installation}/repositories/${rows[0]?.id}`;
	await faults.github("DELETE", place);
	await untilKnown("name = 'oddities' and removed_at is not null");
	const next = await thread.reply(mia, "where is the readme?");
	await thread.untilMarked("x", next);
	expect(await failure(thread)).toMatch(
		/acme\/oddities cannot be read any more: it is gone, or Bobbin's GitHub App has no access to it\. Grant it/,
	);
	await faults.github("PUT", place);
	await untilKnown("name = 'oddities' and removed_at is null");
	await thread.click(/^retry_prompt$/);
	await thread.untilMarked("white_check_mark", next);
});

test("a repository that is archived in mid-turn refuses the push in words, and the next prompt before work", async () => {
	const started = points.next("events tool.started");
	const thread = await ask("acme/py-pricing", "fix the tier limits");
	await started;
	await faults.github("PATCH", "/repos/acme/py-pricing", { archived: true });
	await thread.untilSaid(/is archived at GitHub, so nothing can be pushed to it/);
	await thread.untilMarked("white_check_mark");
	const next = await thread.reply(mia, "fix the tier limits");
	await thread.untilMarked("x", next);
	expect(await failure(thread)).toMatch(
		/acme\/py-pricing is archived at GitHub, so nothing can be changed there\. Unarchive it there and try again/,
	);
});

test("Slack refused nothing of all that", async () => {
	expect(await faults.slackRefusals()).toEqual([]);
});
