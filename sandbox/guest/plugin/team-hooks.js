import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { startHook } from "./hook-process.js";

const FOLDER = ".bobbin/hooks";
const MAX_HOOKS = 10;

/**
 * The hooks that a team keeps in its repository. They are loaded from the checkout when it is up to date, at the first
 * tool call after that, and ended when the turn comes to rest: none of them runs before the sync of the next turn.
 */
export function createTeamHooks({ directory, isSynced, notes, limits }) {
	let loading = null;
	const busy = new Set();

	async function load() {
		const names = await readdir(join(directory, FOLDER)).catch((error) => {
			if (error.code !== "ENOENT" && error.code !== "ENOTDIR")
				notes.add(`The hooks in ${FOLDER} cannot be read (${error.code}).`);
			return [];
		});
		const files = names.filter((name) => name.endsWith(".js")).sort();
		for (const name of files.slice(MAX_HOOKS)) {
			notes.add(`The hook ${FOLDER}/${name} is left out: at most ${MAX_HOOKS} hooks are run.`);
		}
		return files
			.slice(0, MAX_HOOKS)
			.map((name) => startHook({ name: `${FOLDER}/${name}`, directory, tell: notes.add, limits }));
	}

	/** Empty before the sync: what is read until then no hook can see. */
	async function ready() {
		if (!isSynced()) return [];
		loading ??= load();
		return loading;
	}

	function end() {
		loading?.then((hooks) => {
			for (const hook of hooks) hook.end();
		});
		loading = null;
		notes.clear();
	}

	return {
		hooks: {
			"tool.execute.before": async ({ tool }, { args }) => {
				for (const hook of await ready()) {
					const { block, args: changed, context } = await hook.ask("beforeTool", { tool, args });
					if (context !== undefined) notes.add(`${hook.name}: ${context}`);
					if (block !== undefined) throw new Error(`Blocked by ${hook.name}: ${block}`);
					if (changed === undefined) continue;
					// OpenCode goes on with this very object.
					Object.assign(args, changed);
					notes.add(`${hook.name} changed this call: ${Object.keys(changed).join(", ")}.`);
				}
			},
			"tool.execute.after": async ({ tool, args }, { output }) => {
				for (const hook of await ready()) {
					const { context } = await hook.ask("afterTool", { tool, args, output });
					if (context !== undefined) notes.add(`${hook.name}: ${context}`);
				}
			},
			event: async ({ event: { type, properties } }) => {
				if (type === "session.status" && properties.status.type !== "idle") busy.add(properties.sessionID);
				if (type !== "session.idle") return;
				busy.delete(properties.sessionID);
				if (busy.size === 0) end();
			},
		},
	};
}
