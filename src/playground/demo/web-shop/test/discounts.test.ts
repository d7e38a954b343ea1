import assert from "node:assert/strict";
import test from "node:test";
import { discountCents } from "../src/discounts.ts";

test("takes nothing off without a code", () => {
	assert.equal(discountCents(5000, undefined), 0);
});

test("takes ten percent off for newcomers, however the code is typed", () => {
	assert.equal(discountCents(5000, " welcome10 "), 500);
});

test("wants a large cart for the bulk code", () => {
	assert.throws(() => discountCents(9_999, "BULK20"), { code: "code_not_reached" });
	assert.equal(discountCents(10_000, "BULK20"), 2000);
});

test("refuses unknown codes", () => {
	assert.throws(() => discountCents(5000, "FREE"), { code: "unknown_code" });
});
