import { setTimeout as delay } from "node:timers/promises";
import { toTurnKey } from "./turn.js";

/** Tools that change nothing. Every other one waits, also one that nobody here has heard of. */
const READING = new Set([
	...["read", "glob", "grep", "list", "lsp", "skill", "todoread", "todowrite", "task"],
	...["webfetch", "websearch", "codesearch", "question", "invalid", "add_screenshot"],
]);
const OF_FILES = new Set(["read", "glob", "grep", "list", "lsp", "add_screenshot"]);

/**
 * Holds whatever could change something until Bobbin says that the checkout is up to date, for this very attempt of
 * this prompt; reading goes on meanwhile. A turn that ends drops what it holds: an aborted edit never happens later. A
 * turn that may only read changes and runs nothing: what it left behind would go out with somebody else's next push.
 */
export function createSyncGate({ readTurn, readSynced, notes, limitMs = 120_000, pollMs = 50 }) {
	/** How often a conversation has come to rest. */
	const rests = new Map();
	const parents = new Map();
	let openedFor = null;
	let isReadOnly = false;
	let readBeforeIn = null;

	function isOpen(key) {
		if (openedFor === key) return true;
		const synced = readSynced();
		if (synced?.turn !== key) return false;
		openedFor = key;
		isReadOnly = synced.readOnly;
		for (const text of synced.notes) notes.add(text);
		if (synced.moved && readBeforeIn === key)
			notes.add(
				"The checkout was brought up to date meanwhile: what you read in this turn so far may be old. Read it again before you rely on it.",
			);
		return true;
	}

	/** Where a helper's conversation belongs to: it ends with the one that began it. */
	const rootOf = (id) => (parents.has(id) ? rootOf(parents.get(id)) : id);
	const restsOf = (id) => `${rests.get(id) ?? 0}:${rests.get(rootOf(id)) ?? 0}`;

	async function untilOpen(sessionID) {
		// The key is read once: a call that is held belongs to its own turn and not to the next.
		const key = toTurnKey(readTurn());
		const before = restsOf(sessionID);
		const untilMs = Date.now() + limitMs;
		while (!isOpen(key)) {
			if (Date.now() >= untilMs) {
				throw new Error(
					`The repository is still being brought up to date after ${Math.round(limitMs / 1000)} s, so nothing was changed. Read on, then try again.`,
				);
			}
			await delay(pollMs);
			if (restsOf(sessionID) !== before) throw new Error("The turn was stopped before this could be done.");
		}
		if (isReadOnly)
			throw new Error(
				"Whoever asked may only read this repository, so nothing is changed or run for them. Read, and answer.",
			);
	}

	return {
		/** Whether the turn at work may change things. */
		isOpen: () => isOpen(toTurnKey(readTurn())) && !isReadOnly,
		hooks: {
			"tool.execute.before": async ({ tool, sessionID }) => {
				if (!READING.has(tool)) return untilOpen(sessionID);
				const key = toTurnKey(readTurn());
				if (OF_FILES.has(tool) && !isOpen(key)) readBeforeIn = key;
			},
			// Every other way to a shell: terminals and commands that no tool call began.
			"shell.env": ({ sessionID }) => untilOpen(sessionID),
			event: async ({ event: { type, properties } }) => {
				if (type === "session.created" && properties.info.parentID)
					parents.set(properties.info.id, properties.info.parentID);
				if (type !== "session.idle" && type !== "session.error") return;
				rests.set(properties.sessionID, (rests.get(properties.sessionID) ?? 0) + 1);
			},
		},
	};
}
