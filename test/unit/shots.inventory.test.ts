import { expect, test } from "vitest";
import { readInventory } from "../shots/inventory.ts";
import { NOT_REACHED, SHOTS } from "../shots/shots.ts";

const shown = new Set(
	Object.values(SHOTS)
		.flatMap((scene: Record<string, readonly string[]>) => Object.values(scene).flat())
		.filter((thing) => thing !== NOT_REACHED),
);
const inventory = readInventory();

test("everything that people see or use in Slack is in a picture", () => {
	const missing = inventory.filter(({ matches }) => ![...shown].some(matches));
	expect(missing.map(({ name }) => name)).toEqual([]);
	// A look that finds nothing has looked in the wrong place.
	expect(inventory.length).toBeGreaterThan(80);
});

test("no picture claims to show what is not there", () => {
	const unknown = [...shown].filter((thing) => !inventory.some(({ matches }) => matches(thing)));
	expect(unknown).toEqual([]);
});
