import { readFileSync } from "node:fs";
import { type Cents, parseAmount } from "./money.ts";

export interface Product {
	sku: string;
	name: string;
	priceCents: Cents;
	stock: number;
	tags: string[];
}

export interface Catalogue {
	all(): Product[];
	find(sku: string): Product | undefined;
	/** Products whose name or tags contain every word, upper and lower case alike. */
	search(words: string): Product[];
	/** Takes pieces out of stock; false when there are not enough. */
	take(sku: string, quantity: number): boolean;
}

interface ProductRow {
	sku: string;
	name: string;
	price: string;
	stock: number;
	tags: string[];
}

/** Loads the catalogue from a JSON file. Stock is kept in memory from there on. */
export function loadCatalogue(file: URL): Catalogue {
	const rows = JSON.parse(readFileSync(file, "utf8")) as ProductRow[];
	const products = new Map<string, Product>();
	for (const { price, ...row } of rows) products.set(row.sku, { ...row, priceCents: parseAmount(price) });

	return {
		all: () => [...products.values()],
		find: (sku) => products.get(sku),
		search(words) {
			const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
			return [...products.values()].filter((product) => {
				const text = `${product.name} ${product.tags.join(" ")}`.toLowerCase();
				return wanted.every((word) => text.includes(word));
			});
		},
		take(sku, quantity) {
			const product = products.get(sku);
			if (!product || product.stock < quantity) return false;
			product.stock -= quantity;
			return true;
		},
	};
}
