import assert from "node:assert/strict";
import test from "node:test";
import { createCart } from "../src/cart.ts";
import { freshCatalogue } from "./shop.ts";

test("starts empty", () => {
	const cart = createCart(freshCatalogue());
	assert.deepEqual(cart.lines(), []);
	assert.equal(cart.subtotalCents(), 0);
});

test("adds pieces of the same product to one line", () => {
	const cart = createCart(freshCatalogue());
	cart.add("MUG-RED", 1);
	cart.add("MUG-RED", 2);
	assert.equal(cart.lines().length, 1);
	assert.equal(cart.subtotalCents(), 3750);
});

test("adds up the cart total to the cent", () => {
	const cart = createCart(freshCatalogue());
	cart.add("TEE-M", 2);
	cart.add("CAP", 1);
	assert.equal(cart.subtotalCents(), 5498);
});

test("removes a line", () => {
	const cart = createCart(freshCatalogue());
	cart.add("CAP", 1);
	cart.remove("CAP");
	assert.deepEqual(cart.lines(), []);
});

test("refuses unknown products and strange quantities", () => {
	const cart = createCart(freshCatalogue());
	assert.throws(() => cart.add("NOPE", 1), { code: "unknown_product" });
	for (const quantity of [0, -1, 1.5, Number.NaN, 100]) {
		assert.throws(() => cart.add("CAP", quantity), { code: "bad_quantity" });
	}
});
