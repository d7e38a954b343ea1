import { readFileSync } from "node:fs";

/** Read at each use: the token is renewed while the server runs. */
export const readToken = () => readFileSync(process.env.BOBBIN_TOKEN_FILE, "utf8").trim();

/** The turn that Bobbin handed over last: `{promptId, attempt, author}`. */
export const readTurn = () => JSON.parse(readFileSync(process.env.BOBBIN_TURN_FILE, "utf8"));

export const toTurnKey = ({ promptId, attempt }) => `${promptId}#${attempt}`;

/** What Bobbin wrote when the checkout was last brought up to date: `{turn, moved, notes, readOnly}`; null: nothing yet. */
export function readSynced() {
	try {
		return JSON.parse(readFileSync(process.env.BOBBIN_SYNCED_FILE, "utf8"));
	} catch (error) {
		// Not there, or being written.
		if (error.code === "ENOENT" || error instanceof SyntaxError) return null;
		throw error;
	}
}
