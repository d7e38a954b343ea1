import { eventually } from "./eventually.ts";
import type { SlackWorkspace, ThreadMessage } from "./slack-workspace.ts";

/** A modal as the page gets it. */
export interface OpenModal {
	id: string;
	callback_id: string;
	title: { text: string };
	submit?: { text: string };
	blocks: ModalBlock[];
}

interface ModalBlock {
	type: string;
	block_id: string;
	element?: {
		type: string;
		action_id: string;
		options?: { text: { text: string }; value: string }[];
	} & Record<string, unknown>;
}

type Value = Record<string, unknown>;
type Place = { channelId: string; threadTs?: string | undefined };

/** What one person does on the playground's page, and what they alone see there. */
export function slackPerson(workspace: SlackWorkspace, name: string) {
	const modals = async () => ((await workspace.readPage(name, "views")) as { modals: OpenModal[] }).modals;
	const whispers = async ({ channelId, threadTs }: Place) => {
		const query = `messages?channel=${channelId}${threadTs === undefined ? "" : `&thread=${threadTs}`}`;
		return ((await workspace.readPage(name, query)) as { ephemerals: ThreadMessage[] }).ephemerals;
	};

	/** The value of an input of a modal by its action id, in the shape in which the page gives it. */
	const toState = (modal: OpenModal, values: Record<string, Value>) => {
		const state: Record<string, Record<string, Value>> = {};
		for (const { block_id, element } of modal.blocks) {
			const value = element === undefined ? undefined : values[element.action_id];
			if (element !== undefined && value !== undefined) state[block_id] = { [element.action_id]: value };
		}
		return state;
	};

	return {
		command: (channel: string, text: string) =>
			workspace.onPage(name, "command", { channel: workspace.channelId(channel), command: "/bobbin", text }),
		shortcut: (callbackId: string, message?: { channel: string; ts: string }) =>
			workspace.onPage(name, "shortcut", { callback_id: callbackId, ...(message && { message }) }),
		modals,
		/** Waits for a modal that `matches`. */
		untilModal: (matches: (modal: OpenModal) => boolean) =>
			eventually(async () => {
				const open = await modals();
				const found = open.find(matches);
				if (found === undefined) throw new Error(`no such modal: ${JSON.stringify(open)}`);
				return found;
			}),
		/** Waits for a private message with these words, newest first; gives it. */
		untilWhisper: (at: Place, words: RegExp) =>
			eventually(async () => {
				const said = await whispers(at);
				const found = said.findLast((message) => words.test(JSON.stringify(message)));
				if (found === undefined) throw new Error(`nobody whispered ${words}: ${JSON.stringify(said)}`);
				return found;
			}),
		whispers,
		submit: (modal: OpenModal, values: Record<string, Value>) =>
			workspace.onPage(name, "view-submit", { view_id: modal.id, state: toState(modal, values) }),
		/** Types or chooses in a modal, where that is told to the app. */
		change: (modal: OpenModal, actionId: string, values: Record<string, Value>) => {
			const block = modal.blocks.find(({ element }) => element?.action_id === actionId);
			return workspace.onPage(name, "action", {
				view_id: modal.id,
				block_id: block?.block_id ?? "",
				action: { action_id: actionId, ...values[actionId] },
				state: toState(modal, values),
			});
		},
		suggestions: async (modal: OpenModal, actionId: string, value: string) => {
			const block = modal.blocks.find(({ element }) => element?.action_id === actionId);
			const found = await workspace.onPage(name, "suggestions", {
				view_id: modal.id,
				block_id: block?.block_id ?? "",
				action_id: actionId,
				value,
			});
			return (found as { options: { text: { text: string }; value: string }[] }).options;
		},
		/** Uploads a file as the page does for a modal; gives it as an input of files holds it. */
		async upload(filename: string, content: string) {
			const human = workspace.human(name);
			const length = Buffer.byteLength(content);
			const { upload_url: url = "", file_id: id = "" } = await human.files.getUploadURLExternal({
				filename,
				length,
			});
			await fetch(url, { method: "POST", body: content });
			const { files = [] } = await human.files.completeUploadExternal({ files: [{ id }] });
			return files[0] as { id: string };
		},
		/** The conversation with the app. */
		async directChannel() {
			const { channels = [] } = await workspace.human(name).conversations.list({ types: "im" });
			const { botUserId } = workspace.playground.connection;
			return channels.find(({ user }) => user === botUserId)?.id ?? "";
		},
		/** Waits until what one looks for is there. */
		until: <T>(look: () => Promise<T | undefined | null | false>) =>
			eventually(async () => {
				const found = await look();
				if (!found) throw new Error("not there yet");
				return found as T;
			}),
	};
}

/** What Slack refused of the app, but for its speed. */
export async function refusals(workspace: SlackWorkspace): Promise<string[]> {
	const { refused } = (await workspace.readPage("mia", "refused")) as {
		refused: { method: string; error: string; messages: string[] }[];
	};
	return refused
		.filter(({ error }) => error !== "ratelimited")
		.map(({ method, error, messages }) => `${method}: ${error} ${messages.join(" ")}`);
}
