import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { AppError, toErrorBody } from "../../errors.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import { loopbackOnly } from "../loopback-only.ts";
import { toBadRequest } from "./bad-request.ts";

const BODY_MAX_BYTES = 16 * 1024;
const place = z.object({ sessionId: z.uuid(), promptId: z.uuid() });
const drop = z.array(z.int().nonnegative()).max(200);
const ticked = z.array(z.coerce.number().int().nonnegative()).max(200);

/**
 * `POST /api/sessions/:id/prompts/:promptId/context` `{drop: [number]}` and the same as a form of the session's page:
 * takes messages out of what is sent with a prompt that has not begun, or that is tried again. This machine only.
 */
export function createSessionContextRoutes(deps: {
	dropContext: Sessions["dropContext"];
}): Hono<{ Bindings: HttpBindings }> {
	const limit = bodyLimit({ maxSize: BODY_MAX_BYTES });
	const missing = new AppError("session_not_found", "There is no such session or prompt.");
	const tooLate = new AppError(
		"too_late",
		"That prompt runs or is done: what was sent with it stays as it is.",
	);

	return new Hono<{ Bindings: HttpBindings }>()
		.post("/api/sessions/:sessionId/prompts/:promptId/context", loopbackOnly, limit, async (c) => {
			const body = z.strictObject({ drop }).safeParse(await c.req.json().catch(() => undefined));
			if (!body.success) return c.json(toErrorBody(toBadRequest(body.error)), 400);
			const result = await take(c.req.param(), body.data.drop);
			if (result === null) return c.json(toErrorBody(missing), 404);
			return result.outcome === "too_late" ? c.json(toErrorBody(tooLate), 409) : c.json(result);
		})
		.post("/sessions/:sessionId/prompts/:promptId/context", loopbackOnly, limit, async (c) => {
			const form = await c.req.parseBody({ all: true });
			const wanted = ticked.safeParse([form.drop ?? []].flat());
			const result = wanted.success ? await take(c.req.param(), wanted.data) : null;
			if (result === null) return c.json(toErrorBody(missing), 404);
			return c.redirect(`/sessions/${c.req.param("sessionId")}`, 303);
		});

	/** Null: there is no such prompt. */
	async function take(given: Record<string, string>, wanted: number[]) {
		const at = place.safeParse(given);
		if (!at.success) return null;
		try {
			return await deps.dropContext({ ...at.data, personId: null, drop: wanted });
		} catch (error) {
			if (error instanceof AppError && error.code === "session_not_found") return null;
			throw error;
		}
	}
}
