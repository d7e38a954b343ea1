import { type Catalogue, loadCatalogue } from "../src/catalogue.ts";

/** A fresh catalogue with full stock for each test. */
export function freshCatalogue(): Catalogue {
	return loadCatalogue(new URL("../data/products.json", import.meta.url));
}
