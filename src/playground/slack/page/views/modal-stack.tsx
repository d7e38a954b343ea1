import { useState } from "react";
import type { Values } from "../blocks/scope.ts";
import { useDesk, useLive } from "../state/desk.ts";
import { Modal } from "./modal.tsx";

const NOTHING: Values = {};

/** The dialog that the app has open, the top one of its stack. What lies under it keeps what was filled in. */
export function ModalStack() {
	const { store } = useDesk();
	const modals = useLive(store, (state) => state.modals);
	const [held, setHeld] = useState<Record<string, Values>>({});
	const top = modals.at(-1);
	if (top === undefined) return null;
	return (
		<Modal
			key={top.id}
			view={top}
			isPushed={modals.length > 1}
			values={held[top.id] ?? NOTHING}
			setValues={(change) => setHeld((all) => ({ ...all, [top.id]: change(all[top.id] ?? NOTHING) }))}
		/>
	);
}
