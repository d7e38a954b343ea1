import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll } from "vitest";
import { startTestEngine } from "../harness/docker-engine.ts";
import { describeWithEngine, prepareDockerSandboxes } from "../harness/docker-sandboxes.ts";
import { describeSandboxProvider } from "./sandbox-provider.contract.ts";

const engine = await startTestEngine();

describeWithEngine(engine, (ready) => {
	afterAll(() => ready.stop());
	describeSandboxProvider("docker", async () => {
		const sandboxes = await prepareDockerSandboxes(ready);
		let handle = (_: IncomingMessage, response: ServerResponse): void => void response.end();
		const gateway = (request: IncomingMessage, response: ServerResponse) => handle(request, response);
		return {
			provider: sandboxes.open({ gateway }),
			another: sandboxes.open({ gateway }),
			onGateway(next) {
				handle = next;
			},
			stop: () => sandboxes.remove(),
		};
	});
});
