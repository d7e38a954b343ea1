import type { Message, View } from "../../model.ts";
import type { Notice } from "../../world.ts";
import type { Conversation, LiveState, Workspace } from "./types.ts";

/** What a notice of the stream changes. */
export function applyNotice(state: LiveState, notice: Notice): LiveState {
	return applyToWorkspace(applyToMessages(applyToViews(state, notice), notice), notice);
}

/** The part of {@link applyNotice} that concerns messages; applying a notice twice does no harm. */
export function applyToMessages(state: LiveState, notice: Notice): LiveState {
	switch (notice.type) {
		case "message":
		case "message_changed":
			return withMessages(state, notice.channel, (kept) => upsert(kept, notice.message));
		case "message_deleted":
			return withMessages(state, notice.channel, (kept) => remove(kept, notice.ts));
		case "reaction":
			return withMessages(state, notice.channel, (kept) =>
				kept.map((message) =>
					message.ts === notice.ts ? { ...message, reactions: notice.reactions } : message,
				),
			);
		case "ephemeral":
			return withEphemerals(state, notice.channel, (kept) => upsert(kept, notice.message));
		case "ephemeral_deleted":
			return withEphemerals(state, notice.channel, (kept) => kept.filter(({ ts }) => ts !== notice.ts));
		default:
			return state;
	}
}

/** What a load of a conversation brings: it replaces what was known of the same place. */
export function replaceMessages(
	state: LiveState,
	place: { channel: string; thread: string | null },
	loaded: { messages: Message[]; ephemerals: Message[] },
): LiveState {
	const { channel, thread } = place;
	const elsewhere = (message: Message) =>
		thread === null
			? isReply(message) && message.subtype !== "thread_broadcast"
			: message.ts !== thread && message.thread_ts !== thread;
	const fresh = new Set(loaded.messages.map(({ ts }) => ts));
	const others = (state.messages[channel] ?? []).filter(
		(message) => elsewhere(message) && !fresh.has(message.ts),
	);
	const othersPrivate = (state.ephemerals[channel] ?? []).filter(
		(message) => (message.thread_ts ?? null) !== thread,
	);
	return {
		...state,
		messages: { ...state.messages, [channel]: sort([...others, ...loaded.messages]) },
		ephemerals: { ...state.ephemerals, [channel]: sort([...othersPrivate, ...loaded.ephemerals]) },
	};
}

export function isReply(message: Message): boolean {
	return message.thread_ts !== undefined && message.thread_ts !== message.ts;
}

function applyToViews(state: LiveState, notice: Notice): LiveState {
	switch (notice.type) {
		case "view_opened":
			return { ...state, modals: [...stackBelow(state.modals, notice.view), notice.view] };
		case "view_updated":
			return {
				...state,
				modals: state.modals.map((view) => (view.id === notice.view.id ? notice.view : view)),
				home: state.home?.id === notice.view.id ? notice.view : state.home,
			};
		case "view_closed":
			return { ...state, modals: state.modals.filter((view) => view.id !== notice.view_id) };
		case "home_published":
			return { ...state, home: notice.view };
		default:
			return state;
	}
}

/** A pushed view lies on what is open; any other one takes its place. */
function stackBelow(modals: View[], view: View): View[] {
	return view.previous_view_id === null ? [] : modals.filter((open) => open.id !== view.id);
}

function applyToWorkspace(state: LiveState, notice: Notice): LiveState {
	const { workspace } = state;
	if (workspace === null) return state;
	if (notice.type === "refused") {
		return {
			...state,
			workspace: { ...workspace, refused: workspace.refused + 1 },
			refusals: state.refusals === null ? null : [notice.refusal, ...state.refusals],
		};
	}
	if (notice.type === "agent_status") return { ...state, workspace: withSession(workspace, notice.session) };
	if (notice.type === "suggested_prompts") {
		const others = workspace.suggested.filter(({ channel_id }) => channel_id !== notice.channel);
		return { ...state, workspace: { ...workspace, suggested: [...others, notice.suggested] } };
	}
	if (notice.type !== "message" || isReply(notice.message)) return state;
	if (notice.message.user === workspace.me.id) return state;
	return {
		...state,
		workspace: withChannel(workspace, notice.channel, (channel) => ({
			...channel,
			unread: channel.unread + 1,
		})),
	};
}

export function withSession(workspace: Workspace, session: Workspace["sessions"][number]): Workspace {
	const others = workspace.sessions.filter(
		(one) => one.channel_id !== session.channel_id || one.thread_ts !== session.thread_ts,
	);
	return { ...workspace, sessions: [...others, session] };
}

export function withChannel(
	workspace: Workspace,
	id: string,
	change: (channel: Conversation) => Conversation,
): Workspace {
	return {
		...workspace,
		channels: workspace.channels.map((channel) => (channel.id === id ? change(channel) : channel)),
	};
}

function withMessages(state: LiveState, channel: string, change: (kept: Message[]) => Message[]): LiveState {
	return {
		...state,
		messages: { ...state.messages, [channel]: change(state.messages[channel] ?? []) },
	};
}

function withEphemerals(
	state: LiveState,
	channel: string,
	change: (kept: Message[]) => Message[],
): LiveState {
	return {
		...state,
		ephemerals: { ...state.ephemerals, [channel]: change(state.ephemerals[channel] ?? []) },
	};
}

function upsert(kept: Message[], message: Message): Message[] {
	const known = kept.find(({ ts }) => ts === message.ts);
	if (known === undefined) return sort([...kept, message]);
	// A notice that names the message only for its words carries no count of replies.
	const counted =
		message.reply_count === undefined && known.reply_count !== undefined && message.thread_ts === message.ts
			? {
					...message,
					reply_count: known.reply_count,
					...(known.reply_users ? { reply_users: known.reply_users } : {}),
					...(known.latest_reply ? { latest_reply: known.latest_reply } : {}),
				}
			: message;
	return kept.map((one) => (one.ts === message.ts ? counted : one));
}

/** The head of a thread leaves a mark behind, as on Slack. */
function remove(kept: Message[], ts: string): Message[] {
	return kept.flatMap((message) => {
		if (message.ts !== ts) return [message];
		if ((message.reply_count ?? 0) === 0) return [];
		const {
			blocks: _blocks,
			attachments: _attachments,
			files: _files,
			reactions: _reactions,
			...rest
		} = message;
		return [{ ...rest, text: "", subtype: "tombstone" }];
	});
}

function sort(messages: Message[]): Message[] {
	return messages.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
}
