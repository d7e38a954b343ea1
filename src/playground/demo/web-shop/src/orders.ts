import { randomUUID } from "node:crypto";
import type { CartLine } from "./cart.ts";
import type { Cents } from "./money.ts";

export interface Order {
	id: string;
	customer: string;
	placedAtMs: number;
	lines: CartLine[];
	subtotalCents: Cents;
	discountCents: Cents;
	totalCents: Cents;
}

export interface Orders {
	place(order: Omit<Order, "id" | "placedAtMs">): Order;
	/** A customer's orders, newest first. */
	listFor(customer: string): Order[];
}

export function createOrders(now: () => number = Date.now): Orders {
	const orders: Order[] = [];

	return {
		place(order) {
			const placed = { ...order, id: randomUUID(), placedAtMs: now() };
			orders.push(placed);
			return placed;
		},
		listFor(customer) {
			return orders
				.filter((order) => order.customer === customer)
				.sort((a, b) => b.placedAtMs - a.placedAtMs);
		},
	};
}
