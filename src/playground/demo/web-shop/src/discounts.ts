import { ShopError } from "./errors.ts";
import { type Cents, percentOf } from "./money.ts";

interface Discount {
	percent: number;
	/** The least that the cart must be worth. */
	fromCents: Cents;
}

const DISCOUNTS: Record<string, Discount> = {
	WELCOME10: { percent: 10, fromCents: 0 },
	BULK20: { percent: 20, fromCents: 10_000 },
};

/** What a code takes off a subtotal. No code takes nothing off. */
export function discountCents(subtotal: Cents, code: string | undefined): Cents {
	if (!code) return 0;
	const discount = DISCOUNTS[code.trim().toUpperCase()];
	if (!discount) throw new ShopError("unknown_code", "This discount code does not exist");
	if (subtotal < discount.fromCents) throw new ShopError("code_not_reached", "The cart is too small for this code");
	return percentOf(subtotal, discount.percent);
}
