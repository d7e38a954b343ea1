import type { IncomingMessage, ServerResponse } from "node:http";
import { prepareLocalSandboxes, requireIsolation } from "../harness/local-sandboxes.ts";
import { describeSandboxProvider, type SandboxFixture } from "./sandbox-provider.contract.ts";
import { describeSnapshots } from "./sandbox-snapshots.contract.ts";

async function createFixture(isolation: "full" | "none"): Promise<SandboxFixture> {
	const sandboxes = await prepareLocalSandboxes();
	let handle = (_: IncomingMessage, response: ServerResponse): void => void response.end();
	const gateway = (request: IncomingMessage, response: ServerResponse) => handle(request, response);
	const provider = sandboxes.open({ isolation, gateway });
	await requireIsolation(provider);
	return {
		provider,
		another: sandboxes.open({ isolation, gateway }),
		onGateway(next) {
			handle = next;
		},
		stop: () => sandboxes.remove(),
	};
}

describeSandboxProvider("local, isolated", () => createFixture("full"));
describeSandboxProvider("local, without isolation", () => createFixture("none"));
// An ordinary user's layers have no redirects: rename(2) of a folder from below gives EXDEV, and mv(1) copies it.
const renamesFolders = process.getuid?.() === 0;
describeSnapshots("local, isolated", () => createFixture("full"), { renamesFolders });
describeSnapshots("local, without isolation", () => createFixture("none"));
