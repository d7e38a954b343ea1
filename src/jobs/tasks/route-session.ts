import type { Classifier } from "../../../classifier/classify.ts";
import type { FastCall, Judgement } from "../../budget/meter-judgements.ts";
import type { Db } from "../../db/client.ts";
import type { SessionWish } from "../../db/schema/sessions.ts";
import { AppError } from "../../errors.ts";
import type { Access } from "../../people/access.ts";
import { listPending } from "../../sessions/context/context-store.ts";
import { meterRouting } from "../../sessions/routing/meter-routing.ts";
import { limitToAuthor, type RoutingInput, readRoutingInput } from "../../sessions/routing/routing-input.ts";
import { readWishedRepository } from "../../sessions/routing/wish-store.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import { routeSessionJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

const NONE_OF_THEM =
	"None of the repositories here is yours to use. Somebody who owns one can add you to it at GitHub.";

/**
 * Asks the classifier which repository is meant, of those that whoever asked may use; where it cannot tell, or GitHub
 * cannot be asked who may use what, the thread is asked.
 */
export function createRouteSessionTask(deps: {
	db: Db;
	access: Pick<Access, "allowed">;
	sessions: Pick<Sessions, "chooseRepository" | "askRepository">;
	/** Reads what was said around a prompt and keeps it with it. Left out: nobody can. */
	gatherContext?: (promptId: string) => Promise<void>;
	classify: Classifier["classify"];
	newId: () => string;
}): Task {
	/**
	 * GitHub is asked who may read what while the classifier is at work. Its answer counts only where nothing was to be
	 * kept from whoever asked; else it is asked once more, about the rest.
	 */
	async function classifyForAuthor(known: RoutingInput, signal: AbortSignal, judgements: Judgement[]) {
		const onCall = (call: FastCall) => void judgements.push({ id: deps.newId(), ...call });
		const useless = new AbortController();
		const early = deps.classify(known, AbortSignal.any([signal, useless.signal]), onCall);
		early.catch(() => {});
		try {
			const { input, isWhole } = await limitToAuthor(deps, known);
			if (isWhole) return { input, decision: await early };
			useless.abort();
			return { input, decision: await deps.classify(input, signal, onCall) };
		} catch (error) {
			useless.abort();
			throw error;
		}
	}

	/** Whoever began the session chose it; nothing is to be found out. */
	async function takeWished(
		sessionId: string,
		personId: string | null,
		{ id: repositoryId, how, reason }: NonNullable<SessionWish["repository"]>,
	): Promise<void> {
		const routing = { how, reason, confidence: null };
		const chosen = await deps.sessions.chooseRepository({ sessionId, personId, repositoryId, routing });
		if (chosen.outcome !== "repository_gone") return;
		await deps.sessions.askRepository({
			sessionId,
			reason: "The repository that was chosen is not there for you and me.",
			candidates: [],
		});
	}

	async function route(sessionId: string, signal: AbortSignal, judgements: Judgement[]): Promise<void> {
		for (const promptId of await listPending(deps.db, sessionId)) await deps.gatherContext?.(promptId);
		const known = await readRoutingInput(deps.db, sessionId);
		if (known === null) return;
		const wished = await readWishedRepository(deps.db, sessionId);
		if (wished !== null) return takeWished(sessionId, known.author.personId, wished);
		const { input, decision } = await classifyForAuthor(known, signal, judgements);
		const { personId } = input.author;
		signal.throwIfAborted();
		const name = (repositoryId: string) => {
			const entry = input.repositories.find((candidate) => candidate.id === repositoryId);
			return entry ? [{ repositoryId, repository: `${entry.owner}/${entry.name}` }] : [];
		};
		switch (decision.outcome) {
			case "chosen": {
				const { repositoryId, how, reason, confidence } = decision;
				const chosen = await deps.sessions.chooseRepository({
					sessionId,
					personId,
					repositoryId,
					routing: { how, reason, confidence },
					judgements,
				});
				if (chosen.outcome === "repository_gone")
					await deps.sessions.askRepository({
						sessionId,
						reason: "The repository that was meant is not available any more.",
						candidates: [],
						judgements,
					});
				return;
			}
			case "none":
				await deps.sessions.chooseRepository({
					sessionId,
					personId,
					repositoryId: null,
					routing: { how: "model", reason: decision.reason, confidence: null },
					judgements,
				});
				return;
			case "ask": {
				// Of a shortlist it would tell whether what was named is there.
				const isBarred = !known.hasMore && known.repositories.length > 0 && input.repositories.length === 0;
				await deps.sessions.askRepository({
					sessionId,
					reason: isBarred ? NONE_OF_THEM : decision.reason,
					candidates: decision.candidates.flatMap(name),
					judgements,
				});
				return;
			}
			default:
				return decision satisfies never;
		}
	}

	return defineTask(routeSessionJob, async ({ sessionId }, { signal }) => {
		const judgements: Judgement[] = [];
		try {
			await route(sessionId, signal, judgements);
		} catch (error) {
			if (!(error instanceof AppError) || error.code !== "access_unknown") {
				await meterRouting(deps.db, sessionId, judgements);
				throw error;
			}
			const reason = "GitHub cannot be asked just now which repositories you may use.";
			await deps.sessions.askRepository({ sessionId, reason, candidates: [], judgements });
		}
	});
}
