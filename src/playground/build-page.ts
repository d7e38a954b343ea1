import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { AppError, coerceError } from "../errors.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const SOURCES = fileURLToPath(new URL("./slack/page/", import.meta.url));
const BUILDER = fileURLToPath(new URL("./run-vite.ts", import.meta.url));
const BUILD_TIMEOUT_MS = 120_000;
const READ_ONLY = new Set(["EACCES", "EROFS", "EPERM"]);

/**
 * Builds the playground's Slack page unless the same sources were built before. Gives the directory of the built page,
 * whose name is the hash of what it was built from.
 *
 * @throws AppError `page_not_built` with the builder's own words
 */
export async function buildPage(): Promise<string> {
	const hash = await hashSources();
	const homes = [
		join(PROJECT, "node_modules", ".cache", "bobbin", "playground-page"),
		join(tmpdir(), `bobbin-${userInfo().uid}`, "playground-page"),
	];
	const built = homes.map((home) => join(home, hash)).find((dir) => existsSync(dir));
	if (built !== undefined) return built;

	const draft = await makeDraft(homes, hash);
	const target = join(dirname(draft), hash);
	try {
		await build(draft);
		await rename(draft, target);
	} catch (error) {
		await rm(draft, { recursive: true, force: true });
		// Another process may have built the same page meanwhile.
		if (!existsSync(target)) throw error;
	}
	return target;
}

async function hashSources(): Promise<string> {
	const entries = await readdir(SOURCES, { recursive: true, withFileTypes: true });
	const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
	// The lock file stands for the versions of React and of the builder.
	const inputs = [...files.sort(), BUILDER, join(PROJECT, "package-lock.json")];
	const hash = createHash("sha256");
	for (const file of inputs) {
		hash
			.update(`${file.slice(PROJECT.length)}\0`)
			.update(await readFile(file))
			.update("\0");
	}
	return hash.digest("hex").slice(0, 24);
}

/** Makes a directory to build into, in the first place that may be written. */
async function makeDraft(homes: string[], hash: string): Promise<string> {
	for (const home of homes) {
		try {
			await mkdir(home, { recursive: true });
			return await mkdtemp(join(home, `${hash}.`));
		} catch (error) {
			if (!READ_ONLY.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
		}
	}
	throw new AppError(
		"page_not_built",
		`The playground's page cannot be built: ${homes.at(-1)} is not writable.`,
	);
}

/** In a process of its own: the builder wants NODE_ENV=production, and keeps a lot of memory. */
async function build(outDir: string): Promise<void> {
	try {
		await promisify(execFile)(process.execPath, [BUILDER, SOURCES, outDir], {
			cwd: dirname(SOURCES),
			env: { NODE_ENV: "production", PATH: dirname(process.execPath) },
			timeout: BUILD_TIMEOUT_MS,
		});
	} catch (error) {
		const { message } = coerceError(error);
		throw new AppError("page_not_built", `The playground's page could not be built: ${message}`, {
			cause: error,
		});
	}
}
