import type { HomeView, KnownBlock } from "@slack/types";
import { button, contextLine, section } from "../blocks/message.ts";
import { type HomeState, type HomeTab, TABS } from "./home-state.ts";

const MAX_BLOCKS = 100;
/** Slack takes 250 kB; some is left for what is around the blocks. */
const MAX_BYTES = 240_000;

const TAB_WORDS: Record<HomeTab, string> = { stats: "Stats", sessions: "My sessions", settings: "Settings" };

/** Pure. The home with the tabs on top and one of them below; cut where it would be more than Slack takes. */
export function homeView(state: HomeState, blocks: readonly KnownBlock[]): HomeView {
	return view(state, [tabRow(state.tab), ...blocks]);
}

/** Pure. What stands there until the rest is known. */
export function frameView(state: HomeState): HomeView {
	return homeView(state, [contextLine("One moment…")]);
}

/** Pure. For people who may not use Bobbin here: what it is, and why not. */
export function closedView(state: HomeState, botUserId: string): HomeView {
	const [header, ...more] = welcomeBlocks(botUserId);
	const why = "*In this workspace I work for its members only*; an admin can say otherwise. For them:";
	return view(state, [...(header === undefined ? [] : [header]), section(why), ...more]);
}

/** Pure. What Bobbin is and how to begin. */
export function welcomeBlocks(botUserId: string): KnownBlock[] {
	return [
		{ type: "header", text: { type: "plain_text", text: "Bobbin turns threads into pull requests" } },
		section(
			`Mention <@${botUserId}> in a channel, or write to me here, and say what to change:\n• _Fix the rounding of the cart total in acme/web-shop_\n• _Why is checkout slow? Have a look in acme/web-shop_`,
		),
		section(
			"I find out which repository you mean (or ask), work in a sandbox, show what I do in the thread and open a pull request. Every reply in that thread goes on with the same work; *stop* stops it.",
		),
		contextLine("`/bobbin help` says this anywhere."),
	];
}

function tabRow(chosen: HomeTab): KnownBlock {
	return {
		type: "actions",
		block_id: "home_tabs",
		elements: TABS.map((tab) =>
			button(TAB_WORDS[tab], `home_tab_${tab}`, tab, tab === chosen ? "primary" : undefined),
		),
	};
}

function view(state: HomeState, blocks: KnownBlock[]): HomeView {
	return { type: "home", private_metadata: JSON.stringify(state), blocks: within(blocks) };
}

function within(blocks: KnownBlock[]): KnownBlock[] {
	const kept: KnownBlock[] = [];
	let bytes = 0;
	for (const block of blocks) {
		bytes += Buffer.byteLength(JSON.stringify(block)) + 1;
		if (bytes > MAX_BYTES || kept.length === MAX_BLOCKS) {
			return [...kept.slice(0, MAX_BLOCKS - 1), contextLine("There is more than can be shown here.")];
		}
		kept.push(block);
	}
	return kept;
}
