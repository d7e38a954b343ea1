import type { Classification, ClassifyInput } from "../../../classifier/classify.ts";
import type { Db } from "../../db/client.ts";
import { readRoutingInput } from "../../sessions/routing-input.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import { routeSessionJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/** Asks the classifier which repository is meant; where it cannot tell, the thread is asked. */
export function createRouteSessionTask(deps: {
	db: Db;
	sessions: Pick<Sessions, "chooseRepository" | "askRepository">;
	classify: (input: ClassifyInput, signal?: AbortSignal) => Promise<Classification>;
}): Task {
	return defineTask(routeSessionJob, async ({ sessionId }, { signal }) => {
		const input = await readRoutingInput(deps.db, sessionId);
		if (input === null) return;
		const decision = await deps.classify(input, signal);
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
					repositoryId,
					routing: { how, reason, confidence },
				});
				if (chosen.outcome === "repository_gone")
					await deps.sessions.askRepository({
						sessionId,
						reason: "The repository that was meant is not available any more.",
						candidates: [],
					});
				return;
			}
			case "none":
				await deps.sessions.chooseRepository({
					sessionId,
					repositoryId: null,
					routing: { how: "model", reason: decision.reason, confidence: null },
				});
				return;
			case "ask":
				await deps.sessions.askRepository({
					sessionId,
					reason: decision.reason,
					candidates: decision.candidates.flatMap(name),
				});
				return;
			default:
				return decision satisfies never;
		}
	});
}
