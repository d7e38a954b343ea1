import type { Catalogue } from "./catalogue.ts";
import { ShopError } from "./errors.ts";
import type { Cents } from "./money.ts";

export interface CartLine {
	sku: string;
	name: string;
	quantity: number;
	unitCents: Cents;
	lineCents: Cents;
}

const MAX_PIECES = 99;

/** One customer's cart. It holds what and how many; prices come from the catalogue each time they are asked for. */
export interface Cart {
	add(sku: string, quantity: number): void;
	remove(sku: string): void;
	lines(): CartLine[];
	subtotalCents(): Cents;
	clear(): void;
}

export function createCart(catalogue: Catalogue): Cart {
	const quantities = new Map<string, number>();

	function lines(): CartLine[] {
		return [...quantities].map(([sku, quantity]) => {
			const product = catalogue.find(sku);
			if (!product) throw new ShopError("unknown_product", `There is no product ${sku}`);
			const unitCents = product.priceCents;
			return { sku, name: product.name, quantity, unitCents, lineCents: unitCents * quantity };
		});
	}

	return {
		add(sku, quantity) {
			if (!catalogue.find(sku)) throw new ShopError("unknown_product", `There is no product ${sku}`);
			if (!Number.isInteger(quantity) || quantity < 1) {
				throw new ShopError("bad_quantity", "The quantity must be a whole number above 0");
			}
			const next = (quantities.get(sku) ?? 0) + quantity;
			if (next > MAX_PIECES) throw new ShopError("bad_quantity", `At most ${MAX_PIECES} pieces of one product`);
			quantities.set(sku, next);
		},
		remove: (sku) => void quantities.delete(sku),
		lines,
		subtotalCents: () => lines().reduce((sum, line) => sum + line.lineCents, 0),
		clear: () => quantities.clear(),
	};
}
