import { describe, expect, it, test } from "vitest";
import { type BuildFacts, decideBuild, toBackOffMs } from "../../src/images/decide-build.ts";

const MINUTE_MS = 60_000;
const NOW_MS = 1_000 * MINUTE_MS;

/** An active repository whose branch moved since its image was made an hour ago; nobody is at work. */
const moved: BuildFacts = {
	reason: "schedule",
	nowMs: NOW_MS,
	wantedAtMs: NOW_MS,
	head: "new",
	newest: { commit: "old", startedAtMs: NOW_MS - 60 * MINUTE_MS },
	recipeChanged: false,
	lastStartedAtMs: NOW_MS - 60 * MINUTE_MS,
	nextTryAtMs: null,
	turnsAtWork: false,
	everyMs: 30 * MINUTE_MS,
};
const none: Partial<BuildFacts> = { newest: null, lastStartedAtMs: null };
const same: Partial<BuildFacts> = { head: "old" };
const young: Partial<BuildFacts> = { newest: { commit: "old", startedAtMs: NOW_MS - 10 * MINUTE_MS } };
const failing: Partial<BuildFacts> = { nextTryAtMs: NOW_MS + MINUTE_MS };

const build = { do: "build" };
const nothing = (why: string) => ({ do: "nothing", why });

describe("whether an image is built", () => {
	test.each<[string, Partial<BuildFacts>, object]>([
		["none is there at first use", { ...none, reason: "first_use" }, build],
		["one is there at first use", { ...same, reason: "first_use" }, nothing("up_to_date")],
		["the branch moved and it is time", {}, build],
		["the branch moved a while after the last image", young, nothing("too_soon")],
		["nothing moved", same, nothing("up_to_date")],
		["people changed the recipe, seen by the schedule", { ...same, recipeChanged: true }, build],
		[
			"people changed the recipe just now",
			{ ...same, ...young, reason: "recipe", head: "old", recipeChanged: true },
			build,
		],
		["people wrote the same recipe again", { ...same, reason: "recipe" }, nothing("up_to_date")],
		["a push, however young the image is", { ...young, reason: "push" }, build],
		["a push of what is built already", { ...same, reason: "push" }, nothing("up_to_date")],
		["the branch has no commit", { head: null, reason: "asked" }, nothing("no_commit")],
		["somebody asks, though nothing moved", { ...same, reason: "asked" }, build],
		[
			"somebody asked and it was begun since",
			{ reason: "asked", wantedAtMs: NOW_MS - MINUTE_MS, lastStartedAtMs: NOW_MS - 1 },
			nothing("built_since"),
		],
		["the last build failed", failing, nothing("backing_off")],
		["the last build failed and a push comes", { ...failing, reason: "push" }, nothing("backing_off")],
		["the last build failed and somebody asks", { ...failing, reason: "asked" }, build],
		[
			"the last build failed and there is a new recipe",
			{ ...failing, reason: "recipe", recipeChanged: true },
			build,
		],
		["the time after a failure is over", { nextTryAtMs: NOW_MS - 1 }, build],
		["images are switched off", { everyMs: 0, reason: "first_use", ...none }, nothing("off")],
		["images are switched off and somebody asks", { everyMs: 0, reason: "asked" }, build],
	])("%s", (_, facts, expected) => {
		expect(decideBuild({ ...moved, ...facts })).toEqual(expected);
	});

	it("waits while a turn is at work on the repository, for some minutes", () => {
		const busy = { ...moved, ...none, reason: "first_use" as const, turnsAtWork: true };
		expect(decideBuild(busy)).toEqual({ do: "wait", forMs: 5_000 });
		expect(decideBuild({ ...busy, wantedAtMs: NOW_MS - 4 * MINUTE_MS })).toMatchObject({ do: "wait" });
		expect(decideBuild({ ...busy, wantedAtMs: NOW_MS - 5 * MINUTE_MS })).toEqual(build);
		expect(decideBuild({ ...busy, reason: "asked" })).toEqual(build);
		expect(decideBuild({ ...busy, reason: "push" })).toEqual(build);
	});
});

test("after failures it is tried again later each time, once a day at least", () => {
	const every = 30 * MINUTE_MS;
	expect([1, 2, 3, 4, 7, 1_000].map((failures) => toBackOffMs(failures, every) / MINUTE_MS)).toEqual([
		30, 60, 120, 240, 1_440, 1_440,
	]);
});
