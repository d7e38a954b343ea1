import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll } from "vitest";
import { startTestEngine } from "../harness/docker-engine.ts";
import { describeWithEngine, prepareDockerSandboxes } from "../harness/docker-sandboxes.ts";
import { describeSandboxProvider, type SandboxFixture } from "./sandbox-provider.contract.ts";
import { describeSnapshots } from "./sandbox-snapshots.contract.ts";

const engine = await startTestEngine();

describeWithEngine(engine, (ready) => {
	afterAll(() => ready.stop());
	const createFixture = async (): Promise<SandboxFixture> => {
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
	};
	describeSandboxProvider("docker", createFixture);
	describeSnapshots("docker", createFixture, { renamesFolders: false });
});
