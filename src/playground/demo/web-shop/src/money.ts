/** An amount of money: a whole number of cents. */
export type Cents = number;

/** Reads a decimal amount such as "19.99" as cents. */
export function parseAmount(text: string): Cents {
	if (!/^\d+(\.\d{1,2})?$/.test(text)) throw new Error(`not an amount: ${text}`);
	return Math.floor(Number(text) * 100);
}

/** Writes cents for people: 1250 is "€12.50". */
export function formatAmount(cents: Cents): string {
	const sign = cents < 0 ? "-" : "";
	const absolute = Math.abs(cents);
	return `${sign}€${Math.trunc(absolute / 100)}.${String(absolute % 100).padStart(2, "0")}`;
}

/** A percentage of an amount, to the nearest cent. */
export function percentOf(cents: Cents, percent: number): Cents {
	return Math.round((cents * percent) / 100);
}
