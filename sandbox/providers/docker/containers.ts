import { z } from "zod";
import { SandboxError, type SandboxInfo } from "../../provider.ts";
import { LABELS, readSpec, type SandboxSpec } from "./container-config.ts";
import type { Engine } from "./engine.ts";

/** A container that holds a sandbox. */
export interface Container {
	spec: SandboxSpec;
	/** As the engine calls it: "created", "running", "paused", "exited", "dead" … */
	status: string;
}

/** The containers of one Bobbin, by the names of their sandboxes. */
export interface Containers {
	/** False: there is one of that name. */
	create(name: string, body: object): Promise<boolean>;
	/** null: there is none. */
	find(name: string): Promise<Container | null>;
	list(): Promise<Container[]>;
	/** Unpacks an archive at the root of one that has not been started. */
	unpack(name: string, tar: Buffer): Promise<void>;
	start(name: string): Promise<void>;
	/** Resolves when none of its processes is left. */
	kill(name: string): Promise<void>;
	pause(name: string): Promise<void>;
	unpause(name: string): Promise<void>;
	/** With its volumes. Idempotent. */
	remove(name: string): Promise<void>;
	/** The last lines that its first process has said. */
	readLog(name: string): Promise<string>;
	/** As the engine knows it. */
	idOf(name: string): string;
}

const labels = z.record(z.string(), z.string());
const inspected = z.object({
	State: z.object({ Status: z.string() }),
	Config: z.object({ Labels: labels.nullable() }),
});
const listed = z.array(z.object({ State: z.string(), Labels: labels.nullable() }));

export function createContainers(engine: Engine, scope: string): Containers {
	const idOf = (name: string) => `bobbin-${scope}-${name}`;
	const at = (name: string, act = "") => `/containers/${idOf(name)}${act}`;
	async function find(name: string): Promise<Container | null> {
		const found = await engine.find(inspected, at(name, "/json"));
		const spec = readSpec(found?.Config.Labels ?? {});
		return found === null || spec === null ? null : { spec, status: found.State.Status };
	}

	return {
		idOf,
		async create(name, json) {
			const query = { name: idOf(name) };
			const request = { method: "POST", path: "/containers/create", query, json } as const;
			return (await engine.tell({ ...request, also: [409] })) !== 409;
		},
		find,
		async list() {
			const filters = JSON.stringify({ label: [`${LABELS.scope}=${scope}`] });
			const query = { all: "true", filters };
			const found = await engine.ask(listed, { method: "GET", path: "/containers/json", query });
			return found.flatMap(({ State, Labels }) => {
				const spec = readSpec(Labels ?? {});
				return spec === null ? [] : [{ spec, status: State }];
			});
		},
		async unpack(name, tar) {
			await engine.tell({ method: "PUT", path: at(name, "/archive"), query: { path: "/" }, tar });
		},
		async start(name) {
			await engine.tell({ method: "POST", path: at(name, "/start"), also: [304] });
		},
		async kill(name) {
			const isLive = async () => toState((await find(name))?.status ?? "exited") === "started";
			if (!(await isLive())) return;
			// It may end by itself meanwhile, which Docker answers with 409 and Podman with 500.
			const status = await engine.tell({ method: "POST", path: at(name, "/kill"), also: [409, 500] });
			if (status < 300) await engine.tell({ method: "POST", path: at(name, "/wait") });
			else if (await isLive())
				throw new SandboxError("unavailable", `The sandbox ${name} could not be ended.`);
		},
		async pause(name) {
			await engine.tell({ method: "POST", path: at(name, "/pause") });
		},
		async unpause(name) {
			await engine.tell({ method: "POST", path: at(name, "/unpause") });
		},
		async remove(name) {
			const query = { force: "true", v: "true" };
			await engine.tell({ method: "DELETE", path: at(name), query, also: [404] });
		},
		async readLog(name) {
			const query = { stdout: "true", stderr: "true", tail: "20" };
			const frames = await engine.read({ method: "GET", path: at(name, "/logs"), query, also: [404] });
			return unframe(frames).trim();
		},
	};
}

export function toState(status: string): SandboxInfo["state"] {
	switch (status) {
		case "running":
		case "paused":
			return "started";
		case "created":
		case "configured":
		case "exited":
		case "stopped":
		case "initialized":
			return "stopped";
		case "stopping":
			return "stopping";
		case "removing":
			return "deleted";
		case "dead":
			return "error";
		default:
			return "unknown";
	}
}

/** Docker Engine API, "Stream format": an 8 byte header with the length in its last four, then so many bytes. */
function unframe(frames: Buffer): string {
	const parts: Buffer[] = [];
	for (let at = 0; at + 8 <= frames.length; ) {
		const end = at + 8 + frames.readUInt32BE(at + 4);
		parts.push(frames.subarray(at + 8, end));
		at = end;
	}
	return Buffer.concat(parts).toString("utf8");
}
