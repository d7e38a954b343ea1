import type { Classification, ClassifyInput } from "../../../classifier/classify.ts";
import type { Db } from "../../db/client.ts";
import { AppError } from "../../errors.ts";
import type { Access } from "../../people/access.ts";
import { readRoutingInput } from "../../sessions/routing-input.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import { routeSessionJob } from "../queue.ts";
import { defineTask, type Task } from "../worker.ts";

/**
 * Asks the classifier which repository is meant, of those that whoever asked may use; where it cannot tell, or GitHub
 * cannot be asked who may use what, the thread is asked.
 */
export function createRouteSessionTask(deps: {
	db: Db;
	access: Pick<Access, "allowed">;
	sessions: Pick<Sessions, "chooseRepository" | "askRepository">;
	classify: (input: ClassifyInput, signal?: AbortSignal) => Promise<Classification>;
}): Task {
	async function route(sessionId: string, signal: AbortSignal): Promise<void> {
		const input = await readRoutingInput(deps, sessionId);
		if (input === null) return;
		const { personId } = input;
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
					personId,
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
					personId,
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
	}

	return defineTask(routeSessionJob, async ({ sessionId }, { signal }) => {
		try {
			await route(sessionId, signal);
		} catch (error) {
			if (!(error instanceof AppError) || error.code !== "access_unknown") throw error;
			const reason = "GitHub cannot be asked just now which repositories you may use.";
			await deps.sessions.askRepository({ sessionId, reason, candidates: [] });
		}
	});
}
