import assert from "node:assert/strict";
import test from "node:test";
import { freshCatalogue } from "./shop.ts";

test("finds a product by its number", () => {
	assert.equal(freshCatalogue().find("CAP")?.name, "Cap");
	assert.equal(freshCatalogue().find("NOPE"), undefined);
});

test("searches names and tags", () => {
	const found = freshCatalogue().search("MUG kitchen");
	assert.deepEqual(
		found.map((product) => product.sku),
		["MUG-RED", "MUG-BLUE"],
	);
});

test("takes pieces out of stock, never more than there are", () => {
	const catalogue = freshCatalogue();
	assert.equal(catalogue.take("POSTER", 4), true);
	assert.equal(catalogue.take("POSTER", 2), false);
	assert.equal(catalogue.find("POSTER")?.stock, 1);
});
