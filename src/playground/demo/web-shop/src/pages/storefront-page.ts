import type { Product } from "../catalogue.ts";
import { formatAmount } from "../money.ts";
import type { Page } from "../pagination.ts";
import { escapeHtml, layout } from "./html.ts";

/** The storefront: search, product cards, page links. */
export function storefrontPage(products: Page<Product>, words: string): string {
	const cards = products.items.map(
		(product) => `<article>
<h2>${escapeHtml(product.name)}</h2>
<p class="price">${formatAmount(product.priceCents)}</p>
<p>${product.stock > 0 ? `${product.stock} in stock` : "Sold out"}</p>
</article>`,
	);
	const links = Array.from({ length: products.pageCount }, (_, index) => {
		const number = index + 1;
		if (number === products.page) return `<b>${number}</b>`;
		return `<a href="/?q=${encodeURIComponent(words)}&amp;page=${number}">${number}</a>`;
	});
	return layout(
		"Shop",
		`<form><input name="q" value="${escapeHtml(words)}" placeholder="Search"></form>
<section class="cards">${cards.join("\n") || "<p>Nothing found.</p>"}</section>
<nav>${links.join(" ")}</nav>`,
	);
}
