import type { ModalView } from "@slack/types";
import { AppError } from "../../errors.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { toCallFailure } from "../web-api/call-failure.ts";
import { waitOut } from "../web-api/wait-out.ts";

/** Whoever opened it looks at "one moment" for so long at most. */
const FILL_WITHIN_MS = 10_000;

/**
 * Opens a modal at once, because Slack takes the trigger for three seconds only, and then puts in what takes a while.
 * `fill` gives what it becomes; null: it stays as it is.
 *
 * @throws AppError `slack_unavailable` where it could not be opened, or stays empty
 */
export async function openModal(
	{ workspaces, log }: Pick<ListenerDeps, "workspaces" | "log">,
	{ teamId, triggerId, first }: { teamId: string; triggerId: string; first: ModalView },
	fill: () => Promise<ModalView | null>,
): Promise<void> {
	const { views } = (await workspaces.of(teamId)).clients.deliver;
	const opened = await views.open({ trigger_id: triggerId, view: first }).catch((cause: unknown) => {
		const { error } = toCallFailure(cause);
		throw new AppError("slack_unavailable", `Slack did not open a form (${error}).`, { cause });
	});
	const view = await fill();
	const { id, hash } = opened.view ?? {};
	if (view === null || id === undefined) return;
	const update = () => views.update({ view_id: id, view, ...(hash === undefined ? {} : { hash }) });
	await waitOut(update, { withinMs: FILL_WITHIN_MS }).catch((cause: unknown) => {
		const { kind, error } = toCallFailure(cause);
		if (kind !== "refused")
			throw new AppError("slack_unavailable", `Slack did not fill a form (${error}).`, { cause });
		// Whoever opened it has closed it, or was faster.
		log.info({ error }, "a form stays as it was opened");
	});
}

/** A modal that only says something. */
export function sayingView(title: string, words: string): ModalView {
	return {
		type: "modal",
		title: { type: "plain_text", text: title, emoji: false },
		close: { type: "plain_text", text: "Close", emoji: false },
		blocks: [{ type: "section", text: { type: "mrkdwn", text: words } }],
	};
}
