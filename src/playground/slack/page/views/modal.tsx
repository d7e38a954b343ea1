import { useState } from "react";
import type { View } from "../../model.ts";
import { BlockScopeProvider } from "../blocks/block-scope-provider.tsx";
import { Blocks } from "../blocks/blocks.tsx";
import type { Values } from "../blocks/scope.ts";
import { CallError } from "../state/client.ts";
import { useDesk } from "../state/desk.ts";
import { explain } from "../state/explain.ts";
import { useAttempt } from "../state/use-attempt.ts";
import { Plain } from "../text/plain.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";

const NO_ERRORS: Record<string, string> = {};

/** One dialog of the app, with what was filled in so far. */
export function Modal(props: {
	view: View;
	isPushed: boolean;
	values: Values;
	setValues: (change: (before: Values) => Values) => void;
}) {
	const { view, isPushed, values, setValues } = props;
	const { client } = useDesk();
	const attempt = useAttempt();
	const [errors, setErrors] = useState(NO_ERRORS);
	const [trouble, setTrouble] = useState<string | null>(null);
	const [isSending, setSending] = useState(false);

	const close = (cleared: boolean) =>
		void attempt(() => client.post("view-close", { view_id: view.id, cleared }));

	const hasSubmit = view.submit !== undefined && view.submit !== null;
	const defaultClose = isPushed ? "Back" : hasSubmit ? "Cancel" : "Close";

	/** What was wrong may be right now. */
	function change(put: (before: Values) => Values): void {
		setErrors(NO_ERRORS);
		setValues(put);
	}

	async function submit(): Promise<void> {
		setSending(true);
		setTrouble(null);
		try {
			const answer = await client.post<{ ok: boolean; errors?: Record<string, string> }>("view-submit", {
				view_id: view.id,
				state: onlyHere(values, view),
			});
			setErrors(answer.errors ?? NO_ERRORS);
		} catch (error) {
			if (!(error instanceof CallError)) throw error;
			setTrouble(explain(error));
		} finally {
			setSending(false);
		}
	}

	return (
		<Dialog
			title={<Plain text={wordsOf(view.title) ?? ""} />}
			onClose={() => close(true)}
			before={
				isPushed && (
					<button type="button" className="icon-button" aria-label="Back" onClick={() => close(false)}>
						<Icon name="back" />
					</button>
				)
			}
			footer={
				<>
					<button type="button" className="button" onClick={() => close(false)}>
						<Plain text={wordsOf(view.close) ?? defaultClose} />
					</button>
					{hasSubmit && (
						<button
							type="submit"
							form={`form-${view.id}`}
							className="button button-primary"
							disabled={isSending}
						>
							<Plain text={wordsOf(view.submit) ?? "Submit"} />
						</button>
					)}
				</>
			}
		>
			<form
				id={`form-${view.id}`}
				noValidate
				onSubmit={(event) => {
					event.preventDefault();
					void submit();
				}}
			>
				{trouble && (
					<p className="dialog-trouble" role="alert">
						{trouble}
					</p>
				)}
				<BlockScopeProvider
					place={{ view_id: view.id }}
					isLive={true}
					held={[values, change]}
					errors={errors}
				>
					<Blocks blocks={view.blocks} />
				</BlockScopeProvider>
			</form>
		</Dialog>
	);
}

/** What an update took away is not submitted. */
function onlyHere(values: Values, view: View): Values {
	const here = new Set(view.blocks.map((block) => (block as { block_id?: string }).block_id));
	return Object.fromEntries(Object.entries(values).filter(([blockId]) => here.has(blockId)));
}

function wordsOf(text: unknown): string | null {
	const words = typeof text === "object" && text !== null && "text" in text ? text.text : null;
	return typeof words === "string" ? words : null;
}
