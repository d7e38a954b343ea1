const PATHS = {
	hash: "M9 4 7 20M17 4l-2 16M4 9h17M3 15h17",
	lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
	shared: "M8 6.5A5 5 0 0 0 8 17.5M16 6.5A5 5 0 0 1 16 17.5M12 4v16",
	smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.5 14.5a4.5 4.5 0 0 0 7 0M9 9.5v.6M15 9.5v.6",
	reply: "M4 5h16v11h-9l-4 4v-4H4z",
	more: "M12 5.5v.2M12 12v.2M12 18.5v.2",
	send: "M4 4l17 8-17 8 2-8zM6 12h8",
	attach: "M20 11.5 12 19.5a5 5 0 0 1-7-7l8-8a3.3 3.3 0 0 1 4.7 4.7l-8 8a1.6 1.6 0 0 1-2.3-2.3l7-7",
	at: "M12 8.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M15.5 8.5v5a2.5 2.5 0 0 0 5 0V12a8.5 8.5 0 1 0-3.3 6.7",
	slash: "M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2M14.5 7l-5 10",
	alert: "M12 4 2.5 20.5h19zM12 10v5M12 17.6v.3",
	plus: "M12 5v14M5 12h14",
	back: "M15 5l-7 7 7 7",
	down: "M6 9l6 6 6-6",
	file: "M6 3h8l4 4v14H6zM14 3v4h4",
	menu: "M4 6h16M4 12h16M4 18h16",
	calendar: "M4 6h16v14H4zM4 10h16M8 3v4M16 3v4",
	clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5l3.5 2",
	trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
	refresh: "M19 8a8 8 0 1 0 1 6M20 3v5h-5",
} as const;

export type IconName = keyof typeof PATHS;

/** A drawn sign; it says nothing to a screen reader, so its button needs a label. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
	return (
		<svg className="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true">
			<path d={PATHS[name]} />
		</svg>
	);
}
