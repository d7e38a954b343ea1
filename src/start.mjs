// The door of every npm script. Plain JavaScript that old Node versions can read: it checks the Node version in words,
// installs what is missing, then hands over to the pinned Node and TypeScript.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

const COMMANDS = {
	start: { script: ["src/main.ts"], packages: ["bubblewrap"] },
	doctor: { script: ["src/doctor.ts"], packages: [] },
	test: {
		script: ["node_modules/vitest/vitest.mjs", "run", "--config", "test/config/vitest.config.ts"],
		packages: ["bubblewrap", "chromium"],
	},
	check: { script: ["test/config/check.mjs"], packages: [] },
	shots: {
		script: ["node_modules/vitest/vitest.mjs", "run", "--config", "test/config/shots.config.ts"],
		packages: ["chromium"],
	},
	evals: { script: ["test/evals/run.ts"], packages: [] },
	"rotate-keys": { script: ["src/secrets/rotate-keys.ts"], packages: [] },
	bench: { script: ["test/bench/run.ts"], packages: ["bubblewrap"] },
};

/** Debian package → the program that shows that it is there. */
const PROGRAMS = {
	bubblewrap: ["bwrap"],
	chromium: ["chromium", "chromium-browser", "google-chrome"],
	git: ["git"],
};

function fail(sentence) {
	console.error(`bobbin: ${sentence}`);
	process.exit(1);
}

function say(sentence) {
	console.error(`bobbin: ${sentence}`);
}

function has(program) {
	return (process.env.PATH ?? "")
		.split(":")
		.some((folder) => folder !== "" && existsSync(join(folder, program)));
}

function installPackages() {
	const wanted = join(ROOT, "package-lock.json");
	const installed = join(ROOT, "node_modules", ".package-lock.json");
	if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
	say("installing npm packages (once, about a minute) …");
	const npm = process.env.npm_execpath;
	const [program, first] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
	const done = spawnSync(
		program,
		[
			...first,
			"ci",
			"--include=dev",
			"--include=optional",
			"--ignore-scripts",
			"--no-audit",
			"--no-fund",
			"--loglevel=error",
		],
		{ cwd: ROOT, stdio: ["ignore", 2, 2] },
	);
	if (done.error || done.status !== 0)
		fail("npm ci failed; its message is above. Mend it and run this again.");
}

function installSystemPackages(names) {
	const missing = ["git", ...names].filter((name) => !PROGRAMS[name].some(has));
	if (missing.length === 0 || process.platform !== "linux") return;
	const command = `apt-get install -y --no-install-recommends ${missing.join(" ")}`;
	const asRoot = process.getuid() === 0 ? [] : has("sudo") ? ["sudo", "-n"] : null;
	if (!has("apt-get") || asRoot === null) {
		say(`missing: ${missing.join(", ")}. Install with: sudo ${command}`);
		return;
	}
	say(`installing ${missing.join(", ")} with apt …`);
	const run = (args) =>
		spawnSync([...asRoot, ...args][0], [...asRoot, ...args].slice(1), {
			stdio: ["ignore", "ignore", "pipe"],
			env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
		});
	if (run(command.split(" ")).status === 0) return;
	run(["apt-get", "update"]);
	const second = run(command.split(" "));
	if (second.status !== 0) {
		const why = second.stderr?.toString().trim().split("\n").at(-1) ?? "";
		say(`could not install ${missing.join(", ")} (${why}). Install with: sudo ${command}`);
	}
}

/** The pinned Node of the platform package, else the one that runs this file if it is new enough. */
function findNode() {
	const pinned = join(ROOT, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
	if (existsSync(pinned)) return pinned;
	if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
	return fail(
		`there is no packaged Node for ${process.platform}-${process.arch}; install Node 22.18 or newer (this is ${process.versions.node}) and run this again.`,
	);
}

if (major < 20 || (major === 20 && minor < 12)) {
	fail(
		`Node ${process.versions.node} is too old. Install Node 20.12 or newer (https://nodejs.org) and run this again.`,
	);
}
const name = process.argv[2] ?? "start";
const command = COMMANDS[name];
if (!command) fail(`there is no command "${name}". There are: ${Object.keys(COMMANDS).join(", ")}.`);
installPackages();
installSystemPackages(command.packages);
const node = findNode();

const child = spawn(node, [...command.script, ...process.argv.slice(3)], {
	cwd: ROOT,
	stdio: ["inherit", "inherit", "inherit", "ipc"],
	env: {
		...process.env,
		PATH: `${dirname(node)}:${process.env.PATH ?? ""}`,
		// What was read and compiled once is not again: by the next start, nor by the processes that tests begin.
		NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(ROOT, "node_modules", ".cache", "node"),
	},
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => fail(`${node} could not be started: ${error.message}`));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));

// npm may be killed without a word to us; going on alone would keep the port taken.
if (process.env.npm_lifecycle_event) {
	const parent = process.ppid;
	setInterval(() => {
		if (process.ppid !== parent) child.kill("SIGTERM");
	}, 500).unref();
}
