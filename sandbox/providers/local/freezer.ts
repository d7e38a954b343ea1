import { readFile, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { SandboxError } from "../../provider.ts";
import type { Cgroups } from "./cgroups.ts";
import { continueProcesses, stopProcesses } from "./hold-processes.ts";
import type { Layout } from "./layout.ts";
import { identify, isAlive } from "./processes.ts";
import { processIdentity } from "./record.ts";
import { hasCode } from "./sandbox-failure.ts";

const mark = z.object({ owner: processIdentity.nullable(), by: z.enum(["group", "signals"]) });
type Mark = z.infer<typeof mark>;

/** Holds all processes of a sandbox. A file beside its record says who does, so that nobody's death leaves it held. */
export interface Freezer {
	/** @returns lets it go on; throws `conflict` where somebody else already did */
	freeze(name: string, layout: Layout): Promise<() => Promise<void>>;
	/** Lets a sandbox go on that is held by a process that has died. */
	thawAbandoned(name: string, layout: Layout): Promise<void>;
	/** Lets it go on whoever holds it: what is held cannot be ended. */
	thaw(name: string, layout: Layout): Promise<void>;
}

export function createFreezer(cgroups: () => Promise<Cgroups>): Freezer {
	async function letGo(name: string, layout: Layout, by: Mark["by"]): Promise<void> {
		await (await cgroups()).thaw(name);
		if (by === "signals") await continueProcesses(layout.dir);
		await rm(layout.frozen, { force: true });
	}
	return {
		async freeze(name, layout) {
			const owner = await identify(process.pid);
			await writeMark(layout, { owner, by: "group" });
			let by: Mark["by"] = "group";
			try {
				if (!(await (await cgroups()).freeze(name))) {
					by = "signals";
					await writeMark(layout, { owner, by });
					await stopProcesses(layout.dir);
				}
			} catch (error) {
				await letGo(name, layout, by);
				throw error;
			}
			return async () => {
				const held = (await readMark(layout)) !== null;
				await letGo(name, layout, by);
				if (held) return;
				throw new SandboxError("conflict", "The sandbox went on before its snapshot was done.", {
					retryable: true,
				});
			};
		},
		async thawAbandoned(name, layout) {
			const found = await readMark(layout);
			if (found !== null && !(await isAlive(found.owner))) await letGo(name, layout, found.by);
		},
		async thaw(name, layout) {
			const found = await readMark(layout);
			if (found !== null) await letGo(name, layout, found.by);
		},
	};
}

function writeMark(layout: Layout, data: Mark): Promise<void> {
	return writeFile(layout.frozen, JSON.stringify(data), { mode: 0o600 });
}

async function readMark(layout: Layout): Promise<Mark | null> {
	try {
		return mark.parse(JSON.parse(await readFile(layout.frozen, "utf8")));
	} catch (error) {
		if (hasCode(error, "ENOENT", "ENOTDIR")) return null;
		if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
		// Cut off while it was written: nobody is known to hold it, and how is not known either.
		return { owner: null, by: "signals" };
	}
}
