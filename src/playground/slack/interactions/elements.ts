import { suggestionsSchema } from "../block-kit/elements.ts";
import type { User, ViewValues } from "../model.ts";
import { Refused } from "../refused.ts";
import { issueResponseUrl, type ResponseTarget } from "../response-urls.ts";
import type { World } from "../world.ts";
import { type Asking, type Outcome, toLines } from "./asking.ts";
import { findElement, type GivenAction, toAction } from "./element.ts";
import { locate, type Place, surroundings } from "./place.ts";
import { completeValues, readValues } from "./view-values.ts";

/** Buttons pressed, choices made, and the options of external selects. */
export function createElementInteractions(world: World, asking: Asking) {
	return {
		async act(
			user: User,
			place: Place,
			blockId: string,
			given: GivenAction,
			state: ViewValues = {},
		): Promise<Outcome> {
			const found = locate(world, user, place);
			const element = findElement(found.blocks, blockId, given.action_id);
			const action = toAction(element, blockId, given, world.newTs());
			const values = readValues(found.blocks, state);
			if (found.view !== undefined) {
				const view = { ...found.view, state: { values: completeValues(found.view, values) } };
				world.store.saveView(user.id, view);
				found.view = view;
			}
			const target: ResponseTarget | null =
				found.view === undefined
					? {
							channelId: found.channel.id,
							userId: user.id,
							threadTs: found.message.thread_ts ?? null,
							messageTs: found.message.ts,
							isEphemeral: found.isEphemeral,
						}
					: null;
			await asking.ask("block_actions", user, "interactive", {
				type: "block_actions",
				...asking.base(user),
				container: found.container,
				trigger_id: world.triggers.issue(user.id),
				...surroundings(world, found),
				...(target === null ? {} : { state: { values }, response_url: issueResponseUrl(world, target) }),
				actions: [action],
			});
			return { ok: true, ...(typeof element.url === "string" ? { url: element.url } : {}) };
		},

		/** Asks the app for the options of an external select while a person types. */
		async suggest(
			user: User,
			place: Place,
			blockId: string,
			actionId: string,
			value: string,
		): Promise<Outcome> {
			const found = locate(world, user, place);
			const element = findElement(found.blocks, blockId, actionId);
			if (!String(element.type).includes("external_select")) throw new Refused("not_an_external_select");
			if (value.length < Number(element.min_query_length ?? 3)) return { ok: true, options: [] };
			const body = await asking.ask("block_suggestion", user, "interactive", {
				type: "block_suggestion",
				...asking.base(user),
				container: found.container,
				action_id: actionId,
				block_id: blockId,
				value,
				...surroundings(world, found),
			});
			const parsed = suggestionsSchema.safeParse(body);
			if (!parsed.success) {
				asking.noteWrongAnswer("block_suggestion", user, "invalid_options", toLines(parsed.error), body);
				throw new Refused("invalid_options", toLines(parsed.error));
			}
			return { ok: true, ...parsed.data };
		},
	};
}
