import { Hono } from "hono";
import { z } from "zod";
import type { AuditAnswer } from "../../contract/audit.ts";
import { toErrorBody } from "../../errors.ts";
import type { AuditQuestion } from "../../people/audit-store.ts";
import { toBadRequest } from "./bad-request.ts";

const query = z.strictObject({
	session: z.uuid().optional(),
	person: z.uuid().optional(),
	before: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).optional(),
	limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** `GET /api/audit?session=&person=&before=&limit=`: who did what, newest first. For admins. */
export function createAuditRoutes(deps: {
	readAudit: (question: AuditQuestion) => Promise<AuditAnswer>;
}): Hono {
	return new Hono().get("/api/audit", async (c) => {
		const asked = query.safeParse(c.req.query());
		if (!asked.success) return c.json(toErrorBody(toBadRequest(asked.error)), 400);
		const { session, person, before, limit } = asked.data;
		return c.json(await deps.readAudit({ sessionId: session, personId: person, before, limit }));
	});
}
