import type { IncomingMessage, ServerResponse } from "node:http";
import { prepareDaytonaSandboxes } from "../daytona/daytona-sandboxes.ts";
import { describeSandboxProvider, type SandboxFixture } from "./sandbox-provider.contract.ts";
import { describeSnapshots } from "./sandbox-snapshots.contract.ts";

async function createFixture(): Promise<SandboxFixture> {
	let handle = (_: IncomingMessage, response: ServerResponse): void => void response.end();
	const sandboxes = await prepareDaytonaSandboxes({
		gateway: (request, response) => handle(request, response),
	});
	return {
		provider: sandboxes.open(),
		another: sandboxes.open(),
		onGateway(next) {
			handle = next;
		},
		stop: () => sandboxes.remove(),
	};
}

describeSandboxProvider("daytona, the real SDK before a stand-in", createFixture);
describeSnapshots("daytona, the real SDK before a stand-in", createFixture);
