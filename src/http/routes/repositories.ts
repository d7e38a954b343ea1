import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import { changeRepositoryBuilds, type RecipeProblem } from "../../contract/image.ts";
import { AppError, toErrorBody } from "../../errors.ts";
import type { Images } from "../../images/create-images.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import { toBadRequest } from "./bad-request.ts";

export const BODY_MAX_BYTES = 256 * 1024;
const LISTED = 500;
const id = z.uuid();

/** Whoever calls is at this machine, and nobody asks them who they are. */
export const listRepositories = (search: Sessions["searchRepositories"]) =>
	search({ personId: null, query: "", limit: LISTED });

/** null: there is no such repository. */
export const viewRepository = async (images: Pick<Images, "view">, repositoryId: string) =>
	id.safeParse(repositoryId).success ? images.view(repositoryId) : null;

/** Repositories for programs: how they are built, what people set about it, and their images. */
export function createRepositoryRoutes(deps: {
	images: Pick<Images, "view" | "change" | "readLog" | "wanted">;
	searchRepositories: Sessions["searchRepositories"];
}): Hono {
	const { images } = deps;
	const app = new Hono();

	async function findBuilds(repositoryId: string) {
		const builds = await viewRepository(images, repositoryId);
		if (builds === null) throw new AppError("repository_not_found", "There is no such repository.");
		return builds;
	}

	app.onError((error, c) => {
		if (!(error instanceof AppError)) throw error;
		return c.json(toErrorBody(error), error.code.endsWith("_not_found") ? 404 : 400);
	});

	app.get("/api/repositories", async (c) =>
		c.json({ repositories: await listRepositories(deps.searchRepositories) }),
	);
	app.get("/api/repositories/:id/recipe", async (c) => c.json(await findBuilds(c.req.param("id"))));

	app.put("/api/repositories/:id/recipe", bodyLimit({ maxSize: BODY_MAX_BYTES }), async (c) => {
		const { repository } = await findBuilds(c.req.param("id"));
		const change = changeRepositoryBuilds.safeParse(await c.req.json().catch(() => undefined));
		if (!change.success) throw toBadRequest(change.error);
		const changed = await images.change(repository.id, change.data);
		if (changed.outcome === "bad_recipe") return c.json(toRefusal(changed.problems), 400);
		return c.json(await findBuilds(repository.id));
	});

	app.post("/api/repositories/:id/images", async (c) => {
		const { repository } = await findBuilds(c.req.param("id"));
		await images.wanted(repository.id, "asked");
		return c.json({ outcome: "queued" }, 202);
	});

	app.get("/api/repositories/:id/images/:imageId/log", async (c) => {
		const { repository } = await findBuilds(c.req.param("id"));
		const imageId = c.req.param("imageId");
		const log = id.safeParse(imageId).success ? await images.readLog(repository.id, imageId) : null;
		if (log === null) throw new AppError("image_not_found", "There is no such image.");
		return c.text(log, 200, { "x-content-type-options": "nosniff" });
	});

	return app;
}

function toRefusal(problems: RecipeProblem[]) {
	const message = problems.map(toLine).join("\n");
	return { error: { code: "bad_recipe", message, retryable: false, problems } };
}

/** For example `Line 3, tools.nod: …` */
export function toLine({ line, key, message }: RecipeProblem): string {
	return `Line ${line}${key === "" ? "" : `, ${key}`}: ${message}`;
}
