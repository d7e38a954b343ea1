import type { App } from "@slack/bolt";
import { z } from "zod";
import { coerceError } from "../../errors.ts";
import { CHOOSE_HOME } from "../blocks/actions.ts";
import type { OutgoingMessage } from "../blocks/message.ts";
import { findPlace } from "../native/code-channel/find-place.ts";
import { admit } from "./admit.ts";
import type { ListenerDeps } from "./deps.ts";

/** Where something was done, as interactions say it. */
export const place = z.looseObject({
	team: z.looseObject({ id: z.string() }).nullish(),
	user: z.looseObject({ team_id: z.string().optional() }),
	message: z.looseObject({ team: z.string().optional() }).optional(),
	/** In a shared channel `team` can be the other side's (bolt-js issue 1614). */
	view: z
		.looseObject({
			type: z.string().optional(),
			app_installed_team_id: z.string().nullish(),
			private_metadata: z.string().optional(),
		})
		.nullish(),
});

/** Pure: the workspace in which we are asked. A message that carries our buttons is of ours. */
export function teamOf({ view, message, team, user }: z.infer<typeof place>): string {
	return view?.app_installed_team_id ?? message?.team ?? team?.id ?? user.team_id ?? "";
}

const option = z.looseObject({ value: z.string() });
const clicked = z.looseObject({
	...place.shape,
	user: z.looseObject({ id: z.string(), team_id: z.string().optional() }),
	channel: z.looseObject({ id: z.string() }).optional(),
	message: z
		.looseObject({ ts: z.string(), thread_ts: z.string().optional(), team: z.string().optional() })
		.optional(),
	container: z
		.looseObject({
			type: z.string(),
			is_ephemeral: z.boolean().optional(),
			thread_ts: z.string().optional(),
		})
		.optional(),
	trigger_id: z.string().optional(),
	actions: z.array(
		z.looseObject({
			action_id: z.string(),
			value: z.string().optional(),
			block_id: z.string().optional(),
			selected_option: option.nullish(),
			selected_options: z.array(option).nullish(),
		}),
	),
});

/** A click by a person who may click. */
export interface Click {
	personId: string;
	personName: string;
	teamId: string;
	/** At Slack. */
	userId: string;
	/** In the home rather than in a message. */
	inHome: boolean;
	/** Of the view in which it was. */
	viewMetadata: string | undefined;
	actionId: string;
	value: string | undefined;
	/** Opens a modal, for three seconds. */
	triggerId: string | undefined;
	blockId: string | undefined;
	selected: string | undefined;
	/** Of checkboxes: those that are ticked now. */
	ticked: string[];
	/** Says something that only this person sees. */
	whisper(said: string | OutgoingMessage): Promise<void>;
	/** Puts another message in the place of the one with the button; of private messages only this can change them. */
	replace(message: OutgoingMessage): Promise<void>;
}

/** Registers what a click does; in the home, that is drawn anew afterwards. The inbox has acknowledged it already; refused people are told privately. */
export function onClick(
	app: App,
	deps: ListenerDeps,
	actionId: string | RegExp,
	act: (click: Click) => Promise<void>,
): void {
	app.action(actionId, async ({ ack, body, respond }) => {
		await ack();
		const parsed = clicked.safeParse(body);
		const action = parsed.data?.actions[0];
		if (!parsed.success || action === undefined) return;
		const { user, channel, message, container } = parsed.data;
		const teamId = teamOf(parsed.data);
		// A private message begins no thread.
		const ownTs = container?.is_ephemeral ? container.thread_ts : message?.ts;
		const whisper = async (words: string | OutgoingMessage) => {
			const at = { teamId, channelId: channel?.id ?? "", ts: ownTs ?? "", threadTs: message?.thread_ts };
			// In a session's own channel nothing begins a thread.
			const place = channel && ownTs ? (await findPlace(deps.sessions, at)).thread : null;
			const threadTs = place?.threadTs ?? message?.thread_ts ?? ownTs;
			await deps.whisper({
				teamId,
				userId: user.id,
				channelId: channel?.id ?? null,
				threadTs,
				message: words,
			});
		};
		const admission = await admit(deps, { teamId, userId: user.id });
		if (admission.outcome === "refused") {
			await whisper(admission.why);
			return;
		}
		const replace = async (message: OutgoingMessage) => {
			// Such an address is good for half an hour, and for five times; a click may be taken up later than that.
			await respond({ ...message, replace_original: true }).catch(async (thrown: unknown) => {
				deps.log.info({ err: coerceError(thrown) }, "a message was not replaced");
				await whisper(message);
			});
		};
		const inHome = parsed.data.view?.type === "home";
		await act({
			personId: admission.personId,
			personName: admission.person.name,
			teamId,
			userId: user.id,
			inHome,
			viewMetadata: parsed.data.view?.private_metadata,
			actionId: action.action_id,
			value: action.value,
			triggerId: parsed.data.trigger_id,
			blockId: action.block_id,
			selected: action.selected_option?.value,
			ticked: (action.selected_options ?? []).map(({ value }) => value),
			whisper,
			replace,
		});
		// What was pressed may be of use no more, also where nothing came of it.
		if (inHome && !CHOOSE_HOME.test(action.action_id))
			await deps.homes.show({ teamId, userId: user.id, personId: admission.personId });
	});
}
