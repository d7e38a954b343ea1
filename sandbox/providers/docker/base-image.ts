import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { SandboxError } from "../../provider.ts";
import type { Engine } from "./engine.ts";
import { packTar } from "./tar.ts";

const TAKES_MS = 30 * 60_000;

/** The image that sandboxes without a snapshot are made from. */
export interface BaseImage {
	/** Its name, once the engine has it: pulled where it was set, else built from our Dockerfile. */
	prepare(): Promise<string>;
}

/** @param base the name of an image, or the text of a Dockerfile; null: ours */
export function createBaseImage(
	engine: Engine,
	base: { image: string } | { dockerfile: string } | null,
): BaseImage {
	const dockerfile = async () =>
		base !== null && "dockerfile" in base
			? base.dockerfile
			: await readFile(new URL("./Dockerfile", import.meta.url), "utf8");
	const isThere = async (reference: string) => {
		return (await engine.find(z.object({ Id: z.string() }), `/images/${reference}/json`)) !== null;
	};
	async function referTo(): Promise<string> {
		if (base !== null && "image" in base) return base.image;
		const hash = createHash("sha256")
			.update(await dockerfile())
			.digest("hex")
			.slice(0, 12);
		return `localhost/bobbin-base:${hash}`;
	}
	let preparing: Promise<string> | null = null;

	async function fetchOrBuild(): Promise<string> {
		const reference = await referTo();
		if (await isThere(reference)) return reference;
		const said =
			base !== null && "image" in base
				? await engine.read({
						method: "POST",
						path: "/images/create",
						query: splitReference(reference),
						withinMs: TAKES_MS,
					})
				: await engine.read({
						method: "POST",
						path: "/build",
						query: { t: reference, forcerm: "true" },
						tar: packTar([
							{ path: "Dockerfile", kind: "file", mode: 0o644, owner: 0, content: await dockerfile() },
						]),
						withinMs: TAKES_MS,
					});
		if (await isThere(reference)) return reference;
		throw new SandboxError(
			"unavailable",
			`The image of the sandboxes, ${reference}, could not be made: ${lastError(said.toString("utf8"))}`,
			{ retryable: true },
		);
	}

	return {
		prepare() {
			preparing ??= fetchOrBuild().finally(() => {
				preparing = null;
			});
			return preparing;
		},
	};
}

function splitReference(reference: string): { fromImage: string; tag: string } {
	const [, name = reference, tag = "latest"] = /^(.+?)(?::([^/:]+))?$/.exec(reference) ?? [];
	return { fromImage: name, tag };
}

/** Pulls and builds answer 200 and tell of a failure in a line of their log. */
function lastError(said: string): string {
	const line = z.object({ error: z.string() });
	for (const text of said.trim().split("\n").reverse()) {
		try {
			const { success, data } = line.safeParse(JSON.parse(text));
			if (success) return data.error;
		} catch {
			// A line that is no JSON tells nothing.
		}
	}
	return "no reason given";
}
