import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import type { SandboxAccess } from "../../src/gateway/sandbox-access.ts";
import { anAccess, SANDBOX_TOKEN, startGateway } from "../harness/gateway.ts";
import {
	git,
	type RunningGithub,
	startPlaygroundGithub,
	withToken,
	writeFiles,
} from "../harness/playground-github.ts";

const BRANCH = "bobbin/1a2b3c4d-fix";
let running: RunningGithub;
let gateway: Awaited<ReturnType<typeof startGateway>>;
let checkout: string;
/** What our list says of the repository, and how often it was asked for anew. */
let known: { owner: string; name: string; formerNames: string[]; trouble: SandboxAccess["trouble"] };
let id: number;
let looks = 0;

beforeAll(async () => {
	running = await startPlaygroundGithub();
	const { github } = running;
	gateway = await startGateway({
		findSandbox: async () =>
			anAccess({
				repository: { owner: known.owner, name: known.name },
				formerNames: known.formerNames,
				trouble: known.trouble ?? null,
			}),
		git: {
			url: github.gitUrl,
			token: async (repository, access) =>
				(await github.installationToken({ ...repository, permissions: { contents: access } })).token,
			forgetTokens: github.forgetTokens,
		},
		openPullRequest: async () => {
			throw new AppError("repository_not_found", "GitHub knows no such thing.");
		},
		async refreshRepositories() {
			looks++;
			const now = (await github.listRepositories()).find(({ githubId }) => githubId === id);
			if (now === undefined) known = { ...known, trouble: "withdrawn" };
			else {
				const formerNames = [...known.formerNames, `${known.owner}/${known.name}`];
				const { owner, name } = now;
				known = { owner, name, formerNames, trouble: now.archived ? "archived" : null };
			}
		},
	});
});
afterAll(async () => {
	gateway?.stop();
	await running?.stop();
});

/** Each test has a repository of its own, and a checkout of it that a session has made. */
let count = 0;
beforeEach(async () => {
	const name = `one-${++count}`;
	const made = await call("POST", "/orgs/acme/repos", { name });
	id = Number(made.id);
	known = { owner: "acme", name, formerNames: [], trouble: null };
	looks = 0;
	checkout = join(running.workDir, name);
	await git(
		running.workDir,
		"clone",
		"-q",
		withToken(`${gateway.url}/gateway/git/acme/${name}.git`, SANDBOX_TOKEN),
	);
	await git(checkout, "checkout", "-q", "-b", BRANCH);
	return () => rm(checkout, { recursive: true, force: true });
});

async function call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
	const answer = await fetch(`${running.playground.connection.apiUrl}${path}`, {
		method,
		headers: { authorization: "Bearer ghp_mia", "user-agent": "test" },
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	expect(answer.ok).toBe(true);
	return answer.status === 204 ? {} : ((await answer.json()) as Record<string, unknown>);
}

async function push(): Promise<string> {
	await writeFiles(checkout, { "new.txt": String(Math.random()) });
	await git(checkout, "add", "-A");
	await git(checkout, "commit", "-qm", "more");
	return git(checkout, "push", "origin", BRANCH).then(
		() => "pushed",
		(error: { stderr: string }) => error.stderr,
	);
}

const openPullRequest = async () => {
	const answer = await fetch(`${gateway.url}/gateway/tools/open_pull_request`, {
		method: "POST",
		headers: { authorization: `Bearer ${SANDBOX_TOKEN}` },
		body: JSON.stringify({ branch: BRANCH, title: "Fix", body: "" }),
	});
	return {
		status: answer.status,
		...((await answer.json()) as { error: { code: string; message: string } }),
	};
};

test.each([
	["whose token is kept", false],
	["whose token has to be asked for", true],
])(
	"a repository that was renamed without a word, %s, is fetched and pushed under its old name",
	async (_, forget) => {
		const { name } = known;
		await call("PATCH", `/repos/acme/${name}`, { name: `${name}-now` });
		if (forget) running.github.forgetTokens(known);
		await git(checkout, "fetch", "-q");
		expect(known.name).toBe(`${name}-now`);
		expect(looks).toBe(1);
		expect(await push()).toBe("pushed");
		expect(looks).toBe(1);
		const refs = await git(
			running.workDir,
			"ls-remote",
			withToken(running.github.gitUrl(known), "ghp_mia"),
			`refs/heads/${BRANCH}`,
		);
		expect(refs).toContain(await git(checkout, "rev-parse", "HEAD"));
	},
);

test("an archived repository can be read, and refuses pushes with the remedy", async () => {
	await call("PATCH", `/repos/acme/${known.name}`, { archived: true });
	await git(checkout, "fetch", "-q");
	expect(await push()).toMatch(
		/is archived at GitHub, so nothing can be pushed to it\. Somebody who owns it can/,
	);
	expect(known.trouble).toBe("archived");
	expect(await openPullRequest()).toMatchObject({ status: 403, error: { code: "repository_archived" } });
});

test("a repository that was taken away gives nothing more, and says so at every door", async () => {
	const list = await running.github.listRepositories();
	const installation = list.find(({ githubId }) => githubId === id)?.installationId;
	await call("DELETE", `/user/installations/${installation}/repositories/${id}`);
	expect(await openPullRequest()).toMatchObject({
		status: 404,
		error: { message: expect.stringContaining("has no access to it any more") },
	});
	known = { ...known, trouble: null };
	await expect(git(checkout, "fetch")).rejects.toMatchObject({
		stderr: expect.stringContaining("Bobbin's GitHub App has no access to it any more"),
	});
	expect(await push()).toContain("has no access to it any more");
	expect(looks).toBe(2);
	// Known as lost, GitHub is not asked any more.
	expect(await push()).toContain("has no access to it any more");
	expect(looks).toBe(2);
});
