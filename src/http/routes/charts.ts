import { Hono } from "hono";
import type { Chart } from "../../charts/chart.ts";

const DAY_SECONDS = 86_400;

/** `GET /charts/<signed figures>.png`: a picture of figures, for whoever was given its address. */
export function createChartRoutes(deps: {
	readChart: (name: string) => Chart | null;
	drawChart: (figures: Chart) => Promise<Uint8Array>;
}): Hono {
	return new Hono().get("/charts/:name", async (c) => {
		const figures = deps.readChart(c.req.param("name"));
		if (figures === null) return c.notFound();
		const image = await deps.drawChart(figures);
		return c.body(new Uint8Array(image), 200, {
			"content-type": "image/png",
			"cache-control": `public, max-age=${DAY_SECONDS}, immutable`,
			"x-content-type-options": "nosniff",
		});
	});
}
