import type { IncomingMessage, ServerResponse } from "node:http";
import type { Internet } from "./egress-proxy.ts";

export interface LocalLog {
	info(fields: object, message: string): void;
	warn(fields: object, message: string): void;
}

export interface LocalProviderDeps {
	/** Absolute; other users of the machine may enter it. All state is under it. */
	rootDir: string;
	/** Absolute path of Node 24. */
	nodeBinary: string;
	opencodeBinary: string | null;
	/** `rg`: OpenCode's glob and grep do not work without it. */
	ripgrepBinary?: string | null;
	guestDir: string;
	/** The folder of npm's package, for where it is not under /usr. */
	npmDir?: string | null;
	/** Served to each sandbox at its gateway address: the only thing of ours that it reaches. */
	gateway: (request: IncomingMessage, response: ServerResponse) => void;
	/** none: plain processes of this machine, only where that was asked for. */
	isolation: "full" | "none";
	/** Exact host names, or `.example.com` for all below it. */
	allowHosts: string[];
	memoryMiB: number;
	/** What all files of one sandbox may take, where the system lets us limit that; null: no limit. */
	diskMiB?: number | null;
	log: LocalLog;
	now?: () => number;
	internet?: Internet;
}
