import type {
	ActionsBlockElement,
	ContextActionsBlockElement,
	InputBlockElement,
	SectionBlockAccessory,
} from "@slack/types";

export type AnyElement =
	| ActionsBlockElement
	| SectionBlockAccessory
	| InputBlockElement
	| ContextActionsBlockElement;

export interface ElementProps<T> {
	element: T;
	blockId: string;
	/** Every change is told to the app; otherwise it only holds it until it is submitted. */
	dispatches: boolean;
	/** For the label of an input. */
	id?: string | undefined;
}
