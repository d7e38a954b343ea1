import { z } from "zod";
import { type CreateSpec, SandboxError } from "../../provider.ts";
import { INSIDE } from "../local/bwrap-arguments.ts";
import { ETC_FILES } from "../local/layout.ts";
import type { Folders } from "./folders.ts";
import { MEMORY_MOUNT, TOOLS_MOUNT } from "./mounts.ts";

/** User and group inside, the same for all: a snapshot's files belong to it. */
export const AGENT_ID = 1000;

/** What a container is found by. Images made from it carry them too. */
export const LABELS = { scope: "bobbin.scope", name: "bobbin.name", spec: "bobbin.spec" };

const MEMORY_BYTES = 4 * 1024 * 1024;
const SHARED_MEMORY_BYTES = 256 * 1024 * 1024;

const spec = z.object({
	name: z.string(),
	labels: z.record(z.string(), z.string()),
	env: z.record(z.string(), z.string()),
	allowHosts: z.array(z.string()),
	createdAtMs: z.number(),
	snapshot: z.string().nullable(),
});

/** What a sandbox was asked for, kept in a label of its container: the engine is the only store. */
export type SandboxSpec = z.infer<typeof spec>;

/** null: the container's labels are not ours. */
export function readSpec(labels: Record<string, string>): SandboxSpec | null {
	const text = labels[LABELS.spec];
	if (text === undefined) return null;
	try {
		return spec.parse(JSON.parse(text));
	} catch (cause) {
		throw new SandboxError("unavailable", `The label ${LABELS.spec} of a container makes no sense.`, {
			cause,
		});
	}
}

export interface ContainerLimits {
	memoryMiB: number;
	cpus: number | null;
	processes: number;
	/** RLIMIT_NOFILE and RLIMIT_NPROC; empty: as the engine sets them. */
	ulimits: { Name: string; Soft: number; Hard: number }[];
}

/** The body of `POST /containers/create`. */
export function composeContainer(sandbox: {
	spec: SandboxSpec;
	scope: string;
	image: string;
	folders: Folders;
	toolsDir: string;
	limits: ContainerLimits;
}): object {
	const { folders, limits, scope } = sandbox;
	const memoryBytes = limits.memoryMiB * 1024 * 1024;
	const bind = (Source: string, Target: string, ReadOnly = true) => ({
		Type: "bind",
		Source,
		Target,
		ReadOnly,
	});
	return {
		Image: sandbox.image,
		Hostname: sandbox.spec.name,
		User: `${AGENT_ID}:${AGENT_ID}`,
		WorkingDir: INSIDE.own,
		Entrypoint: ["/bin/bash", `${INSIDE.own}/host/start.sh`],
		Cmd: [],
		Labels: {
			[LABELS.scope]: scope,
			[LABELS.name]: sandbox.spec.name,
			[LABELS.spec]: JSON.stringify(sandbox.spec),
		},
		HostConfig: {
			NetworkMode: "none",
			IpcMode: "private",
			CapDrop: ["ALL"],
			SecurityOpt: ["no-new-privileges"],
			Memory: memoryBytes,
			MemorySwap: memoryBytes,
			ShmSize: SHARED_MEMORY_BYTES,
			...(limits.cpus === null ? {} : { NanoCpus: Math.round(limits.cpus * 1e9) }),
			PidsLimit: limits.processes,
			Ulimits: limits.ulimits,
			RestartPolicy: { Name: "no" },
			Mounts: [
				bind(folders.host, `${INSIDE.own}/host`),
				bind(folders.run, `${INSIDE.own}/run`, false),
				bind(sandbox.toolsDir, TOOLS_MOUNT),
				...Object.keys(ETC_FILES).map((name) => bind(`${folders.etc}/${name}`, `/etc/${name}`)),
				// A volume without a name: removed with the container, part of no image.
				{ Type: "volume", Target: "/tmp" },
			],
			Tmpfs: { [MEMORY_MOUNT]: `size=${MEMORY_BYTES},mode=1777` },
		},
	};
}

/** What `CreateSpec` leaves open is filled in. */
export function toSpec(asked: CreateSpec, defaults: { allowHosts: string[]; nowMs: number }): SandboxSpec {
	return {
		name: asked.name,
		labels: asked.labels ?? {},
		env: asked.env ?? {},
		allowHosts: [...defaults.allowHosts, ...(asked.allowHosts ?? [])],
		createdAtMs: defaults.nowMs,
		snapshot: asked.snapshot ?? null,
	};
}
