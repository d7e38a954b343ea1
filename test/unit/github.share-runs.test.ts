import { expect, test } from "vitest";
import { shareRuns } from "../../src/github/share-runs.ts";
import { shareRunsByKey } from "../../src/github/share-runs-by-key.ts";

test("calls during a run share one more after it", async () => {
	const runs: PromiseWithResolvers<number>[] = [];
	const call = shareRuns(() => {
		const run = Promise.withResolvers<number>();
		runs.push(run);
		return run.promise;
	});
	const first = call();
	const rest = [call(), call(), call()];
	expect(runs).toHaveLength(1);
	runs[0]?.resolve(1);
	expect(await first).toBe(1);
	await new Promise((resolve) => setImmediate(resolve));
	expect(runs).toHaveLength(2);
	const late = call();
	runs[1]?.resolve(2);
	expect(await Promise.all(rest)).toEqual([2, 2, 2]);
	await new Promise((resolve) => setImmediate(resolve));
	runs[2]?.resolve(3);
	expect(await late).toBe(3);
});

test("a run that fails does not fail the next", async () => {
	let calls = 0;
	const call = shareRuns(async () => {
		calls++;
		if (calls === 1) throw new Error("away");
		return calls;
	});
	const [first, second] = await Promise.allSettled([call(), call()]);
	expect(first).toMatchObject({ status: "rejected" });
	expect(second).toEqual({ status: "fulfilled", value: 2 });
	expect(await call()).toBe(3);
});

test("each key has runs of its own, also after they are over", async () => {
	const runs: string[] = [];
	const call = shareRunsByKey(
		(key: string) => key,
		async (key) => {
			runs.push(key);
			await new Promise((resolve) => setImmediate(resolve));
			return key;
		},
	);
	expect(await Promise.all(["a", "a", "b", "a"].map(call))).toEqual(["a", "a", "b", "a"]);
	expect(runs.toSorted()).toEqual(["a", "a", "b"]);
	await call("a");
	expect(runs).toHaveLength(4);
});
