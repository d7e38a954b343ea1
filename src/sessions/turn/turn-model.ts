import type { Tx } from "../../db/client.ts";
import { decideSettings } from "../../settings/decide-settings.ts";
import { readChannelSettings, readPersonSettings } from "../../settings/settings-store.ts";
import type { Claim } from "../queue/claim-prompt.ts";
import { readThreads } from "../session-store.ts";

/**
 * The model that a turn is given to: the session's, else its channel's, else that of whoever prompted. What may not be
 * chosen any more does not count. Null: nobody chose one.
 */
export async function readTurnModel(
	tx: Tx,
	{ session, prompt }: Pick<Claim, "session" | "prompt">,
	models: readonly string[],
): Promise<string | null> {
	if (models.length === 0) return null;
	const [thread] = await readThreads(tx, session.id);
	const [channel, person] = await Promise.all([
		thread === undefined ? null : readChannelSettings(tx, thread),
		prompt.author_id === null ? null : readPersonSettings(tx, prompt.author_id),
	]);
	const places = [session, channel, person].flatMap((place) =>
		place !== null && place.model !== null && models.includes(place.model) ? [{ model: place.model }] : [],
	);
	return decideSettings(places, { model: "" }).model || null;
}
