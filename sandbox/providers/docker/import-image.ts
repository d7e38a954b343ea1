import type { Readable } from "node:stream";
import type { Engine } from "./engine.ts";

const TAKES_MS = 30 * 60_000;

/** Makes an image of one layer from the archive of a root folder. */
export async function importImage(
	engine: Engine,
	tar: Readable | Buffer,
	image: { reference: string; labels?: Record<string, string> },
): Promise<void> {
	const changes = Object.entries(image.labels ?? {}).map(([name, value]) => `LABEL ${name}=${value}`);
	await engine.tell({
		method: "POST",
		path: "/images/create",
		query: {
			fromSrc: "-",
			repo: image.reference,
			...(changes.length === 0 ? {} : { changes: changes.join("\n") }),
		},
		tar,
		withinMs: TAKES_MS,
	});
}

/** Gives an image one more name. False: there is no such image. */
export async function tagImage(engine: Engine, image: string, reference: string): Promise<boolean> {
	const colon = reference.lastIndexOf(":");
	const query = { repo: reference.slice(0, colon), tag: reference.slice(colon + 1) };
	return (await engine.tell({ method: "POST", path: `/images/${image}/tag`, query, also: [404] })) !== 404;
}
