import { useEffect, useRef, useState } from "react";
import { emojiSign, searchEmoji } from "../text/emoji.ts";

const SHOWN = 400;

/** All emoji, with a search by name. */
export function EmojiPicker({ onChoose }: { onChoose: (name: string) => void }) {
	const [query, setQuery] = useState("");
	const search = useRef<HTMLInputElement>(null);
	useEffect(() => search.current?.focus({ preventScroll: true }), []);
	const names = searchEmoji(query.replaceAll(":", ""), SHOWN);
	return (
		<div className="emoji-picker">
			<input
				ref={search}
				className="text-input"
				placeholder="Search all emoji"
				aria-label="Search all emoji"
				value={query}
				onChange={(event) => setQuery(event.target.value)}
				onKeyDown={(event) => {
					if (event.key === "Enter" && names[0] !== undefined) onChoose(names[0]);
				}}
			/>
			<div className="emoji-grid">
				{names.map((name) => (
					<button
						key={name}
						type="button"
						title={`:${name}:`}
						aria-label={name}
						onClick={() => onChoose(name)}
					>
						{emojiSign(name)}
					</button>
				))}
			</div>
		</div>
	);
}
