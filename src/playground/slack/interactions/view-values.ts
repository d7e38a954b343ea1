import type { View, ViewValues } from "../model.ts";
import { findElement, readValue } from "./element.ts";

interface InputBlock {
	type: string;
	block_id: string;
	optional?: boolean;
	element?: Record<string, unknown> & { action_id: string; type: string };
}

/** What a person filled in, by block and action, as `view.state.values` shows it; unknown blocks are refused. */
export function readValues(blocks: unknown[], given: ViewValues): ViewValues {
	return Object.fromEntries(
		Object.entries(given).map(([blockId, actions]) => [
			blockId,
			Object.fromEntries(
				Object.entries(actions).map(([actionId, value]) => {
					const element = findElement(blocks, blockId, actionId);
					return [actionId, { type: element.type, ...readValue(element, value) }];
				}),
			),
		]),
	);
}

/** The required inputs that are still empty, with the words that Slack's own client shows. */
export function findMissing(view: View, values: ViewValues): Record<string, string> {
	const missing = (view.blocks as InputBlock[]).filter((block) => {
		if (block.type !== "input" || block.optional || block.element === undefined) return false;
		const { type: _type, ...held } = values[block.block_id]?.[block.element.action_id] ?? {};
		const value = Object.values(held)[0];
		return (
			value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)
		);
	});
	return Object.fromEntries(missing.map((block) => [block.block_id, "Please complete this required field."]));
}

/** Every input of a view has an entry, filled or not. */
export function completeValues(view: View, values: ViewValues): ViewValues {
	const empty = (view.blocks as InputBlock[]).flatMap((block) =>
		block.type === "input" && block.element !== undefined
			? [
					[
						block.block_id,
						{
							[block.element.action_id]: {
								type: block.element.type,
								...readValue(block.element, initialOf(block.element)),
							},
						},
					] as const,
				]
			: [],
	);
	return { ...Object.fromEntries(empty), ...values };
}

function initialOf(element: Record<string, unknown>): Record<string, unknown> {
	const initial = Object.entries(element).filter(([key]) => key.startsWith("initial_"));
	return Object.fromEntries(
		initial.flatMap(([key, value]) => {
			const name = key.slice("initial_".length);
			return [
				[name === "value" ? "value" : `selected_${name}`, value],
				...(name === "value" ? [["rich_text_value", value]] : []),
			];
		}),
	);
}
