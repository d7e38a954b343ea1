import { expect, test } from "vitest";
import { buildImage } from "../../sandbox/images/build-image.ts";
import { PATIENCE_MS } from "../config/patience.ts";
import { makeRepository, TOKEN } from "../harness/image-builds.ts";
import { startLocalAgent } from "../harness/local-agent.ts";

test("an image holds the real agent's state, and nothing of the token that it was warmed with", async () => {
	const { provider, driver, target, stop } = await startLocalAgent(() => ({}));
	try {
		const outcome = await buildImage(
			{ provider, now: Date.now },
			{
				sandboxName: "builder",
				snapshot: "bobbin-image-agent",
				recipeText: "setup: []",
				prepare: (sandbox) => makeRepository(provider, sandbox, { "a.txt": "a" }),
				async warmAgent(sandbox, directory, signal) {
					const agent = await driver.connect({ ...target, sandbox, directory, gatewayToken: TOKEN }, signal);
					await agent.warmUp().finally(agent.close);
				},
				onStep: () => {},
				onLog: () => {},
				limits: { stepMs: PATIENCE_MS, totalMs: 2 * PATIENCE_MS, logBytes: 64 * 1024 },
			},
			new AbortController().signal,
		);
		expect(outcome).toMatchObject({ outcome: "ready" });
		const sandbox = await provider.create({ name: "from-image", snapshot: "bobbin-image-agent" });
		const { stdout } = await provider.exec(sandbox.id, {
			command: `find ~/.bobbin/agent-state -type f | grep -c . ; grep -rl ${TOKEN} ~ | wc -l`,
			timeoutMs: 60_000,
		});
		expect(stdout).toMatch(/^[1-9]\d*\n0\n$/);
		await provider.delete(sandbox.id);
	} finally {
		await stop();
	}
});
