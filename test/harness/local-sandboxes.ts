import { chmod, mkdir, mkdtemp, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import type { Internet } from "../../sandbox/providers/local/egress-proxy.ts";
import { createLocalProvider, type LocalProvider } from "../../sandbox/providers/local/local-provider.ts";
import { removeTree } from "../../sandbox/providers/local/remove-tree.ts";

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
