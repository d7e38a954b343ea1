import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { changeRepositoryBuilds } from "../../contract/image.ts";
import type { Images } from "../../images/create-images.ts";
import type { Sessions } from "../../sessions/sessions.ts";
import { repositoriesPage, repositoryPage } from "../pages/repository-page.ts";
import { BODY_MAX_BYTES, listRepositories, toLine, viewRepository } from "./repositories.ts";

/** Repositories for people: plain pages with forms, until there is a web client. */
export function createRepositoryPages(deps: {
	images: Pick<Images, "view" | "change" | "wanted">;
	searchRepositories: Sessions["searchRepositories"];
}): Hono {
	const { images } = deps;
	const findBuilds = (id: string) => viewRepository(images, id);

	return new Hono()
		.get("/repositories", async (c) =>
			c.html(repositoriesPage(await listRepositories(deps.searchRepositories))),
		)
		.get("/repositories/:id", async (c) => {
			const builds = await findBuilds(c.req.param("id"));
			return builds === null ? c.notFound() : c.html(repositoryPage(builds));
		})
		.post("/repositories/:id/recipe", bodyLimit({ maxSize: BODY_MAX_BYTES }), async (c) => {
			const builds = await findBuilds(c.req.param("id"));
			if (builds === null) return c.notFound();
			const form = await c.req.parseBody();
			const text = String(form.recipeText ?? "").replaceAll("\r\n", "\n");
			const recipeText = text.trim() === "" ? null : text;
			const change = changeRepositoryBuilds.safeParse({
				// What was not changed is not built again.
				...(recipeText === builds.recipeText ? {} : { recipeText }),
				buildsOnPush: form.buildsOnPush !== undefined,
			});
			if (!change.success) {
				const problems = ["The recipe is longer than 64 KiB."];
				return c.html(repositoryPage(builds, { text: "", problems }), 400);
			}
			const changed = await images.change(builds.repository.id, change.data);
			if (changed.outcome === "bad_recipe")
				return c.html(repositoryPage(builds, { text, problems: changed.problems.map(toLine) }), 400);
			return c.redirect(`/repositories/${builds.repository.id}`, 303);
		})
		.post("/repositories/:id/images", async (c) => {
			const builds = await findBuilds(c.req.param("id"));
			if (builds === null) return c.notFound();
			await images.wanted(builds.repository.id, "asked");
			return c.redirect(`/repositories/${builds.repository.id}`, 303);
		});
}
