import assert from "node:assert/strict";
import test from "node:test";
import { formatAmount, parseAmount, percentOf } from "../src/money.ts";

test("reads whole amounts and tenths", () => {
	assert.equal(parseAmount("8"), 800);
	assert.equal(parseAmount("12.5"), 1250);
});

test("refuses what is not an amount", () => {
	for (const text of ["", "1,50", "-3", "1.234", "ten"]) assert.throws(() => parseAmount(text));
});

test("writes cents with two digits", () => {
	assert.equal(formatAmount(5), "€0.05");
	assert.equal(formatAmount(1250), "€12.50");
	assert.equal(formatAmount(-75), "-€0.75");
});

test("takes a percentage to the nearest cent", () => {
	assert.equal(percentOf(1250, 10), 125);
	assert.equal(percentOf(333, 50), 167);
});
