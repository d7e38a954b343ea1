import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { changeRepositoryRules, type RepositoryRules } from "../../contract/repository-rules.ts";
import { AppError, toErrorBody } from "../../errors.ts";
import { toBadRequest } from "./bad-request.ts";

const BODY_MAX_BYTES = 16 * 1024;
const repositoryId = z.uuid();

/** `GET` and `PATCH /api/repositories/:id/rules`: how Bobbin behaves in a repository, for programs at this machine. */
export function createRepositoryRuleRoutes(deps: {
	readRules: (repositoryId: string) => Promise<RepositoryRules | null>;
	setRules: (input: {
		repositoryId: string;
		change: z.infer<typeof changeRepositoryRules>;
	}) => Promise<RepositoryRules | null>;
}): Hono {
	const path = "/api/repositories/:id/rules";
	const app = new Hono();
	const missing = new AppError("repository_not_found", "There is no such repository.");

	app.get(path, async (c) => {
		const id = repositoryId.safeParse(c.req.param("id"));
		const rules = id.success ? await deps.readRules(id.data) : null;
		return rules === null ? c.json(toErrorBody(missing), 404) : c.json(rules);
	});

	app.patch(path, bodyLimit({ maxSize: BODY_MAX_BYTES }), async (c) => {
		const id = repositoryId.safeParse(c.req.param("id"));
		const change = changeRepositoryRules.safeParse(await c.req.json().catch(() => undefined));
		if (!change.success) return c.json(toErrorBody(toBadRequest(change.error)), 400);
		const rules = id.success ? await deps.setRules({ repositoryId: id.data, change: change.data }) : null;
		return rules === null ? c.json(toErrorBody(missing), 404) : c.json(rules);
	});

	return app;
}
