import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeEach, expect, it } from "vitest";
import { prepareImageBuilds } from "../harness/image-builds.ts";

const run = promisify(execFile);
const TIDY = fileURLToPath(new URL("../../sandbox/guest/build/tidy-checkout.mjs", import.meta.url));
const folders: string[] = [];
let checkout: string;

const git = async (directory: string, ...args: string[]) =>
	(await run("git", ["-C", directory, ...args])).stdout.trim();

beforeEach(async () => {
	checkout = join(await mkdtemp(join(tmpdir(), "bobbin-status-")), "repo");
	folders.push(checkout);
	await run("git", ["init", "-q", "-b", "main", checkout]);
	await writeFile(join(checkout, "cart.js"), "let total = 1;\n");
	await git(checkout, "add", "-A");
	await git(checkout, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "first");
});
afterAll(async () => {
	for (const folder of folders) await rm(join(folder, ".."), { recursive: true });
});

async function tidy(): Promise<{ reset: string[]; status: string[] }> {
	const { stdout } = await run("node", [TIDY, checkout, await git(checkout, "rev-parse", "HEAD"), "tidy"]);
	return JSON.parse(stdout) as { reset: string[]; status: string[] };
}

/** As a layer that is copied: the same contents and times of change, other inodes. */
async function copy(): Promise<string> {
	const copied = join(checkout, "..", "copy");
	await cp(checkout, copied, { recursive: true, preserveTimestamps: true });
	return copied;
}

/** What git says of a file whose content changed behind it: nothing, if it did not read the file. */
async function statusBehind(directory: string): Promise<string> {
	const file = join(directory, "cart.js");
	const { atime, mtimeMs } = await stat(file);
	await writeFile(file, "let total = 2;\n");
	// To the second is what git compares here.
	await utimes(file, atime, Math.floor(mtimeMs / 1000));
	return git(directory, "--no-optional-locks", "status", "--porcelain");
}

it("the first status in a copy of an image's checkout reads no file", async () => {
	expect(await tidy()).toMatchObject({ reset: [], status: [] });
	expect(await statusBehind(await copy())).toBe("");
});

it("also not one that the build had changed", async () => {
	await writeFile(join(checkout, "cart.js"), "let built = 7;\n");
	expect(await tidy()).toMatchObject({ reset: ["cart.js"], status: [] });
	expect(await statusBehind(await copy())).toBe("");
});

it("in a copy of any other checkout it reads them, and in an image's it sees every change by its time", async () => {
	expect(await statusBehind(await copy())).toBe("M cart.js");
	await rm(join(checkout, "..", "copy"), { recursive: true });
	await tidy();
	const copied = await copy();
	await writeFile(join(copied, "cart.js"), "let total = 3;\n");
	expect(await git(copied, "status", "--porcelain")).toBe("M cart.js");
});

it("the first status in a sandbox of an image reads no file", async () => {
	const builds = await prepareImageBuilds();
	try {
		const { input, outcome } = await builds.build({
			"cart.js": "let total = 1;\n",
			".bobbin.yml": "test: []\n",
		});
		expect(outcome).toMatchObject({ outcome: "ready" });
		const change = "m=$(stat -c %y cart.js); echo 'let total = 2;' > cart.js; touch -d \"$m\" cart.js";
		const said = await builds.look(
			input.snapshot,
			`cd repo && ${change} && git --no-optional-locks status --porcelain; cat cart.js`,
		);
		expect(said).toBe("let total = 2;");
	} finally {
		await builds.stop();
	}
});
