import type { App } from "@slack/bolt";
import { z } from "zod";
import type { QuestionView } from "../../sessions/session-view.ts";
import { ANSWER_OTHERWISE, ANSWER_QUESTION, ANSWER_VIEW, readPair } from "../blocks/actions.ts";
import { onClick, place, teamOf } from "../listeners/action.ts";
import { admit } from "../listeners/admit.ts";
import type { ListenerDeps } from "../listeners/deps.ts";
import { toCallFailure } from "../web-api/call-failure.ts";
import { answerView, CHOSEN, IN_HOME, OWN_WORDS } from "./answer-view.ts";

const submitted = z.looseObject({
	...place.shape,
	user: z.looseObject({ id: z.string(), team_id: z.string().optional() }),
	view: z.looseObject({
		id: z.string(),
		private_metadata: z.string(),
		app_installed_team_id: z.string().nullish(),
		state: z.looseObject({
			values: z.looseObject({
				[CHOSEN]: z
					.record(
						z.string(),
						z.looseObject({ selected_options: z.array(z.looseObject({ value: z.string() })).nullish() }),
					)
					.optional(),
				[OWN_WORDS]: z.record(z.string(), z.looseObject({ value: z.string().nullish() })).optional(),
			}),
		}),
	}),
});

/** Buttons under what the agent asks, and the modal for words of one's own. */
export function listenToQuestions(app: App, deps: ListenerDeps): void {
	onClick(app, deps, ANSWER_QUESTION, async ({ value, personId, whisper }) => {
		const pair = readPair(value);
		if (pair === null) return;
		const [questionId = "", index = ""] = pair.second.split(":");
		const label = (await find(pair.sessionId, questionId))?.options[Number(index)]?.label;
		if (label === undefined) return;
		const idempotencyKey = `slack:click:${questionId}:${personId}:${index}`;
		await answer(
			{ sessionId: pair.sessionId, questionId, personId, chosen: [label], idempotencyKey },
			whisper,
		);
	});

	onClick(app, deps, ANSWER_OTHERWISE, async ({ value, triggerId, teamId, inHome, whisper }) => {
		const pair = readPair(value);
		if (pair === null || triggerId === undefined) return;
		const question = await find(pair.sessionId, pair.second);
		if (question === undefined) return;
		if (!question.isOpen) return whisper(OVER_WORDS);
		const { clients } = await deps.workspaces.of(teamId);
		await clients.deliver.views
			.open({ trigger_id: triggerId, view: answerView(pair.sessionId, question, { inHome }) })
			.catch(async (error: unknown) => {
				deps.log.info({ error: toCallFailure(error).error }, "a form was not opened");
				await whisper(
					"Slack did not open the form. Press the button again, or reply here in your own words.",
				);
			});
	});

	app.view(ANSWER_VIEW, async ({ ack, body }) => {
		await ack();
		const parsed = submitted.safeParse(body);
		const pair = readPair(parsed.data?.view.private_metadata);
		if (!parsed.success || pair === null) return;
		const { user, view } = parsed.data;
		const [questionId = "", where] = pair.second.split(":");
		const question = await find(pair.sessionId, questionId);
		const thread = (await deps.sessions.view(pair.sessionId)).threads[0];
		if (question === undefined || thread === undefined) return;
		const teamId = teamOf(parsed.data);
		const at = { teamId, userId: user.id };
		const place = where === IN_HOME ? { channelId: null } : thread;
		const say = (message: string) => deps.whisper({ ...place, ...at, message });
		const admission = await admit(deps, at);
		if (admission.outcome === "refused") return say(admission.why);
		const ticked = Object.values(view.state.values[CHOSEN] ?? {}).flatMap(
			(one) => one.selected_options ?? [],
		);
		const labels = ticked.flatMap(({ value }) => question.options[Number(value)]?.label ?? []);
		const words = Object.values(view.state.values[OWN_WORDS] ?? {}).map((one) => one.value?.trim() ?? "");
		const chosen = [...labels, ...words].filter((one) => one !== "");
		if (chosen.length === 0) return say("Nothing was chosen, so the question is still open.");
		await answer(
			{
				sessionId: pair.sessionId,
				questionId: question.id,
				personId: admission.personId,
				chosen,
				idempotencyKey: `slack:view:${view.id}`,
			},
			say,
		);
		if (where === IN_HOME) await deps.homes.show({ ...at, personId: admission.personId });
	});

	async function find(sessionId: string, questionId: string): Promise<QuestionView | undefined> {
		const { questions } = await deps.sessions.view(sessionId);
		return questions.find(({ id }) => id === questionId);
	}

	async function answer(
		given: Parameters<ListenerDeps["sessions"]["answerQuestion"]>[0],
		say: (text: string) => Promise<void>,
	): Promise<void> {
		const { outcome } = await deps.sessions.answerQuestion(given);
		if (outcome === "over") await say(OVER_WORDS);
		if (outcome === "forbidden")
			await say("Only who asked for this work, or may change the repository, can answer that.");
		await deps.showNow(given.sessionId);
	}
}

const OVER_WORDS = "That question is answered already, or nobody needs the answer any more.";
