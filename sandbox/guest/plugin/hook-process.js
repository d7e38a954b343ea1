import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const RUNNER = fileURLToPath(new URL("run-hook.mjs", import.meta.url));
const NODE = fileURLToPath(new URL("../../node/bin/node", import.meta.url));
const LIMITS = { startMs: 10_000, callMs: 5_000 };
const OWN_SETTINGS = /^(OPENCODE|BOBBIN|XDG|GIT_CONFIG)_/;
const MAX_TEXT = 4_000;
const MAX_OUTPUT = 64_000;

/**
 * Runs one hook file as a process of its own, so that one that throws, hangs or ends takes nothing with it. The first
 * trouble of each is told with `tell`; a hook that throws is asked again, one that hangs or ends is not.
 */
export function startHook({ name, directory, tell, limits = LIMITS }) {
	const node = existsSync(NODE) ? NODE : "node";
	const child = spawn(node, [RUNNER, join(directory, name)], {
		cwd: directory,
		env: Object.fromEntries(Object.entries(process.env).filter(([key]) => !OWN_SETTINGS.test(key))),
		stdio: ["pipe", "pipe", "ignore"],
		detached: true,
	});
	const waiting = new Map();
	const started = Promise.withResolvers();
	let events = [];
	let lastId = 0;
	let isOver = false;
	let isTold = false;

	function complain(text) {
		if (!isTold && !isOver) tell(`The hook ${name} ${text}`);
		isTold = true;
	}

	function end() {
		if (isOver) return;
		isOver = true;
		try {
			process.kill(-child.pid, "SIGKILL");
		} catch {
			// It has ended by itself.
		}
		started.resolve();
		for (const done of waiting.values()) done({});
		waiting.clear();
	}

	function giveUp(why) {
		complain(`${why} It is left out for the rest of this turn.`);
		end();
	}

	function hear(line) {
		const said = parse(line);
		if (said?.ready !== undefined) {
			events = said.ready;
			started.resolve();
			return;
		}
		const done = waiting.get(said?.id);
		if (done === undefined) return;
		waiting.delete(said.id);
		if (typeof said.error === "string") complain(`failed: ${said.error.slice(0, MAX_TEXT)}`);
		done(toAnswer(said.answer));
	}

	async function within(promise, limitMs) {
		const late = Promise.withResolvers();
		const timer = setTimeout(
			() => late.resolve(giveUp(`did not answer within ${limitMs / 1000} s.`)),
			limitMs,
		);
		const value = await Promise.race([promise, late.promise]);
		clearTimeout(timer);
		return value;
	}

	createInterface({ input: child.stdout }).on("line", hear);
	child.stdin.on("error", () => {});
	child.on("error", () => giveUp("could not be started."));
	child.on("exit", () => giveUp("ended."));

	return {
		name,
		end,
		/** `{block?, args?, context?}`; empty where the hook has nothing to say, or cannot. */
		async ask(event, call) {
			await within(started.promise, limits.startMs);
			if (isOver || !events.includes(event)) return {};
			const id = ++lastId;
			const answered = new Promise((done) => waiting.set(id, done));
			const output = typeof call.output === "string" ? { output: call.output.slice(0, MAX_OUTPUT) } : {};
			child.stdin.write(`${JSON.stringify({ id, event, call: { ...call, ...output } })}\n`);
			return (await within(answered, limits.callMs)) ?? {};
		},
	};
}

function parse(line) {
	try {
		return JSON.parse(line);
	} catch {
		return null;
	}
}

/** What a hook says is as little trusted as any file of the repository. */
function toAnswer(answer) {
	const { block, args, context } = answer ?? {};
	return {
		...(typeof block === "string" ? { block: block.slice(0, MAX_TEXT) } : {}),
		...(typeof context === "string" ? { context: context.slice(0, MAX_TEXT) } : {}),
		...(typeof args === "object" && args !== null && !Array.isArray(args) ? { args } : {}),
	};
}
