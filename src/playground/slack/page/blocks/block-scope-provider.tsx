import type { Confirm } from "@slack/types";
import { type ReactNode, useState } from "react";
import { CallError } from "../state/client.ts";
import { useDesk } from "../state/desk.ts";
import { explain } from "../state/explain.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { toGroups } from "./elements/choices.ts";
import {
	type BlockPlace,
	type BlockScope,
	BlockScopeContext,
	type ElementValue,
	type Values,
} from "./scope.ts";

const NO_ERRORS: Record<string, string> = {};

/** Gives the blocks inside of it a life: what is chosen is kept here, what is pressed is told to the app. */
export function BlockScopeProvider(props: {
	place: BlockPlace;
	isLive: boolean;
	children: ReactNode;
	/** Kept outside where somebody else needs it too, as for a dialog that is submitted. */
	held?: [Values, (change: (values: Values) => Values) => void];
	errors?: Record<string, string>;
}) {
	const { client, say } = useDesk();
	const { place } = props;
	const own = useState<Values>({});
	const [values, setValues] = props.held ?? own;
	const [busy, setBusy] = useState<string | null>(null);
	const [question, setQuestion] = useState<{ confirm: Confirm; go: () => void } | null>(null);

	async function send(blockId: string, actionId: string, value: ElementValue): Promise<void> {
		setBusy(`${blockId}/${actionId}`);
		try {
			const state = with1(values, blockId, actionId, value);
			await client.post("action", {
				...place,
				block_id: blockId,
				action: { ...value, action_id: actionId },
				state: onlyStateful(state, blockId, actionId, value),
			});
		} catch (error) {
			if (!(error instanceof CallError)) throw error;
			say(explain(error));
		} finally {
			setBusy(null);
		}
	}

	const scope: BlockScope = {
		isLive: props.isLive,
		values,
		errors: props.errors ?? NO_ERRORS,
		busy,
		setValue: (blockId, actionId, value) => setValues((held) => with1(held, blockId, actionId, value)),
		act({ blockId, actionId, value, confirm }) {
			const go = () => void send(blockId, actionId, value);
			if (confirm === undefined) go();
			else setQuestion({ confirm, go });
		},
		async suggest(blockId, actionId, query) {
			const body = { ...place, block_id: blockId, action_id: actionId, value: query };
			return toGroups(await client.post("suggestions", body));
		},
	};
	return (
		<BlockScopeContext value={scope}>
			{props.children}
			{question && (
				<ConfirmDialog
					confirm={question.confirm}
					onAnswer={(isSure) => {
						setQuestion(null);
						if (isSure) question.go();
					}}
				/>
			)}
		</BlockScopeContext>
	);
}

function with1(values: Values, blockId: string, actionId: string, value: ElementValue): Values {
	return { ...values, [blockId]: { ...values[blockId], [actionId]: value } };
}

/** Buttons hold nothing: what only says which one was pressed is no state. */
function onlyStateful(values: Values, blockId: string, actionId: string, value: ElementValue): Values {
	const holds = Object.keys(value).some((key) => key.startsWith("selected_") || key === "rich_text_value");
	if (holds || values[blockId]?.[actionId] === undefined) return values;
	const { [actionId]: pressed, ...rest } = values[blockId];
	if (pressed !== value) return values;
	const { [blockId]: _block, ...others } = values;
	return Object.keys(rest).length === 0 ? others : { ...others, [blockId]: rest };
}
