import { rm } from "node:fs/promises";
import { afterAll, expect, test } from "vitest";
import { createTestDatabase } from "../harness/database.ts";
import { startTestEngine } from "../harness/docker-engine.ts";
import { describeWithEngine } from "../harness/docker-sandboxes.ts";
import { joinPlayground } from "../harness/playground-client.ts";
import { startApp } from "../harness/start-app.ts";

const engine = await startTestEngine();

describeWithEngine(engine, (ready) => {
	afterAll(() => ready.stop());

	test("a mention becomes a pull request from a container, and a follow-up goes on in it", async () => {
		const database = await createTestDatabase();
		const app = await startApp({
			DATABASE_URL: database.url,
			SANDBOX_PROVIDER: "docker",
			SANDBOX_DOCKER_HOST: ready.host,
			SANDBOX_DOCKER_IMAGE: ready.image,
		});
		const mia = await joinPlayground(app.origin, "mia");
		const finished = async (threadTs: string, ts: string) =>
			mia.waitForThread({ channel: "shop", threadTs, what: "an end" }, (messages) => {
				const names = messages.find((message) => message.ts === ts)?.reactions?.map(({ name }) => name) ?? [];
				return (
					names.some((name) => ["white_check_mark", "x", "octagonal_sign"].includes(name)) && {
						names,
						messages,
					}
				);
			});
		try {
			const first = await mia.post({ channel: "shop", text: "@bobbin fix the flaky checkout test" });
			const { names, messages } = await finished(first, first);
			expect(names).toContain("white_check_mark");
			expect(messages.map(({ text }) => text).join("\n")).toMatch(/\/pull\/1\|/);
			const second = await mia.post({ channel: "shop", text: "also tell what you did", threadTs: first });
			const end = await finished(first, second);
			expect(end.names).toContain("white_check_mark");
			expect(end.messages.map(({ text }) => text).join("\n")).toContain("Running sandbox");
		} finally {
			mia.close();
			await app.stop();
			await rm(app.dataDir, { recursive: true, force: true });
			await database.drop();
		}
	});
});
