import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import type { Pushes } from "../../src/gateway/take-push.ts";
import { anAccess, SANDBOX_TOKEN, startGateway } from "../harness/gateway.ts";
import {
	git,
	type RunningGithub,
	startPlaygroundGithub,
	withToken,
	writeFiles,
} from "../harness/playground-github.ts";

const SHOP = { owner: "acme", name: "shop" };
const THEIRS = "mia/cart";
let running: RunningGithub;
let gateway: Awaited<ReturnType<typeof startGateway>>;
/** Of the session, and of the person whose branch it works on. */
let ours: string;
let mias: string;
let isAway = false;
const noted: { sent: string[]; taken: string[] } = { sent: [], taken: [] };

beforeAll(async () => {
	running = await startPlaygroundGithub();
	const { github } = running;
	gateway = await startGateway({
		findSandbox: async () => anAccess({ adoptedBranch: THEIRS }),
		git: {
			url: github.gitUrl,
			token: async (repository, access) =>
				(await github.installationToken({ ...repository, permissions: { contents: access } })).token,
			forgetTokens: github.forgetTokens,
		},
		async isForward(repository, { from, to }) {
			if (isAway) throw new AppError("github_unavailable", "away", { retryable: true });
			return (await github.findBase({ ...repository, base: from, head: to }))?.mergeBaseSha === from;
		},
		pushes: {
			sent: async ({ refs }) => {
				noted.sent.push(...refs.map(({ branch }) => branch));
			},
			answered: async (_, taken) => {
				noted.taken.push(...taken);
			},
		} satisfies Pushes,
	});
	await git(running.workDir, "clone", "-q", withToken(github.gitUrl(SHOP), "ghp_mia"), "mias");
	mias = join(running.workDir, "mias");
	await git(mias, "checkout", "-q", "-b", THEIRS);
	await commit(mias, "cart");
	await git(mias, "push", "-qu", "origin", THEIRS);
	const inside = withToken(`${gateway.url}/gateway/git/acme/shop.git`, SANDBOX_TOKEN);
	await git(running.workDir, "clone", "-q", "--branch", THEIRS, "--depth", "1", inside, "ours");
	ours = join(running.workDir, "ours");
});
afterAll(async () => {
	gateway?.stop();
	await running?.stop();
});

async function commit(checkout: string, message: string): Promise<void> {
	await writeFiles(checkout, { "cart.txt": message });
	await git(checkout, "add", "-A");
	await git(checkout, "commit", "-qm", message);
}

/** What git said, and whether it is at GitHub now. */
async function push(...args: string[]): Promise<{ said: string; isThere: boolean }> {
	noted.sent = [];
	noted.taken = [];
	const said = await git(ours, "push", "origin", ...args).then(
		() => "pushed",
		(error: { stderr: string }) => error.stderr,
	);
	const [theirs] = await refsAtGithub(`refs/heads/${THEIRS}`);
	return { said, isThere: theirs?.split("\t")[0] === (await git(ours, "rev-parse", "HEAD")).trim() };
}

const refsAtGithub = async (pattern: string) =>
	(await git(mias, "ls-remote", "origin", pattern)).split("\n").filter((line) => line !== "");

test("somebody's branch that was adopted is moved on, and written down like any push", async () => {
	await commit(ours, "mended");
	expect(await push(`HEAD:${THEIRS}`)).toEqual({ said: "pushed", isThere: true });
	expect(noted).toEqual({ sent: [THEIRS], taken: [THEIRS] });
	expect(await refsAtGithub("refs/bobbin/*")).toEqual([]);
});

test("it is never rewritten, whoever's commits are lost", async () => {
	await git(ours, "commit", "-q", "--amend", "-m", "rewritten");
	const { said, isThere } = await push("--force", `HEAD:${THEIRS}`);
	expect(said).toContain("this branch is somebody's and is not rewritten");
	expect(isThere).toBe(false);
	expect(noted).toEqual({ sent: [], taken: [] });
	expect(await refsAtGithub("refs/bobbin/*")).toEqual([]);
	await git(ours, "reset", "-q", "--hard", `origin/${THEIRS}`);
});

test("what somebody pushed meanwhile is not pushed over, even by force", async () => {
	await git(mias, "pull", "-q");
	await commit(mias, "hers");
	await git(mias, "push", "-q", "origin", THEIRS);
	await commit(ours, "theirs");
	const { said, isThere } = await push(`--force`, `HEAD:${THEIRS}`);
	expect(said).toContain("not rewritten");
	expect(isThere).toBe(false);
});

test("where GitHub cannot compare just now nothing is moved, and the agent is told to try again", async () => {
	await git(ours, "fetch", "-q");
	await git(ours, "reset", "-q", "--hard", `origin/${THEIRS}`);
	await commit(ours, "later");
	isAway = true;
	expect(await push(`HEAD:${THEIRS}`)).toMatchObject({
		said: expect.stringContaining("push again in a minute"),
		isThere: false,
	});
	isAway = false;
	expect(await push(`HEAD:${THEIRS}`)).toEqual({ said: "pushed", isThere: true });
});

test("it is pushed alone, and the session's own branches are rewritten as ever", async () => {
	await commit(ours, "both");
	const { said } = await push(`HEAD:${THEIRS}`, "HEAD:refs/heads/bobbin/1a2b3c4d-own");
	expect(said).toContain("push this branch alone");
	expect((await push("HEAD:refs/heads/bobbin/1a2b3c4d-own")).said).toBe("pushed");
	await git(ours, "commit", "-q", "--amend", "-m", "again");
	expect((await push("--force", "HEAD:refs/heads/bobbin/1a2b3c4d-own")).said).toBe("pushed");
});
