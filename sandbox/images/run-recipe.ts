import { posix } from "node:path";
import type { BuildSite } from "./build-context.ts";
import { BuildFailure } from "./build-failure.ts";
import type { Recipe, WrittenRecipe } from "./recipe.ts";
import { runStep } from "./run-step.ts";
import { startApp } from "./start-app.ts";
import { startServices, stopServices } from "./start-services.ts";

const ONLY_FOUND = "This step was found, not written: the image is made without it.";
const ONLY_TESTS = "Failing tests do not fail the image.";

/**
 * Runs everything that a recipe says; gives the ports that the app listened on. What fails ends the build if people
 * wrote it; a build or start that was only found is a try. Failing tests end nothing: they may be known.
 */
export async function runRecipe(site: BuildSite, recipe: Recipe, written: WrittenRecipe): Promise<number[]> {
	const cwd = posix.join(site.directory, recipe.directory);
	const services = await beginServices(site, recipe);
	const env = { ...services, ...recipe.env };
	const survives = (key: "build" | "start") => (written[key] === undefined ? ONLY_FOUND : null);

	await runStep(site, "setup", recipe.setup, { cwd, env, survives: null });
	await runStep(site, "build", recipe.build, { cwd, env, survives: survives("build") });
	const { start, ports } = recipe;
	const listened =
		start === null ? [] : await startApp(site, { start, ports, cwd, env, survives: survives("start") });
	await runStep(site, "test", recipe.test, { cwd, env, survives: ONLY_TESTS });
	if (recipe.services.length > 0) await stopServices(site.provider, site.sandbox);
	return listened;
}

function beginServices(site: BuildSite, { services }: Recipe): Promise<Record<string, string>> {
	if (services.length === 0) return Promise.resolve({});
	return site.step("services", `start ${services.join(" and ")}`, async () => {
		const options = { limitMs: site.limitMs(), signal: site.signal };
		const started = await startServices(site.provider, site.sandbox, services, options);
		if (started.outcome === "ready") return started.env;
		throw new BuildFailure("services", started.message, started.lastLines);
	});
}
