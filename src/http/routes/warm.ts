import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { type WarmAnswer, warmRequest } from "../../contract/warm.ts";
import { AppError, toErrorBody } from "../../errors.ts";
import type { Warm } from "../../warm/warm.ts";
import { toBadRequest } from "./bad-request.ts";

const DAY_MS = 86_400_000;
const RETRY_AFTER_SECONDS = 60;
const BODY_MAX_BYTES = 16 * 1024;

/**
 * `POST /api/warm`: a hint that a session may begin soon; 202 with what became of it, 429 where one person gave too
 * many. `GET /api/warm/figures?days=30`: what warm sandboxes were good for.
 */
export function createWarmRoutes(deps: {
	warm: Pick<Warm, "hint" | "figures">;
	/** null: there is no such repository. */
	findRepositoryId: (fullName: { owner: string; name: string }) => Promise<string | null>;
	/** How far back the figures reach. */
	historyMs: number;
	now: () => number;
}): Hono {
	const mostDays = deps.historyMs / DAY_MS;
	const figuresQuery = z.object({
		days: z.coerce.number().min(1).max(mostDays).default(Math.min(30, mostDays)),
	});

	async function toRepositoryId(request: z.infer<typeof warmRequest>): Promise<string> {
		if (request.repositoryId !== undefined) return request.repositoryId;
		const [owner = "", name = ""] = (request.repository ?? "").split("/");
		const id = await deps.findRepositoryId({ owner, name });
		if (id === null) throw new AppError("repository_not_found", "There is no such repository.");
		return id;
	}

	return new Hono()
		.post("/api/warm", bodyLimit({ maxSize: BODY_MAX_BYTES }), async (c) => {
			const parsed = warmRequest.safeParse(await c.req.json().catch(() => undefined));
			if (!parsed.success) return c.json(toErrorBody(toBadRequest(parsed.error)), 400);
			try {
				const repositoryId = await toRepositoryId(parsed.data);
				const answer = await deps.warm.hint({ repositoryId, personId: null, source: parsed.data.source });
				const tooMany = toTooMany(answer);
				if (tooMany === null) return c.json(answer, 202);
				c.header("retry-after", String(RETRY_AFTER_SECONDS));
				return c.json(toErrorBody(tooMany), 429);
			} catch (error) {
				if (error instanceof AppError && error.code === "repository_not_found")
					return c.json(toErrorBody(error), 404);
				throw error;
			}
		})
		.get("/api/warm/figures", async (c) => {
			const parsed = figuresQuery.safeParse(c.req.query());
			if (!parsed.success) return c.json(toErrorBody(toBadRequest(parsed.error)), 400);
			return c.json(await deps.warm.figures(new Date(deps.now() - parsed.data.days * DAY_MS)));
		});
}

function toTooMany(answer: WarmAnswer): AppError | null {
	if (answer.outcome !== "refused") return null;
	switch (answer.reason) {
		case "too_many_hints":
			return new AppError("too_many_hints", "These are more hints than one person may give in a minute.", {
				retryable: true,
			});
		case "too_many_unused":
			return new AppError("too_many_unused", "The sandboxes of earlier hints have not been used yet.", {
				retryable: true,
			});
		default:
			return null;
	}
}
