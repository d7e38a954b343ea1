const COLOURS = ["#4a7bd0", "#2a9d8f", "#c9683f", "#8e5cc2", "#c2447d", "#5b8c2a", "#b0872b", "#3f8fb5"];

/** A square with initials, or with the app's sign. */
export function Avatar({ name, isApp = false, size = 36 }: { name: string; isApp?: boolean; size?: number }) {
	const initials = name
		.split(/[\s._-]+/)
		.map((word) => [...word][0] ?? "")
		.join("")
		.slice(0, 2)
		.toUpperCase();
	const sum = [...name].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
	return (
		<span
			className={`avatar ${isApp ? "avatar-app" : ""}`}
			aria-hidden="true"
			style={{
				inlineSize: size,
				blockSize: size,
				fontSize: size * (isApp ? 0.55 : 0.4),
				...(isApp ? {} : { background: COLOURS[sum % COLOURS.length] }),
			}}
		>
			{isApp ? "🧵" : initials}
		</span>
	);
}
