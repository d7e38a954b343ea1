import { useDesk, useLive } from "../state/desk.ts";
import { Modal } from "./modal.tsx";

/** The dialog that the app has open, the top one of its stack. */
export function ModalStack() {
	const { store } = useDesk();
	const modals = useLive(store, (state) => state.modals);
	const top = modals.at(-1);
	return top === undefined ? null : <Modal key={top.id} view={top} isPushed={modals.length > 1} />;
}
