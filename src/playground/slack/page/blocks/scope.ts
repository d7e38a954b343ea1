import type { Confirm } from "@slack/types";
import { createContext, useContext } from "react";

/** Where blocks stand, for the playground to find the element that was used. */
export type BlockPlace = { channel: string; message_ts: string } | { view_id: string };

/** What an element holds, under Slack's own names: `{selected_option: …}`, `{value: …}`. */
export type ElementValue = Record<string, unknown>;
export type Values = Record<string, Record<string, ElementValue>>;

export interface Option {
	text: { type: "plain_text" | "mrkdwn"; text: string; emoji?: boolean };
	value?: string;
	description?: { type: "plain_text"; text: string };
	url?: string;
}

export interface OptionGroup {
	label: string | null;
	options: Option[];
}

/** One use of an element, with the question that comes before it if the element wants one. */
export interface Use {
	blockId: string;
	actionId: string;
	value: ElementValue;
	confirm?: Confirm | undefined;
}

/** What elements inside of blocks can do; whoever draws blocks provides it. */
export interface BlockScope {
	/** The blocks belong to the app and answer to clicks. */
	isLive: boolean;
	values: Values;
	/** By block id: what is wrong with an input. */
	errors: Record<string, string>;
	/** `block/action` of the element whose use the app has not answered yet. */
	busy: string | null;
	/** A button was pressed; it holds nothing afterwards. */
	press(use: Use): void;
	/** An element holds something new. The app is told at once only if `dispatch` is set. */
	choose(use: Use, dispatch: boolean): void;
	/** Asks the app for the options of an external select. */
	suggest(blockId: string, actionId: string, query: string): Promise<OptionGroup[]>;
}

export const BlockScopeContext = createContext<BlockScope | null>(null);

export function useBlockScope(): BlockScope {
	const scope = useContext(BlockScopeContext);
	if (scope === null) throw new Error("there are no blocks around this element");
	return scope;
}
