import { readFileSync } from "node:fs";
import { createCarts } from "./carts.ts";
import type { Catalogue } from "./catalogue.ts";
import { checkOut } from "./checkout.ts";
import { ShopError } from "./errors.ts";
import type { Orders } from "./orders.ts";
import { cartPage } from "./pages/cart-page.ts";
import { storefrontPage } from "./pages/storefront-page.ts";
import { paginate } from "./pagination.ts";
import { json, page, type Route } from "./router.ts";

const PAGE_SIZE = 6;

interface RouteDeps {
	catalogue: Catalogue;
	orders: Orders;
}

/** Every route of the shop, in the order in which they are tried. */
export function createRoutes({ catalogue, orders }: RouteDeps): Route[] {
	const carts = createCarts(catalogue);
	const css = readFileSync(new URL("../public/shop.css", import.meta.url), "utf8");

	function productsPage(query: URLSearchParams) {
		return paginate(catalogue.search(query.get("q") ?? ""), Number(query.get("page") ?? 1), PAGE_SIZE);
	}

	return [
		{
			method: "GET",
			path: "/",
			handle: ({ query }) => page(storefrontPage(productsPage(query), query.get("q") ?? "")),
		},
		{
			method: "GET",
			path: "/shop.css",
			handle: () => ({ status: 200, type: "text/css", body: css }),
		},
		{
			method: "GET",
			path: "/cart/:customer",
			handle: ({ params }) => page(cartPage(params.customer ?? "", carts.of(params.customer ?? ""))),
		},
		{
			method: "GET",
			path: "/api/products",
			handle: ({ query }) => json(productsPage(query)),
		},
		{
			method: "GET",
			path: "/api/products/:sku",
			handle({ params }) {
				const product = catalogue.find(params.sku ?? "");
				if (!product) throw new ShopError("unknown_product", `There is no product ${params.sku}`);
				return json(product);
			},
		},
		{
			method: "POST",
			path: "/api/cart/:customer/items",
			handle({ params, body }) {
				const { sku, quantity } = body as { sku: string; quantity: number };
				const cart = carts.of(params.customer ?? "");
				cart.add(sku, quantity);
				return json({ lines: cart.lines(), subtotalCents: cart.subtotalCents() }, 201);
			},
		},
		{
			method: "GET",
			path: "/api/cart/:customer",
			handle({ params }) {
				const cart = carts.of(params.customer ?? "");
				return json({ lines: cart.lines(), subtotalCents: cart.subtotalCents() });
			},
		},
		{
			method: "POST",
			path: "/api/cart/:customer/checkout",
			handle({ params, body }) {
				const customer = params.customer ?? "";
				const { code } = (body ?? {}) as { code?: string };
				return json(checkOut({ catalogue, orders }, customer, carts.of(customer), code), 201);
			},
		},
		{
			method: "GET",
			path: "/api/orders/:customer",
			handle: ({ params }) => json(orders.listFor(params.customer ?? "")),
		},
	];
}
