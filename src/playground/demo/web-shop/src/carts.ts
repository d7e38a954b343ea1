import { type Cart, createCart } from "./cart.ts";
import type { Catalogue } from "./catalogue.ts";

/** The carts of all customers, made when they are first asked for. */
export function createCarts(catalogue: Catalogue): { of(customer: string): Cart } {
	const carts = new Map<string, Cart>();
	return {
		of(customer) {
			const cart = carts.get(customer) ?? createCart(catalogue);
			carts.set(customer, cart);
			return cart;
		},
	};
}
