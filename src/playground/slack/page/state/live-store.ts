import type { Message, Refusal, View } from "../../model.ts";
import type { Notice } from "../../world.ts";
import { CallError, type Client } from "./client.ts";
import { applyNotice, applyToMessages, replaceMessages, withChannel, withSession } from "./reduce.ts";
import { EMPTY_STATE, type LiveState, placeKey, type Workspace } from "./types.ts";

const RECONNECT_MS = 1_000;

export type LiveStore = ReturnType<typeof createLiveStore>;

/** What one person sees of the workspace, kept up to date by the stream. */
export function createLiveStore(client: Client, onFault: (error: CallError) => void) {
	let state: LiveState = EMPTY_STATE;
	let stream: EventSource | null = null;
	let reconnecting: ReturnType<typeof setTimeout> | undefined;
	let wasLive = false;
	const listeners = new Set<() => void>();
	/** What the stream said while a load was under way: the load's answer may be older than that. */
	const meanwhile = new Set<Notice[]>();
	const loading = new Set<string>();

	function set(next: LiveState): void {
		state = next;
		for (const listener of listeners) listener();
	}

	async function load<T>(path: string, take: (answer: T, since: Notice[]) => LiveState): Promise<void> {
		if (loading.has(path)) return;
		loading.add(path);
		const since: Notice[] = [];
		meanwhile.add(since);
		try {
			const answer = await client.get<T>(path);
			set(take(answer, since));
		} catch (error) {
			if (!(error instanceof CallError)) throw error;
			if (error.code === "invalid_auth") set({ ...state, failure: error.code });
			else if (error.code !== "unreachable") onFault(error);
		} finally {
			meanwhile.delete(since);
			loading.delete(path);
		}
	}

	const loadWorkspace = () =>
		load<Workspace>("state", (workspace, since) => {
			const sessions = since.flatMap((notice) => (notice.type === "agent_status" ? [notice.session] : []));
			return { ...state, workspace: sessions.reduce(withSession, workspace), failure: null };
		});
	const loadViews = () =>
		load<{ modals: View[]; home: View | null }>("views", ({ modals, home }) => ({ ...state, modals, home }));
	const loadRefusals = () =>
		load<{ refused: Refusal[] }>("refused", ({ refused }) => ({
			...state,
			refusals: refused,
			workspace: state.workspace && { ...state.workspace, refused: refused.length },
		}));

	function connect(): void {
		stream = new EventSource(client.streamUrl);
		stream.onopen = () => {
			// What happened while the connection was gone is fetched anew by whoever shows it.
			set({ ...state, connection: "live", loaded: {} });
			void loadWorkspace();
			void loadViews();
			if (wasLive && state.refusals !== null) void loadRefusals();
			wasLive = true;
		};
		stream.onmessage = (event: MessageEvent<string>) => receive(JSON.parse(event.data) as Notice);
		stream.onerror = () => {
			set({ ...state, connection: "lost" });
			// The browser by itself gives up on a refused connection, and waits long after a cut one.
			stream?.close();
			if (state.workspace === null) void loadWorkspace();
			clearTimeout(reconnecting);
			reconnecting = setTimeout(connect, RECONNECT_MS);
		};
	}

	function receive(notice: Notice): void {
		for (const since of meanwhile) since.push(notice);
		set(applyNotice(state, notice));
		const isNew =
			notice.type === "message" && !state.workspace?.channels.some(({ id }) => id === notice.channel);
		if (notice.type === "channel_changed" || isNew) void loadWorkspace();
	}

	return {
		subscribe(listener: () => void) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		getState: () => state,
		start: connect,
		stop() {
			clearTimeout(reconnecting);
			stream?.close();
		},
		loadWorkspace,
		loadRefusals,

		loadMessages(channel: string, thread: string | null) {
			const query = new URLSearchParams({ channel, ...(thread === null ? {} : { thread }) });
			return load<{ messages: Message[]; ephemerals: Message[] }>(`messages?${query}`, (answer, since) => {
				const replaced = replaceMessages(state, { channel, thread }, answer);
				const key = placeKey(channel, thread);
				return since.reduce(applyToMessages, { ...replaced, loaded: { ...replaced.loaded, [key]: true } });
			});
		},

		async clearRefusals() {
			await client.remove("refused");
			await loadRefusals();
		},

		/** Everything up to `ts` was seen. */
		markRead(channel: string, ts: string) {
			const known = state.workspace?.channels.find(({ id }) => id === channel);
			if (state.workspace === null || known === undefined || known.unread === 0) return;
			set({
				...state,
				workspace: withChannel(state.workspace, channel, (one) => ({ ...one, unread: 0 })),
			});
			// A mark that is lost only shows the channel as unread again.
			client.call("conversations.mark", { channel, ts }).catch(() => {});
		},
	};
}
