import type { App } from "@slack/bolt";
import { z } from "zod";
import type { ListenerDeps } from "../listeners/deps.ts";
import { foresee } from "../listeners/foresee.ts";
import { ourTeamId } from "../receiving/intake.ts";

/** Of one person one look counts in so long; people who walk through their channels want nothing of us yet. */
const ONE_LOOK_MS = 10_000;

/** docs.slack.dev, app_context_changed: most relevant first; other kinds of things are none of ours. */
const entity = z.union([
	z.looseObject({
		type: z.literal("slack#/types/channel_id"),
		value: z.string(),
		team_id: z.string().optional(),
	}),
	z.looseObject({
		type: z.literal("slack#/types/message_context"),
		value: z.looseObject({ channel_id: z.string(), message_ts: z.string() }),
		team_id: z.string().optional(),
	}),
]);
const looked = z.looseObject({
	/** In the types of Slack's SDK, but not in its documentation's example: there only `authorizations` names a person. */
	user: z.string().optional(),
	context: z.looseObject({ entities: z.array(z.unknown()).optional() }),
});
const authorized = z.looseObject({
	authorizations: z.array(z.looseObject({ user_id: z.string(), is_bot: z.literal(false) })),
});

export interface Look {
	userId: string;
	channelId: string;
	/** A message that is looked at. */
	messageTs: string | null;
}

/** Pure. Who looks at which channel of the workspace; null: nobody at none. */
export function readLook(event: unknown, body: Parameters<typeof ourTeamId>[0]): Look | null {
	const parsed = looked.safeParse(event).data;
	const userId = parsed?.user ?? authorized.safeParse(body).data?.authorizations[0]?.user_id;
	if (parsed === undefined || userId === undefined) return null;
	const teamId = ourTeamId(body);
	for (const thing of parsed.context.entities ?? []) {
		const known = entity.safeParse(thing).data;
		if (known === undefined || (known.team_id ?? teamId) !== teamId) continue;
		if (known.type === "slack#/types/channel_id") return { userId, channelId: known.value, messageTs: null };
		return { userId, channelId: known.value.channel_id, messageTs: known.value.message_ts };
	}
	return null;
}

/** What somebody looks at with the app beside it is warmed, silently. */
export function listenToContext(app: App, deps: ListenerDeps): void {
	const lastMs = new Map<string, number>();

	function isTooSoon(key: string): boolean {
		for (const [one, atMs] of lastMs) if (deps.now() - atMs >= ONE_LOOK_MS) lastMs.delete(one);
		if (lastMs.has(key)) return true;
		lastMs.set(key, deps.now());
		return false;
	}

	app.event("app_context_changed", async ({ event, body }) => {
		const look = readLook(event, body);
		if (look === null) return;
		const teamId = ourTeamId(body);
		const { userId, channelId, messageTs } = look;
		if (isTooSoon(`${teamId} ${userId}`)) return;
		const repositoryId =
			messageTs === null ? null : await repositoryOf({ teamId, channelId, threadTs: messageTs });
		await foresee(deps, { body, userId }, (personId) => {
			if (repositoryId === null) deps.foresight.looked({ personId, teamId, channelId });
			else deps.foresight.picked({ personId, repositoryId });
		});
	});

	/** Of the session whose thread begins with a message. */
	async function repositoryOf(thread: { teamId: string; channelId: string; threadTs: string }) {
		const known = await deps.sessions.findByThread(thread);
		if (known === null) return null;
		return (await deps.sessions.view(known.sessionId)).repository?.id ?? null;
	}
}
