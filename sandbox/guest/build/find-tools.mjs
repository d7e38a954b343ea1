// find-tools.mjs node python ...: prints the programs of these kinds that are here, as JSON:
// [{tool, path, version}], those that PATH finds first at the front.
import { execFileSync } from "node:child_process";
import { accessSync, constants, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";

const KINDS = {
	node: { name: /^node$/, ask: ["--version"] },
	python: { name: /^python3(\.\d+)?$/, ask: ["--version"] },
	go: { name: /^go$/, ask: ["version"] },
	java: { name: /^java$/, ask: ["-version"] },
	ruby: { name: /^ruby$/, ask: ["--version"] },
	rust: { name: /^rustc$/, ask: ["--version"] },
};
const home = process.env.HOME;
// Where version managers put theirs.
const more = [
	`${home}/.nvm/versions/node`,
	`${home}/.pyenv/versions`,
	`${home}/.local/share/mise/installs/node`,
]
	.flatMap((folder) => list(folder).map((name) => join(folder, name, "bin")))
	.concat(`${home}/.cargo/bin`, "/usr/local/go/bin");

const found = [];
const seen = new Set();
for (const folder of [...process.env.PATH.split(":"), ...more]) {
	for (const tool of process.argv.slice(2)) {
		const { name, ask } = KINDS[tool];
		for (const path of list(folder)
			.filter((entry) => name.test(entry))
			.map((entry) => join(folder, entry))) {
			const version = toVersion(path, ask);
			if (version !== null) found.push({ tool, path, version });
		}
	}
}
process.stdout.write(JSON.stringify(found));

function list(folder) {
	try {
		return readdirSync(folder).sort();
	} catch {
		// It is not there, or not for us.
		return [];
	}
}

/** null: it does not run, or was asked under another name. */
function toVersion(path, ask) {
	try {
		accessSync(path, constants.X_OK);
		const real = realpathSync(path);
		if (seen.has(real)) return null;
		seen.add(real);
		const shell = ["-c", '"$0" "$@" 2>&1', path, ...ask];
		const text = execFileSync("/bin/sh", shell, {
			encoding: "utf8",
			timeout: 5000,
			stdio: ["ignore", "pipe", "ignore"],
		});
		return /\d+(\.\d+)*/.exec(text)?.[0] ?? null;
	} catch {
		return null;
	}
}
