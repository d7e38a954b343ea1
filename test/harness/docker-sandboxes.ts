import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createDockerProvider, type DockerProvider } from "../../sandbox/providers/docker/docker-provider.ts";
import type { DockerProviderDeps } from "../../sandbox/providers/docker/docker-provider-deps.ts";
import type { TestEngine } from "./docker-engine.ts";

type ReadyEngine = Extract<TestEngine, { outcome: "ready" }>;

/** A folder for sandboxes, and providers over it: each stands for one process of Bobbin. */
export interface DockerSandboxes {
	rootDir: string;
	open(options?: Partial<DockerProviderDeps>): DockerProvider;
	/** Deletes all sandboxes and everything else. */
	remove(): Promise<void>;
}

export async function prepareDockerSandboxes(engine: ReadyEngine): Promise<DockerSandboxes> {
	const top = await mkdtemp("/tmp/bobbin-docker-");
	await chmod(top, 0o755);
	const rootDir = join(top, "root");
	const guestDir = join(top, "guest");
	await mkdir(guestDir);
	await writeFile(join(guestDir, "hello.sh"), "#!/bin/sh\necho hello from the guest\n", { mode: 0o755 });
	const providers: DockerProvider[] = [];
	const nothing = (_: IncomingMessage, response: ServerResponse) => void response.end("nothing here");
	const open = (options: Partial<DockerProviderDeps> = {}) => {
		const provider = createDockerProvider({
			host: engine.host,
			base: { image: engine.image },
			rootDir,
			nodeBinary: process.execPath,
			opencodeBinary: null,
			guestDir,
			gateway: nothing,
			allowHosts: [],
			memoryMiB: 1024,
			log: { info: () => {}, warn: (fields, message) => console.warn(message, fields) },
			...options,
		});
		providers.push(provider);
		return provider;
	};
	return {
		rootDir,
		open,
		async remove() {
			await Promise.all(providers.map((provider) => provider.close()));
			const last = open();
			await last.recover([]);
			await last.close();
			await rm(top, { recursive: true, force: true });
		},
	};
}

/** Declares the tests where there is an engine; says loudly why not where there is none, and fails for that in CI. */
export function describeWithEngine(engine: TestEngine, declare: (engine: ReadyEngine) => void): void {
	if (engine.outcome === "ready") {
		declare(engine);
		return;
	}
	const message = `The Docker provider is NOT tested: ${engine.reason}. To mend it: ${engine.fix}`;
	console.warn(message);
	describe("docker", () => {
		const mustRun = process.env.CI !== undefined && !engine.kernelLimit;
		test.skipIf(!mustRun)(message, () => expect.fail(message));
	});
}
