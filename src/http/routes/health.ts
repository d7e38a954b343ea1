import { Hono } from "hono";

/** `/healthz`: the process answers. `/readyz`: it can do its work, which means that the database answers too. */
export function createHealthRoutes(deps: { databaseAnswers: () => Promise<boolean> }): Hono {
	return new Hono()
		.get("/healthz", (c) => c.json({ ok: true }))
		.get("/readyz", async (c) => {
			const ready = await deps.databaseAnswers();
			return c.json({ ok: ready }, ready ? 200 : 503);
		});
}
