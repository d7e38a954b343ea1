import type { ConversationsInfoResponse, WebClient } from "@slack/web-api";
import { AppError } from "../../errors.ts";
import { toCallFailure } from "./call-failure.ts";
import { waitOut } from "./wait-out.ts";

export interface SlackPerson {
	userId: string;
	name: string;
	email: string | null;
	kind: "member" | "guest" | "external" | "bot";
	/** Admins and owners of the workspace are admins of Bobbin too. */
	role: "member" | "admin";
}

type ChannelInfo = NonNullable<ConversationsInfoResponse["channel"]>;

interface SlackChannel {
	name: string | null;
	topic: string | null;
	/** It is an agent's own, for one task: `properties.agent_session` (docs.slack.dev, Slack Code, properties). */
	isSession?: boolean;
}

/** People and channels, remembered for ten minutes. */
export interface Directory {
	/** @throws AppError `slack_unavailable` if Slack does not answer: without one we cannot know who may ask. */
	person(userId: string): Promise<SlackPerson>;
	/** Names for texts; an id whose name cannot be had stays away. */
	names(userIds: string[]): Promise<Map<string, string>>;
	/** Whether other organisations share it, or are about to. @throws AppError `slack_unavailable` */
	isShared(channelId: string): Promise<boolean>;
	/** Null fields where we may not look. @throws AppError `slack_unavailable` */
	channel(channelId: string): Promise<SlackChannel>;
}

const KEEP_MS = 10 * 60_000;
const MAX_ENTRIES = 5_000;
/** What waits for an answer can wait for pauses that Slack asks for; after longer ones it comes again. */
const MAX_PAUSES_MS = 4_000;

export function createDirectory(deps: {
	client: WebClient;
	teamId: () => Promise<string>;
	now: () => number;
}): Directory {
	const { client, teamId, now } = deps;
	const people = remember((userId) => readPerson(client, userId, teamId), now);
	const channels = remember((channelId) => readChannel(client, channelId), now);
	return {
		person: people,
		async channel(channelId) {
			const channel = await channels(channelId);
			const isSession = "agent_session" in (channel?.properties ?? {});
			return { name: channel?.name ?? null, topic: channel?.topic?.value || null, isSession };
		},
		async isShared(channelId) {
			const channel = await channels(channelId);
			// What we may not look at counts as shared.
			return channel === null || Boolean(channel.is_ext_shared || channel.is_pending_ext_shared);
		},
		async names(userIds) {
			const found = await Promise.allSettled(userIds.map(people));
			return new Map(
				found.flatMap((result) =>
					result.status === "fulfilled" ? [[result.value.userId, result.value.name] as const] : [],
				),
			);
		},
	};
}

async function readPerson(
	client: WebClient,
	userId: string,
	teamId: () => Promise<string>,
): Promise<SlackPerson> {
	try {
		const ask = () => client.users.info({ user: userId });
		const [{ user }, ourTeamId] = await Promise.all([waitOut(ask, { withinMs: MAX_PAUSES_MS }), teamId()]);
		const profile = user?.profile;
		return {
			userId,
			// Commits are signed with it, so the full name comes first.
			name: profile?.real_name || user?.real_name || profile?.display_name || user?.name || userId,
			email: profile?.email ?? null,
			...toStanding(user ?? {}, ourTeamId),
		};
	} catch (cause) {
		if (cause instanceof AppError) throw cause;
		const failure = toCallFailure(cause);
		// People of another organisation may be hidden from us.
		if (failure.kind === "refused") {
			return { userId, name: userId, email: null, kind: "external", role: "member" };
		}
		throw new AppError("slack_unavailable", `Slack did not say who ${userId} is (${failure.error}).`, {
			retryable: true,
			cause,
		});
	}
}

function toStanding(
	user: Parameters<typeof toKind>[0] & { is_admin?: boolean; is_owner?: boolean },
	ourTeamId: string,
): Pick<SlackPerson, "kind" | "role"> {
	const kind = toKind(user, ourTeamId);
	// Slack says this of people of other workspaces too, where it means theirs.
	const isAdmin = kind === "member" && (user.is_admin || user.is_owner);
	return { kind, role: isAdmin ? "admin" : "member" };
}

function toKind(
	user: {
		is_bot?: boolean;
		is_restricted?: boolean;
		is_ultra_restricted?: boolean;
		is_stranger?: boolean;
		team_id?: string;
		enterprise_user?: { teams?: string[] };
	},
	ourTeamId: string,
): SlackPerson["kind"] {
	if (user.is_bot) return "bot";
	const isOurs = user.team_id === undefined || user.team_id === ourTeamId;
	const isOfOurOrganisation = user.enterprise_user?.teams?.includes(ourTeamId) ?? false;
	if (user.is_stranger || (!isOurs && !isOfOurOrganisation)) return "external";
	return user.is_restricted || user.is_ultra_restricted ? "guest" : "member";
}

/** Null: Slack does not let us look. */
async function readChannel(client: WebClient, channelId: string): Promise<ChannelInfo | null> {
	try {
		const ask = () => client.conversations.info({ channel: channelId });
		return (await waitOut(ask, { withinMs: MAX_PAUSES_MS })).channel ?? null;
	} catch (cause) {
		const failure = toCallFailure(cause);
		if (failure.kind === "refused") return null;
		throw new AppError(
			"slack_unavailable",
			`Slack did not say what channel ${channelId} is (${failure.error}).`,
			{ retryable: true, cause },
		);
	}
}

function remember<T>(read: (id: string) => Promise<T>, now: () => number): (id: string) => Promise<T> {
	const kept = new Map<string, { untilMs: number; value: Promise<T> }>();
	return (id) => {
		const found = kept.get(id);
		if (found !== undefined && found.untilMs > now()) return found.value;
		const value = read(id);
		kept.delete(id);
		kept.set(id, { untilMs: now() + KEEP_MS, value });
		const oldest = kept.size > MAX_ENTRIES ? kept.keys().next().value : undefined;
		if (oldest !== undefined) kept.delete(oldest);
		value.catch(() => kept.delete(id));
		return value;
	};
}
