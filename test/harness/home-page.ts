import { eventually } from "./eventually.ts";
import type { SlackWorkspace } from "./slack-workspace.ts";

interface PublishedHome {
	id: string;
	hash: string;
	private_metadata: string;
	blocks: { type: string; block_id: string; elements?: Element[]; accessory?: Element }[];
}

interface Element {
	type: string;
	action_id: string;
	value?: string;
	text?: { text: string };
}

/** One person's App Home, as the playground's page has it. */
export function createHomePage(workspace: SlackWorkspace, name: string) {
	const read = async (): Promise<PublishedHome | null> =>
		((await workspace.readPage(name, "views")) as { home: PublishedHome | null }).home;

	const textOf = (view: PublishedHome | null) => wordsOf(view?.blocks ?? []).join("\n");

	/** Waits until the home says this. */
	const until = (words: string | RegExp): Promise<PublishedHome> =>
		eventually(async () => {
			const view = await read();
			const text = textOf(view);
			if (view === null || !(typeof words === "string" ? text.includes(words) : words.test(text)))
				throw new Error(`the home does not say ${words}:\n${text}`);
			return view;
		});

	/** What can be clicked, once it is there. */
	const find = (actionId: string, words?: string) =>
		eventually(async () => {
			const view = await read();
			for (const block of view?.blocks ?? []) {
				const elements = [...(block.elements ?? []), ...(block.accessory ? [block.accessory] : [])];
				const element = elements.find(
					(one) => one.action_id === actionId && (words === undefined || one.text?.text === words),
				);
				if (element !== undefined) return { view_id: view?.id, block_id: block.block_id, element };
			}
			throw new Error(`the home has no ${actionId}:\n${textOf(view)}`);
		});

	async function act(actionId: string, more: Record<string, unknown> = {}, words?: string): Promise<void> {
		const { element, ...place } = await find(actionId, words);
		const value = element.value === undefined ? {} : { value: element.value };
		await workspace.onPage(name, "action", { ...place, action: { action_id: actionId, ...value, ...more } });
	}

	return {
		read,
		until,
		textOf,
		open: () => workspace.onPage(name, "home-open", { tab: "home" }),
		press: (actionId: string, words?: string) => act(actionId, {}, words),
		choose: (actionId: string, value: string) => act(actionId, { selected_option: { text: {}, value } }),
		tick: (actionId: string, values: string[]) =>
			act(actionId, { selected_options: values.map((value) => ({ text: {}, value })) }),
	};
}

/** Everything that can be read in it, in order. */
function wordsOf(part: unknown): string[] {
	if (typeof part !== "object" || part === null) return [];
	return Object.entries(part).flatMap(([name, value]) =>
		typeof value === "string" && (name === "text" || name === "alt_text") ? [value] : wordsOf(value),
	);
}
