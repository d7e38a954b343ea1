// read-repository.mjs <checkout>: prints what detection needs as JSON:
// {commitSha, paths: [...], files: {path: text}}. Paths are those of the root and of the folders in it.
import { execFileSync } from "node:child_process";
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, realpathSync } from "node:fs";
import { join } from "node:path";

const MAX_PATHS = 4000;
const MAX_FILE_BYTES = 80 * 1024;
// Of lock files only the beginning tells something.
const MAX_LOCK_BYTES = 2048;
const MAX_BYTES = 600 * 1024;
const SKIPPED = new Set([".git", "node_modules", "vendor", "target", "dist", "build", ".venv", "venv"]);
const READ = new Set([
	...[".bobbin.yml", ".bobbin.yaml", ".gitattributes", ".gitmodules", ".tool-versions"],
	...["package.json", ".nvmrc", ".node-version", ".yarnrc.yml"],
	...["pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "Pipfile", ".python-version", "runtime.txt"],
	...["go.mod", "rust-toolchain", "rust-toolchain.toml", ".java-version"],
	...["Gemfile", ".ruby-version"],
	...["Makefile", "makefile", "GNUmakefile"],
	...["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"],
]);
const LOCKS = new Set(["yarn.lock", "pnpm-lock.yaml"]);

const root = process.argv[2];
const names = list(root);
const inFolders = names
	.filter(({ isFolder, name }) => isFolder && !SKIPPED.has(name))
	.flatMap(({ name }) => list(join(root, name)).map((entry) => `${name}/${entry.name}`));
const paths = [...names.map(({ name }) => name), ...inFolders].slice(0, MAX_PATHS);

const files = {};
let bytes = 0;
for (const path of paths) {
	const name = path.split("/").at(-1);
	const isWanted = READ.has(name) || LOCKS.has(name) || /^[\w-]*requirements[\w-]*\.txt$/.test(name);
	const text = isWanted ? read(join(root, path), LOCKS.has(name) ? MAX_LOCK_BYTES : MAX_FILE_BYTES) : null;
	if (text === null || bytes + text.length > MAX_BYTES) continue;
	bytes += text.length;
	files[path] = text;
}
process.stdout.write(JSON.stringify({ commitSha: readHead(), paths, files }));

function list(folder) {
	try {
		return readdirSync(folder, { withFileTypes: true })
			.filter(({ name }) => name !== ".git")
			.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
			.sort((a, b) => (a.name < b.name ? -1 : 1));
	} catch (error) {
		// A folder that the repository's own settings closed has nothing to say.
		if (error.code === "EACCES") return [];
		throw error;
	}
}

/** null: no ordinary file of the checkout. One that waits for a writer is not waited for. */
function read(path, maxBytes) {
	let file;
	try {
		// What is read is shown to people: a link must not lead to what is not the repository's.
		if (!realpathSync(path).startsWith(`${realpathSync(root)}/`)) return null;
		file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	} catch (error) {
		if (["ENOENT", "EACCES", "ELOOP", "ENXIO", "ENOTDIR"].includes(error.code)) return null;
		throw error;
	}
	try {
		if (!fstatSync(file).isFile()) return null;
		const buffer = Buffer.alloc(maxBytes);
		return buffer.toString("utf8", 0, readSync(file, buffer, 0, maxBytes, 0));
	} finally {
		closeSync(file);
	}
}

function readHead() {
	try {
		const options = { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
		return execFileSync("git", ["-C", root, "rev-parse", "--verify", "--quiet", "HEAD"], options).trim();
	} catch (error) {
		// The exit code of --quiet for a repository without a commit.
		if (error.status === 1) return "";
		throw error;
	}
}
