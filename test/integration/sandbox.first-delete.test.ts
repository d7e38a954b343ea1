import { afterAll, expect, it } from "vitest";
import { prepareLocalSandboxes } from "../harness/local-sandboxes.ts";

const sandboxes = await prepareLocalSandboxes();
afterAll(() => sandboxes.remove());

it("a sandbox starts where the provider's first act was to delete one that never was", async () => {
	const provider = sandboxes.open({ isolation: "full" });
	await provider.delete("never-made");
	const { id } = await provider.create({ name: "first" });
	expect((await provider.exec(id, { command: "echo ok", timeoutMs: 60_000 })).stdout).toBe("ok\n");
});
