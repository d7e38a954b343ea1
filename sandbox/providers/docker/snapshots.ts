import { randomUUID } from "node:crypto";
import { z } from "zod";
import { SandboxError, type SnapshotInfo } from "../../provider.ts";
import { LABELS } from "./container-config.ts";
import type { Containers } from "./containers.ts";
import type { Engine } from "./engine.ts";
import { importImage, tagImage } from "./import-image.ts";

/** Engines stack no more than 127 layers; a container's own is one of them. */
const MAX_LAYERS = 100;
const TAKES_MS = 30 * 60_000;

const image = z.object({
	Id: z.string(),
	Created: z.coerce.date(),
	RootFS: z.object({ Layers: z.array(z.string()).nullish() }).optional(),
});
const history = z.array(z.object({ Size: z.number() }));
const listed = z.array(
	z.object({ Id: z.string(), Created: z.number(), RepoTags: z.array(z.string()).nullable() }),
);

/** Snapshots are images that carry a tag: the sandbox's whole writable layer, of which only the home is writable. */
export interface Snapshots {
	/** The image's name for the engine. */
	referTo(name: string): string;
	take(sandbox: string, name: string, running: boolean): Promise<SnapshotInfo>;
	get(name: string): Promise<SnapshotInfo | null>;
	list(prefix: string): Promise<SnapshotInfo[]>;
	delete(name: string): Promise<void>;
	/** Removes the images of deleted snapshots that no sandbox and no snapshot needs any more. */
	sweep(): Promise<void>;
}

export function createSnapshots(deps: {
	engine: Engine;
	containers: Containers;
	scope: string;
	/** A deeper chain is made into one layer. */
	maxLayers?: number;
}): Snapshots {
	const { engine, containers, scope } = deps;
	const repo = `localhost/bobbin-${scope}`;
	// What is deleted is only renamed while something still uses it: engines refuse to remove a used image's only name.
	const graveyard = `${repo}-deleted`;
	const referTo = (name: string) => `${repo}:${name}`;
	const at = (reference: string, act = "") => `/images/${reference}${act}`;

	const sizeOf = async (reference: string) => {
		const layers = await engine.find(history, at(reference, "/history"));
		return layers?.[0]?.Size ?? null;
	};
	async function get(name: string): Promise<SnapshotInfo | null> {
		const found = await engine.find(image, at(referTo(name), "/json"));
		return found && { name, createdAt: found.Created, sizeBytes: await sizeOf(referTo(name)) };
	}
	async function listTags(repository: string) {
		const filters = JSON.stringify({ label: [`${LABELS.scope}=${scope}`] });
		const images = await engine.ask(listed, { method: "GET", path: "/images/json", query: { filters } });
		return images.flatMap(({ RepoTags, Created }) =>
			(RepoTags ?? [])
				.filter((tag) => tag.startsWith(`${repository}:`))
				.map((tag) => ({ name: tag.slice(repository.length + 1), createdAt: new Date(Created * 1000) })),
		);
	}
	async function listUntagged(): Promise<string[]> {
		const filters = JSON.stringify({ label: [`${LABELS.scope}=${scope}`], dangling: ["true"] });
		const images = await engine.ask(listed, { method: "GET", path: "/images/json", query: { filters } });
		return images.map(({ Id }) => Id);
	}
	async function sweep(): Promise<void> {
		const gone = (await listTags(graveyard)).map(({ name }) => `${graveyard}:${name}`);
		for (const reference of [...gone, ...(await listUntagged())]) {
			await engine.tell({ method: "DELETE", path: at(reference), also: [404, 409] });
		}
	}

	/** The container's file system as one layer. */
	async function flatten(sandbox: string, name: string, running: boolean): Promise<void> {
		if (running) await containers.pause(sandbox);
		try {
			const path = `/containers/${containers.idOf(sandbox)}/export`;
			const tar = await engine.stream({ method: "GET", path, withinMs: TAKES_MS });
			await importImage(engine, tar, { reference: referTo(name), labels: { [LABELS.scope]: scope } });
		} finally {
			if (running) await containers.unpause(sandbox);
		}
	}
	async function commit(sandbox: string, name: string): Promise<void> {
		const container = containers.idOf(sandbox);
		const query = { container, repo, tag: name, pause: "true" };
		await engine.tell({ method: "POST", path: "/commit", query, json: {}, withinMs: TAKES_MS });
	}

	return {
		referTo,
		get,
		sweep,
		async take(sandbox, name, running) {
			const present = await get(name);
			if (present) return present;
			const source = z.object({ Image: z.string() });
			const path = `/containers/${containers.idOf(sandbox)}/json`;
			const from = await engine.ask(source, { method: "GET", path });
			const base = await engine.find(image, at(from.Image, "/json"));
			const layers = base?.RootFS?.Layers?.length ?? 0;
			if (layers >= (deps.maxLayers ?? MAX_LAYERS)) await flatten(sandbox, name, running);
			else await commit(sandbox, name);
			const taken = await get(name);
			if (taken) return taken;
			throw new SandboxError("unavailable", `The snapshot ${name} was taken and is not there.`, {
				retryable: true,
			});
		},
		async list(prefix) {
			const found = (await listTags(repo)).filter(({ name }) => name.startsWith(prefix));
			return Promise.all(
				found.map(async (snapshot) => ({ ...snapshot, sizeBytes: await sizeOf(referTo(snapshot.name)) })),
			);
		},
		async delete(name) {
			const reference = referTo(name);
			const renamed = `${graveyard}:${randomUUID().slice(0, 8)}`;
			if (!(await tagImage(engine, reference, renamed))) return;
			await engine.tell({ method: "DELETE", path: at(reference), also: [404] });
			await sweep();
		},
	};
}
