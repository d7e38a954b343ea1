import { globSync } from "node:fs";
import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { expect } from "vitest";
import { toScope } from "../../sandbox/providers/local/cgroups.ts";
import type { Internet } from "../../sandbox/providers/local/egress-proxy.ts";
import { createLocalProvider, type LocalProvider } from "../../sandbox/providers/local/local-provider.ts";
import { findSandboxProcesses, signal } from "../../sandbox/providers/local/processes.ts";
import { removeTree } from "../../sandbox/providers/local/remove-tree.ts";
import { eventually } from "./eventually.ts";

type Gateway = (request: IncomingMessage, response: ServerResponse) => void;

interface LocalOptions {
	isolation?: "full" | "none";
	gateway?: Gateway;
	internet?: Internet;
	allowHosts?: string[];
	diskMiB?: number | null;
	/** Hears warnings; without it they are printed. */
	warn?: (fields: object, message: string) => void;
}

/** A folder for sandboxes, and providers over it: each stands for one process of Bobbin. */
export interface LocalSandboxes {
	rootDir: string;
	guestDir: string;
	open(options?: LocalOptions): LocalProvider;
	/** Folders of the control groups of one of these sandboxes, whatever others of its name there are on this machine. */
	groupsOf(name: string): string[];
	/** Ends all processes of a sandbox behind its provider's back, as a loss of power does. */
	cutPower(name: string): Promise<void>;
	/** Deletes all sandboxes and everything else. */
	remove(): Promise<void>;
}

export async function prepareLocalSandboxes(subfolder = ""): Promise<LocalSandboxes> {
	const top = await mkdtemp("/tmp/bobbin-sandboxes-");
	await chmod(top, 0o755);
	const rootDir = join(top, subfolder, "root");
	const guestDir = join(top, "guest");
	await mkdir(guestDir);
	await writeFile(join(guestDir, "hello.sh"), "#!/bin/sh\necho hello from the guest\n", { mode: 0o755 });
	const providers: LocalProvider[] = [];
	const open = (options: LocalOptions = {}) => {
		const provider = createLocalProvider({
			rootDir,
			nodeBinary: process.execPath,
			opencodeBinary: null,
			guestDir,
			gateway: options.gateway ?? ((_, response) => response.end("nothing here")),
			isolation: options.isolation ?? "full",
			allowHosts: options.allowHosts ?? [],
			memoryMiB: 1024,
			diskMiB: options.diskMiB === undefined ? 1024 : options.diskMiB,
			log: { info: () => {}, warn: options.warn ?? ((fields, message) => console.warn(message, fields)) },
			...(options.internet ? { internet: options.internet } : {}),
		});
		providers.push(provider);
		return provider;
	};
	return {
		rootDir,
		guestDir,
		open,
		groupsOf: (name) => globSync(`/sys/fs/cgroup/**/${toScope(rootDir)}/${name}`),
		async cutPower(name) {
			await eventually(async () => {
				// Some are gone before their turn, with those that they belong to.
				const pids = await findSandboxProcesses(join(rootDir, "sandboxes", name));
				for (const pid of pids) signal(pid, "SIGKILL");
				expect(pids).toEqual([]);
			});
		},
		async remove() {
			await Promise.all(providers.map((provider) => provider.close()));
			const last = open({ isolation: "none" });
			await last.recover([]);
			await last.close();
			await removeTree(top);
		},
	};
}

/** Fails with the way to mend it where this machine cannot isolate. */
export async function requireIsolation(provider: LocalProvider): Promise<void> {
	const { ok, problems } = await provider.doctor();
	if (!ok) throw new Error(problems.map(({ message, fix }) => `${message} To mend it: ${fix}`).join("\n"));
}
