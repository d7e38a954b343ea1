import type { SandboxInfo } from "../provider.ts";
import { SandboxError } from "../provider.ts";
import type { Build, BuildSite } from "./build-context.ts";
import type { BuildOutcome } from "./build-input.ts";
import { checkImage, listProcesses, type Processes } from "./check-image.ts";
import { prepareRecipe } from "./prepare-recipe.ts";
import { runRecipe } from "./run-recipe.ts";
import { describeTidying, readCheckout } from "./tidy-checkout.ts";
import { verifySnapshot } from "./verify-snapshot.ts";
import { within } from "./within.ts";

const TOUCH_MS = 60_000;

type Image = Omit<Extract<BuildOutcome, { outcome: "ready" }>, "outcome" | "steps" | "log">;

/** The steps of a build, one after the other; the first that fails ends it. */
export async function makeImage(build: Build, verifyName: string): Promise<Image> {
	const { provider, input, signal } = build;
	const { capabilities, ok, problems } = await provider.doctor();
	if (!ok) throw new SandboxError("unavailable", problems.map(({ message }) => message).join(" "));

	const { sandbox, directory, before } = await build.step("prepare", "make a sandbox and clone", async () => {
		const sandbox = await provider.create({ name: input.sandboxName }, signal);
		const before = await listProcesses(build, sandbox);
		const { directory } = await within(signal, input.prepare(sandbox, signal));
		build.secrets.push(...(await readToken(build, sandbox)));
		return { sandbox, directory, before };
	});
	const awake = setInterval(() => {
		// Only a hint: a sandbox that was stopped shows itself by what is done in it.
		provider.touch(sandbox.id).catch(() => {});
	}, TOUCH_MS);
	try {
		return await makeInside(
			{ ...build, sandbox, directory },
			{ before, verifyName, sharesTable: capabilities.isolation === "none" },
		);
	} finally {
		clearInterval(awake);
	}
}

async function makeInside(
	site: BuildSite,
	{ before, verifyName, sharesTable }: { before: Processes; verifyName: string; sharesTable: boolean },
): Promise<Image> {
	const { provider, input, signal, sandbox, directory } = site;
	const { recipe, written, found, commitSha } = await prepareRecipe(site);
	const ports = await runRecipe(site, recipe, written);

	await site.step("agent", "bring the agent's state", () =>
		within(signal, input.warmAgent(sandbox, directory, signal)),
	);
	const state = await site.step("check", "end every process, look for credentials", async (note) => {
		// What still runs would hold git's locks, or change more.
		await provider.killStrays(sandbox.id, []);
		const tidied = await readCheckout(site, { sandbox, directory, commitSha }, "tidy");
		const words = describeTidying(tidied);
		if (words !== null) note({ warning: words });
		await provider.killStrays(sandbox.id, []);
		await checkImage(site, before, sharesTable);
		return tidied;
	});
	const { sizeBytes } = await site.step("snapshot", "take the snapshot", () =>
		provider.snapshot(sandbox.id, input.snapshot, signal),
	);
	await site.step("verify", "begin a sandbox from it", () =>
		verifySnapshot(site, verifyName, state, commitSha),
	);
	return { recipe, found, ports, commitSha, sizeBytes };
}

/** What must not be in the log; a caller without a token has none to hide. */
async function readToken({ provider }: Build, sandbox: SandboxInfo): Promise<string[]> {
	try {
		const token = Buffer.from(await provider.readFile(sandbox.id, `${sandbox.secretsDir}/token`))
			.toString()
			.trim();
		return token === "" ? [] : [token];
	} catch (error) {
		if (error instanceof SandboxError && error.code === "not_found") return [];
		throw error;
	}
}
