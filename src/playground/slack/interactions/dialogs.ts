import { z } from "zod";
import type { User, View, ViewValues } from "../model.ts";
import { Refused } from "../refused.ts";
import { checkView, pushModal, replaceView } from "../web-api/views.ts";
import type { World } from "../world.ts";
import { type Asking, isEmpty, type Outcome, toLines } from "./asking.ts";
import { giveFiles } from "./give-files.ts";
import { locate } from "./place.ts";
import { completeValues, findMissing, readValues } from "./view-values.ts";

const viewAnswer = z.discriminatedUnion("response_action", [
	z.strictObject({ response_action: z.literal("errors"), errors: z.record(z.string(), z.string()) }),
	z.strictObject({ response_action: z.literal("update"), view: z.unknown() }),
	z.strictObject({ response_action: z.literal("push"), view: z.unknown() }),
	z.strictObject({ response_action: z.literal("clear") }),
]);

/** Dialogs submitted and closed. */
export function createDialogInteractions(world: World, asking: Asking) {
	const { store } = world;

	function finishSubmission(user: User, view: View, body: unknown): Outcome {
		if (isEmpty(body)) {
			close(user, view);
			return { ok: true };
		}
		const parsed = viewAnswer.safeParse(body);
		if (!parsed.success) {
			asking.noteWrongAnswer("view_submission", user, "invalid_response", toLines(parsed.error), body);
			throw new Refused("invalid_response", toLines(parsed.error));
		}
		const answer = parsed.data;
		try {
			if (answer.response_action === "errors") {
				const blockIds = new Set(view.blocks.map((block) => (block as { block_id?: string }).block_id));
				const unknown = Object.keys(answer.errors).filter((id) => !blockIds.has(id));
				if (unknown.length > 0) throw new Refused("invalid_block_id", unknown);
				return { ok: true, response_action: "errors", errors: answer.errors };
			}
			if (answer.response_action === "update") {
				replaceView(world, { ...view, user_id: user.id }, checkView(answer.view, "modal"));
			} else if (answer.response_action === "push") {
				pushModal(world, user.id, checkView(answer.view, "modal"));
			} else {
				for (const open of store.views(user.id, "modal")) close(user, open);
			}
		} catch (error) {
			if (error instanceof Refused) {
				asking.noteWrongAnswer("view_submission", user, error.error, error.messages, body);
			}
			throw error;
		}
		return { ok: true, response_action: answer.response_action };
	}

	function close(user: User, view: View): void {
		store.closeView(view.id);
		world.notify({ type: "view_closed", to: user.id, view_id: view.id });
	}

	return {
		async submitView(user: User, viewId: string, given: ViewValues): Promise<Outcome> {
			const found = locate(world, user, { view_id: viewId }).view;
			if (found === undefined) throw new Refused("not_found");
			const values = completeValues(found, readValues(found.blocks, given));
			const missing = findMissing(found, values);
			if (Object.keys(missing).length > 0) return { ok: true, response_action: "errors", errors: missing };
			const view: View = { ...found, state: { values: giveFiles(world, user, values) } };
			store.saveView(user.id, view);
			const body = await asking.ask("view_submission", user, "interactive", {
				type: "view_submission",
				...asking.base(user),
				trigger_id: world.triggers.issue(user.id),
				view,
				response_urls: [],
			});
			return finishSubmission(user, view, body);
		},

		async closeView(user: User, viewId: string, cleared: boolean): Promise<Outcome> {
			const view = locate(world, user, { view_id: viewId }).view;
			if (view === undefined) throw new Refused("not_found");
			const closing = cleared ? store.views(user.id, "modal") : [view];
			for (const one of closing) close(user, one);
			if (view.notify_on_close) {
				await asking.ask("view_closed", user, "interactive", {
					type: "view_closed",
					...asking.base(user),
					view,
					is_cleared: cleared,
				});
			}
			return { ok: true };
		},
	};
}
