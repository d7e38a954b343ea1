import { expect, test } from "vitest";
import { decideSettings } from "../../src/settings/decide-settings.ts";

const defaults = { model: "default" };

test.each([
	[[], { verbosity: "normal", replies: "judged", model: "default" }],
	[[{ verbosity: "quiet" }], { verbosity: "quiet" }],
	[[{ verbosity: null }, { verbosity: "verbose" }], { verbosity: "verbose" }],
	[[{ verbosity: "quiet" }, { verbosity: "verbose" }], { verbosity: "quiet" }],
	[[{ replies: "every" }, { model: "near" }, { model: "far" }], { replies: "every", model: "near" }],
] as const)("of %j the nearest choice counts", (places, expected) => {
	expect(decideSettings(places, defaults)).toMatchObject(expected);
});
