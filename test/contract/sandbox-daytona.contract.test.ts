import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll } from "vitest";
import { prepareDaytonaSandboxes } from "../daytona/daytona-sandboxes.ts";
import { describeSandboxProvider, type SandboxFixture } from "./sandbox-provider.contract.ts";
import { describeSnapshots } from "./sandbox-snapshots.contract.ts";

let handle = (_: IncomingMessage, response: ServerResponse): void => void response.end();
const sandboxes = await prepareDaytonaSandboxes({
	gateway: (request, response) => handle(request, response),
});
afterAll(() => sandboxes.remove());

/** All suites are in one organisation, so the base snapshot is built once. */
const createFixture = async (): Promise<SandboxFixture> => ({
	provider: sandboxes.open(),
	another: sandboxes.open(),
	onGateway(next) {
		handle = next;
	},
	stop: async () => {},
});

describeSandboxProvider("daytona, the real SDK before a stand-in", createFixture);
describeSnapshots("daytona, the real SDK before a stand-in", createFixture);
