import type { Confirm } from "@slack/types";
import { type ReactNode, useState } from "react";
import { CallError } from "../state/client.ts";
import { useDesk } from "../state/desk.ts";
import { explain } from "../state/explain.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { toGroups } from "./elements/choices.ts";
import { type BlockPlace, type BlockScope, BlockScopeContext, type Use, type Values } from "./scope.ts";

const NO_ERRORS: Record<string, string> = {};

/** Gives the blocks inside of it a life: what is chosen is kept here, what is pressed is told to the app. */
export function BlockScopeProvider(props: {
	place: BlockPlace;
	isLive: boolean;
	children: ReactNode;
	/** Kept outside where somebody else needs it too, as for a dialog that is submitted. */
	held?: [values: Values, change: (change: (before: Values) => Values) => void];
	errors?: Record<string, string>;
}) {
	const { client, say } = useDesk();
	const { place } = props;
	const own = useState<Values>({});
	const [values, setValues] = props.held ?? own;
	const [busy, setBusy] = useState<string | null>(null);
	const [question, setQuestion] = useState<{ confirm: Confirm; go: () => void } | null>(null);

	function afterQuestion(confirm: Confirm | undefined, go: () => void): void {
		if (confirm === undefined) go();
		else setQuestion({ confirm, go });
	}

	async function send({ blockId, actionId, value }: Use, state: Values): Promise<void> {
		setBusy(`${blockId}/${actionId}`);
		try {
			const action = { ...value, action_id: actionId };
			await client.post("action", { ...place, block_id: blockId, action, state });
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
		press: (use) => afterQuestion(use.confirm, () => void send(use, values)),
		choose(use, dispatch) {
			const { blockId, actionId, value } = use;
			afterQuestion(use.confirm, () => {
				// Files may take a while to arrive; what was typed meanwhile stays.
				const put = (before: Values) => ({
					...before,
					[blockId]: { ...before[blockId], [actionId]: value },
				});
				setValues(put);
				if (dispatch) void send(use, put(values));
			});
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
