// tidy-checkout.mjs <checkout> <sha> [tidy]: prints the state of a checkout as JSON: {head, status, reset, excluded}.
//
// With `tidy`, first takes back what a build did to tracked files and to HEAD, and lists what it made beside them in
// .git/info/exclude: so that no agent commits it, and no later fetch finds it in its way. And has git know the files again
// where they were copied to: by size and time of change, for a copy has other inodes, and other times of its own.
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const [directory, sha, mode] = process.argv.slice(2);
const git = (...args) => {
	const options = { maxBuffer: 256 * 1024 * 1024, stdio: ["ignore", "pipe", "inherit"], encoding: "latin1" };
	// No program that the repository's settings name is run for a look.
	return execFileSync(
		"git",
		["-C", directory, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", ...args],
		options,
	);
};
const split = (text) => text.split("\0").filter((path) => path !== "");

const reset = [];
const excluded = [];
if (mode === "tidy" && sha !== "") {
	// Left by a git that was ended; nothing runs any more.
	for (const lock of ["index.lock", "HEAD.lock"]) rmSync(join(gitFolder(), lock), { force: true });
	if (readHead() !== sha) reset.push("HEAD");
	reset.push(...split(git("diff", "--name-only", "--no-ext-diff", "-z", sha, "--")));
	if (reset.length > 0) git("reset", "--quiet", "--hard", sha);
	excluded.push(
		...split(git("ls-files", "-z", "--others", "--exclude-standard", "--directory", "--no-empty-directory")),
	);
	if (excluded.length > 0) exclude(excluded);
	git("config", "core.checkStat", "minimal");
	git("config", "core.trustctime", "false");
	await passSecondOfIndex();
}
// Also writes what it found into the index.
const status = split(git("status", "--porcelain", "-z"));
process.stdout.write(
	JSON.stringify({
		head: readHead(),
		status: toWords(status),
		reset: toWords(reset),
		excluded: toWords(excluded),
	}),
);

/** Empty: there is no commit. */
function readHead() {
	return sha === "" ? "" : git("rev-parse", "--verify", "HEAD").trim();
}

function gitFolder() {
	return git("rev-parse", "--path-format=absolute", "--git-common-dir").trim();
}

/** Git reads a file again, each time, that was written in the same second as the index. */
async function passSecondOfIndex() {
	// The clock of a file system goes in steps, a few milliseconds behind.
	const nextMs = (Math.floor(statSync(join(gitFolder(), "index")).mtimeMs / 1000) + 1) * 1000 + 50;
	// A timer counts from before the programs that were waited for, so one alone may end too early.
	while (Date.now() < nextMs) await delay(nextMs - Date.now());
}

function exclude(paths) {
	const folder = join(gitFolder(), "info");
	mkdirSync(folder, { recursive: true });
	const patterns = paths
		.filter((name) => !name.includes("\n"))
		.map((name) => `/${name.replace(/[\\*?[\]!# ]/g, "\\$&")}`);
	const text = `\n# Made by the build of this image.\n${patterns.join("\n")}\n`;
	appendFileSync(join(folder, "exclude"), text, "latin1");
}

function toWords(paths) {
	return paths.slice(0, 50).map((path) => Buffer.from(path, "latin1").toString("utf8"));
}
