import type { PlaygroundHuman, SlackMessage } from "./playground-client.ts";

interface Element {
	type: string;
	action_id?: string;
	value?: string;
}
interface Block {
	type: string;
	block_id?: string;
	elements?: Element[];
	accessory?: Element;
}

/** One thread in a channel as its people see and use it. */
export interface ThreadUser {
	channel: string;
	threadTs: string;
	/** A reply by anybody; gives its `ts`. */
	reply(human: PlaygroundHuman, text: string): Promise<string>;
	read(): Promise<SlackMessage[]>;
	/** Waits until a message of a person carries a reaction, and no other reaction. */
	untilMarked(emoji: string, messageTs?: string): Promise<void>;
	/** Waits for a message of the bot. */
	untilSaid(words: RegExp): Promise<SlackMessage>;
	/** Clicks the newest button with this action, once it is there. */
	click(actionId: RegExp, human?: PlaygroundHuman): Promise<void>;
}

export async function openThread(human: PlaygroundHuman, channel: string, text: string): Promise<ThreadUser> {
	const threadTs = await human.post({ channel, text });
	const wait = <T>(what: string, find: (messages: SlackMessage[]) => T | undefined | false) =>
		human.waitForThread({ channel, threadTs, what }, find);
	return {
		channel,
		threadTs,
		reply: (by, words) => by.post({ channel, threadTs, text: words }),
		read: () => human.readThread(channel, threadTs),
		async untilMarked(emoji, messageTs = threadTs) {
			await wait(`the reaction ${emoji}`, (messages) => {
				const marked = messages.find(({ ts }) => ts === messageTs)?.reactions ?? [];
				return marked.length === 1 && marked[0]?.name === emoji;
			});
		},
		untilSaid: (words) =>
			wait(`a message like ${words}`, (messages) =>
				messages.findLast((message) => message.bot_id !== undefined && words.test(visibleText(message))),
			),
		async click(actionId, by = human) {
			const found = await wait(`the button ${actionId}`, (messages) => findAction(messages, actionId));
			await by.act({ channel, ...found });
		},
	};
}

/** Everything of a message that somebody can read. */
export function visibleText(message: SlackMessage): string {
	return `${message.text}\n${JSON.stringify(message.blocks ?? [])}`;
}

export function findAction(messages: SlackMessage[], actionId: RegExp) {
	for (const message of messages.toReversed()) {
		for (const block of (message.blocks ?? []) as Block[]) {
			const element = [...(block.elements ?? []), ...(block.accessory ? [block.accessory] : [])].find(
				(one) => one.action_id !== undefined && actionId.test(one.action_id),
			);
			if (element === undefined || block.block_id === undefined) continue;
			const { action_id, value } = element;
			const action = { action_id, ...(value === undefined ? {} : { value }) };
			return { messageTs: message.ts, blockId: block.block_id, action };
		}
	}
	return undefined;
}
