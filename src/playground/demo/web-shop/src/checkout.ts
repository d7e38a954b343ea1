import type { Cart } from "./cart.ts";
import type { Catalogue } from "./catalogue.ts";
import { discountCents } from "./discounts.ts";
import { ShopError } from "./errors.ts";
import type { Order, Orders } from "./orders.ts";

interface CheckoutDeps {
	catalogue: Catalogue;
	orders: Orders;
}

/** Turns a cart into an order: takes the pieces out of stock and empties the cart. Refused as a whole or done as a whole. */
export function checkOut(deps: CheckoutDeps, customer: string, cart: Cart, code?: string): Order {
	const lines = cart.lines();
	if (lines.length === 0) throw new ShopError("empty_cart", "The cart is empty");
	for (const line of lines) {
		const left = deps.catalogue.find(line.sku)?.stock ?? 0;
		if (left < line.quantity) throw new ShopError("sold_out", `Only ${left} left of ${line.name}`);
	}
	const subtotal = cart.subtotalCents();
	const discount = discountCents(subtotal, code);
	for (const line of lines) deps.catalogue.take(line.sku, line.quantity);
	cart.clear();
	return deps.orders.place({
		customer,
		lines,
		subtotalCents: subtotal,
		discountCents: discount,
		totalCents: subtotal - discount,
	});
}
