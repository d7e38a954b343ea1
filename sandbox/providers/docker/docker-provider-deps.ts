import type { IncomingMessage, ServerResponse } from "node:http";
import type { Internet } from "../local/egress-proxy.ts";
import type { ToolSources } from "../local/tools.ts";

export interface DockerProviderDeps extends ToolSources {
	/** `unix:///var/run/docker.sock`, or `tcp://127.0.0.1:2375` of an engine that sees this machine's folders. */
	host: string;
	/** What sandboxes are made from: the name of an image or the text of a Dockerfile; null: our own Dockerfile. */
	base: { image: string } | { dockerfile: string } | null;
	/** Absolute. The folders that containers see are under it; all else is the engine's. */
	rootDir: string;
	/** Served to each sandbox at its gateway address: the only thing of ours that it reaches. */
	gateway: (request: IncomingMessage, response: ServerResponse) => void;
	/** Exact host names, or `.example.com` for all below it. */
	allowHosts: string[];
	memoryMiB: number;
	log: {
		info(fields: object, message: string): void;
		warn(fields: object, message: string): void;
	};
	now?: () => number;
	internet?: Internet;
	/** A snapshot on so many layers becomes a single one. */
	maxLayers?: number;
}
