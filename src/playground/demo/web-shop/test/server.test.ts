import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import test from "node:test";
import { createOrders } from "../src/orders.ts";
import { createRoutes } from "../src/routes.ts";
import { createShopServer } from "../src/server.ts";
import { freshCatalogue } from "./shop.ts";

async function withShop(use: (url: string) => Promise<void>): Promise<void> {
	const server = createShopServer(createRoutes({ catalogue: freshCatalogue(), orders: createOrders() }));
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	try {
		await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

function post(url: string, body: unknown): Promise<Response> {
	return fetch(url, { method: "POST", body: JSON.stringify(body) });
}

test("shows the storefront with every name escaped", () =>
	withShop(async (url) => {
		const html = await (await fetch(`${url}/?q=poster`)).text();
		assert.match(html, /Poster &lt;limited&gt;/);
	}));

test("sells a mug over the API", () =>
	withShop(async (url) => {
		assert.equal((await post(`${url}/api/cart/ada/items`, { sku: "MUG-RED", quantity: 2 })).status, 201);
		const order = (await (await post(`${url}/api/cart/ada/checkout`, {})).json()) as { totalCents: number };
		assert.equal(order.totalCents, 2500);
		const orders = (await (await fetch(`${url}/api/orders/ada`)).json()) as unknown[];
		assert.equal(orders.length, 1);
	}));

test("answers refusals with a code", () =>
	withShop(async (url) => {
		const response = await post(`${url}/api/cart/ada/items`, { sku: "NOPE", quantity: 1 });
		assert.equal(response.status, 400);
		assert.equal(((await response.json()) as { error: { code: string } }).error.code, "unknown_product");
	}));

test("knows nothing of other paths", () =>
	withShop(async (url) => {
		assert.equal((await fetch(`${url}/nowhere`)).status, 404);
	}));
