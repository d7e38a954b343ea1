import type { Cart } from "../cart.ts";
import { formatAmount } from "../money.ts";
import { escapeHtml, layout } from "./html.ts";

/** A customer's cart as a table with its subtotal. */
export function cartPage(customer: string, cart: Cart): string {
	const rows = cart
		.lines()
		.map(
			(line) =>
				`<tr><td>${escapeHtml(line.name)}</td><td>${line.quantity}</td><td>${formatAmount(line.lineCents)}</td></tr>`,
		);
	return layout(
		`Cart of ${customer}`,
		`<h1>Cart of ${escapeHtml(customer)}</h1>
<table>${rows.join("\n")}</table>
<p>Total <b>${formatAmount(cart.subtotalCents())}</b></p>`,
	);
}
