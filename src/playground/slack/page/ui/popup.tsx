import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";

const MARGIN_PX = 8;

/**
 * Something that floats at an element until a click elsewhere or Escape. It lies in the nearest dialog, because what is
 * outside of an open dialog can be neither seen nor used.
 */
export function Popup(props: {
	anchor: RefObject<HTMLElement | null>;
	onClose: () => void;
	side?: "below" | "above";
	align?: "start" | "end";
	children: ReactNode;
	className?: string;
}) {
	const { anchor, onClose, side = "below", align = "start" } = props;
	const box = useRef<HTMLDivElement>(null);
	const [place, setPlace] = useState<{ left: number; top: number } | null>(null);

	useLayoutEffect(() => {
		const move = () => setPlace(findPlace(anchor.current, box.current, side, align));
		move();
		const sizes = new ResizeObserver(move);
		if (box.current) sizes.observe(box.current);
		addEventListener("scroll", move, true);
		addEventListener("resize", move);
		return () => {
			sizes.disconnect();
			removeEventListener("scroll", move, true);
			removeEventListener("resize", move);
		};
	}, [anchor, side, align]);

	useEffect(() => {
		const onPointer = (event: PointerEvent) => {
			const target = event.target as Node;
			if (!box.current?.contains(target) && !anchor.current?.contains(target)) onClose();
		};
		const onKey = (event: KeyboardEvent) => {
			if (event.key !== "Escape") return;
			// Only the popup closes, not the dialog around it.
			event.preventDefault();
			event.stopPropagation();
			onClose();
			anchor.current?.focus();
		};
		addEventListener("pointerdown", onPointer, true);
		addEventListener("keydown", onKey, true);
		return () => {
			removeEventListener("pointerdown", onPointer, true);
			removeEventListener("keydown", onKey, true);
		};
	}, [anchor, onClose]);

	const home = anchor.current?.closest("dialog") ?? document.body;
	return createPortal(
		<div
			ref={box}
			className={`popup ${props.className ?? ""}`}
			style={place === null ? { visibility: "hidden" } : { left: place.left, top: place.top }}
		>
			{props.children}
		</div>,
		home,
	);
}

function findPlace(
	anchor: HTMLElement | null,
	box: HTMLElement | null,
	side: "below" | "above",
	align: "start" | "end",
) {
	if (anchor === null || box === null) return null;
	const at = anchor.getBoundingClientRect();
	const { offsetWidth: width, offsetHeight: height } = box;
	const below = at.bottom + 4;
	const above = at.top - height - 4;
	const fitsBelow = below + height <= innerHeight - MARGIN_PX;
	const fitsAbove = above >= MARGIN_PX;
	const goesBelow = side === "below" ? fitsBelow || !fitsAbove : !fitsAbove && fitsBelow;
	const left = align === "start" ? at.left : at.right - width;
	return {
		left: Math.max(MARGIN_PX, Math.min(left, innerWidth - width - MARGIN_PX)),
		top: Math.max(MARGIN_PX, Math.min(goesBelow ? below : above, innerHeight - height - MARGIN_PX)),
	};
}
