// Runs one command of a recipe, as `BOBBIN_STEP` says: {command, limitMs, headBytes, tailBytes}.
//
// The command has no terminal and an empty input. Its output, both streams in one, is passed on up to `headBytes`; of
// the rest the last `tailBytes` are kept and printed at the end, so that what it writes can fill neither disk nor
// memory. How it went is one line of JSON on standard error: {exitCode, signal, timedOut, bytes, changed}.
import { spawn, spawnSync } from "node:child_process";
import { writeSync } from "node:fs";

const DRAIN_MS = 200;
const GRACE_MS = 2000;

const { command, limitMs, headBytes, tailBytes } = JSON.parse(process.env.BOBBIN_STEP);
const { BOBBIN_STEP: _, ...env } = process.env;
const startedAt = Date.now();
const child = spawn(
	"/bin/bash",
	["-c", 'exec "$@" 2>&1', "bash", "/bin/bash", "-eo", "pipefail", "-c", command],
	{
		// A session of its own: no terminal, and one group to end.
		detached: true,
		stdio: ["ignore", "pipe", "ignore"],
		env: {
			...env,
			...proxyOfJava(env),
			PATH: `${env.HOME}/.bobbin/tools/bin:${env.HOME}/.local/bin:${env.PATH}`,
		},
	},
);

let bytes = 0;
const tail = [];
let tailLength = 0;
child.stdout.on("data", (chunk) => {
	const room = Math.max(0, headBytes - bytes);
	bytes += chunk.length;
	if (room > 0) write(chunk.subarray(0, room));
	if (chunk.length > room) keep(chunk.subarray(room));
});

let timedOut = false;
const timer = setTimeout(() => {
	timedOut = true;
	end("SIGTERM");
	setTimeout(() => end("SIGKILL"), GRACE_MS).unref();
}, limitMs);

child.once("error", (error) => finish({ exitCode: 127, signal: null, problem: error.code }));
child.once("exit", (exitCode, signal) => {
	clearTimeout(timer);
	// What it left running may hold the output open: that is not waited for.
	const drained = setTimeout(() => finish({ exitCode, signal }), DRAIN_MS);
	child.once("close", () => {
		clearTimeout(drained);
		finish({ exitCode, signal });
	});
});

function keep(chunk) {
	// Copied, because a piece would keep its whole buffer.
	tail.push(Buffer.from(chunk));
	tailLength += chunk.length;
	while (tail.length > 1 && tailLength - tail[0].length >= tailBytes) tailLength -= tail.shift().length;
}

function finish(result) {
	const kept = Buffer.concat(tail);
	const last = kept.subarray(Math.max(0, kept.length - tailBytes));
	const left = bytes - headBytes - last.length;
	if (left > 0) write(`\n[... ${left} bytes left out ...]\n`);
	write(last);
	const changed = result.exitCode !== 0 || bytes > 0 || hasChanged();
	writeSync(2, `${JSON.stringify({ ...result, timedOut, bytes, changed })}\n`);
	process.exit(result.exitCode ?? 1);
}

/** Something in the home is newer than the command. What cannot be told counts as changed. */
function hasChanged() {
	// The file system's clock is up to some milliseconds behind.
	const since = `@${(startedAt - 20) / 1000}`;
	const find = [
		env.HOME,
		"-path",
		`${env.HOME}/.bobbin`,
		"-prune",
		"-o",
		"-newerct",
		since,
		"-print",
		"-quit",
	];
	const { status, stdout } = spawnSync("find", find, {
		encoding: "utf8",
		stdio: ["ignore", "pipe", "ignore"],
	});
	return status !== 0 || stdout !== "";
}

function end(signal) {
	try {
		process.kill(-child.pid, signal);
	} catch {
		// It has ended already.
	}
}

function write(data) {
	let rest = Buffer.from(data);
	while (rest.length > 0) rest = rest.subarray(writeSync(1, rest));
}

/** Java knows no proxy from the environment. */
function proxyOfJava({ HTTPS_PROXY, JAVA_TOOL_OPTIONS }) {
	if (!HTTPS_PROXY || JAVA_TOOL_OPTIONS !== undefined) return {};
	const { hostname, port } = new URL(HTTPS_PROXY);
	const options = ["http", "https"].flatMap((name) => [
		`-D${name}.proxyHost=${hostname}`,
		`-D${name}.proxyPort=${port || 80}`,
	]);
	return { JAVA_TOOL_OPTIONS: options.join(" ") };
}
