import { useCallback, useRef, useState } from "react";

/** Something that a button opens: whether it is open, and the button for it to float at. */
export function useToggle<T extends HTMLElement = HTMLButtonElement>() {
	const [isOpen, setOpen] = useState(false);
	const anchor = useRef<T>(null);
	const close = useCallback(() => setOpen(false), []);
	const toggle = useCallback(() => setOpen((open) => !open), []);
	return { isOpen, anchor, close, toggle };
}
