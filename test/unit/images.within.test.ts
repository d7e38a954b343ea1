import { expect, test } from "vitest";
import { within } from "../../sandbox/images/within.ts";

test("an act that fails after the signal fired fails nothing else", async () => {
	const unheard: unknown[] = [];
	const hear = (reason: unknown) => unheard.push(reason);
	process.on("unhandledRejection", hear);
	try {
		const stop = new AbortController();
		const [early, late] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
		const beside = within(stop.signal, early.promise);
		stop.abort(new Error("stopped"));
		await expect(beside).rejects.toThrow("stopped");
		await expect(within(stop.signal, late.promise)).rejects.toThrow("stopped");
		early.reject(new Error("too late"));
		late.reject(new Error("too late"));
		await new Promise((resolve) => setImmediate(resolve));
		expect(unheard).toEqual([]);
	} finally {
		process.off("unhandledRejection", hear);
	}
});
