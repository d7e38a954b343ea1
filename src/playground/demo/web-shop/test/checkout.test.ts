import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createCart } from "../src/cart.ts";
import { checkOut } from "../src/checkout.ts";
import { createOrders } from "../src/orders.ts";
import { freshCatalogue } from "./shop.ts";

function openShop() {
	const catalogue = freshCatalogue();
	const deps = { catalogue, orders: createOrders() };
	return {
		...deps,
		buy(customer: string, sku: string, quantity: number, code?: string) {
			const cart = createCart(catalogue);
			cart.add(sku, quantity);
			return checkOut(deps, customer, cart, code);
		},
	};
}

test("places an order and takes the pieces out of stock", () => {
	const shop = openShop();
	const order = shop.buy("ada", "CAP", 2);
	assert.equal(order.totalCents, 3000);
	assert.equal(shop.catalogue.find("CAP")?.stock, 20);
});

test("takes the discount off the total", () => {
	const order = openShop().buy("ada", "HOOD-M", 2, "WELCOME10");
	assert.deepEqual([order.subtotalCents, order.discountCents, order.totalCents], [9000, 900, 8100]);
});

test("refuses an empty cart and what is sold out", () => {
	const shop = openShop();
	assert.throws(() => checkOut(shop, "ada", createCart(shop.catalogue)), { code: "empty_cart" });
	assert.throws(() => shop.buy("ada", "HOOD-L", 1), { code: "sold_out" });
});

test("lists a customer's orders newest first", async () => {
	const shop = openShop();
	const first = shop.buy("ada", "CAP", 1);
	await sleep(1);
	const second = shop.buy("ada", "BAG", 1);
	shop.buy("grace", "BAG", 1);
	const third = shop.buy("ada", "PEN-3", 1);
	assert.deepEqual(
		shop.orders.listFor("ada").map((order) => order.id),
		[third.id, second.id, first.id],
	);
});
