import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Budget } from "../../budget/budget.ts";
import { capAddress, capChange } from "../../contract/budget.ts";
import { toErrorBody } from "../../errors.ts";
import { toBadRequest } from "./bad-request.ts";

const BODY_MAX_BYTES = 16 * 1024;

/**
 * `GET /api/budget?scope=session&subject=…`: one cap with what counts against it. `PUT /api/budget` with
 * `{"scope", "subject", "cap": 5 | "none" | "default"}` sets it, as whoever sits at this machine.
 */
export function createBudgetRoutes(budget: Pick<Budget, "readCaps" | "setCap">): Hono {
	const path = "/api/budget";
	return new Hono()
		.get(path, async (c) => {
			const of = capAddress.safeParse(c.req.query());
			if (!of.success) return c.json(toErrorBody(toBadRequest(of.error)), 400);
			const [cap] = await budget.readCaps([of.data]);
			return c.json(cap);
		})
		.put(path, bodyLimit({ maxSize: BODY_MAX_BYTES }), async (c) => {
			const change = capChange.safeParse(await c.req.json().catch(() => undefined));
			if (!change.success) return c.json(toErrorBody(toBadRequest(change.error)), 400);
			return c.json(await budget.setCap({ ...change.data, personId: null }));
		});
}
