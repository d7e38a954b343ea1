import assert from "node:assert/strict";
import test from "node:test";
import { paginate } from "../src/pagination.ts";

const numbers = Array.from({ length: 12 }, (_, index) => index + 1);

test("cuts out the asked page", () => {
	assert.deepEqual(paginate(numbers, 2, 5).items, [6, 7, 8, 9, 10]);
});

test("gives the short last page", () => {
	const last = paginate(numbers, 3, 5);
	assert.deepEqual(last.items, [11, 12]);
	assert.equal(last.pageCount, 3);
});

test("has no empty last page when the list fills its pages", () => {
	const last = paginate(numbers, 99, 6);
	assert.equal(last.pageCount, 2);
	assert.deepEqual(last.items, [7, 8, 9, 10, 11, 12]);
});

test("shows one empty page of an empty list", () => {
	assert.deepEqual(paginate([], 1, 5), { items: [], page: 1, pageCount: 1, total: 0 });
});

test("takes nonsense as the first page", () => {
	assert.equal(paginate(numbers, Number.NaN, 5).page, 1);
	assert.equal(paginate(numbers, -3, 5).page, 1);
});
