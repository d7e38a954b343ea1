import type { Confirm } from "@slack/types";
import { type ElementValue, useBlockScope } from "../scope.ts";

/** What an element holds, and how it says that it was used. */
export function useElement(props: {
	element: { action_id?: string; confirm?: Confirm };
	blockId: string;
	dispatches: boolean;
}) {
	const scope = useBlockScope();
	const { element, blockId } = props;
	const actionId = element.action_id ?? "";
	const use = (value: ElementValue) => ({ blockId, actionId, value, confirm: element.confirm });
	return {
		/** Undefined until it was touched: then its initial value counts. */
		held: scope.values[blockId]?.[actionId],
		isBusy: scope.busy === `${blockId}/${actionId}`,
		isLive: scope.isLive,
		press: (value: ElementValue) => scope.press(use(value)),
		choose: (value: ElementValue) => scope.choose(use(value), props.dispatches),
		/** Only keeps it, whatever the element does otherwise. */
		keep: (value: ElementValue) => scope.choose({ blockId, actionId, value }, false),
		suggest: (query: string) => scope.suggest(blockId, actionId, query),
	};
}
