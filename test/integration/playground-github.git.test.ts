import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
	git,
	pushBranch,
	type RunningGithub,
	startPlaygroundGithub,
	withToken,
	writeFiles,
} from "../harness/playground-github.ts";

const SHOP = { owner: "acme", name: "shop" };
const DOCS = { owner: "acme", name: "docs" };

let running: RunningGithub;
let writable: string;
let readable: string;

beforeAll(async () => {
	running = await startPlaygroundGithub();
	writable = (await running.github.installationToken({ ...SHOP, permissions: { contents: "write" } })).token;
	readable = (await running.github.installationToken({ ...SHOP, permissions: { contents: "read" } })).token;
});
afterAll(async () => {
	await running.stop();
});

const shop = (token: string) => withToken(running.github.gitUrl(SHOP), token);

describe("git over HTTP", () => {
	it("gives everyone the same first commit, made from the demo folder", async () => {
		const clone = join(running.workDir, "first");
		await git(running.workDir, "clone", "--quiet", shop(readable), clone);
		expect(await git(clone, "log", "--format=%an <%ae> %s %at")).toBe(
			"Acme <dev@acme.example> Initial commit 1767603600",
		);
		expect(await git(clone, "ls-files")).toBe("README.md\nsrc/cart.ts");
		const other = await startPlaygroundGithub();
		const { token } = await other.github.installationToken({ ...SHOP, permissions: { contents: "read" } });
		const remote = await git(
			running.workDir,
			"ls-remote",
			withToken(other.github.gitUrl(SHOP), token),
			"HEAD",
		);
		expect(remote.split("\t")[0]).toBe(await git(clone, "rev-parse", "HEAD"));
		await other.stop();
	});

	it("takes a push of a branch, a large one too", async () => {
		// Beyond 1 MiB git sends in chunks, after a first empty request.
		const big = randomBytes(2 * 1024 * 1024).toString("hex");
		const sha = await pushBranch({
			url: shop(writable),
			folder: join(running.workDir, "big"),
			branch: "bobbin/big",
			files: { "big.txt": big },
		});
		expect(await git(running.workDir, "ls-remote", shop(readable), "refs/heads/bobbin/big")).toContain(sha);
	});

	it("takes a person's token by their role", async () => {
		const url = (login: string) => shop(`ghp_${login}`);
		await git(running.workDir, "clone", "--quiet", url("zoe"), join(running.workDir, "zoe"));
		const zoe = join(running.workDir, "zoe");
		await expect(git(zoe, "push", "origin", "HEAD:refs/heads/zoe")).rejects.toMatchObject({
			stderr: expect.stringContaining("write access"),
		});
		await git(zoe, "push", "--quiet", url("noah"), "HEAD:refs/heads/noah");
	});

	it.each([
		["no token", () => running.github.gitUrl(SHOP), "could not read Username"],
		["a made-up token", () => shop("ghs_made_up"), "Authentication failed"],
		["a token of another repository", () => withToken(running.github.gitUrl(DOCS), readable), "not found"],
		["a repository that is not there", () => shop(readable).replace("shop", "gone"), "not found"],
	])("refuses a clone with %s", async (_, url, stderr) => {
		await expect(
			git(running.workDir, "clone", url(), join(running.workDir, "refused")),
		).rejects.toMatchObject({
			stderr: expect.stringContaining(stderr),
		});
	});

	it("refuses a push with a token that may only read", async () => {
		await expect(
			git(join(running.workDir, "first"), "push", "origin", "HEAD:refs/heads/x"),
		).rejects.toMatchObject({ stderr: expect.stringContaining("403") });
	});

	it("refuses a push to a protected branch, and takes the other branch of the same push", async () => {
		const clone = join(running.workDir, "protected");
		await git(running.workDir, "clone", "--quiet", shop(writable), clone);
		await writeFiles(clone, { "README.md": "# Mine\n" });
		await git(clone, "commit", "--quiet", "--all", "-m", "Mine");
		await expect(
			git(clone, "push", "origin", "HEAD:refs/heads/main", "HEAD:refs/heads/beside"),
		).rejects.toMatchObject({ stderr: expect.stringContaining("GH006: Protected branch update failed") });
		const refs = await git(clone, "ls-remote", "origin");
		expect(refs).toContain("refs/heads/beside");
		expect(refs).not.toContain(`${await git(clone, "rev-parse", "HEAD")}\trefs/heads/main`);
	});

	it("does not take a token that is over", async () => {
		let nowMs = Date.now();
		const other = await startPlaygroundGithub({ now: () => nowMs });
		const { token } = await other.github.installationToken({ ...SHOP, permissions: { contents: "read" } });
		const url = withToken(other.github.gitUrl(SHOP), token);
		await git(running.workDir, "ls-remote", url);
		nowMs += 61 * 60_000;
		await expect(git(running.workDir, "ls-remote", url)).rejects.toMatchObject({
			stderr: expect.stringContaining("Authentication failed"),
		});
		await other.stop();
	});
});
