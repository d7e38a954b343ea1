import { PATIENCE_MS } from "../config/patience.ts";

interface PlaygroundDescription {
	slack: {
		apiUrl: string;
		users: { id: string; name: string; token: string }[];
		channels: { id: string; name: string }[];
		botUserId: string;
	};
	github: { apiUrl: string; url: string; token: string; repositories: { fullName: string; url: string }[] };
	model: { url: string };
}

export interface SlackMessage {
	ts: string;
	text: string;
	user?: string;
	bot_id?: string;
	thread_ts?: string;
	blocks?: unknown[];
	reactions?: { name: string; users: string[] }[];
}

/** A person in the playground, as any program would act for one: the ordinary Web API with a user token. */
export interface PlaygroundHuman {
	id: string;
	post(input: { channel: string; text: string; threadTs?: string }): Promise<string>;
	/** The messages of a thread, oldest first. */
	readThread(channel: string, threadTs: string): Promise<SlackMessage[]>;
	/** What only they see in a thread. */
	readWhispers(channel: string, threadTs: string): Promise<SlackMessage[]>;
	/** Waits until the thread is as wanted; looks again whenever Slack says that something changed. */
	waitForThread<T>(
		input: { channel: string; threadTs: string; what: string },
		find: (messages: SlackMessage[]) => T | null | undefined | false,
	): Promise<T>;
	/** Clicks a button or picks an option of a message. */
	act(input: {
		channel: string;
		messageTs: string;
		blockId: string;
		action: Record<string, unknown>;
	}): Promise<void>;
	/** Slack's own Stop beside an agent's status. */
	stopSession(input: { channel: string; threadTs: string }): Promise<void>;
	/** What a menu offers for some typed letters. */
	suggest(input: {
		channel: string;
		messageTs: string;
		blockId: string;
		actionId: string;
		value: string;
	}): Promise<SlackOption[]>;
	close(): void;
}

interface SlackOption {
	text: { type: string; text: string };
	description?: { type: string; text: string };
	value: string;
}

export async function describePlayground(origin: string): Promise<PlaygroundDescription> {
	const answer = await fetch(`${origin}/playground.json`);
	if (!answer.ok) throw new Error(`playground.json answered ${answer.status}`);
	return (await answer.json()) as PlaygroundDescription;
}

export async function joinPlayground(origin: string, name: string): Promise<PlaygroundHuman> {
	const { slack } = await describePlayground(origin);
	const human = slack.users.find((user) => user.name === name);
	if (!human) throw new Error(`there is no ${name} in the playground`);
	const headers = { authorization: `Bearer ${human.token}`, "content-type": "application/json" };
	const channelId = (channel: string) =>
		slack.channels.find((entry) => entry.name === channel)?.id ?? channel;
	const changes = new EventTarget();
	const closing = new AbortController();

	async function call<T>(url: string, body: unknown): Promise<T> {
		const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
		const result = (await answer.json()) as { ok: boolean; error?: string };
		if (!result.ok) throw new Error(`${url}: ${result.error} ${JSON.stringify(result)}`);
		return result as T;
	}

	async function follow(): Promise<void> {
		const stream = await fetch(`${origin}/playground/slack/page/stream?token=${human?.token}`, {
			signal: closing.signal,
		});
		for await (const _chunk of stream.body ?? []) changes.dispatchEvent(new Event("change"));
	}
	// A cut stream only means that the app is restarting; waiting looks again by itself then.
	follow().catch(() => {});

	async function readPage(channel: string, threadTs: string) {
		const url = new URL(`${origin}/playground/slack/page/messages`);
		url.searchParams.set("channel", channelId(channel));
		url.searchParams.set("thread", threadTs);
		const answer = await fetch(url, { headers });
		return (await answer.json()) as { messages: SlackMessage[]; ephemerals: SlackMessage[] };
	}
	const readThread = async (channel: string, threadTs: string) =>
		(await readPage(channel, threadTs)).messages;

	return {
		id: human.id,
		async post({ channel, text, threadTs }) {
			const posted = await call<{ ts: string }>(`${slack.apiUrl}chat.postMessage`, {
				channel: channelId(channel),
				text,
				...(threadTs ? { thread_ts: threadTs } : {}),
			});
			return posted.ts;
		},
		readThread,
		readWhispers: async (channel, threadTs) => (await readPage(channel, threadTs)).ephemerals,
		async waitForThread({ channel, threadTs, what }, find) {
			const deadline = Date.now() + PATIENCE_MS;
			let last: SlackMessage[] = [];
			while (Date.now() < deadline) {
				const changed = new Promise<void>((done) => {
					const look = () => {
						clearTimeout(timer);
						changes.removeEventListener("change", look);
						done();
					};
					const timer = setTimeout(look, 500);
					changes.addEventListener("change", look);
				});
				last = await readThread(channel, threadTs).catch(() => last);
				const found = find(last);
				if (found) return found;
				await changed;
			}
			throw new Error(
				`${what}: not seen in ${PATIENCE_MS} ms. The thread:\n${last.map((m) => `- ${m.text}`).join("\n")}`,
			);
		},
		async act({ channel, messageTs, blockId, action }) {
			await call(`${origin}/playground/slack/page/action`, {
				channel: channelId(channel),
				message_ts: messageTs,
				block_id: blockId,
				action,
			});
		},
		async stopSession({ channel, threadTs }) {
			const place = { channel: channelId(channel), thread_ts: threadTs };
			await call(`${origin}/playground/slack/page/stop-session`, place);
		},
		async suggest({ channel, messageTs, blockId, actionId, value }) {
			const place = { channel: channelId(channel), message_ts: messageTs, block_id: blockId };
			const { options } = await call<{ options: SlackOption[] }>(
				`${origin}/playground/slack/page/suggestions`,
				{ ...place, action_id: actionId, value },
			);
			return options;
		},
		close: () => closing.abort(),
	};
}
